// The till's page: products, basket and keys; the charge and what it shows are beside it.

import { readers as makeReaders } from "../web/readers/readers.js";
import { decoded } from "../web/readers/wedge.js";
import * as baskets from "./basket.js";
import { basketView } from "./basket_view.js";
import { charge as makeCharge } from "./charge.js";
import * as choices from "./choices.js";
import { choosing as makeChoosing } from "./choosing.js";
import { isKept } from "../offline/app.js";
import { offline as makeOffline } from "../offline/offline.js";
import { keypad as makeKeypad } from "./keypad.js";
import { customers as makeCustomers } from "./customer.js";
import { denomination as denominationOf } from "./money.js";
import { watch } from "./news.js";
import { outcomes as makeOutcomes } from "./outcomes.js";
import { parked as makeParked } from "./parked.js";
import { payments as makePayments } from "./payments.js";
import { get } from "./server.js";
import { shelf as makeShelf } from "./shelf.js";
import * as sounds from "./sounds.js";
import { storage } from "./storage.js";
import { usbReaders } from "./usb.js";
import { toast } from "../web/web.js";

const POLL_MS = 1000; // while nobody tells what changes here
const ALONE_MS = 50;
const SLOWEST_READER_MS = 500;
const SHORTEST_TOKEN = 8;
const SAME_CARD_MS = 3000; // a card left on its reader is read again and again

const root = document.getElementById("till");
const { urls: paths, offline: aboutOffline, ...about } = JSON.parse(document.getElementById("till-about").textContent);
const urls = {
  ...paths,
  abandon: (id) => paths.abandon.replace("ID", id),
  confirm: (id) => paths.confirm.replace("ID", id),
  cancel: (id) => paths.cancel.replace("ID", id),
  undo: (id) => paths.undo.replace("ID", id),
  receipt: (id) => paths.receipt.replace("ID", id),
  receiptCode: (id) => paths.receiptCode.replace("ID", id),
  split: (id) => paths.split.replace("ID", id),
  payWithoutCard: (id) => paths.payWithoutCard.replace("ID", id),
  takeUp: (id) => paths.takeUp.replace("ID", id),
  removeParked: (id) => paths.removeParked.replace("ID", id),
  restoreParked: (id) => paths.restoreParked.replace("ID", id),
};
const denomination = denominationOf(about);
const kept = storage(`groat-till-${about.till}`);

const note = root.querySelector("#note");
let basket = baskets.EMPTY;
let lastRead = { token: null, at: -Infinity };

// ---- Basket ----

const said = document.getElementById("said");
const shelf = makeShelf(root, {
  chosen: add,
  choices: about.choices,
  selling: about.selling,
  timeZone: about.timeZone,
  format: denomination.format,
  refused: (why) => {
    said.textContent = why;
    toast("unavailable", why);
    sounds.play("declined");
  },
});
document.addEventListener("groat:selling", ({ detail }) => shelf.changed(detail.product, detail.selling));
const choosing = makeChoosing(document.getElementById("choosing"), { denomination });
const view = basketView(root, {
  denomination,
  stepped: step,
  changed: put,
  isChoosable: (id) => Boolean(shelf.products.get(id)?.groups.length),
  rechoose,
});

function put(next, current = null) {
  basket = next;
  kept.save("basket", baskets.kept(basket));
  if (!basket.length) noted("");
  view.show(basket, current);
  shelf.counted((id) => baskets.countOf(basket, id));
}

// "Without onion": what whoever makes it must know.
function noted(text) {
  note.value = text;
  kept.save("note", text || null);
}
note.addEventListener("input", () => kept.save("note", note.value || null));
note.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" && event.key !== "Escape") return;
  // Enter ends the note here; it charges nothing.
  event.preventDefault();
  event.stopPropagation();
  note.blur();
});
const noteText = () => note.value.trim();

function add(product) {
  if (choices.mustChoose(product)) choosing.open(product, addLine);
  else addLine(choices.line(product));
}

function addLine(line) {
  put(baskets.added(basket, line), line.key);
  sounds.play("tick");
}

function rechoose(key) {
  const { id, choices: ids } = basket.find((line) => line.key === key);
  choosing.open(shelf.products.get(id), (line) => put(baskets.rechosen(basket, key, line), line.key), ids);
}

function step(key, by) {
  put(baskets.withQuantity(basket, key, baskets.quantityOf(basket, key) + by), key);
}

// ---- Charging ----

const charge = makeCharge({
  urls,
  store: { load: () => kept.load("charge"), save: (value) => kept.save("charge", value) },
  changed: (now, before) => {
    outcomes.show(now);
    if (now.phase === "idle" && before.phase !== "idle") catchUp();
  },
  refused,
  paired: (pairing) => outcomes.paired(pairing),
  looked: (card) => outcomes.looked(card),
  ended: (why) => outcomes.ended(why),
  away: () => away,
});
const payments = makePayments({ urls, undone: (refund) => outcomes.undone(refund), refused });
const outcomes = makeOutcomes({
  charge,
  denomination,
  urls,
  undo: payments.undo,
  typed: presented,
  emptied: () => put(baskets.EMPTY),
  standing: () => readers.moments,
  takeBack: (sequence) => away.takeBack(sequence),
  sentence: (why) => away.sentence(why),
});
const keypad = makeKeypad(document.getElementById("keypad"), {
  denomination,
  taken: (amount_minor, token, serial) => charge.begin({ order: { amount_minor }, total_minor: amount_minor, empties: false, token, serial }),
});

function chargeBasket(token = null, serial = null) {
  if (!basket.length) return;
  const order = baskets.order(basket, noteText());
  charge.begin({ order, total_minor: baskets.totalMinor(basket), lines: baskets.lines(basket, shelf.products), empties: true, token, serial });
}

async function refused(refusal) {
  // Somebody waits to be compared here, perhaps since before this page was opened: show that instead.
  const state = refusal.code === "till_busy" ? await get(urls.state).catch(() => null) : null;
  if (state?.checkout) charge.adopt(state.checkout);
  else outcomes.refused(refusal);
}

// A card pays what waits for it, else what is in the basket; with nothing to pay it tells its balance.
function presented(token, { serial = null } = {}) {
  const at = performance.now();
  const isSame = token === lastRead.token && at - lastRead.at < SAME_CARD_MS;
  lastRead = { token, at };
  const { phase } = charge.now;
  if (phase === "waiting" || phase === "opening" || phase === "settling") charge.present(token, serial);
  else if (isSame || keypad.presented(token, serial)) return;
  else if (phase === "declined") charge.present(token, serial);
  else if (phase === "idle" || phase === "paid" || phase === "kept") {
    choosing.finish();
    for (const dialog of document.querySelectorAll("dialog[open]:not(#panel)")) dialog.close();
    if (basket.length) chargeBasket(token, serial);
    else charge.look(token);
  }
}

// What a customer without a card would pay: what waits for one, else the basket.
const isWaiting = () => ["waiting", "declined"].includes(charge.now.phase) && charge.now.checkout;
function due() {
  if (!isWaiting()) return charge.now.phase === "idle" ? baskets.totalMinor(basket) : 0;
  const { amount_minor, cash_minor = 0 } = charge.now.checkout;
  return amount_minor - cash_minor;
}
const customer = document.getElementById("customer");
if (customer) {
  makeCustomers(customer, { denomination, due, pay: (paying) => (isWaiting() ? charge.present(paying) : chargeBasket(paying)) });
}

const readers = makeReaders({ presented, changed: () => outcomes.refresh() });
// Whoever presses something means the card that comes next, even if it is the same.
document.addEventListener("click", () => { lastRead = { token: null, at: -Infinity }; }, { capture: true });

// A reader too slow to be told from a person is believed where nothing else can be meant: before the panel
// that waits for a card.
let typedKeys = [];
addEventListener("keydown", (event) => {
  const { key, code, shiftKey, timeStamp } = event;
  const isWaiting = ["opening", "waiting", "declined"].includes(charge.now.phase);
  if (!isWaiting || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input")) return;
  if (timeStamp - (typedKeys.at(-1)?.at ?? timeStamp) > SLOWEST_READER_MS) typedKeys = [];
  if (key.length === 1) typedKeys.push({ key, code, shift: shiftKey, at: timeStamp });
  if (key !== "Enter") return;
  const keys = typedKeys;
  typedKeys = [];
  if (keys.length < SHORTEST_TOKEN) return;
  event.preventDefault();
  event.stopPropagation();
  presented(decoded(keys));
}, { capture: true });

document.addEventListener("click", (event) => {
  const demo = event.target.closest("[data-demo-token]");
  if (!demo) return;
  demo.closest("dialog:not(#panel)")?.close();
  presented(demo.dataset.demoToken);
});

// ---- Buttons and keys ----

root.addEventListener("click", (event) => {
  const pressed = event.target.closest("[data-act]")?.dataset.act;
  if (pressed === "charge") chargeBasket();
  else if (pressed === "clear") {
    const text = note.value;
    view.clear(basket, () => noted(text));
  }
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const isTyping = event.target.matches("input, textarea, select");
  const current = view.current;
  if (event.key === "Enter" && !event.repeat) {
    const isOwn = event.target.closest("button:not(.tile), a, summary") || (event.target.matches(".tile") && !basket.length);
    if (isOwn || !basket.length) return;
    chargeBasket();
  } else if (isTyping) return;
  else if (event.key === "PageDown") shelf.turn(1);
  else if (event.key === "PageUp") shelf.turn(-1);
  else if ((event.key === "Delete" || event.key === "Backspace") && current) step(current, -baskets.quantityOf(basket, current));
  else if (event.key === "Escape") view.collapse();
  else if (event.key.startsWith("Arrow") && event.target === document.body) shelf.focus();
  else return;
  event.preventDefault();
});

// After an outcome a number key already serves the next customer. It must stand alone: a card's number begins
// with one too. Just before web.js presses the product.
let aloneTimer = 0;
document.addEventListener("keydown", (event) => {
  clearTimeout(aloneTimer);
  if (outcomes.isOver && /^[0-9]$/.test(event.key) && !event.target.matches("input")) aloneTimer = setTimeout(outcomes.next, ALONE_MS);
});

const sound = document.getElementById("sound");
function showSound() {
  sound.setAttribute("aria-pressed", String(!sounds.isMuted()));
}
sound.addEventListener("click", () => {
  sounds.mute(!sounds.isMuted());
  showSound();
  sounds.play("tick");
});
sounds.unlockAtFirstTouch();
showSound();

// A till that falls asleep makes a queue.
function stayAwake() {
  if (!document.hidden) navigator.wakeLock?.request("screen").catch(() => {});
}
document.addEventListener("visibilitychange", stayAwake);
stayAwake();

// ---- What others do at this till: an integrator's checkout, a card that the office waits for ----

const usb = usbReaders({
  // A card on a USB reader means what one means here: it wants to pay the basket, else to know its balance. The
  // basket must be agreed to first, so the card comes once more.
  looked: (card) => {
    if (document.querySelector("dialog[open]")) return;
    if (basket.length) chargeBasket();
    else outcomes.looked(card);
  },
});
const aside = makeParked({
  urls,
  basket: () => baskets.order(basket, noteText()),
  emptied: () => put(baskets.EMPTY),
  taken: ({ lines, note: text }) => {
    put(baskets.told(lines));
    noted(text);
  },
  refused: (refusal) => outcomes.refused(refusal),
});
const awaited = document.getElementById("awaited");
function hear({ checkout, pairing, parked, soldOut, ...beside }) {
  shelf.hear(soldOut);
  usb.hear(beside);
  aside.hear(parked);
  awaited.hidden = !pairing;
  awaited.querySelector("[data-fill]").textContent = pairing?.customer ?? "";
  const isFree = charge.now.phase === "idle" && !basket.length && !document.querySelector("dialog[open]");
  if (checkout && isFree) charge.adopt(checkout);
}

// What changed here: to a charge under way, or for a till that is free.
async function catchUp() {
  if (charge.now.phase !== "idle") {
    await charge.ask();
    return;
  }
  const state = await get(urls.state).catch(() => null);
  if (state && charge.now.phase === "idle") hear(state);
}

// What works without a network, and the bar that says when there is none.
let away = null;
makeOffline({
  about: aboutOffline, till: about.till, state: urls.state, denomination,
  back: catchUp,
}).then((made) => { away = made; });

const noteBefore = kept.load("note");
put(baskets.restored(kept.load("basket"), shelf.products));
if (basket.length && noteBefore) noted(noteBefore);
await charge.resume();
// Back from topping up the card that was declined: it may be held to the reader again.
if (location.hash === "#again" && charge.now.phase === "declined") charge.again();
// A page out of the device tells how it was when it was kept.
if (!isKept) hear(about.state);
const news = watch(urls.events, catchUp);
setInterval(() => { if (!news.isLive && !document.hidden) catchUp(); }, POLL_MS);
