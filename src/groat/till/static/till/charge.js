// One charge, from the basket to its outcome. The truth is the server's checkout; this keeps what the
// page must not forget (the key of what was asked), so that nothing is ever charged twice.
//
// Phases: idle → opening → waiting → presenting → (confirming → settling) → paid | declined → idle,
// and idle → looking → idle for a card with nothing to pay. Without a network a charge that may be taken here
// (`offline`) waits without a checkout and ends as kept: its key is then the one that it was asked for under, if it was.

import { Refused, SignedOut, get, insist, newKey, post } from "./server.js";

const STAND_STILL = new Set(["waiting", "confirming", "declined"]); // where a card or a hand moves it on
const IDLE = Object.freeze({
  phase: "idle", key: null, order: null, lines: null, empties: false, total_minor: null, checkout: null, trouble: null, why: null, wrong: null, kept: null,
});

// `urls`: addresses, and functions of an id for those that have one. `store`: {load, save}, for what survives a
// reload. `changed(now, before)` hears of every step, the rest of what else came: `refused(refusal)`,
// `paired(pairing)`, `looked(card)`, `ended(why)`.
// `away()` gives what works without a network, once it is there.
export function charge({ urls, store, changed, refused, paired, looked, ended, away }) {
  let now = IDLE;
  let run = 0; // counts charges: an answer to an earlier one is no longer ours
  let early = null; // a card that came before its checkout was open, or known again

  function become(change) {
    const before = now;
    now = { ...now, ...change };
    const { phase, key, order, empties, total_minor, lines, checkout } = now;
    const isOver = ["idle", "looking", "paid", "kept"].includes(phase);
    store.save(isOver ? null : { phase, key, order, empties, total_minor, lines, checkout: checkout?.id ?? null });
    changed(now, before);
  }

  function restart(change) {
    run += 1;
    early = null;
    become({ ...IDLE, ...change });
  }
  const end = () => restart({});

  // Ask until the answer is known: {…}, {refused}, or null when it is no longer wanted. With `otherwise`, which tells
  // why it cannot be done without the server, {isAway} as soon as nobody answers and it can.
  async function known(question, otherwise = null) {
    const mine = run;
    let isOver = false;
    const troubled = (trouble) => mine === run && !isOver && now.trouble !== trouble && become({ trouble });
    const gone = new Promise((resolve) => {
      if (!otherwise || !away()) return;
      away().connection.gone().then(async () => {
        const why = mine === run && !isOver ? await otherwise() : "over";
        if (!why) resolve({ isAway: true });
        else if (mine === run && !isOver) become({ why });
      });
    });
    try {
      const asked = insist(question, { isWanted: () => mine === run && !isOver, troubled: (is) => troubled(is ? "unknown" : null) });
      const data = await Promise.race([asked, gone]);
      isOver = true;
      if (mine === run && now.why) become({ why: null });
      return mine === run ? data : null;
    } catch (error) {
      isOver = true;
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
  // `lines`: what is sold, with names and prices, for when the server cannot be asked for them.
  async function begin({ order, total_minor, empties, lines = [], token = null, serial = null, key = newKey() }) {
    restart({ phase: "opening", key, order, empties, total_minor, lines });
    early = token && { token, serial };
    const answer = await known(() => post(urls.checkouts, { key, ...order }), () => objection(total_minor));
    if (!answer) return;
    if (answer.isAway) {
      become({ phase: "waiting", checkout: null, trouble: null });
      if (early) await present(early.token, early.serial);
      return;
    }
    if (answer.refused) {
      end();
      refused(answer.refused);
      return;
    }
    follow(answer.checkout);
    // Nobody agreed to a price that they did not see: then the card must come once more.
    if (early && answer.checkout.amount_minor === total_minor) await present(early.token, early.serial);
  }

  const objection = (amount_minor) => away().objection(amount_minor);

  // What is asked of the server: by a card's token, or by {customer, why} of somebody who has none with them.
  function asked(token, body) {
    if (typeof token === "string") return [urls.present, { ...body, token }];
    return [urls.payWithoutCard(token.customer), { ...body, why: token.why }];
  }

  // A card came for what waits.
  async function present(token, serial = null) {
    const { phase, checkout, order, total_minor, empties, lines } = now;
    if (phase === "opening" || phase === "settling") early = { token, serial };
    if (phase !== "waiting" && phase !== "declined") return;
    const key = newKey();
    if (!checkout) {
      if (typeof token !== "string") return;
      if (away().connection.isAway) await keep(key, token, serial);
      // The network is back: then it is charged as always.
      else await begin({ order, total_minor, empties, lines, token, serial });
      return;
    }
    become({ phase: "presenting" });
    // Of what this page knows all about: another's basket, a part of one, or who has no card needs the server.
    const isOurs = typeof token === "string" && lines !== null && !checkout.cash_minor && checkout.amount_minor === total_minor;
    const otherwise = isOurs ? () => objection(total_minor) : null;
    const answer = await known(() => post(...asked(token, { key, checkout: checkout.id })), otherwise);
    if (!answer) return;
    if (answer.isAway) {
      await keep(key, token, serial);
      return;
    }
    if (answer.checkout) {
      follow(answer.checkout);
      return;
    }
    // It was no card, or the office had waited for it: the basket waits on.
    become({ phase: "waiting" });
    if (answer.refused) refused(answer.refused);
    else paired(answer.pairing);
  }

  // Nobody answers: the tap is kept here. If it was asked for already, its key sees to it that it is booked once.
  async function keep(key, token, serial) {
    const mine = run;
    const { checkout, total_minor, lines, order } = now;
    become({ phase: "presenting", trouble: null });
    const done = await away().take({
      key, token, serial, amount_minor: total_minor, lines, note: order.note ?? "", checkout: checkout?.id ?? null,
    }).catch(() => ({ why: "failed" }));
    if (mine !== run) return;
    if (done.why) {
      become({ phase: "waiting" });
      refused({ message: away().sentence(done.why) });
    } else become({ phase: "kept", kept: done.tap });
  }

  // A card came with nothing to pay.
  async function look(token) {
    restart({ phase: "looking" });
    const answer = await known(() => post(urls.look, { token }), () => null);
    if (!answer) return;
    end();
    if (answer.isAway) {
      refused({ message: away().sentence("look") });
      return;
    }
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
    if (!STAND_STILL.has(phase) || !checkout || document.hidden) return;
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
      if (early) await present(early.token, early.serial);
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
