// The readers inside a page: what types, what a phone feels, what a camera sees. Whichever it is, `presented` gets one
// token; a phone tells beside it the number that it felt (`{serial}`). The page has web/components/readers.html (what there is, and in which state) and web/components/camera.html;
// a button with data-nfc="start" or "stop" switches the phone's reader, one with data-open="camera" opens the camera.
//
//   import { readers } from "../web/readers/readers.js";
//   const present = readers({ presented: (token) => …, changed: () => … });
//   present.moments; // Set {"nfc-on"}: for data-when

import { during } from "../during.js";
import { toast } from "../web.js";
import { camera } from "./camera.js";
import { nfc } from "./nfc.js";
import { listen } from "./wedge.js";

const TONES = { "nfc-on": "good", "nfc-switched-off": "warn", "nfc-failing": "bad" };

export function readers({ presented, changed = () => {} }) {
  const list = document.getElementById("readers-list");
  const row = list.querySelector("[data-reader=nfc]");
  const button = document.querySelector("[data-open=readers]"); // where the list is in a dialog
  let moments = new Set();
  let notRead = null;

  function told(state) {
    moments = new Set([state]);
    row.dataset.tone = TONES[state] ?? "";
    during(row, moments);
    changed();
  }

  // The button that opens the list wears the gravest of what the rows say.
  function shine() {
    const tones = [...list.querySelectorAll("[data-reader]:not([data-reader=keyboard], [hidden])")].map(({ dataset }) => dataset.tone);
    const tone = ["bad", "warn", "good"].find((one) => tones.includes(one)) ?? "";
    button.dataset.tone = tone;
    during(button, new Set([tone]));
  }

  function misread() {
    if (!notRead?.isConnected) notRead = toast("not-read");
  }

  if (button) new MutationObserver(shine).observe(list, { subtree: true, childList: true, attributeFilter: ["data-tone", "hidden"] });
  listen(presented);
  camera(document.getElementById("camera"), { presented });
  const phone = nfc({
    presented: (token) => {
      notRead?.remove();
      presented(token);
    },
    changed: told,
    misread,
  });

  document.addEventListener("click", (event) => {
    const asked = event.target.closest("[data-nfc]")?.dataset.nfc;
    if (asked === "start") phone.start();
    else if (asked === "stop") phone.stop();
  });

  return { get moments() { return moments; } };
}
