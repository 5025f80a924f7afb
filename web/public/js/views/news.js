// The news of `/news`, newest first.

import { byId, el, reconcile, textNodes } from "../dom.js";
import { fullTime, shortTime } from "../format.js";

const line = (item) =>
  el(
    "li",
    { class: "news-item" },
    el(
      "time",
      { class: "muted small", datetime: new Date(item.time).toISOString(), title: fullTime(item.time) },
      shortTime(item.time),
    ),
    el("p", { dir: "auto" }, ...textNodes(item.text)),
  );

export function newsView(state, drawers) {
  const [list, empty, dot, opener] = ["news", "news-empty", "side-dot", "show-side"].map(byId);

  state.newsInView = () => drawers.isVisible("side");
  drawers.onOpen((name) => {
    if (name === "side" && drawers.isVisible("side")) state.newsSeen();
  });

  state.on("news", () => {
    empty.hidden = state.news.length > 0;
    reconcile(list, [...state.news].reverse(), {
      key: ({ id }) => String(id),
      sign: ({ time }) => String(time),
      make: line,
    });
    dot.hidden = state.newsUnread === 0;
    opener.setAttribute("aria-label", state.newsUnread > 0 ? "People and news, with something new" : "People and news");
  });
}
