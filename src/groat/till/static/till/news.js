// What changes at this till, as it happens: another reader brought a card, an integrator opened a basket.
// The stream says only that something changed; what, the page asks for itself.

const SILENCE_MS = 40000; // the server says something at least every 15 s

// Calls `changed()` whenever something may have changed, at once after each (re)connection too.
// `isLive` is false while nobody would tell: then ask now and then.
export function watch(url, changed) {
  let source = null;
  let heardAt = -Infinity;

  function open() {
    source?.close();
    source = new EventSource(url);
    for (const word of ["open", "alive", "changed"]) source.addEventListener(word, () => { heardAt = performance.now(); });
    source.addEventListener("changed", changed);
    // Connection lost: the browser comes back by itself. Refused (signed out, server starting): it does not.
    source.addEventListener("error", () => {
      heardAt = -Infinity;
      if (source.readyState === EventSource.CLOSED) setTimeout(wake, 5000);
    });
  }
  function wake() {
    if (!document.hidden && source?.readyState === EventSource.CLOSED) open();
  }

  // A page that nobody sees needs no connection.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) source?.close();
    else open();
  });
  if (!document.hidden) open();

  return {
    get isLive() { return source?.readyState === EventSource.OPEN && performance.now() - heardAt < SILENCE_MS; },
  };
}
