// Puts the parts together: state, connection, views.

import { Connection } from "./connection.js";
import * as session from "./session.js";
import { State } from "./state.js";
import { bannerView } from "./views/banner.js";
import { composerView } from "./views/composer.js";
import { drawersView } from "./views/drawers.js";
import { joinView } from "./views/join.js";
import { messagesView } from "./views/messages.js";
import { newsView } from "./views/news.js";
import { peopleView } from "./views/people.js";
import { roomView } from "./views/room.js";
import { roomsView } from "./views/rooms.js";
import { typingView } from "./views/typing.js";
import { youView } from "./views/you.js";

const state = new State();
const connection = new Connection(state, { onRefused: (why) => join.refuse(why) });
const drawers = drawersView(state);
const join = joinView(state, connection);

for (const view of [bannerView, roomView, peopleView, typingView, youView]) view(state, connection);
roomsView(state, connection, drawers);
newsView(state, drawers);
messagesView(state, connection);
composerView(state, connection);

function watch() {
  state.setWatching(document.visibilityState === "visible");
}
document.addEventListener("visibilitychange", watch);
watch();

state.on("me rooms current", () => {
  if (state.me !== null) session.save({ name: state.me.name, rooms: [...state.rooms.keys()], current: state.current });
  else if (state.status === "new") session.forget();
});

const saved = session.load();
if (saved !== null) {
  connection.start(saved.name, saved.rooms);
  if (state.rooms.has(saved.current)) state.show(saved.current);
}
state.changed("status", "me", "current");
