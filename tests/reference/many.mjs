// docs/CONFORMANCE.md, "Many at once".

import { selection } from "./target.mjs";

export function serveMany(socket, on) {
  on("sockets join", (ack, target, room) => (selection(socket, target).socketsJoin(room), ack()));
  on("sockets leave", (ack, target, room) => (selection(socket, target).socketsLeave(room), ack()));
  on("disconnect sockets", (ack, target, close) => (selection(socket, target).disconnectSockets(close === true), ack()));
}
