// What products leave to choose: {id, name, pick, choices: [{id, name, price_minor}]}. Pure.

export const mustChoose = ({ groups }) => groups.some(({ pick }) => pick === "one");

// What stands chosen when somebody begins to choose: the first of all that must be.
export function preselected({ groups }) {
  return groups.filter(({ pick }) => pick === "one").map(({ choices }) => choices[0].id);
}

// A line of the basket for a product with these choices; null when they do not fit it (any more).
export function line({ id, name, price_minor, groups }, ids = []) {
  const wanted = new Set(ids);
  const picked = [];
  for (const { pick, choices } of groups) {
    const ofGroup = choices.filter((choice) => wanted.has(choice.id));
    if ((pick === "one" && !ofGroup.length) || (pick !== "any" && ofGroup.length > 1)) return null;
    picked.push(...ofGroup);
  }
  if (picked.length !== wanted.size) return null;
  const choices = picked.map((choice) => choice.id);
  return {
    key: [id, ...choices].join("+"),
    id, name, choices,
    chosen: picked.map((choice) => choice.name).join(", "),
    // As the server reckons: nobody is paid for a choice.
    price_minor: Math.max(0, picked.reduce((sum, choice) => sum + choice.price_minor, price_minor)),
  };
}
