// Giving payments back: from the list of the last ones, or from the panel right after paying.

import { countdown, fill } from "./panel.js";
import { Refused, SignedOut, insist, newKey, post } from "./server.js";

// `undone(refund)` and `refused(refusal)` hear what came of it.
export function payments({ urls, undone, refused }) {
  const list = document.getElementById("payments");
  const ask = document.getElementById("undo-ask");
  const why = ask.querySelector("[data-why]");
  const keys = new Map(); // of each payment and reason one key: however often it is pressed, it is given back once
  let clocks = [];
  let asked = null;

  async function undo(id, button, reason = "") {
    if (button.disabled) return;
    button.disabled = true;
    const named = `${id} ${reason}`;
    if (!keys.has(named)) keys.set(named, newKey());
    try {
      const { refund } = await insist(() => post(urls.undo(id), { key: keys.get(named), reason }), {
        isWanted: () => true,
        troubled: (is) => button.toggleAttribute("data-asking-again", is),
      });
      for (const dialog of [ask, list]) dialog.close();
      undone(refund);
    } catch (error) {
      if (error instanceof SignedOut) location.reload();
      else if (error instanceof Refused) {
        for (const dialog of [ask, list]) dialog.close();
        refused(error);
      } else throw error;
    } finally {
      button.disabled = false;
    }
  }

  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-undo]");
    if (!button) return;
    asked = button.dataset.undo;
    const { amount, cash, customer } = button.dataset;
    fill(ask, { amount, cash, customer });
    why.value = "";
    ask.showModal();
  });
  ask.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    undo(asked, ask.querySelector("[data-undo-yes]"), why.value.trim());
  });

  document.addEventListener("htmx:afterSettle", (event) => {
    if (!list.contains(event.target)) return;
    for (const stop of clocks) stop();
    clocks = [...list.querySelectorAll("[data-seconds]")].map((button) =>
      countdown(button.querySelector("[data-clock]"), Number(button.dataset.seconds), () => { button.disabled = true; }),
    );
  });

  return { undo };
}
