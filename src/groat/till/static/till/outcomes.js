// What a charge looks and sounds like, step by step.

import { pinpad } from "../web/pinpad.js";
import { countdown, panel as makePanel } from "./panel.js";
import { play } from "./sounds.js";

const RETURN_SECONDS = 6; // till.css lets the button run out in the same time
const PANELS = {
  // tone, sound
  waiting: ["calm", null],
  confirming: ["warn", "confirming"],
  pin: ["warn", "confirming"],
  paid: ["good", "paid"],
  declined: ["bad", "declined"],
  undone: ["good", "undone"],
  balance: ["calm", "tick"],
  paired: ["good", "undone"],
  kept: ["warn", "undone"],
  refused: ["bad", "declined"],
};
const OVER = new Set(["paid", "kept", "undone", "balance", "paired", "refused"]);

export function outcomes({ charge, denomination, urls, undo, typed, emptied, standing, takeBack, sentence }) {
  const dialog = document.getElementById("panel");
  const announcer = document.getElementById("outcome-said");
  const panel = makePanel(dialog, act);
  const money = (minor) => (Number.isInteger(minor) ? denomination.format(minor) : null);
  const cash = (minor) => (minor ? money(minor) : null);
  let stay = () => {};

  function open(name, facts, moments = new Set()) {
    const [tone, sound] = PANELS[name];
    const isNew = panel.show(name, { facts, moments: new Set([...moments, ...standing()]), tone });
    if (isNew) {
      announcer.textContent = spoken();
      if (sound) play(sound);
    }
    return isNew;
  }

  // What stands there, in its own words and order.
  function spoken() {
    const words = [...dialog.querySelectorAll("[data-say]")].filter((element) => element.checkVisibility());
    return words.map((element) => element.textContent.trim()).filter(Boolean).join(", ");
  }

  // Back to the products by itself, unless somebody wants to look longer.
  function returnSoon() {
    const timer = setTimeout(next, RETURN_SECONDS * 1000);
    stay = () => {
      clearTimeout(timer);
      delete dialog.dataset.returns;
    };
    dialog.dataset.returns = "";
    panel.until(stay);
  }

  function stayHere() {
    stay = () => {};
    dialog.querySelector("[data-do=stay]").hidden = true;
  }

  // ---- The steps of a charge ----

  function show(now) {
    const { phase, checkout, trouble, why } = now;
    // Nothing was asked of a card yet, and it is known why not: no need to speak of asking again.
    const isHeld = why && phase === "opening";
    const moments = new Set([phase, isHeld ? "held" : trouble].filter(Boolean));
    if (phase === "idle") hide();
    else if (phase === "paid") showPaid(now);
    else if (phase === "kept") showKept(now);
    else if (phase === "declined") showDeclined(checkout);
    else if (checkout?.payment?.asks_pin) showPin(checkout.payment, now.wrong, moments);
    else if (checkout?.payment) showConfirming(checkout.payment, moments);
    else {
      const isRepriced = checkout && now.total_minor !== null && checkout.amount_minor !== now.total_minor;
      if (isRepriced) moments.add("repriced");
      const cash_minor = checkout?.cash_minor ?? 0;
      if (cash_minor && phase === "waiting") moments.add("split");
      if (phase === "waiting" && !checkout) moments.add("offline");
      const amount_minor = checkout?.amount_minor ?? now.total_minor;
      open("waiting", { amount: money(amount_minor - cash_minor), cash: cash(cash_minor), why: why && sentence(why) }, moments);
    }
  }

  // The readers have changed.
  function refresh() {
    if (panel.name === "waiting") show(charge.now);
  }

  function hide() {
    panel.hide();
    announcer.textContent = "";
  }

  function showPaid({ checkout: { payment }, empties }) {
    const { amount_minor, cash_minor, balance_minor, first_name } = payment;
    const facts = { amount: money(amount_minor), cash: cash(cash_minor), balance: money(balance_minor), customer: first_name };
    if (!open("paid", facts)) return;
    if (empties) emptied();
    // Cash has to be taken first.
    if (cash_minor) stayHere();
    else returnSoon();
    offerUndo(payment);
    offerReceipt(payment);
  }

  // Its code to scan stands here at once; the rest is asked for in a dialog over this panel.
  function offerReceipt({ id }) {
    dialog.querySelector(".till-receipt img").src = urls.receiptCode(id);
    for (const button of dialog.querySelectorAll("[data-do=receipt]")) {
      button.setAttribute("hx-get", urls.receipt(id));
      htmx.process(button);
    }
  }

  // Taken without a network: nothing is known of the card, and nothing is said of it.
  function showKept({ kept: { sequence, amount_minor }, empties }) {
    if (!open("kept", { amount: money(amount_minor) })) return;
    if (empties) emptied();
    dialog.querySelector("[data-do=takeBack]").dataset.sequence = sequence;
    returnSoon();
  }

  function offerUndo({ id, undo_seconds_left }) {
    const button = dialog.querySelector("[data-do=undo]");
    const clock = button.querySelector("[data-clock]");
    button.dataset.payment = id;
    button.hidden = undo_seconds_left === 0;
    clock.hidden = undo_seconds_left === null;
    if (undo_seconds_left) panel.until(countdown(clock, undo_seconds_left, () => { button.hidden = true; }));
  }

  function showDeclined({ refusal, amount_minor }) {
    const { sentence, missing_minor, available_minor } = refusal;
    const isSome = available_minor > 0 && available_minor < amount_minor;
    const rest_minor = amount_minor - available_minor;
    open("declined", {
      amount: money(amount_minor), sentence, missing: money(missing_minor),
      available: isSome ? money(available_minor) : null, rest: isSome ? money(rest_minor) : null,
    }, new Set([isSome ? "some" : "", missing_minor ? "missing" : ""]));
    dialog.querySelector("[data-do=split]").dataset.cash = rest_minor;
    offerTopUp({ missing: missing_minor, card: refusal.card });
  }

  // Where credits are sold: for this card if it is known, and as much as is missing.
  function offerTopUp(wanted) {
    const link = dialog.querySelector("[data-top-up]");
    const known = Object.entries(wanted).filter(([, value]) => value);
    link.search = new URLSearchParams(known).toString();
  }

  function showConfirming({ amount_minor, cash_minor, customer, identifier, last_four, without_card, expires_in_seconds }, moments) {
    const facts = { amount: money(amount_minor), cash: cash(cash_minor), customer, identifier, last_four, without_card };
    const isNew = open("confirming", facts, moments);
    for (const button of dialog.querySelectorAll("[data-do]")) button.disabled = !moments.has("confirming");
    if (isNew) panel.until(countdown(dialog.querySelector("[data-clock]"), expires_in_seconds, charge.expire));
  }

  // The customer's hands are on the screen: nothing of theirs is shown but what they pay.
  let pad = null;
  function showPin({ amount_minor, cash_minor, first_name, last_four, expires_in_seconds }, wrong, moments) {
    const facts = { amount: money(amount_minor), cash: cash(cash_minor), customer: first_name, last_four, wrong };
    const isNew = open("pin", facts, moments);
    if (isNew) {
      pad = pinpad(dialog.querySelector("[data-pinpad]"), { host: dialog, taken: charge.confirm });
      panel.until(pad.end);
      panel.until(countdown(dialog.querySelector("[data-clock]"), expires_in_seconds, charge.expire));
    } else if (wrong && moments.has("confirming")) play("declined");
    pad.hold(!moments.has("confirming"));
    dialog.querySelector("[data-do=cancel]").disabled = !moments.has("confirming");
  }

  // ---- What else may come of a card ----

  function looked({ card, first_name, last_four, balance_minor, available_minor, state, expiring_minor, expires_on }) {
    const isSame = available_minor === balance_minor;
    open("balance", {
      customer: first_name, last_four, balance: money(balance_minor), state,
      available: isSame ? null : money(available_minor), expiring: money(expiring_minor), expires_on,
    });
    offerTopUp({ card });
    returnSoon();
  }

  function paired({ state, customer, sentence }) {
    if (state !== "paired") {
      refused({ message: sentence });
      return;
    }
    open("paired", { customer });
    returnSoon();
  }

  function undone({ amount_minor, cash_minor, balance_minor, first_name }) {
    charge.end();
    open("undone", { amount: money(amount_minor), cash: cash(cash_minor), balance: money(balance_minor), customer: first_name });
    if (!cash_minor) returnSoon();
  }

  function refused({ message }) {
    open("refused", { sentence: message });
  }

  function ended(why) {
    refused({ message: document.getElementById(`said-${why}`).textContent });
  }

  // ---- Buttons ----

  function next() {
    if (charge.now.phase === "paid" || charge.now.phase === "kept") charge.end();
    else show(charge.now);
  }

  const acts = {
    next,
    stay: (button) => {
      stay();
      button.hidden = true;
    },
    // Whoever wants a receipt is not done yet.
    receipt: () => {
      stay();
      stayHere();
    },
    back: charge.abandon,
    stop: charge.end,
    confirm: () => charge.confirm(),
    cancel: charge.cancel,
    again: charge.again,
    split: ({ dataset }) => charge.split(Number(dataset.cash)),
    whole: () => charge.split(0),
    takeBack: async ({ dataset }) => {
      stay();
      const isBack = await takeBack(Number(dataset.sequence));
      charge.end();
      if (!isBack) ended("sent");
    },
    undo: (button) => {
      stay();
      undo(button.dataset.payment, button);
    },
  };
  function act(name, button) {
    acts[name](button);
  }

  dialog.addEventListener("submit", (event) => {
    event.preventDefault();
    const [input] = event.target.elements;
    const number = input.value.trim();
    input.value = "";
    if (number) typed(number);
  });

  return {
    show, refresh, looked, paired, undone, refused, ended, next,
    // Whether what is shown has been dealt with, so that the next customer may be served.
    get isOver() { return OVER.has(panel.name); },
  };
}
