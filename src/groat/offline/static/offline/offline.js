// The till without a network, on its page: the bar that says so, the list of what is kept, and what a charge may do.

import { during } from "../web/during.js";
import { toast } from "../web/web.js";
import { post } from "../till/server.js";
import { install, isKept } from "./app.js";
import { connection as makeConnection } from "./connection.js";

const CONTACT_EVERY_MS = 60000;
const DEVICE_LETTERS = 80;

// `about`: what the server told of it. `state`: an address to ask whether anybody is there. `back()` hears that the
// server can be reached again.
export async function offline({ about, till, state, denomination, back }) {
  const bar = document.getElementById("offline");
  const list = document.getElementById("offline-taps");
  let taps = null; // what keeps them, once this browser is known to be able to
  let isSending = false;

  const connection = makeConnection({
    url: state,
    changed: async (isAway) => {
      document.body.toggleAttribute("data-away", isAway);
      await show();
      if (isAway) return;
      back();
      await caughtUp();
    },
  });

  async function load() {
    const { isPossible, taps: makeTaps } = await import("./taps.js");
    if (!isPossible) return;
    const ask = (what, body) => post(about[what], body);
    taps = await makeTaps({ till, ask, name: deviceName() });
    // Browsers tidy up what is not asked to stay.
    await navigator.storage?.persist?.();
  }

  // Somebody answers again: what is kept goes first, in its order; then what may be taken is asked anew.
  async function caughtUp() {
    await send();
    if (taps) await taps.contact().catch(() => {});
    await show();
  }

  async function send() {
    if (!taps || isSending || connection.isAway) return;
    isSending = true;
    try {
      await show();
      const outcomes = await taps.send();
      const booked = outcomes.filter((one) => one.state === "booked");
      if (booked.length) {
        const sum = booked.reduce((all, { amount_minor }) => all + amount_minor, 0);
        toast("offline-booked").querySelector("[data-what]").textContent = `${booked.length} · ${denomination.format(sum)}`;
      }
    } catch {
      // Not answered, or not understood: it stays here and is sent again.
      connection.probe();
    } finally {
      isSending = false;
      await show();
    }
  }

  // ---- What the page says of it ----

  async function show() {
    const all = taps ? await taps.all() : [];
    const kept = all.filter(({ state: one, isVoid }) => one === "kept" && !isVoid);
    const owed = all.filter(({ state: one }) => one === "owed");
    const moments = new Set();
    if (connection.isAway) {
      let allowed = taps ? await taps.allowance() : { why: "forbidden" };
      if (allowed.left_minor <= 0) allowed = { why: "till" };
      moments.add(allowed.why ? "away" : "away-taking");
      if (allowed.why && allowed.why !== "forbidden") moments.add(allowed.why);
      if (!allowed.why) fillIn("left", denomination.format(allowed.left_minor));
    } else if (kept.length) moments.add("sending");
    if (kept.length) moments.add("kept");
    if (owed.length) moments.add("owed");
    fillIn("kept", `${kept.length} · ${denomination.format(kept.reduce((sum, tap) => sum + tap.amount_minor, 0))}`);
    fillIn("owed", String(owed.length));
    bar.hidden = !moments.size;
    bar.dataset.tone = connection.isAway ? "away" : owed.length ? "bad" : "calm";
    during(bar, moments);
    rows(all);
  }

  function fillIn(name, text) {
    for (const element of bar.querySelectorAll(`[data-figure=${name}]`)) element.textContent = text;
  }

  function rows(all) {
    const body = list.querySelector("ul");
    body.replaceChildren(...all.toReversed().map(row));
    list.querySelector("[data-nothing]").hidden = all.length > 0;
    list.querySelector("[data-read]").hidden = !all.some(({ state: one }) => one === "owed");
  }

  function row(tap) {
    const item = document.getElementById("offline-tap").content.firstElementChild.cloneNode(true);
    const moment = tap.state === "owed" ? "owed" : tap.isVoid ? "void" : tap.wasSent ? "sent" : "kept";
    item.querySelector("[data-figure=amount]").textContent = denomination.format(tap.amount_minor);
    item.querySelector("[data-figure=at]").textContent = new Date(tap.at).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    item.querySelector("[data-figure=why]").textContent = [tap.customer, tap.sentence].filter(Boolean).join(": ");
    const button = item.querySelector("[data-take-back]");
    button.dataset.takeBack = tap.sequence;
    button.hidden = moment !== "kept";
    during(item, new Set([moment]));
    return item;
  }

  list.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-take-back]");
    if (button) await takeBack(Number(button.dataset.takeBack));
    else if (event.target.closest("[data-read]")) {
      await taps.read();
      list.close();
      await show();
    }
  });

  async function takeBack(sequence) {
    const isBack = await taps.takeBack(sequence);
    await show();
    return isBack;
  }

  // What asks the server has to wait; it would only fail.
  document.addEventListener("click", (event) => {
    if (!connection.isAway || !event.target.closest("[data-needs-network]")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    toast("needs-network");
  }, { capture: true });

  // ---- From the beginning ----

  if (about.isAllowed) await load().catch(() => {});
  if (isKept) connection.probe();
  setInterval(() => connection.isAway || caughtUp(), CONTACT_EVERY_MS);
  await show();
  if (!isKept) caughtUp();
  install({ worker: about.worker, more: about.files });

  return {
    connection,
    // Whether a charge may go on without the server: null, or why not.
    async objection(amount_minor) {
      return taps ? taps.objection(amount_minor) : "forbidden";
    },
    async take(asked) {
      const done = await taps.take({ ...asked, staff: about.staff });
      await show();
      return done;
    },
    takeBack,
    sentence: (why) => document.getElementById(`offline-why-${why}`).textContent,
  };
}

// What the office will call this browser: "Chrome on Android".
function deviceName() {
  const { userAgentData, userAgent } = navigator;
  if (!userAgentData) return userAgent.slice(0, DEVICE_LETTERS);
  const brand = userAgentData.brands.find((one) => !/Not.?A.?Brand|Chromium/i.test(one.brand)) ?? userAgentData.brands.at(-1);
  return `${brand?.brand ?? "Browser"}, ${userAgentData.platform || "?"}`.slice(0, DEVICE_LETTERS);
}
