// Our own name at the foot of the list of rooms, with ways to change it and to go.

import { byId } from "../dom.js";
import { colourClass, initials } from "../format.js";
import { checkName } from "../limits.js";

const WORDS = { new: "", connecting: "Connecting…", online: "Online", offline: "Offline" };

export function youView(state, connection) {
  const [name, avatar, status, dialog, form, input, error] = [
    "my-name",
    "my-avatar",
    "my-status",
    "rename-dialog",
    "rename-form",
    "rename-name",
    "rename-error",
  ].map(byId);

  byId("rename").addEventListener("click", () => {
    input.value = state.me?.name ?? "";
    error.textContent = "";
    dialog.showModal();
    input.select();
  });
  byId("rename-cancel").addEventListener("click", () => dialog.close());
  byId("quit").addEventListener("click", () => connection.quit());

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { value, error: wrong } = checkName(input.value);
    error.textContent = wrong ?? "";
    if (value === undefined) return;
    try {
      if (value !== state.me?.name) await connection.rename(value);
      dialog.close();
    } catch (refused) {
      error.textContent = refused.code === undefined ? "There is no connection at the moment." : refused.message;
    }
  });

  state.on("me status", () => {
    const mine = state.me?.name ?? connection.name ?? "";
    name.textContent = mine;
    avatar.textContent = mine === "" ? "" : initials(mine);
    avatar.className = `avatar ${colourClass(mine)}`;
    status.textContent = WORDS[state.status];
    status.dataset.status = state.status;
  });
}
