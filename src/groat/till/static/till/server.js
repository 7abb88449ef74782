// Asking the server. An answer is either what was asked for or a refusal; no answer at all is
// `Unknown`: it may have been done or not, so the same question is asked again under the same key.

const PATIENCE_MS = 10000;
const LONG_MS = 2500;

export class Unknown extends Error {}
export class SignedOut extends Error {}

// A refusal, as the server words it.
export class Refused extends Error {
  constructor({ code, sentence, ...facts }) {
    super(sentence);
    this.code = code;
    this.facts = facts;
  }
}

export function get(url) {
  return ask(url, { method: "GET" });
}

export function post(url, body) {
  const headers = { "Content-Type": "application/json", ...JSON.parse(document.body.getAttribute("hx-headers")) };
  return ask(url, { method: "POST", headers, body: JSON.stringify(body) });
}

// Whoever watches the connection hears how it goes: "answered", "silent", or "long".
function told(detail) {
  document.dispatchEvent(new CustomEvent("groat:network", { detail }));
}

async function ask(url, options) {
  const takesLong = setTimeout(told, LONG_MS, "long");
  const answer = await fetch(url, { ...options, redirect: "manual", cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) })
    .catch((error) => {
      told("silent");
      unknown(error);
    })
    .finally(() => clearTimeout(takesLong));
  told([502, 503, 504].includes(answer.status) ? "silent" : "answered");
  const isJson = answer.headers.get("Content-Type")?.startsWith("application/json");
  // Sent to the sign-in page, or no longer let in: the same thing to a cashier.
  if (answer.type === "opaqueredirect" || (!isJson && [401, 403, 404].includes(answer.status))) throw new SignedOut();
  if (answer.status >= 500 || answer.status === 429 || !isJson) throw new Unknown(`status ${answer.status}`);
  const data = await answer.json().catch(unknown);
  if (!answer.ok) throw new Refused(data);
  return data;
}

function unknown(error) {
  throw new Unknown(error.message);
}

// Ask until there is an answer. `troubled(true)` tells that it takes longer, `isWanted()` false ends it with null.
export async function insist(question, { troubled, isWanted }) {
  for (let wait = 500; ; wait = Math.min(wait * 1.6, 5000)) {
    try {
      const data = await question();
      troubled(false);
      return data;
    } catch (error) {
      if (!(error instanceof Unknown)) throw error;
      if (!isWanted()) return null;
      troubled(true);
      await pause(wait);
      if (!isWanted()) return null;
    }
  }
}

export function pause(ms) {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
    // The connection is back: do not sleep on.
    addEventListener("online", resolve, { once: true });
  });
}

export function newKey() {
  // crypto.randomUUID exists on HTTPS and on localhost alone; a shop's own network may have neither.
  if (crypto.randomUUID) return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
