// A PIN, tapped or typed. Its digits are shown nowhere and kept nowhere.
//
//   const pad = pinpad(element, { host: dialog, taken: (pin) => … }); // the element is web/components/pinpad.html
//   pad.clear(); pad.hold(true); pad.end();

import { listen } from "./readers/wedge.js";

const SHORTEST = 4;
const LONGEST = 8;

// `host`: where keys are heard, whatever has the focus inside it.
export function pinpad(root, { host, taken }) {
  const dots = root.querySelector("[data-dots]");
  const done = root.querySelector("[data-done]");
  let pin = "";
  let isHeld = false;

  function show() {
    dots.textContent = "•".repeat(pin.length);
    dots.setAttribute("aria-label", `${dots.dataset.label}: ${pin.length}`);
    for (const button of root.querySelectorAll("button")) button.disabled = isHeld;
    done.disabled = isHeld || pin.length < SHORTEST;
  }

  function press(key) {
    if (isHeld) return;
    if (key === "done") finish();
    else {
      pin = key === "back" ? pin.slice(0, -1) : (pin + key).slice(0, LONGEST);
      show();
    }
  }

  function finish() {
    if (pin.length < SHORTEST) return;
    const typed = pin;
    clear();
    taken(typed);
  }

  function clear() {
    pin = "";
    show();
  }

  function clicked(event) {
    const key = event.target.closest("[data-digit], [data-done]");
    if (key) press(key.dataset.digit ?? "done");
  }

  // Before anybody else hears them: here a digit adds no product, and Enter presses no digit again.
  function heard(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const isOther = event.target.closest?.("button:not([data-digit], [data-done]), a, summary");
    if (/^[0-9]$/.test(event.key)) press(event.key);
    else if (event.key === "Backspace" || event.key === "Delete") press("back");
    else if (event.key === "Enter" && !isOther && !event.repeat) press("done");
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  root.addEventListener("click", clicked);
  host.addEventListener("keydown", heard, { capture: true });
  // What a card reader types is no PIN.
  const unheard = listen(clear);
  show();

  return {
    clear,
    hold(is) {
      isHeld = is;
      show();
    },
    end() {
      clear();
      unheard();
      host.removeEventListener("keydown", heard, { capture: true });
      root.removeEventListener("click", clicked);
    },
  };
}
