// What survives a reload of this tab: the basket and the key of a charge under way; never a card's number.

export function storage(name) {
  const key = (part) => `${name}-${part}`;
  return {
    load(part) {
      try {
        return JSON.parse(sessionStorage.getItem(key(part)));
      } catch {
        return null;
      }
    },
    save(part, value) {
      try {
        if (value === null) sessionStorage.removeItem(key(part));
        else sessionStorage.setItem(key(part), JSON.stringify(value));
      } catch {
        // Storage may be forbidden: then a reload begins anew, and the server still knows what was charged.
      }
    },
  };
}
