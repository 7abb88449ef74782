// Amounts as the cashier reads and types them. Inside, an amount is a whole number of minor units.

const LARGEST_MINOR = 10 ** 13; // far below what a number counts exactly, far above any sale

// How a programme writes its credits: {format(minor) → "1 250,00 Kč", decimals, sign}.
export function denomination({ language, decimals, name }) {
  const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0, useGrouping: "always" });
  const sign = new Intl.NumberFormat(language).formatToParts(1.5).find((part) => part.type === "decimal").value;
  const scale = 10n ** BigInt(decimals);

  function format(minor) {
    const size = BigInt(Math.abs(minor));
    const fraction = decimals ? sign + String(size % scale).padStart(decimals, "0") : "";
    return `${minor < 0 ? "\u2212" : ""}${whole.format(size / scale)}${fraction}\u00a0${name}`;
  }
  return { decimals, sign, format };
}

// What is typed on the keypad: digits, then perhaps a sign and up to `decimals` digits.
export const NOTHING_TYPED = Object.freeze({ whole: "", fraction: null });

export function typed(entry, key, decimals) {
  if (key === "back") return erased(entry);
  if (key === "sign") return decimals && entry.fraction === null ? { ...entry, fraction: "" } : entry;
  let next = entry;
  for (const digit of key) {
    if (next.fraction === null) next = { ...next, whole: (next.whole + digit).replace(/^0+(?=\d)/, "") };
    else if (next.fraction.length < decimals) next = { ...next, fraction: next.fraction + digit };
  }
  return minorOf(next, decimals) > LARGEST_MINOR ? entry : next;
}

function erased({ whole, fraction }) {
  if (fraction === null) return { whole: whole.slice(0, -1), fraction: null };
  return { whole, fraction: fraction === "" ? null : fraction.slice(0, -1) };
}

export function minorOf({ whole, fraction }, decimals) {
  return Number(whole || "0") * 10 ** decimals + Number((fraction ?? "").padEnd(decimals, "0") || "0");
}
