// One line on top that says when there is no connection, and when it is back.

import { byId } from "../dom.js";

const BACK_SHOWN_MS = 3000;

export function bannerView(state) {
  const banner = byId("banner");
  let wasLost = false;
  let timer;

  function show(text, kind) {
    banner.textContent = text;
    banner.dataset.kind = kind;
  }

  state.on("status", () => {
    clearTimeout(timer);
    if (state.status === "offline") {
      show("Connection lost. Trying again…", "lost");
    } else if (state.status === "connecting") {
      show("Connecting…", "lost");
    } else if (wasLost) {
      show("You are back.", "back");
      timer = setTimeout(() => show("", "none"), BACK_SHOWN_MS);
    } else {
      show("", "none");
    }
    wasLost = state.status === "offline";
  });
}
