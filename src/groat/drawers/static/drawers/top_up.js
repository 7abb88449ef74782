// The amounts to pick, the sound of what was done, and how long it may be undone.

import { countdown } from "../till/panel.js";
import { play, unlockAtFirstTouch } from "../till/sounds.js";

unlockAtFirstTouch();

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-amount]");
  if (!button) return;
  const field = document.querySelector("#top-up [name=bought]");
  field.value = button.dataset.amount;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
});

let stop = () => {};
document.addEventListener("htmx:afterSettle", ({ target }) => {
  if (target.id !== "work") return;
  stop();
  const made = target.querySelector("[data-sound]");
  if (!made) return;
  play(made.querySelector(".note") ? "declined" : made.dataset.sound);
  const clock = made.querySelector("[data-seconds]");
  if (clock) stop = countdown(clock, Number(clock.dataset.seconds), () => { clock.closest("form").hidden = true; });
});

document.querySelector("#top-up [name=bought]")?.focus();
