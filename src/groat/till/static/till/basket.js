// The basket: a list of lines {id, name, price_minor, quantity}, oldest first. Pure: each function
// returns a new basket.

export const MOST_OF_ONE = 999;
export const EMPTY = Object.freeze([]);

export function added(basket, { id, name, price_minor }, quantity = 1) {
  const line = basket.find((one) => one.id === id);
  if (!line) return quantity > 0 ? [...basket, { id, name, price_minor, quantity: Math.min(quantity, MOST_OF_ONE) }] : basket;
  return withQuantity(basket, id, line.quantity + quantity);
}

// Zero takes the line out.
export function withQuantity(basket, id, quantity) {
  if (quantity <= 0) return basket.filter((line) => line.id !== id);
  return basket.map((line) => (line.id === id ? { ...line, quantity: Math.min(quantity, MOST_OF_ONE) } : line));
}

export function quantityOf(basket, id) {
  return basket.find((line) => line.id === id)?.quantity ?? 0;
}

export function count(basket) {
  return basket.reduce((sum, line) => sum + line.quantity, 0);
}

export function totalMinor(basket) {
  return basket.reduce((sum, line) => sum + line.price_minor * line.quantity, 0);
}

// What is asked of the server: it knows the prices.
export function order(basket, note) {
  return { lines: basket.map(({ id, quantity }) => ({ product: id, quantity })), note };
}

// What is sold, as a payment tells it: for when the server cannot be asked.
export function lines(basket) {
  return basket.map(({ id, name, price_minor, quantity }) => ({
    product: id, name, quantity, price_minor, amount_minor: price_minor * quantity,
  }));
}

// A basket as the server tells one.
export function told(lines) {
  return lines.reduce((basket, { product, name, price_minor, quantity }) => added(basket, { id: product, name, price_minor }, quantity), EMPTY);
}

// A kept basket after a reload: what is no longer sold is left out, prices are today's.
export function restored(kept, products) {
  return (kept ?? []).reduce((basket, { id, quantity }) => {
    const product = products.get(id);
    return product && Number.isInteger(quantity) ? added(basket, product, quantity) : basket;
  }, EMPTY);
}
