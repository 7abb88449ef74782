// The USB readers of this till: their programs give cards to what waits here by themselves. The page only shows how
// they are, and what a card told that was held to one with nothing to pay.

export function usbReaders({ looked }) {
  const list = document.getElementById("readers-list");
  const none = list?.querySelector("[data-reader=usb-none]");
  const row = document.getElementById("usb-reader");
  let lastLook = "";
  let isFirst = true;

  function show(readers) {
    for (const old of list.querySelectorAll("[data-reader=usb]")) old.remove();
    none.hidden = readers.length > 0;
    for (const { device, sentence, tone } of readers) {
      const item = row.content.firstElementChild.cloneNode(true);
      item.querySelector("[data-device]").textContent = device;
      item.querySelector("[data-sentence]").textContent = sentence;
      list.append(item);
      item.dataset.tone = tone; // once it is in the list: that is what the bar's button watches
    }
  }

  let shown = "";
  return {
    hear({ readers = [], looked: look = null }) {
      const now = JSON.stringify(readers);
      if (list && now !== shown) show(readers);
      shown = now;
      // What was read before this page was opened is nobody's business any more.
      if (look && look.at !== lastLook && !isFirst) looked(look.card);
      lastLook = look?.at ?? lastLook;
      isFirst = false;
    },
  };
}
