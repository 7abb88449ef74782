"""A till's page as an app, which does without a network once it is ready."""

import time

from playwright.sync_api import Page

PATIENCE_SECONDS = 300
READY = """async (till) => {
  const name = `groat-offline-${till}`;
  if (!(await indexedDB.databases()).some((one) => one.name === name)) return false;
  const trusted = await new Promise((resolve) => {
    indexedDB.open(name).onsuccess = ({ target: { result: db } }) => {
      db.transaction("self").objectStore("self").get("trust").onsuccess = (event) => {
        db.close();
        resolve(Boolean(event.target.result?.grant));
      };
    };
  });
  const pages = await caches.open("groat-till-pages");
  const files = await caches.open("groat-till-files");
  return trusted && (await pages.keys()).length && (await files.keys()).length > 30;
}"""


def ready(page: Page, till: str) -> None:
    """Wait until the page could do without the network: what it may take is known, and the app is kept."""
    until = time.monotonic() + PATIENCE_SECONDS
    # Asked from outside: what waits inside the page does not wait for promises.
    while not page.evaluate(READY, till):
        assert time.monotonic() < until, "the page never became ready"
        page.wait_for_timeout(100)
