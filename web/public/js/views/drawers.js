// On narrow screens the panels at the sides slide over the conversation: one at a time, closed by Escape, by their
// button, or by a touch beside them.  On wide screens they simply stand there.

import { byId } from "../dom.js";

const PANELS = {
  rooms: { panel: "rooms", opener: "show-rooms", floats: matchMedia("(max-width: 719px)") },
  side: { panel: "side", opener: "show-side", floats: matchMedia("(max-width: 1099px)") },
};

export function drawersView(state) {
  const app = byId("app");
  const main = byId("conversation");
  const onOpen = new Set();
  let open = null;

  function mark() {
    if (open === null) delete app.dataset.drawer;
    else app.dataset.drawer = open;
    main.inert = open !== null;
    for (const [name, { panel, opener }] of Object.entries(PANELS)) {
      byId(opener).setAttribute("aria-expanded", String(open === name));
      byId(panel).inert = open !== null && open !== name;
    }
  }

  function show(name) {
    open = name;
    mark();
    byId(PANELS[name].panel).querySelector(".drawer-close").focus();
    for (const listener of onOpen) listener(name);
  }

  function close() {
    if (open === null) return;
    const { opener } = PANELS[open];
    open = null;
    mark();
    byId(opener).focus();
  }

  for (const [name, { panel, opener, floats }] of Object.entries(PANELS)) {
    byId(opener).addEventListener("click", () => show(name));
    byId(panel).querySelector(".drawer-close").addEventListener("click", close);
    floats.addEventListener("change", () => {
      if (open === name) close();
      for (const listener of onOpen) listener(name);
    });
  }
  byId("backdrop").addEventListener("click", close);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });
  state.on("status", () => {
    if (state.status === "new") close();
  });

  return {
    close,
    /** Can people see this panel now? */
    isVisible: (name) => !PANELS[name].floats.matches || open === name,
    onOpen: (listener) => onOpen.add(listener),
  };
}
