// Baskets put aside at this till: under a name, for any of its devices to take up again.

import { toast } from "../web/web.js";
import { Refused, SignedOut, insist, newKey, post } from "./server.js";

// `basket()` tells what would be put aside, `emptied()` and `taken({lines, note})` what became of it; `refused(refusal)`.
export function parked({ urls, basket, emptied, taken, refused }) {
  const asked = document.getElementById("park");
  const list = document.getElementById("parked");
  const rows = document.getElementById("parked-list");
  const badge = document.querySelector("[data-open=parked] .badge");
  let isBusy = false;
  let shown = 0;

  // Ask until there is an answer; null when it was refused, which has been told then.
  async function known(question, button) {
    if (isBusy) return null;
    isBusy = true;
    try {
      return await insist(question, { isWanted: () => true, troubled: (is) => button?.toggleAttribute("data-asking-again", is) });
    } catch (error) {
      if (error instanceof SignedOut) location.reload();
      else if (error instanceof Refused) {
        for (const dialog of [asked, list]) dialog.close();
        refused(error);
      } else throw error;
      return null;
    } finally {
      isBusy = false;
    }
  }

  // Not by data-fill: a toast may lie in a dialog that fills in its own facts.
  function say(which, what) {
    const said = toast(which);
    said.querySelector("[data-what]").textContent = what;
    return said;
  }

  async function park(name, button) {
    const key = newKey();
    const body = { key, name, ...basket() };
    const answer = await known(() => post(urls.park, body), button);
    if (!answer) return false;
    emptied();
    say("parked", answer.parked.name);
    return true;
  }

  async function takeUp(id, button) {
    // What is being bought now is not lost: it changes places with the other.
    if (basket().lines.length && !(await park("", button))) return;
    const key = newKey();
    const answer = await known(() => post(urls.takeUp(id), { key }), button);
    if (!answer) return;
    list.close();
    const { lines, note } = answer.taken;
    taken({ lines: lines.filter((line) => line.is_sold), note });
    const gone = lines.filter((line) => !line.is_sold).map((line) => line.name);
    if (gone.length) say("unsold", gone.join(", "));
  }

  async function remove(id, button) {
    const answer = await known(() => post(urls.removeParked(id), {}), button);
    if (!answer) return;
    look();
    const said = say("removed", answer.removed.name);
    said.querySelector("[data-put-back]").addEventListener("click", async (event) => {
      if (!(await known(() => post(urls.restoreParked(id), {}), event.currentTarget))) return;
      said.querySelector(".dismiss").click();
      look();
    });
  }

  function look() {
    if (list.open) htmx.ajax("GET", urls.parked, { target: rows, swap: "innerHTML" });
  }

  asked.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const [name] = event.target.elements;
    if (!(await park(name.value.trim(), event.submitter))) return;
    name.value = "";
    asked.close();
  });
  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-take-up], [data-remove]");
    if (button?.dataset.takeUp) takeUp(button.dataset.takeUp, button);
    else if (button) remove(button.dataset.remove, button);
  });

  return {
    // Something changed at this till; so many are put aside now.
    hear(count) {
      badge.textContent = count;
      badge.hidden = !count;
      if (count !== shown) look();
      shown = count;
    },
  };
}
