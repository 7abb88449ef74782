// What a cashier hears without looking. Made of oscillators, so there is no file to fetch.

const MUTED = "groat-till-muted";
const VOLUME = 0.35;

const TUNES = {
  // [shape, Hz, starts at s, lasts s]: paid rings like a coin, declined falls.
  paid: [["sine", 1046.5, 0, 0.14], ["sine", 1568, 0.09, 0.5], ["triangle", 3136, 0.09, 0.22]],
  declined: [["triangle", 233, 0, 0.22], ["triangle", 175, 0.2, 0.45]],
  confirming: [["sine", 784, 0, 0.16], ["sine", 784, 0.22, 0.2]],
  undone: [["sine", 1318.5, 0, 0.14], ["sine", 880, 0.1, 0.35]],
  tick: [["sine", 1900, 0, 0.03]],
};
const SHAKES = { paid: [70], declined: [180, 90, 180], confirming: [60, 60, 60] };

let context = null;

// Browsers keep silent until the page was touched; from then on a sound may come at any time.
export function unlockAtFirstTouch() {
  for (const touch of ["pointerdown", "keydown"]) addEventListener(touch, unlock, { capture: true, passive: true });
}

function unlock() {
  context ??= new AudioContext();
  if (context.state === "suspended") context.resume().catch(() => {});
}

export function play(name) {
  if (SHAKES[name] && navigator.userActivation?.hasBeenActive) navigator.vibrate?.(SHAKES[name]);
  if (!context || isMuted()) return;
  for (const note of TUNES[name]) sound(...note);
}

function sound(shape, frequency, after, lasts) {
  const start = context.currentTime + after;
  const voice = new OscillatorNode(context, { type: shape, frequency });
  const loudness = new GainNode(context, { gain: 0 });
  loudness.gain.setValueAtTime(0, start);
  loudness.gain.linearRampToValueAtTime(VOLUME, start + 0.008);
  loudness.gain.exponentialRampToValueAtTime(0.001, start + lasts);
  voice.connect(loudness).connect(context.destination);
  voice.start(start);
  voice.stop(start + lasts + 0.02);
}

export function isMuted() {
  try {
    return localStorage.getItem(MUTED) === "yes";
  } catch {
    return false;
  }
}

export function mute(isMute) {
  try {
    localStorage.setItem(MUTED, isMute ? "yes" : "no");
  } catch {
    // Without storage it sounds.
  }
}
