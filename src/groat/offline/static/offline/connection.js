// Whether the server can be reached, as this page finds out: from what it asks anyway, and by asking when in doubt.

const PROBE_PATIENCE_MS = 3000;
const PROBE_EVERY_MS = 3000;

// `url`: something light to ask for. `changed(isAway)` hears when it goes and when it is back.
export function connection({ url, changed }) {
  let isAway = false;
  let probing = false;
  let waiting = [];

  function become(next) {
    if (next === isAway) return;
    isAway = next;
    if (isAway) {
      for (const tell of waiting.splice(0)) tell();
      setTimeout(probe, PROBE_EVERY_MS);
    }
    changed(isAway);
  }

  async function probe() {
    if (probing) return;
    probing = true;
    const options = { redirect: "manual", cache: "no-store", signal: AbortSignal.timeout(PROBE_PATIENCE_MS) };
    const answer = await fetch(url, options).catch(() => null);
    probing = false;
    const isThere = answer !== null && ![502, 503, 504].includes(answer.status);
    if (isAway && !isThere) setTimeout(probe, PROBE_EVERY_MS);
    become(!isThere);
  }

  addEventListener("offline", probe);
  addEventListener("online", probe);
  // What the page asks: answered, not answered, or taking long.
  document.addEventListener("groat:network", ({ detail }) => {
    if (detail === "answered") become(false);
    else probe();
  });

  return {
    probe,
    get isAway() { return isAway; },
    // Settles when the server is found to be away.
    gone: () => (isAway ? Promise.resolve() : new Promise((resolve) => { waiting.push(resolve); })),
  };
}
