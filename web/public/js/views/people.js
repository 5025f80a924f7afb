// Who is in the room.

import { byId, el, nameNode, reconcile } from "../dom.js";
import { colourClass, initials, personName } from "../format.js";

export function peopleView(state) {
  const [list, total] = ["people", "people-count"].map(byId);

  const line = (person) =>
    person.more !== undefined
      ? el("li", { class: "muted small" }, `and ${person.more} more`)
      : el(
          "li",
          { class: "person" },
          el(
            "span",
            { class: `avatar small ${colourClass(personName(person))}`, "aria-hidden": "true" },
            initials(personName(person)),
          ),
          nameNode(personName(person), "person-name"),
          state.isMe(person) ? el("span", { class: "muted small" }, "you") : null,
        );

  state.on("people current me", () => {
    const room = state.room;
    /* Our own earlier connection may linger on the server for some seconds. */
    const people = [...(room?.people.values() ?? [])].filter(
      (person) => !state.isMe(person) || person.id === state.me?.id,
    );
    people.sort(
      (a, b) => state.isMe(b) - state.isMe(a) || personName(a).localeCompare(personName(b)) || (a.id < b.id ? -1 : 1),
    );
    const hidden = (room?.count ?? 0) - (room?.people.size ?? 0);
    if (hidden > 0) people.push({ id: "more", more: hidden });
    total.textContent = room?.entered ? String(room.count) : "";
    reconcile(list, people, { key: ({ id }) => id, sign: (person) => JSON.stringify(person), make: line });
  });
}
