// The lock of a shared till: a name and a PIN, or a card at any reader of this page.

import { countdown, fill } from "../till/panel.js";
import { Refused, SignedOut, post } from "../till/server.js";
import { play } from "../till/sounds.js";
import { pinpad } from "../web/pinpad.js";
import { readers } from "../web/readers/readers.js";

const { urls } = JSON.parse(document.getElementById("lock-about").textContent);
const root = document.getElementById("lock");
const steps = Object.fromEntries([...root.querySelectorAll("[data-step]")].map((step) => [step.dataset.step, step]));
const clock = steps.pin.querySelector("[data-clock]");
let chosen = null;
let isAsking = false;
let pad = null;
let stopClock = () => {};

function show(step) {
  for (const [name, element] of Object.entries(steps)) element.hidden = name !== step;
  steps[step].querySelector("h1").focus({ preventScroll: true });
}

function say(step, said) {
  fill(steps[step], step === "pin" ? { name: chosen.name, said } : { said });
}

function choose(staff, name) {
  chosen = { staff, name };
  pad ??= pinpad(steps.pin.querySelector("[data-pinpad]"), { host: document, taken: (pin) => enter({ staff: chosen.staff, pin }, "pin") });
  say("pin", "");
  show("pin");
}

function back() {
  if (isAsking) return;
  pad?.end();
  pad = null;
  stopClock();
  clock.textContent = "";
  chosen = null;
  say("who", "");
  show("who");
}

async function enter(body, step) {
  if (isAsking) return;
  isAsking = true;
  pad?.hold(true);
  try {
    const { url } = await post(urls.enter, body);
    location.replace(url);
    return; // and nothing more is asked here
  } catch (error) {
    if (error instanceof SignedOut) {
      location.reload(); // ended in the office: it is the sign-in page's turn
      return;
    }
    isAsking = false;
    play("declined");
    say(step, error instanceof Refused ? error.message : document.getElementById("said-unknown").content.textContent);
    const seconds = error.facts?.seconds ?? 0;
    if (step === "pin" && seconds > 0) wait(seconds);
    else pad?.hold(false);
  }
}

function wait(seconds) {
  stopClock();
  stopClock = countdown(clock, seconds, () => {
    clock.textContent = "";
    pad?.hold(false);
  });
}

root.addEventListener("click", (event) => {
  const person = event.target.closest("[data-staff]");
  if (person) choose(person.dataset.staff, person.dataset.name);
  else if (event.target.closest("[data-back]")) back();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && chosen && !document.querySelector("dialog[open]")) back();
});

function presented(token) {
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
  pad?.clear();
  enter({ token }, chosen ? "pin" : "who");
}
readers({ presented });
document.addEventListener("click", (event) => {
  const demo = event.target.closest("[data-demo-token]");
  if (demo) presented(demo.dataset.demoToken);
});
