// The first screen: a name, then the chat.

import { byId } from "../dom.js";
import { checkName } from "../limits.js";
import { lastName } from "../session.js";

export function joinView(state, connection) {
  const [screen, form, input, error, app] = ["join", "join-form", "join-name", "join-error", "app"].map(byId);
  let shown = false;

  function complain(text) {
    error.textContent = text;
    input.setAttribute("aria-invalid", String(text !== ""));
    if (text !== "") input.focus();
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { value, error: wrong } = checkName(input.value);
    complain(wrong ?? "");
    if (value !== undefined) connection.start(value);
  });
  input.addEventListener("input", () => complain(""));

  state.on("status", () => {
    const wanted = state.status === "new";
    screen.hidden = !wanted;
    app.hidden = wanted;
    if (wanted && !shown) {
      input.value ||= lastName();
      input.focus();
    } else if (!wanted && shown) {
      byId("composer-text").focus();
    }
    shown = wanted;
  });

  return { refuse: complain };
}
