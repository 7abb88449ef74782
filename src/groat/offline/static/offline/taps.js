// Taps taken without a network: within what the server allowed, encrypted to it and signed by this device, kept until
// it has answered for each. The server sees to it that none is booked twice, and that no limit was passed.

import { store as makeStore } from "./store.js";
import { CompactEncrypt } from "./vendor/jose/jwe/compact/encrypt.js";
import { CompactSign } from "./vendor/jose/jws/compact/sign.js";

const CLOCK_MAY_DIFFER_MS = 600000;
const MOST_AT_ONCE = 20;
const CHIP_URL = /[?&]p=[0-9A-F]{32}&m=[0-9A-F]{16}$/i;
const UID = /^(?:[0-9A-F]{8}|[0-9A-F]{14}|[0-9A-F]{20}|\d{10})$/i;
const CODE = /(?:^|\/)([2-9A-HJ-NP-Z]{4}(?:-?[2-9A-HJ-NP-Z]{4}){3})$/i;
const bytes = (text) => new TextEncoder().encode(text);

// Whether this browser can keep anything safely; only over HTTPS and on the device itself it can.
export const isPossible = isSecureContext && "locks" in navigator && "indexedDB" in window && "subtle" in crypto;

// Which card a token is of: its number, its code; of a chip's tap, which hides it, the number that the phone felt.
export function cardOf(token, serial = null) {
  const plain = token.replace(/[\s:.]/g, "");
  if (CHIP_URL.test(token)) return serial ? serial.replace(/[^0-9a-z]/gi, "").toUpperCase() : null;
  if (UID.test(plain.replaceAll("-", ""))) return plain.replaceAll("-", "").toUpperCase();
  const code = CODE.exec(token.trim());
  return code ? code[1].replaceAll("-", "").toUpperCase() : null;
}

export async function taps({ till, name, ask }) {
  const store = await makeStore(till);
  // Of two pages of this device one at a time changes what is kept.
  const alone = (act) => navigator.locks.request(`groat-offline-${till}`, act);

  // The keys are made once; their secret halves can be used here and read nowhere.
  const keys = await alone(async () => {
    const known = await store.read("keys");
    if (known) return known;
    const signing = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
    const marking = await crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", signing.publicKey);
    const made = { signing: signing.privateKey, marking, jwk: { kty, crv, x, y } };
    await store.write("keys", made);
    return made;
  });

  // So that a card's taps are known to be one card's, and its number is nowhere.
  async function marked(card) {
    const mark = await crypto.subtle.sign("HMAC", keys.marking, bytes(card));
    return Array.from(new Uint8Array(mark).slice(0, 16), (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  const unsent = async () => (await store.taps()).filter(({ state }) => state === "kept");

  // The server was reached: what may be taken from now on.
  async function contact() {
    const { key, device, grant } = await ask("contact", { jwk: keys.jwk, name });
    await store.write("trust", { key, device, grant, heardAt: Date.now() });
  }

  // What may still be taken, or why nothing: {left_minor, until} or {why}.
  async function allowance() {
    const trust = await store.read("trust");
    if (!trust?.grant) return { why: "forbidden" };
    const { grant, heardAt } = trust;
    const now = Date.now();
    const latest = (await store.read("latest")) ?? heardAt;
    // A clock that was set back would make the time without a network as long as one likes.
    if (now < latest - CLOCK_MAY_DIFFER_MS) return { why: "clock" };
    const until = heardAt + grant.seconds * 1000;
    if (now > until) return { why: "too-long" };
    const used = (await unsent()).filter(({ isVoid }) => !isVoid);
    const left_minor = grant.till_minor - used.reduce((sum, tap) => sum + tap.amount_minor, 0);
    return { trust, used, left_minor, until };
  }

  // Whether an amount could be taken from some card; why not, otherwise.
  async function objection(amount_minor, token = null, serial = null) {
    const { why, trust, used, left_minor } = await allowance();
    if (why) return why;
    const { grant } = trust;
    const isCopyable = token !== null && !CHIP_URL.test(token);
    if (amount_minor > (isCopyable ? grant.copyable_minor : grant.payment_minor)) return "payment";
    if (amount_minor > left_minor) return "till";
    if (token === null) return null;
    const card = cardOf(token, serial);
    if (!card) return "card-unclear";
    const mark = await marked(card);
    const before = used.reduce((sum, tap) => sum + (tap.mark === mark ? tap.amount_minor : 0), 0);
    return before + amount_minor > grant.card_minor ? "card" : null;
  }

  const sealed = async (inside, key) =>
    new CompactEncrypt(bytes(JSON.stringify(inside))).setProtectedHeader({ alg: "ECDH-ES", enc: "A256GCM" }).encrypt(key);
  const signed = async (outside) =>
    new CompactSign(bytes(JSON.stringify(outside))).setProtectedHeader({ alg: "ES256" }).sign(keys.signing);

  // Take a tap, if it may be taken: {tap} or {why}. It is on the disk when this is answered.
  function take({ key, amount_minor, lines, note, checkout, token, serial, staff }) {
    return alone(async () => {
      const why = await objection(amount_minor, token, serial);
      if (why) return { why };
      const trust = await store.read("trust");
      const sequence = ((await store.read("sequence")) ?? 0) + 1;
      const at = Date.now();
      const inside = { key, at: new Date(at).toISOString(), staff, amount_minor, lines, note, checkout, token };
      const outside = { sequence, grant: trust.grant.number, is_void: false, sealed: await sealed(inside, trust.key) };
      const tap = {
        sequence, at, amount_minor, grant: outside.grant, mark: await marked(cardOf(token, serial)), state: "kept", isVoid: false,
        sealed: outside.sealed, envelope: await signed(outside),
      };
      await store.write("sequence", sequence);
      await store.write("latest", at);
      await store.put(tap);
      return { tap };
    });
  }

  // Take back what was not sent yet; false when it is too late for that.
  function takeBack(sequence) {
    return alone(async () => {
      const tap = (await unsent()).find((one) => one.sequence === sequence);
      if (!tap || tap.wasSent) return false;
      const { grant, sealed: secret } = tap;
      await store.put({ ...tap, isVoid: true, envelope: await signed({ sequence, grant, is_void: true, sealed: secret }) });
      return true;
    });
  }

  // Send what is kept, oldest first; what the server answers for is kept no longer. Returns what became of each.
  function send() {
    return navigator.locks.request(`groat-offline-sending-${till}`, async () => {
      const outcomes = [];
      for (let batch = await next(); batch.length; batch = await next()) {
        const { device } = await store.read("trust");
        const answer = await ask("taps", { device, taps: batch.map(({ envelope }) => envelope) });
        outcomes.push(...(await alone(() => settled(batch, answer))));
        if (!answer.taps.length) break;
      }
      return outcomes;
    });
  }

  // What is sent next. From now on nobody knows whether it has arrived, so it cannot be taken back.
  const next = () => alone(async () => {
    const batch = (await unsent()).slice(0, MOST_AT_ONCE).map((tap) => ({ ...tap, wasSent: true }));
    for (const tap of batch) await store.put(tap);
    return batch;
  });

  async function settled(batch, { taps: answers, grant }) {
    const outcomes = [];
    for (const answer of answers) {
      const tap = batch.find(({ sequence }) => sequence === answer.sequence);
      if (!tap) continue;
      const { sequence, at, amount_minor } = tap;
      // What is owed stays to be read; the card has left the device with what was sent.
      if (answer.state === "owed") await store.put({ at, amount_minor, ...answer });
      else await store.drop(sequence);
      outcomes.push({ at, amount_minor, ...answer });
    }
    await store.write("trust", { ...(await store.read("trust")), grant, heardAt: Date.now() });
    return outcomes;
  }

  // The cashier has read what is owed: the office sees to it.
  async function read() {
    for (const tap of await store.taps()) if (tap.state === "owed") await store.drop(tap.sequence);
  }

  return { contact, allowance, objection, take, takeBack, send, read, all: store.taps };
}
