// The till as an app: keeps its page and what that is made of, so that it opens without a network. What the page
// asks and sends is none of this; it knows itself whether anybody answers.

const PAGES = "groat-till-pages";
const FILES = "groat-till-files";
const TILL = /^\/till\/[^/]+\/[0-9a-f-]{36}\/$/;
const NAMED_BY_CONTENT = /\.[0-9a-f]{12}\.[a-z0-9]+$/;
const PATIENCE_MS = 4000;
const ANY = { ignoreSearch: true, ignoreVary: true }; // one page of a till, whoever asks for it in whatever language

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));

addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode === "navigate" && TILL.test(pathname)) event.respondWith(page(event));
  else if (pathname.startsWith("/static/")) event.respondWith(file(request));
});

// An open page and what it is made of: kept for when there is no network, and what is no longer of it is let go.
addEventListener("message", (event) => event.waitUntil(Promise.all([keep(new Set(event.data.keep)), visited(event.data.page)])));

// The first visit of a page was not the worker's to keep.
async function visited(address) {
  const cache = await caches.open(PAGES);
  const request = new Request(new URL(address, location));
  if (!(await cache.match(request, ANY))) await remembered(cache, request, await fetch(request));
}

async function keep(urls) {
  const cache = await caches.open(FILES);
  const known = new Set();
  for (const request of await cache.keys()) {
    if (urls.has(request.url)) known.add(request.url);
    else await cache.delete(request);
  }
  await Promise.all([...urls].filter((url) => !known.has(url)).map((url) => cache.add(url).catch(() => {})));
}

// The till itself: as it is now if somebody answers, else as it was last time.
async function page({ request }) {
  const cache = await caches.open(PAGES);
  const kept = await cache.match(request, ANY);
  const asked = fetch(request);
  if (!kept) return remembered(cache, request, await asked);
  asked.catch(() => {}); // an answer that nobody waits for any more may fail
  try {
    const answer = await Promise.race([asked, tooLong()]);
    return [502, 503, 504].includes(answer.status) ? kept : await remembered(cache, request, answer);
  } catch {
    return kept;
  }
}

function tooLong() {
  return new Promise((resolve, reject) => { setTimeout(() => reject(new Error("no answer")), PATIENCE_MS); });
}

// Sent elsewhere, to sign in or away from a till that is no more: what was kept is for nobody then.
async function remembered(cache, request, answer) {
  const address = new URL(request.url);
  if (!answer.ok || answer.redirected) await cache.delete(request, ANY);
  else if (!address.search) {
    const copy = answer.clone();
    const headers = new Headers(copy.headers);
    for (const name of ["Content-Encoding", "Content-Length", "Set-Cookie"]) headers.delete(name);
    const text = await copy.text();
    await cache.put(request, new Response(text.replace("<body ", "<body data-kept "), { headers }));
  }
  return answer;
}

// A file whose name tells its content never changes; another one is asked for first.
async function file(request) {
  const cache = await caches.open(FILES);
  const kept = await cache.match(request, { ignoreVary: true });
  if (kept && NAMED_BY_CONTENT.test(new URL(request.url).pathname)) return kept;
  try {
    return await fetch(request);
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
}
