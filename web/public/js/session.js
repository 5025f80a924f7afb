// What outlives a reload: name and rooms for this tab, the last name for the next visit.  Storage may be switched off.

const TAB = "parley.session";
const NAME = "parley.name";

function quietly(action) {
  try {
    return action();
  } catch {
    return null;
  }
}

/** {name, rooms, current} of this tab, or null. */
export function load() {
  const saved = quietly(() => JSON.parse(sessionStorage.getItem(TAB)));
  return typeof saved?.name === "string" && Array.isArray(saved.rooms) ? saved : null;
}

export function save(session) {
  quietly(() => sessionStorage.setItem(TAB, JSON.stringify(session)));
  quietly(() => localStorage.setItem(NAME, session.name));
}

export function forget() {
  quietly(() => sessionStorage.removeItem(TAB));
}

export const lastName = () => quietly(() => localStorage.getItem(NAME)) ?? "";
