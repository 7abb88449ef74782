// What products leave to choose: {id, name, pick, choices: [{id, name, price_minor}]}. Pure.

export const mustChoose = ({ groups }) => groups.some(({ pick }) => pick === "one");

// What stands chosen when somebody begins to choose: the first of all that must be.
export function preselected({ groups }) {
  return groups.filter(({ pick }) => pick === "one").map(({ choices }) => choices[0].id);
}

// The choices with these ids, in the product's order.
export function picked({ groups }, ids) {
  return groups.flatMap(({ choices }) => choices.filter((choice) => ids.includes(choice.id)));
}

// A line of the basket for a product with these choices; null when they do not fit it (any more).
export function line(product, ids = []) {
  const { id, name, price_minor, groups } = product;
  const isWrong = ({ pick, choices }) => {
    const count = choices.filter((choice) => ids.includes(choice.id)).length;
    return (pick === "one" && !count) || (pick !== "any" && count > 1);
  };
  const all = picked(product, ids);
  if (groups.some(isWrong) || all.length !== new Set(ids).size) return null;
  const choices = all.map((choice) => choice.id);
  return {
    key: [id, ...choices].join("+"),
    id, name, choices,
    chosen: all.map((choice) => choice.name).join(", "),
    // As the server reckons: nobody is paid for a choice.
    price_minor: Math.max(0, all.reduce((sum, choice) => sum + choice.price_minor, price_minor)),
  };
}
