// Pairing at this device: whichever reader of it reads the card first.
import { readers } from "../web/readers/readers.js";

const form = document.getElementById("token-form");

function take(token) {
  form.elements.token.value = token;
  form.requestSubmit();
}

readers({ presented: take });
