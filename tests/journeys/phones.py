"""A phone's NFC, for a browser that has none: Web NFC as Chrome on Android offers it."""

import json

_NFC = """(({ permission, answer, fault }) => {
  const status = Object.assign(new EventTarget(), { state: permission });
  const query = navigator.permissions.query.bind(navigator.permissions);
  navigator.permissions.query = async (what) => (what.name === "nfc" ? status : query(what));
  const reading = new Set();
  const become = (state) => {
    status.state = state;
    status.dispatchEvent(new Event("change"));
  };
  window.NDEFReader = class NDEFReader extends EventTarget {
    async scan({ signal }) {
      // Who was never asked is asked, but only after a touch.
      if (status.state === "prompt" && navigator.userActivation.isActive && answer) become(answer);
      if (status.state !== "granted") throw new DOMException("NFC permission request denied.", "NotAllowedError");
      if (window.nfc.fault) throw new DOMException("", window.nfc.fault);
      reading.add(this);
      signal.addEventListener("abort", () => reading.delete(this));
    }
  };
  const tell = (name, facts) => {
    for (const reader of [...reading]) reader.dispatchEvent(Object.assign(new Event(name), facts));
  };
  window.nfc = {
    fault,
    become,
    answers: (next) => { answer = next; },
    get isReading() { return reading.size > 0; },
    tap(serialNumber, url) {
      const record = url && { recordType: "url", data: new DataView(new TextEncoder().encode(url).buffer) };
      tell("reading", { serialNumber, message: { records: record ? [record] : [] } });
    },
    slip: () => tell("readingerror"),
  };
})"""


def nfc(*, permission: str = "prompt", answer: str = "granted", fault: str = "") -> str:
    """A script for before the page: `window.nfc.tap("04:a2…", url)` holds a card to the phone, `slip()` too briefly.

    `permission` is what the browser was told before, `answer` what the person says when asked now (nothing: the
    question is waved away), `fault` the name of the error with which scanning fails.
    """
    return f"{_NFC}({json.dumps({'permission': permission, 'answer': answer, 'fault': fault})});"


def colons(uid: str) -> str:
    """A card's number as Web NFC writes it."""
    return ":".join(uid[at : at + 2] for at in range(0, len(uid), 2)).lower()
