// The field where messages are written.  Enter sends, Shift and Enter makes a new line; every room keeps its own draft.

import { byId } from "../dom.js";
import { roomLabel } from "../format.js";
import { TEXT_CHARACTERS, textLength, textOver } from "../limits.js";

const COUNT_FROM = TEXT_CHARACTERS - 500;

export function composerView(state, connection) {
  const [form, field, note] = ["composer", "composer-text", "composer-note"].map(byId);
  let room = null;

  function fit() {
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight}px`;
  }

  function count() {
    const over = textOver(field.value);
    const length = textLength(field.value);
    field.setAttribute("aria-invalid", String(over > 0));
    if (over > 0) note.textContent = `Too long by ${over}.`;
    else if (length > COUNT_FROM) note.textContent = `${TEXT_CHARACTERS - length} characters left.`;
    else note.textContent = "";
  }

  function send() {
    const text = field.value.trim();
    if (text === "" || textOver(text) > 0 || room === null) return;
    connection.say(room.title, text);
    room.draft = "";
    field.value = "";
    fit();
    count();
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
    field.focus();
  });

  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    send();
  });

  field.addEventListener("input", () => {
    if (room !== null) {
      room.draft = field.value;
      connection.typing(room.title, field.value !== "");
    }
    fit();
    count();
  });

  state.on("current status me rooms", () => {
    const next = state.room ?? null;
    if (next === room) return;
    room = next;
    field.value = room?.draft ?? "";
    field.placeholder = `Message ${roomLabel(state.current)}`;
    fit();
    count();
  });
}
