// Cards read by a reader that poses as a keyboard: a burst of keys that ends in Enter.
//
//   import { listen } from "../web/wedge.js";
//   const stop = listen((token) => …);
//
// While somebody listens, a burst reaches them wherever the focus is, and leaves no trace: the
// field it fell into gets its old value back, and its Enter presses nothing. What a person
// types is slower and passes untouched.

const FASTEST_PERSON_MS = 35; // the median gap of a burst is at most this
const PAUSE_MS = 120; // a longer gap begins anew
const SHORTEST_TOKEN = 6;

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
  if (event.ctrlKey || event.metaKey || event.altKey) {
    burst = null;
    return;
  }
  if (event.key === "Enter") {
    finish(event);
    return;
  }
  if (event.key === "Shift" || event.key === "CapsLock" || event.key === "NumLock") return;
  if (event.key.length !== 1 && !US_KEYS[event.code]) {
    burst = null;
    return;
  }
  const at = event.timeStamp;
  if (!burst || at - burst.keys.at(-1).at > PAUSE_MS) burst = { keys: [], field: keep(document.activeElement) };
  if (!event.repeat) burst.keys.push({ at, key: event.key, code: event.code, shift: event.shiftKey });
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

// Readers send the keys of an American keyboard. Where the computer's layout is another (Czech
// and Slovak have letters in the place of digits), what arrives is read back from the keys.
export function decoded(keys) {
  const text = keys.map((key) => key.key).join("");
  if (/^[0-9A-Za-z:;/?=&.,_%+-]+$/.test(text) && /[0-9]/.test(text)) return text;
  if (!keys.every((key) => US_KEYS[key.code])) return text;
  return keys.map((key) => US_KEYS[key.code][key.shift ? 1 : 0]).join("");
}

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
