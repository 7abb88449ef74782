// Makes a till's page an app that opens without a network.

const PAGES = "groat-till-pages";

// Whether this page came out of the device, because nobody answered.
export const isKept = document.body.hasAttribute("data-kept");

// `worker`: the address of the service worker; `more`: files that the page loads only when they are needed.
export async function install({ worker, more = [] }) {
  // A page out of the device has its worker, which cannot be asked for now.
  if (isKept || !("serviceWorker" in navigator)) return;
  await navigator.serviceWorker.register(worker, { scope: "/till/", updateViaCache: "none" }).catch(() => null);
  const { active } = await navigator.serviceWorker.ready;
  const used = performance.getEntriesByType("resource").map(({ name }) => name);
  const files = [...used, ...more.map((url) => new URL(url, location).href)].filter((url) => new URL(url).pathname.startsWith("/static/"));
  active.postMessage({ keep: [...new Set(files)], page: location.pathname });
}

// Whoever signs out leaves no page behind; what was kept of payments stays until it is sent.
document.addEventListener("submit", (event) => {
  if (event.target.action?.endsWith("/account/logout/")) globalThis.caches?.delete(PAGES);
});
