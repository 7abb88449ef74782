// A shared till locks itself when nobody touches it, but never in the middle of a charge.

const LOOK_MS = 1000;
const TELL_MS = 20000; // the server, that somebody is there
const ACTIVE = "groat-till-active"; // in all tabs: they are one till

const form = document.getElementById("switch");
const lockAfterMs = Number(form.dataset.minutes) * 60000; // 0: never
let toldAt = Date.now(); // the page itself has just told

function lastActive() {
  return Number(localStorage.getItem(ACTIVE)) || 0;
}
function isActive() {
  localStorage.setItem(ACTIVE, String(Date.now()));
}
for (const sign of ["pointerdown", "keydown", "wheel", "touchmove"]) {
  document.addEventListener(sign, isActive, { capture: true, passive: true });
}

// Somebody waits for a card, a comparison or a PIN here.
function isCharging() {
  return document.querySelector("#panel[open]:not([data-panel=refused], [data-panel=balance], [data-panel=paid])") !== null;
}

const PAGES = "groat-till-pages"; // of the till as an app

function ask(to) {
  const headers = JSON.parse(document.body.getAttribute("hx-headers"));
  return fetch(to, { method: "POST", headers, redirect: "manual" }).then(({ type }) => type === "opaqueredirect", () => null);
}

async function tell() {
  toldAt = Date.now();
  // Ended in the office, or locked in another tab.
  if (await ask(form.dataset.stay)) location.reload();
}

// Without a network nobody could get in again: then it stays as it is.
async function lock() {
  if (isLocking) return;
  isLocking = true;
  if (await ask(form.action)) {
    await leaveNothing();
    location.assign(form.dataset.locked);
  } else setTimeout(() => { isLocking = false; }, TELL_MS);
}
let isLocking = false;

// A locked till does not open without a network either.
function leaveNothing() {
  return globalThis.caches?.delete(PAGES).catch(() => {});
}
form.addEventListener("submit", leaveNothing);

function look() {
  if (isCharging()) isActive();
  const active = lastActive();
  if (active > toldAt && Date.now() - toldAt > TELL_MS) tell();
  if (lockAfterMs && Date.now() - active > lockAfterMs) lock();
}

isActive();
setInterval(look, LOOK_MS);
document.addEventListener("visibilitychange", look);
