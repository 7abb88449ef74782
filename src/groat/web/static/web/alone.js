// Keys that a person pressed: card readers type too, and a key that stands close to another was no person's.

const APART_MS = 70;

let lastAt = -Infinity;
let isAlone = true;
let pending = [];

// Before everybody else's listeners, so that they ask about the key that they hear of. Readers press no Escape, no
// arrows; and a Shift belongs to the key after it.
addEventListener("keydown", ({ key, timeStamp }) => {
  if (key.length !== 1 && key !== "Dead" && key !== "Enter") return;
  isAlone = timeStamp - lastAt > APART_MS;
  lastAt = timeStamp;
  for (const timer of pending) clearTimeout(timer);
  pending = [];
}, { capture: true });

// Called for a keydown: act, if the key turns out to stand alone.
export function ifAlone(act) {
  if (isAlone) pending.push(setTimeout(act, APART_MS));
}
