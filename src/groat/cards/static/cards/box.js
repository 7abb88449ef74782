// A box of new cards at this device: each card that a reader reads is sent, and the list counts up.
import { readers } from "../web/readers/readers.js";

const SAME_CARD_MS = 3000; // a card left on its reader is read again and again

const form = document.getElementById("box-form");
let last = { token: null, at: -Infinity };

function take(token) {
  const at = performance.now();
  const isSame = token === last.token && at - last.at < SAME_CARD_MS;
  last = { token, at };
  if (isSame) return;
  form.elements.token.value = token;
  form.requestSubmit();
}

form.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (!detail.successful) return;
  form.elements.token.value = "";
});

readers({ presented: take });
