// What is not the same always about products: {hours: [[day, from, to]], when, prices: [[at, minor]], out: until}.
// Times are judged here, so that a till without a network is right too. Pure, but for the clock it is given.

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

// The day of the week and the minute of the day in a time zone: [0 for Monday, 0 to 1439].
function local(now, timeZone) {
  const told = new Intl.DateTimeFormat("en-GB", { timeZone, weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const of = Object.fromEntries(told.formatToParts(now).map(({ type, value }) => [type, value]));
  return [DAYS.indexOf(of.weekday), Number(of.hour) * 60 + Number(of.minute)];
}

// What a product costs that costs `minor` before the first of its dated prices.
export function priceAt(now, minor, { prices = [] } = {}) {
  return prices.reduce((price, [at, dated]) => (Date.parse(at) <= now ? dated : price), minor);
}

// "" when it is to be had, "out", or "closed" at this time of day.
export function stateAt(now, timeZone, { hours, out } = {}) {
  if (out !== undefined && (out === "" || now < Date.parse(out))) return "out";
  if (!hours) return "";
  const [day, minute] = local(now, timeZone);
  return hours.some(([on, from, to]) => on === day && from <= minute && minute < to) ? "" : "closed";
}
