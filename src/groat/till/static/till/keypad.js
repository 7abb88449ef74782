// A free amount, tapped or typed.

import { NOTHING_TYPED, minorOf, typed } from "./money.js";

const PAUSE_MS = 120; // keys closer than this may be a card reader's
const KEYS = { Backspace: "back", Delete: "back", ",": "sign", ".": "sign" };

export function keypad(dialog, { denomination, taken }) {
  const display = dialog.querySelector("[data-amount]");
  const take = dialog.querySelector("[data-take]");
  const sign = dialog.querySelector("[data-digit=sign]");
  if (sign) sign.textContent = denomination.sign;
  let entry = NOTHING_TYPED;
  let before = entry; // as it was when the last run of keys began
  let lastAt = 0;

  function show() {
    const minor = minorOf(entry, denomination.decimals);
    display.textContent = denomination.format(minor);
    take.disabled = minor === 0;
  }

  function press(key) {
    entry = typed(entry, key, denomination.decimals);
    show();
  }

  function finish(token = null, serial = null) {
    const minor = minorOf(entry, denomination.decimals);
    if (!minor) return false;
    dialog.close();
    taken(minor, token, serial);
    return true;
  }

  dialog.addEventListener("click", (event) => {
    const key = event.target.closest("[data-digit]");
    if (key) press(key.dataset.digit);
    if (event.target.closest("[data-take]")) finish();
  });
  dialog.addEventListener("keydown", (event) => {
    const key = /^[0-9]$/.test(event.key) ? event.key : KEYS[event.key];
    // Each key counts: a reader may type letters for a while before its next digit.
    if (event.timeStamp - lastAt > PAUSE_MS) before = entry;
    lastAt = event.timeStamp;
    if (key) {
      press(key);
    } else if (event.key === "Enter" && !event.target.closest("button:not([data-digit])")) finish();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  dialog.addEventListener("close", () => {
    entry = NOTHING_TYPED;
  });
  new MutationObserver(show).observe(dialog, { attributeFilter: ["open"] });
  show();

  return {
    // A card came while the amount stood here: its number was no part of the amount. Whether it pays it.
    presented(token, serial) {
      if (!dialog.open) return false;
      entry = before;
      show();
      return finish(token, serial);
    },
  };
}
