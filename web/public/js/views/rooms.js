// The list of rooms: ours with what is unread, the others to enter, and a field for a new one.

import { byId, el, nameNode, reconcile } from "../dom.js";
import { badge, people, roomLabel } from "../format.js";
import { checkTitle } from "../limits.js";
import { LOBBY } from "../state.js";

const byTitle = (a, b) => (a === LOBBY ? -1 : b === LOBBY ? 1 : a.localeCompare(b));

export function roomsView(state, connection, drawers) {
  const [mine, others, section, form, input, error] = [
    "my-rooms",
    "other-rooms",
    "other-rooms-section",
    "enter-form",
    "enter-title",
    "enter-error",
  ].map(byId);

  async function enter(title) {
    try {
      state.show(state.rooms.has(title) ? title : await connection.enter(title));
      drawers.close();
      return true;
    } catch (wrong) {
      error.textContent = wrong.code === undefined ? "There is no connection at the moment." : wrong.message;
      return false;
    }
  }

  function myRoom(room) {
    const current = room.title === state.current;
    const unread =
      room.unread > 0
        ? el("span", { class: "badge" }, badge(room.unread), el("span", { class: "visually-hidden" }, " unread"))
        : null;
    return el(
      "li",
      {},
      el(
        "button",
        {
          class: "room",
          type: "button",
          "aria-current": current ? "true" : null,
          "data-unread": room.unread > 0 ? "yes" : null,
          onclick: () => {
            state.show(room.title);
            drawers.close();
          },
        },
        nameNode(roomLabel(room.title), "room-name"),
        unread,
      ),
    );
  }

  const otherRoom = ({ title, count }) =>
    el(
      "li",
      {},
      el(
        "button",
        {
          class: "room other",
          type: "button",
          title: `Enter ${title}`,
          onclick: () => enter(title),
        },
        nameNode(roomLabel(title), "room-name"),
        el(
          "span",
          { class: "muted small" },
          String(count),
          el("span", { class: "visually-hidden" }, count === 1 ? " person" : " people"),
        ),
      ),
    );

  /** "tea" finds "Tea": two rooms that differ in case only are seldom meant. */
  function known(title) {
    const wanted = title.toLocaleLowerCase();
    const titles = [...state.rooms.keys(), ...state.directory.keys()];
    return titles.includes(title) ? title : (titles.find((other) => other.toLocaleLowerCase() === wanted) ?? title);
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { value, error: wrong } = checkTitle(input.value);
    error.textContent = wrong ?? "";
    if (value !== undefined && (await enter(known(value)))) {
      input.value = "";
      if (input.offsetParent !== null) byId("composer-text").focus();
    }
  });
  input.addEventListener("input", () => {
    error.textContent = "";
  });

  state.on("rooms current", () => {
    const rooms = [...state.rooms.values()].sort((a, b) => byTitle(a.title, b.title));
    reconcile(mine, rooms, {
      key: (room) => room.title,
      sign: (room) => `${room.title === state.current} ${room.unread}`,
      make: myRoom,
    });
    const rest = [...state.directory]
      .filter(([title]) => !state.rooms.has(title))
      .map(([title, count]) => ({ title, count }))
      .sort((a, b) => byTitle(a.title, b.title));
    section.hidden = rest.length === 0;
    reconcile(others, rest, { key: ({ title }) => title, sign: ({ count }) => String(count), make: otherRoom });
    const elsewhere = rooms.some((room) => room.unread > 0 && room.title !== state.current);
    byId("rooms-dot").hidden = !elsewhere;
    byId("show-rooms").setAttribute("aria-label", elsewhere ? "Rooms, with unread messages" : "Rooms");
  });
}
