// Keys that a person pressed: card readers type too, and a key that stands close to another was no person's.

const APART_MS = 70;
const MODIFIERS = new Set(["Shift", "CapsLock", "NumLock", "Control", "Alt", "AltGraph", "Meta"]);

let lastAt = -Infinity;
let isAlone = true;
let pending = [];

// Before everybody else's listeners, so that they ask about the key that they hear of.
addEventListener("keydown", ({ key, timeStamp }) => {
  if (MODIFIERS.has(key)) return;
  isAlone = timeStamp - lastAt > APART_MS;
  lastAt = timeStamp;
  for (const timer of pending) clearTimeout(timer);
  pending = [];
}, { capture: true });

// Called for a keydown: act, if the key turns out to stand alone.
export function ifAlone(act) {
  if (isAlone) pending.push(setTimeout(act, APART_MS));
}
