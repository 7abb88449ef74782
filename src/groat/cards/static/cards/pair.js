// Pairing at this device: a keyboard reader is heard wherever the focus is, and a phone that can, reads itself.
import { listen } from "../web/wedge.js";

const form = document.getElementById("token-form");
const button = document.getElementById("nfc");
const failed = document.getElementById("nfc-failed");

function take(token) {
  form.elements.token.value = token;
  form.requestSubmit();
}

listen(take);

// Web NFC: Chrome on Android, over HTTPS, after a tap of the finger.
if ("NDEFReader" in window) button.hidden = false;

button.addEventListener("click", async () => {
  failed.hidden = true;
  const reader = new NDEFReader();
  const ended = new AbortController();
  reader.addEventListener("reading", ({ serialNumber }) => {
    ended.abort();
    take(serialNumber);
  });
  reader.addEventListener("readingerror", () => { failed.hidden = false; });
  try {
    await reader.scan({ signal: ended.signal });
    button.setAttribute("aria-busy", "true");
    button.querySelector("span").textContent = document.querySelector(".waiting h2").textContent;
  } catch {
    failed.hidden = false;
  }
});
