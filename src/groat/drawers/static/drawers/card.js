// The card that is to be topped up: whichever reader of this page or USB reader of this till reads it first.

import { watch } from "../till/news.js";
import { get } from "../till/server.js";
import { usbReaders } from "../till/usb.js";
import { readers } from "../web/readers/readers.js";

const POLL_MS = 1000; // while nobody tells what changes here

const { urls, here } = JSON.parse(document.getElementById("drawer-about").textContent);
const form = document.getElementById("token-form");

readers({
  presented: (token) => {
    form.elements.token.value = token;
    form.requestSubmit();
  },
});

const usb = usbReaders({
  looked: ({ card }) => {
    const next = new URL(here, location);
    next.pathname = next.pathname.replace(/card\/$/, "");
    next.searchParams.set("card", card);
    location.assign(next);
  },
});
async function catchUp() {
  const state = await get(urls.state).catch(() => null);
  if (state) usb.hear(state);
}
const news = watch(urls.events, catchUp);
catchUp();
setInterval(() => { if (!news.isLive && !document.hidden) catchUp(); }, POLL_MS);
