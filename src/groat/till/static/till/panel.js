// The panel over everything: waiting for a card, and what came of it. Its words stand in the page's
// <template id="panel-…">; here they are filled in and brought to life.

import { during } from "../web/during.js";

const TOO_SOON_MS = 350; // an Enter that follows the one before so closely was not meant for this panel

// Put facts into the elements that ask for them: data-fill="name" gets text, and is hidden without it.
export function fill(root, facts) {
  for (const element of root.querySelectorAll("[data-fill]")) {
    const value = facts[element.dataset.fill];
    element.textContent = value ?? "";
    (element.closest("[data-with]") ?? element).hidden = value === undefined || value === null || value === "";
  }
}

// Count down in the element's text, as m:ss. Returns what stops it.
export function countdown(element, seconds, atZero) {
  const end = performance.now() + seconds * 1000;
  const tick = () => {
    const left = Math.max(0, Math.ceil((end - performance.now()) / 1000));
    element.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    if (left > 0) return;
    clearInterval(timer);
    atZero?.();
  };
  const timer = setInterval(tick, 250);
  tick();
  return () => clearInterval(timer);
}

// `act(name, button)` hears which button (data-do) was pressed, by hand or by key.
export function panel(dialog, act) {
  let shownAt = 0;
  let showing = null;
  let endings = [];

  // Returns whether this panel was not there before.
  function show(name, { facts, moments, tone }) {
    const isNew = showing !== name;
    if (isNew) {
      clear();
      dialog.replaceChildren(document.getElementById(`panel-${name}`).content.cloneNode(true));
      dialog.dataset.panel = name;
      showing = name;
      shownAt = performance.now();
    }
    dialog.dataset.tone = tone;
    fill(dialog, facts);
    during(dialog, moments);
    // What lay over the panel, or would lie under it, is over: a card came from elsewhere.
    if (isNew) for (const other of document.querySelectorAll("dialog[open]")) if (other !== dialog) other.close();
    if (!dialog.open) dialog.showModal();
    // The heading, and no button: so that a screen reader begins at what happened.
    if (isNew) dialog.querySelector("h1").focus({ preventScroll: true });
    return isNew;
  }

  function hide() {
    clear();
    showing = null;
    if (dialog.open) dialog.close();
    dialog.replaceChildren();
  }

  function clear() {
    for (const stop of endings) stop();
    endings = [];
  }

  const press = (which) => [...dialog.querySelectorAll(which)].find((button) => button.checkVisibility() && !button.disabled)?.click();

  dialog.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-do], a[data-do]");
    if (button) act(button.dataset.do, button);
    // Beside the buttons a tap means: go on.
    else if (!event.target.closest("button, a, input, summary, details, form") && dialog.querySelector("[data-tap-goes-on]")) act("next");
  });
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      // Ours to decide: an Escape must not close what is still being asked.
      event.preventDefault();
      event.stopPropagation();
      press("[data-escape]");
    } else if (event.key === "Enter" && !event.target.closest("button, a, input, summary")) {
      event.preventDefault();
      event.stopPropagation();
      if (!event.repeat && performance.now() - shownAt > TOO_SOON_MS) press("[data-enter]");
    }
  });
  // A phone's back gesture.
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    press("[data-escape]");
  });
  dialog.addEventListener("close", () => {
    if (showing) dialog.showModal();
  });

  return {
    show, hide,
    // What ends with this panel: a timer, a countdown.
    until: (stop) => endings.push(stop),
    get name() { return showing; },
  };
}
