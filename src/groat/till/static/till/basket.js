// The basket: a list of lines {key, id, name, price_minor, choices, chosen, quantity}, oldest first. The same product
// with other choices is another line; its key tells. Pure: each function returns a new basket.

import { line as lineOf, picked } from "./choices.js";

export const MOST_OF_ONE = 999;
export const EMPTY = Object.freeze([]);

// `line` is a product with its choices, as choices.js makes it.
export function added(basket, line, quantity = 1) {
  const before = basket.find(({ key }) => key === line.key);
  if (!before) return quantity > 0 ? [...basket, { ...line, quantity: Math.min(quantity, MOST_OF_ONE) }] : basket;
  return withQuantity(basket, line.key, before.quantity + quantity);
}

// Zero takes the line out.
export function withQuantity(basket, key, quantity) {
  if (quantity <= 0) return basket.filter((line) => line.key !== key);
  return basket.map((line) => (line.key === key ? { ...line, quantity: Math.min(quantity, MOST_OF_ONE) } : line));
}

// Other choices for a line: it stays where it stands, or joins the one that is the same now.
export function rechosen(basket, key, line) {
  if (key === line.key) return basket;
  const { quantity } = basket.find((one) => one.key === key);
  if (basket.some((one) => one.key === line.key)) return added(withQuantity(basket, key, 0), line, quantity);
  return basket.map((one) => (one.key === key ? { ...line, quantity } : one));
}

export function quantityOf(basket, key) {
  return basket.find((line) => line.key === key)?.quantity ?? 0;
}

// Of a product, however it was chosen.
export function countOf(basket, id) {
  return count(basket.filter((line) => line.id === id));
}

export function count(basket) {
  return basket.reduce((sum, line) => sum + line.quantity, 0);
}

export function totalMinor(basket) {
  return basket.reduce((sum, line) => sum + line.price_minor * line.quantity, 0);
}

// What is asked of the server: it knows the prices.
export function order(basket, note) {
  return {
    lines: basket.map(({ id, quantity, choices }) => ({ product: id, quantity, ...(choices.length ? { choices } : {}) })),
    note,
  };
}

// What is sold, as a payment tells it: for when the server cannot be asked.
export function lines(basket, products) {
  return basket.map(({ id, name, choices, price_minor, quantity }) => ({
    product: id, name, quantity, price_minor, amount_minor: price_minor * quantity,
    choices: products.has(id) ? picked(products.get(id), choices).map((one) => ({ id: one.id, name: one.name, price_minor: one.price_minor })) : [],
  }));
}

// A basket as the server tells one.
export function told(lines) {
  return lines.reduce((basket, { product, name, price_minor, quantity, choices = [], chosen = [] }) => {
    const key = [product, ...choices].join("+");
    return added(basket, { key, id: product, name, price_minor, choices, chosen: chosen.join(", ") }, quantity);
  }, EMPTY);
}

// What of a basket outlives a reload.
export function kept(basket) {
  return basket.map(({ id, quantity, choices }) => ({ id, quantity, choices }));
}

// A kept basket after a reload: what is no longer sold, or no longer so, is left out; prices are today's.
export function restored(before, products) {
  return (before ?? []).reduce((basket, { id, quantity, choices }) => {
    const product = products.get(id);
    const line = product && lineOf(product, choices);
    return line && Number.isInteger(quantity) ? added(basket, line, quantity) : basket;
  }, EMPTY);
}
