// QR codes before the camera, decoded on this device: by the browser if it can, else by a library of ours that is
// fetched when the camera is opened for the first time.

import { during } from "../during.js";

const CHOICE = "groat-camera"; // which of several cameras
const SAME_CODE_MS = 3000; // a code that stays in sight is read once
const SHORTEST_PAUSE_MS = 80; // between two looks
const HINT_MS = 1500; // for so long a hint stays that no longer holds
const LONGEST_TOKEN = 300;
const FAILURES = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "none",
  OverconstrainedError: "none",
  NotReadableError: "busy",
  AbortError: "busy",
};

// The dialog opens by data-open. `presented(text)` gets what a code says, as it is.
export function camera(dialog, { presented }) {
  const view = dialog.querySelector(".viewfinder");
  const video = view.querySelector("video");
  const torch = dialog.querySelector("[data-torch]");
  const turn = dialog.querySelector("[data-turn]");
  const named = dialog.querySelector("[data-camera-name]");
  let run = 0; // counts openings: what an earlier one still waits for is no longer ours
  let stream = null;
  let cameras = [];
  let hintedAt = -Infinity;
  let last = { text: null, at: -Infinity };

  const tell = (moment) => {
    dialog.dataset.state = moment;
    during(dialog, new Set([moment]));
  };
  const track = () => stream?.getVideoTracks()[0];

  async function start() {
    stop();
    const mine = run;
    const isOurs = () => mine === run;
    tell("starting");
    try {
      // Fetched while the person is being asked and the camera warms up.
      const detector = detectorOf(view.dataset.wasm);
      detector.catch(() => {});
      const opened = await open();
      if (!isOurs()) {
        close(opened);
        return;
      }
      stream = opened;
      await show();
      await look(await detector, isOurs);
    } catch (error) {
      if (!isOurs()) return;
      stop();
      tell(error.moment ?? FAILURES[error.name] ?? "failed");
    }
  }

  function stop() {
    run += 1;
    close(stream);
    stream = null;
    video.srcObject = null;
    for (const button of [torch, turn]) button.hidden = true;
    torch.setAttribute("aria-pressed", "false");
    named.textContent = "";
  }

  async function show() {
    track().addEventListener("ended", () => {
      stop();
      tell("lost");
    });
    video.srcObject = stream;
    await video.play();
    view.dataset.facing = track().getSettings().facingMode ?? "";
    torch.hidden = !track().getCapabilities?.().torch;
    cameras = (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === "videoinput");
    turn.hidden = cameras.length < 2;
    named.textContent = cameras.length < 2 ? "" : (track()?.label ?? "");
    tell("looking");
  }

  // Look until a code is read.
  async function look(detector, isOurs) {
    while (isOurs()) {
      const began = performance.now();
      const found = video.readyState >= video.HAVE_CURRENT_DATA ? await detector.detect(video) : [];
      if (!isOurs()) return;
      const texts = new Set(found.map(({ rawValue }) => rawValue).filter(Boolean));
      // Of two codes in sight nobody can tell which one is meant.
      if (texts.size > 1) hint("several");
      else if (texts.size === 1) take([...texts][0]);
      else if (dialog.dataset.state !== "looking" && began - hintedAt > HINT_MS) tell("looking");
      // As long a rest as a look takes: a slow phone must still hear its buttons.
      await new Promise((resolve) => { setTimeout(resolve, Math.max(SHORTEST_PAUSE_MS, performance.now() - began)); });
    }
  }

  // What is wrong with what is in sight.
  function hint(moment) {
    hintedAt = performance.now();
    if (dialog.dataset.state !== moment) tell(moment);
  }

  function take(text) {
    if (text.length > LONGEST_TOKEN) {
      hint("foreign");
      return;
    }
    const at = performance.now();
    if (text === last.text && at - last.at < SAME_CODE_MS) return;
    last = { text, at };
    dialog.close();
    presented(text);
  }

  async function light() {
    const isLit = torch.getAttribute("aria-pressed") === "true";
    // A torch that refuses stays as it was.
    await track()?.applyConstraints({ advanced: [{ torch: !isLit }] }).then(() => torch.setAttribute("aria-pressed", String(!isLit)), () => {});
  }

  function next() {
    const now = track()?.getSettings().deviceId;
    const at = cameras.findIndex(({ deviceId }) => deviceId === now);
    keep(cameras[(at + 1) % cameras.length].deviceId);
    start();
  }

  dialog.addEventListener("click", (event) => {
    if (event.target.closest("[data-torch]")) light();
    else if (event.target.closest("[data-turn]")) next();
    else if (event.target.closest("[data-retry]")) start();
  });
  new MutationObserver(() => (dialog.open ? start() : stop())).observe(dialog, { attributeFilter: ["open"] });
  // A page that nobody sees needs no picture.
  document.addEventListener("visibilitychange", () => {
    if (!dialog.open) return;
    if (document.hidden) stop();
    else start();
  });
}

class Trouble extends Error {
  constructor(moment, options) {
    super(moment, options);
    this.moment = moment;
  }
}

async function open() {
  if (!navigator.mediaDevices) throw new Trouble(isSecureContext ? "none" : "insecure");
  const size = { width: { ideal: 1280 }, height: { ideal: 720 } };
  const ask = (which) => navigator.mediaDevices.getUserMedia({ audio: false, video: { ...size, ...which } });
  const back = () => ask({ facingMode: { ideal: "environment" } });
  const chosen = kept();
  if (!chosen) return back();
  return ask({ deviceId: { exact: chosen } }).catch((error) => {
    // It has been unplugged since.
    if (error.name !== "OverconstrainedError") throw error;
    return back();
  });
}

function close(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

// ---- What reads the picture ----

async function detectorOf(wasm) {
  const native = await nativeDetector();
  if (!native) return ownDetector(wasm);
  let detector = native;
  return {
    async detect(picture) {
      try {
        return await detector.detect(picture);
      } catch (error) {
        // Some devices have the interface and nothing behind it.
        if (detector !== native) throw error;
        detector = await ownDetector(wasm);
        return detector.detect(picture);
      }
    },
  };
}

async function nativeDetector() {
  if (!("BarcodeDetector" in window)) return null;
  const formats = await BarcodeDetector.getSupportedFormats().catch(() => []);
  return formats.includes("qr_code") ? new BarcodeDetector({ formats: ["qr_code"] }) : null;
}

async function ownDetector(wasm) {
  try {
    const { BarcodeDetector: Own, prepareZXingModule } = await import("../vendor/barcode-detector/ponyfill.js");
    const answer = await fetch(wasm);
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    await prepareZXingModule({ overrides: { wasmBinary: await answer.arrayBuffer() }, fireImmediately: true });
    return new Own({ formats: ["qr_code"] });
  } catch (error) {
    throw new Trouble("unloaded", { cause: error });
  }
}

// ---- Which camera ----

function kept() {
  try {
    return localStorage.getItem(CHOICE);
  } catch {
    return null;
  }
}

function keep(deviceId) {
  try {
    localStorage.setItem(CHOICE, deviceId);
  } catch {
    // Without storage the next opening begins with the first camera.
  }
}
