// Cards read by a reader that poses as a keyboard: a burst of keys that ends in Enter.
//
//   import { listen } from "../web/readers/wedge.js";
//   const stop = listen((token) => …);
//
// While somebody listens, a burst reaches them wherever the focus is, and leaves no trace: the
// field it fell into gets its old value back, and its Enter presses nothing. What a person
// types is slower and passes untouched.

const FASTEST_PERSON_MS = 35; // the median gap of a burst is at most this
const PAUSE_MS = 120; // a longer gap begins anew
const SHORTEST_TOKEN = 6;
const MODIFIERS = new Set(["Shift", "CapsLock", "NumLock", "Control", "Alt", "AltGraph", "Meta"]);

const listeners = new Set();
let burst = null;

// Give each token to `callback` until the returned function is called.
export function listen(callback) {
  if (!listeners.size) addEventListener("keydown", heard, { capture: true });
  listeners.add(callback);
  return () => {
    listeners.delete(callback);
    if (!listeners.size) removeEventListener("keydown", heard, { capture: true });
  };
}

function heard(event) {
  const { key, code, timeStamp: at } = event;
  if (MODIFIERS.has(key) || event.repeat) return;
  // Who holds Ctrl or Alt is a person, unless the two are AltGr: where a layout has the & of an address, for one.
  if ((event.ctrlKey || event.metaKey || event.altKey) && !event.getModifierState("AltGraph")) {
    burst = null;
    return;
  }
  if (key === "Enter") {
    finish(event);
    return;
  }
  if (key.length !== 1 && !US_KEYS[code]) {
    burst = null;
    return;
  }
  if (!burst || at - burst.keys.at(-1).at > PAUSE_MS) burst = { keys: [], field: keep(document.activeElement) };
  burst.keys.push({ at, key, code, shift: event.shiftKey, isCaps: event.getModifierState("CapsLock") });
}

function finish(event) {
  const ended = burst;
  burst = null;
  if (!ended || !isReader([...ended.keys.map((key) => key.at), event.timeStamp])) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  giveBack(ended.field);
  const token = decoded(ended.keys);
  for (const callback of [...listeners]) callback(token);
}

// Whether keys pressed at these times (ms, the last one Enter) came from a reader.
export function isReader(times) {
  if (times.length - 1 < SHORTEST_TOKEN) return false;
  const gaps = times.slice(1).map((at, index) => at - times[index]);
  if (gaps.at(-1) > PAUSE_MS) return false;
  gaps.sort((one, other) => one - other);
  return gaps[Math.floor(gaps.length / 2)] <= FASTEST_PERSON_MS;
}

// ---- The field that the burst fell into ----

function keep(field) {
  if (!(field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement || field instanceof HTMLSelectElement)) return null;
  const kept = { field, value: field.value, checked: field.checked, start: null, end: null };
  try {
    kept.start = field.selectionStart;
    kept.end = field.selectionEnd;
  } catch {
    // Fields such as numbers and dates know no selection.
  }
  return kept;
}

function giveBack(kept) {
  if (!kept || kept.field.type === "file") return;
  const { field, value, checked, start, end } = kept;
  if (field.value === value && field.checked === checked) return;
  field.value = value;
  if (checked !== undefined) field.checked = checked;
  if (start !== null) field.setSelectionRange(start, end);
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

// ---- What the reader meant ----

// Readers send the keys of an American keyboard, unless they were set to another. Where the computer's layout differs
// (Czech and Slovak have letters in the place of digits, German has y and z exchanged), what arrives is read back from
// the keys. Of the two readings the one that looks like what a card or a code says is meant.
export function decoded(keys) {
  const seen = asMeant(keys.map((key) => key.key).join(""), keys);
  const pressed = keys.every((key) => US_KEYS[key.code]) ? keys.map((key) => US_KEYS[key.code][key.shift ? 1 : 0]).join("") : seen;
  const looksRight = (text) => LIKELY.some((shape) => shape.test(text));
  if (looksRight(seen)) return seen;
  if (looksRight(pressed)) return pressed;
  return /^[0-9A-Za-z:;/?=&.,_%+-]+$/.test(seen) && /[0-9]/.test(seen) ? seen : pressed;
}

// Caps Lock turns an address round, and in an address small and capital letters differ.
function asMeant(text, keys) {
  if (!keys.some((key) => key.isCaps) || !/^HTTPS?:/.test(text)) return text;
  return text.replace(/\p{L}/gu, (letter) => (letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase()));
}

// A chip's number, a printed code, an address: groat/cards/tokens.py decides, this is a guess at the layout.
const LIKELY = [
  /^[0-9a-f]{2}([ :.-]?[0-9a-f]{2})*$/i,
  /^[2-9A-HJ-NP-Z]{4}(-[2-9A-HJ-NP-Z]{4}){3}$/i,
  /^https?:\/\/[0-9a-z.:[\]-]+\/[0-9a-z/?=&._%-]*$/i,
];

const US_KEYS = {
  Minus: "-_", Equal: "=+", Slash: "/?", Period: ".>", Comma: ",<", Semicolon: ";:", Quote: "'\"",
  BracketLeft: "[{", BracketRight: "]}", Backslash: "\\|", Backquote: "`~", Space: "  ",
  NumpadDecimal: "..", NumpadDivide: "//", NumpadSubtract: "--", NumpadAdd: "++", NumpadMultiply: "**",
};
[..."0123456789"].forEach((digit, index) => {
  US_KEYS[`Digit${digit}`] = digit + ")!@#$%^&*("[index];
  US_KEYS[`Numpad${digit}`] = digit + digit;
});
for (const letter of "abcdefghijklmnopqrstuvwxyz") US_KEYS[`Key${letter.toUpperCase()}`] = letter + letter.toUpperCase();
