// A phone or tablet that reads cards itself: Web NFC, which Chrome on Android alone has, over HTTPS alone.

const CHIP_URL = /[?&]p=[0-9A-Fa-f]{32}&m=[0-9A-Fa-f]{16}$/;
const CHOICE = "groat-nfc"; // whether this device was told to read, or to read no more

// What a tap is worth: the address that a chip made for this tap alone, else the card's number; null if it has neither.
export function tokenOf({ serialNumber, message }) {
  for (const { recordType, data } of message?.records ?? []) {
    if (recordType !== "url" && recordType !== "absolute-url") continue;
    const url = new TextDecoder().decode(data);
    if (CHIP_URL.test(url)) return url;
  }
  return serialNumber || null;
}

// Why a browser has no Web NFC.
function whyNot() {
  const { userAgent, maxTouchPoints } = navigator;
  // An iPad says that it is a Mac; no Mac has a touchscreen.
  if (/iPhone|iPad|iPod/.test(userAgent) || (/Macintosh/.test(userAgent) && maxTouchPoints > 1)) return "nfc-apple";
  if (!/Android/.test(userAgent)) return "nfc-desktop";
  return isSecureContext ? "nfc-other-browser" : "nfc-insecure";
}

const FAILURES = { NotSupportedError: "nfc-none", NotReadableError: "nfc-switched-off" };

// `changed(state)` hears of each state: nfc-off (may be switched on), nfc-asking, nfc-on, nfc-asleep (the page is hidden),
// nfc-denied, nfc-switched-off (in the device's settings), nfc-none, nfc-failing, or why not. `misread()`: a card was felt
// and not read.
export function nfc({ presented, changed, misread }) {
  let state = null;
  let scan = null; // the AbortController of a scan that was asked for
  let isWanted = false;

  function become(next) {
    if (next === state) return;
    state = next;
    changed(state);
  }

  async function begin() {
    if (scan || !isWanted || document.hidden) return;
    const mine = new AbortController();
    scan = mine;
    const reader = new NDEFReader();
    reader.addEventListener("reading", (event) => {
      if (scan !== mine) return;
      const token = tokenOf(event);
      if (token) presented(token, { serial: event.serialNumber || null });
      else misread();
    });
    reader.addEventListener("readingerror", () => scan === mine && misread());
    try {
      await reader.scan({ signal: mine.signal });
      if (scan === mine) become("nfc-on");
    } catch (error) {
      if (scan === mine) await failed(error);
    }
  }

  async function failed({ name }) {
    scan = null;
    if (name !== "NotAllowedError") {
      become(FAILURES[name] ?? "nfc-failing");
      return;
    }
    // A question that was closed without an answer may be asked again, but not by itself.
    isWanted = false;
    become((await permission()) === "denied" ? "nfc-denied" : "nfc-off");
  }

  function end(next) {
    scan?.abort();
    scan = null;
    become(next);
  }

  async function watch() {
    const status = await navigator.permissions?.query({ name: "nfc" }).catch(() => null);
    status?.addEventListener("change", () => {
      if (status.state === "denied") end("nfc-denied");
      else if (state === "nfc-denied") become("nfc-off");
      if (status.state === "granted" && choice() === "yes") {
        isWanted = true;
        begin();
      }
    });
    if (status?.state === "denied") become("nfc-denied");
    // Allowed before: then nobody needs to press anything, unless somebody switched it off here.
    else if (status?.state === "granted" && choice() !== "no") {
      isWanted = true;
      await begin();
    }
  }

  if ("NDEFReader" in window) {
    become("nfc-off");
    watch();
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) {
        if (state === "nfc-on") end("nfc-asleep");
      } else begin();
    });
  } else become(whyNot());

  return {
    // To be called from a press of a button: the browser then asks its question.
    start() {
      isWanted = true;
      choose("yes");
      if (!scan) become("nfc-asking");
      begin();
    },
    stop() {
      isWanted = false;
      choose("no");
      end("nfc-off");
    },
  };
}

async function permission() {
  const status = await navigator.permissions?.query({ name: "nfc" }).catch(() => null);
  return status?.state ?? "prompt";
}

function choice() {
  try {
    return localStorage.getItem(CHOICE);
  } catch {
    return null;
  }
}

function choose(value) {
  try {
    localStorage.setItem(CHOICE, value);
  } catch {
    // Without storage the choice lasts for this page.
  }
}
