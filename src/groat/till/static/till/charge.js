// One charge, from the basket to its outcome. The truth is the server's checkout; this keeps what the
// page must not forget (the key of what was asked), so that nothing is ever charged twice.
//
// Phases: idle → opening → waiting → presenting → (confirming → settling) → paid | declined → idle,
// and idle → looking → idle for a card with nothing to pay.

import { Refused, SignedOut, get, insist, newKey, post } from "./server.js";

const STAND_STILL = new Set(["waiting", "confirming", "declined"]); // where a card or a hand moves it on
const IDLE = Object.freeze({ phase: "idle", key: null, order: null, empties: false, total_minor: null, checkout: null, trouble: null, wrong: null });

// `urls`: addresses, and functions of an id for those that have one. `store`: {load, save}, for what survives a
// reload. `changed(now, before)` hears of every step, the rest of what else came: `refused(refusal)`,
// `paired(pairing)`, `looked(card)`, `ended(why)`.
export function charge({ urls, store, changed, refused, paired, looked, ended }) {
  let now = IDLE;
  let run = 0; // counts charges: an answer to an earlier one is no longer ours
  let early = null; // a card that came before its checkout was open, or known again

  function become(change) {
    const before = now;
    now = { ...now, ...change };
    const { phase, key, order, empties, total_minor, checkout } = now;
    const isOver = phase === "idle" || phase === "looking" || phase === "paid";
    store.save(isOver ? null : { phase, key, order, empties, total_minor, checkout: checkout?.id ?? null });
    changed(now, before);
  }

  function restart(change) {
    run += 1;
    early = null;
    become({ ...IDLE, ...change });
  }
  const end = () => restart({});

  // Ask until the answer is known: {…}, {refused}, or null when it is no longer wanted.
  async function known(question) {
    const mine = run;
    const troubled = (trouble) => mine === run && now.trouble !== trouble && become({ trouble });
    try {
      const data = await insist(question, { isWanted: () => mine === run, troubled: (is) => troubled(is ? "unknown" : null) });
      return mine === run ? data : null;
    } catch (error) {
      if (error instanceof SignedOut) troubled("signed-out");
      else if (error instanceof Refused) return mine === run ? { refused: error } : null;
      else throw error;
      return null;
    }
  }

  // Ask once: each time that a PIN comes counts as a try. Without an answer, look where the checkout stands.
  async function tried(question) {
    const mine = run;
    try {
      const data = await question();
      return mine === run ? data : null;
    } catch (error) {
      if (mine !== run) return null;
      if (error instanceof Refused) return { refused: error };
      await refresh();
      return null;
    }
  }

  // Go where the server says the checkout stands.
  function follow(checkout) {
    const phase = { waiting: "waiting", confirming: "confirming", paid: "paid", declined: "declined" }[checkout.state];
    if (phase) {
      become({ phase, checkout, trouble: null });
      return;
    }
    end();
    ended("abandoned");
  }

  // Open a checkout for an order ({lines} or {amount_minor}); a card that came with it is presented at once.
  // `empties`: whether the basket has been paid when this has.
  async function begin({ order, total_minor, empties, token = null, key = newKey() }) {
    restart({ phase: "opening", key, order, empties, total_minor });
    early = token;
    const answer = await known(() => post(urls.checkouts, { key, ...order }));
    if (!answer) return;
    if (answer.refused) {
      end();
      refused(answer.refused);
      return;
    }
    follow(answer.checkout);
    // Nobody agreed to a price that they did not see: then the card must come once more.
    if (early && answer.checkout.amount_minor === total_minor) await present(early);
  }

  // A card came for what waits.
  async function present(token) {
    const { phase, checkout } = now;
    if (phase === "opening" || phase === "settling") early = token;
    if (phase !== "waiting" && phase !== "declined") return;
    const key = newKey();
    become({ phase: "presenting" });
    const answer = await known(() => post(urls.present, { key, token, checkout: checkout.id }));
    if (!answer) return;
    if (answer.checkout) {
      follow(answer.checkout);
      return;
    }
    // It was no card, or the office had waited for it: the basket waits on.
    become({ phase: "waiting" });
    if (answer.refused) refused(answer.refused);
    else paired(answer.pairing);
  }

  // A card came with nothing to pay.
  async function look(token) {
    restart({ phase: "looking" });
    const answer = await known(() => post(urls.look, { token }));
    if (!answer) return;
    end();
    if (answer.refused) refused(answer.refused);
    else if (answer.pairing) paired(answer.pairing);
    else looked(answer.card);
  }

  // So much of it is paid in cash, and a card shall pay the rest; with 0 a card pays it all again.
  async function split(cash_minor) {
    const { id } = now.checkout;
    become({ phase: "settling" });
    const answer = await known(() => post(urls.split(id), { cash_minor }));
    if (!answer) return;
    if (answer.checkout) {
      follow(answer.checkout);
      return;
    }
    await refresh();
    if (now.checkout) refused(answer.refused);
  }

  // With the PIN that the customer typed, where one is asked for.
  async function confirm(pin = null) {
    const { payment } = now.checkout;
    become({ phase: "settling", wrong: null });
    const answer = await (pin ? tried(() => post(urls.confirm(payment.id), { pin })) : known(() => post(urls.confirm(payment.id), {})));
    if (!answer) return;
    if (answer.checkout) follow(answer.checkout);
    else if (answer.refused.code === "pin_wrong") become({ phase: "confirming", wrong: answer.refused.message });
    else if (answer.refused.code.startsWith("pin_")) {
      end();
      refused(answer.refused);
    }
    else if (answer.refused.code === "hold_closed") await letGo(payment, "expired");
    else await refresh();
  }

  async function cancel() {
    const { payment } = now.checkout;
    become({ phase: "settling" });
    await letGo(payment, null);
  }

  async function letGo(payment, why) {
    const answer = await known(() => post(urls.cancel(payment.id), {}));
    if (!answer) return;
    // Somebody else was faster: it may even be paid.
    if (answer.refused) await refresh();
    else {
      end();
      if (why) ended(why);
    }
  }

  // Back to the basket. It is gone for the cashier at once; should the word get lost, the next checkout replaces it.
  function abandon() {
    const { checkout, phase } = now;
    end();
    if (checkout && STAND_STILL.has(phase)) post(urls.abandon(checkout.id), {}).catch(() => {});
  }

  async function refresh() {
    if (!now.checkout) return;
    const { id } = now.checkout;
    const answer = await known(() => get(`${urls.state}?checkout=${id}`));
    if (answer?.checkout) follow(answer.checkout);
    else if (answer?.refused) end();
  }

  // Another reader of this till may bring the card, another page may confirm: ask, while waiting.
  async function ask() {
    const { phase, checkout } = now;
    if (!STAND_STILL.has(phase) || document.hidden) return;
    const mine = run;
    const answer = await get(`${urls.state}?checkout=${checkout.id}`).catch(() => null);
    const isOurs = mine === run && now.phase === phase && now.checkout === checkout;
    if (isOurs && answer?.checkout && answer.checkout.changed_at !== checkout.changed_at) follow(answer.checkout);
  }

  // After a reload: what was asked before is asked again under its key, or looked up.
  async function resume() {
    const kept = store.load();
    if (kept?.checkout) {
      restart({ ...kept, phase: "settling", checkout: { id: kept.checkout, amount_minor: kept.total_minor } });
      await refresh();
      // A card that came while it was being looked up: the price stood there already.
      if (early) await present(early);
    } else if (kept?.phase === "opening") await begin(kept);
  }

  return {
    begin, present, look, split, confirm, cancel, abandon, refresh, resume, end, ask,
    // A basket that somebody else opened at this till.
    adopt: (checkout) => { restart({}); follow(checkout); },
    // After a declined card: wait for another one.
    again: () => become({ phase: "waiting" }),
    expire: () => now.phase === "confirming" && letGo(now.checkout.payment, "expired"),
    get now() { return now; },
  };
}
