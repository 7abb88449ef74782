// What a device keeps of its own across reloads: IndexedDB, with promises.

const DATABASE = "groat-offline";

export async function store(name) {
  const db = await opened(`${DATABASE}-${name}`);
  const asked = (mode, table, act) => new Promise((resolve, reject) => {
    const transaction = db.transaction(table, mode, { durability: "strict" });
    const request = act(transaction.objectStore(table));
    // Not before it is on the disk: somebody walks away with what was bought.
    transaction.addEventListener("complete", () => resolve(request.result));
    for (const word of ["abort", "error"]) transaction.addEventListener(word, () => reject(transaction.error));
  });
  return {
    read: (key) => asked("readonly", "self", (table) => table.get(key)),
    write: (key, value) => asked("readwrite", "self", (table) => table.put(value, key)),
    taps: () => asked("readonly", "taps", (table) => table.getAll()),
    put: (tap) => asked("readwrite", "taps", (table) => table.put(tap)),
    drop: (sequence) => asked("readwrite", "taps", (table) => table.delete(sequence)),
  };
}

function opened(name) {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1);
    request.addEventListener("upgradeneeded", () => {
      request.result.createObjectStore("self");
      request.result.createObjectStore("taps", { keyPath: "sequence" });
    });
    request.addEventListener("success", () => resolve(request.result));
    for (const word of ["error", "blocked"]) request.addEventListener(word, () => reject(request.error));
  });
}
