// docs/CONFORMANCE.md, "Asking many".

import { selection } from "./target.mjs";

function show({ id, rooms, data, handshake }) {
  return { id, rooms: [...rooms], data, handshake };
}

/** What is done to a socket that was fetched. */
function act(socket, action, text, ack) {
  if (action === "ask") {
    return socket.timeout(1000).emit("question", text, (error, answer) => ack([error?.message ?? null, answer]));
  }
  if (action === "emit") socket.emit("remote", text);
  else if (action === "join") socket.join(text);
  else if (action === "leave") socket.leave(text);
  else if (action === "disconnect") socket.disconnect(text === "close");
  ack();
}

/** What happened to rooms: [room, event, id]. */
const changes = [];

export function watchRooms(nsp) {
  for (const event of ["create-room", "join-room", "leave-room", "delete-room"]) {
    nsp.adapter.on(event, (room, id = "") => changes.push([room, event, id]));
  }
}

export function serveCluster(socket, on) {
  const nsp = socket.nsp;
  on("ask all", (ack, target, timeout_ms, value) =>
    selection(socket, target)
      .timeout(timeout_ms)
      .emit("question", value, (error, answers) => ack([error?.message ?? null, answers])),
  );
  on("fetch", async (ack, target) => ack((await selection(socket, target).fetchSockets()).map(show)));
  on("remote", async (ack, id, action, text) => {
    const [found] = await nsp.in(id).fetchSockets();
    if (found) act(found, action, text, ack);
  });
  on("sockets join rooms", (ack, target, rooms) => (selection(socket, target).socketsJoin(rooms), ack()));
  on("sockets leave rooms", (ack, target, rooms) => (selection(socket, target).socketsLeave(rooms), ack()));
  on("room changes", (ack, room) => ack(changes.filter(([name]) => name === room).map(([, ...change]) => change)));
  on("socket count", (ack) => ack(nsp.sockets.size));
}
