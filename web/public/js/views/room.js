// The head of the conversation and the window's title.

import { byId } from "../dom.js";
import { badge, people, roomLabel } from "../format.js";
import { LOBBY } from "../state.js";

export function roomView(state, connection) {
  const [title, count, leave, scroller] = ["room-title", "room-count", "leave-room", "scroller"].map(byId);

  leave.addEventListener("click", async () => {
    try {
      await connection.leave(state.current);
      byId("composer-text").focus();
    } catch {
      // The connection is lost: the banner says so, and the room is still ours.
    }
  });

  state.on("current status rooms people", () => {
    const label = roomLabel(state.current);
    title.textContent = label;
    count.textContent = state.room?.entered ? `${people(state.room.count)} here` : "";
    leave.hidden = state.current === LOBBY;
    leave.disabled = state.status !== "online";
    scroller.setAttribute("aria-label", `Messages in ${label}`);
    const unread = state.unread > 0 ? `(${badge(state.unread)}) ` : "";
    document.title = state.status === "new" ? "Parley" : `${unread}${label} · Parley`;
  });
}
