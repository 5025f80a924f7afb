// The conversation: messages grouped by author, days, who came and went, where the unread ones begin.

import { byId, el, nameNode, reconcile, textNodes } from "../dom.js";
import {
  clockTime,
  colourClass,
  dayName,
  fullTime,
  initials,
  nameList,
  narrowTime,
  personName,
  sameDay,
} from "../format.js";

const GROUP_MS = 5 * 60_000;
const NEAR_END_PX = 80;
const ANNOUNCED = 5;

/** The items of a room with what stands between them: days, the line above the unread. */
function lines(room) {
  const shown = [];
  let above = null; // the message right above, when the next one can join its group
  let day = null;
  for (const item of room.items) {
    if (item.kind === "message" && (day === null || !sameDay(day, item.time))) {
      shown.push({ kind: "day", key: `day-${new Date(item.time).toDateString()}`, time: item.time });
      day = item.time;
      above = null;
    }
    if (item.key === room.newFrom) {
      shown.push({ kind: "new", key: "new" });
      above = null;
    }
    const follows =
      item.kind === "message" &&
      above !== null &&
      above.from.id === item.from.id &&
      above.from.name === item.from.name &&
      item.time - above.time < GROUP_MS;
    shown.push({ ...item, follows });
    above = item.kind === "message" ? item : null;
  }
  return shown;
}

function sign(line) {
  if (line.kind === "notice") return `${line.people.length} ${line.people.at(-1).id}`;
  if (line.kind === "day") return dayName(line.time);
  return `${line.follows} ${line.pending === true} ${line.failed ?? ""}`;
}

export function messagesView(state, connection) {
  const [scroller, list, empty, toLatest, toLatestText, announcer] = [
    "scroller",
    "messages",
    "empty",
    "to-latest",
    "to-latest-text",
    "announcer",
  ].map(byId);
  let shown = null;
  let stick = true;
  let missed = 0;

  // --- elements -------------------------------------------------------------------------------------

  const clock = (line) =>
    el(
      "time",
      { class: "message-time", datetime: new Date(line.time).toISOString(), title: fullTime(line.time) },
      line.follows ? narrowTime(line.time) : clockTime(line.time),
    );

  function trouble(line) {
    if (!line.failed) return null;
    return el(
      "p",
      { class: "error message-error" },
      `Not sent: ${line.failed} `,
      el("button", { class: "link-button", type: "button", onclick: () => connection.tryAgain(line) }, "Try again"),
      " ",
      el("button", { class: "link-button", type: "button", onclick: () => state.discarded(line) }, "Remove"),
    );
  }

  function message(line) {
    const name = personName(line.from);
    const body = el("p", { class: "message-text", dir: "auto" }, ...textNodes(line.text));
    const className = `message${line.follows ? " follows" : ""}${line.pending ? " pending" : ""}${state.isMe(line.from) ? " mine" : ""}`;
    if (line.follows) {
      return el(
        "li",
        { class: className },
        clock(line),
        el(
          "div",
          { class: "message-body" },
          el("span", { class: "visually-hidden" }, `${name}: `),
          body,
          trouble(line),
        ),
      );
    }
    return el(
      "li",
      { class: className },
      el("span", { class: `avatar ${colourClass(name)}`, "aria-hidden": "true" }, initials(name)),
      el(
        "div",
        { class: "message-body" },
        el("p", { class: "message-head" }, nameNode(name, "message-author"), " ", clock(line)),
        body,
        trouble(line),
      ),
    );
  }

  function notice(line) {
    if (line.verb === "renamed")
      return el("li", { class: "notice" }, nameNode(line.was), " is now ", nameNode(line.people[0].name));
    return el("li", { class: "notice" }, nameNode(nameList(line.people.map(personName))), ` ${line.verb}`);
  }

  function make(line) {
    if (line.kind === "message") return message(line);
    if (line.kind === "notice") return notice(line);
    if (line.kind === "new") return el("li", { class: "rule new-rule" }, el("span", {}, "New"));
    return el("li", { class: "rule" }, el("span", {}, dayName(line.time)));
  }

  // --- scrolling ------------------------------------------------------------------------------------

  const isAtEnd = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_END_PX;

  function toEnd() {
    stick = true;
    missed = 0;
    scroller.scrollTop = scroller.scrollHeight;
    markLatest();
  }

  function markLatest() {
    toLatest.hidden = stick;
    toLatestText.textContent = missed > 0 ? `${missed} new` : "Latest";
  }

  scroller.addEventListener("scroll", () => {
    stick = isAtEnd();
    if (stick) missed = 0;
    markLatest();
  });
  toLatest.addEventListener("click", () => {
    toEnd();
    byId("composer-text").focus();
  });
  new ResizeObserver(() => {
    if (stick) toEnd();
  }).observe(scroller);

  // --- changes --------------------------------------------------------------------------------------

  state.onMessage((spoken, room) => {
    if (room !== state.room) return;
    if (!stick) missed += 1;
    announcer.append(el("p", {}, `${personName(spoken.from)}: ${spoken.text}`));
    while (announcer.childElementCount > ANNOUNCED) announcer.firstElementChild.remove();
  });

  state.on("messages current me", () => {
    const room = state.room ?? null;
    const other = room !== shown;
    if (other) {
      list.replaceChildren();
      announcer.replaceChildren();
      stick = true;
      missed = 0;
    }
    shown = room;
    const mineLast = room?.items.at(-1)?.pending === true && !other;
    reconcile(list, room === null ? [] : lines(room), { key: (line) => line.key, sign, make });
    empty.hidden = room === null || !room.entered || room.messages.size > 0;
    empty.textContent = "It is quiet here. Say hello.";
    if (stick || mineLast) toEnd();
    else markLatest();
  });
}
