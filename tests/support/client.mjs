// The official client as tests use it.

import { after } from "node:test";
import { io } from "socket.io-client";
import { nextEvent, patience_ms, slow, within } from "./clock.mjs";

/** The three ways in which the official client comes. */
export const modes = {
  polling: { transports: ["polling"] },
  websocket: { transports: ["websocket"] },
  upgrade: {},
};

// A client that a failed test left behind would try to reconnect for ever.
const made = new Set();
after(() => made.forEach((socket) => socket.io._close()));

/** A client that has not been connected yet; `where` is a server or a proxy. */
export function client(where, { namespace = "/", mode = "upgrade", ...options } = {}) {
  const socket = io(where.url + namespace, {
    forceNew: true,
    autoConnect: false,
    timeout: patience_ms * slow,
    reconnectionDelay: 20,
    reconnectionDelayMax: 100,
    rejectUnauthorized: false,
    ...modes[mode],
    ...options,
  });
  made.add(socket);
  return socket;
}

/** A connected client. */
export async function connected(where, options) {
  const socket = client(where, options);
  let settle;
  const arrived = new Promise((resolve, reject) => (settle = { resolve, reject }));
  socket.once("connect", settle.resolve);
  socket.once("connect_error", settle.reject);
  socket.connect();
  await within(arrived, "connection");
  socket.off("connect_error", settle.reject);
  return socket;
}

/** Waits until the client has moved to a WebSocket. */
export async function upgraded(socket) {
  const { engine } = socket.io;
  if (engine.transport.name !== "websocket") await nextEvent(engine, "upgrade");
}

/** The answer to an event, or a rejection when there is none in time. */
export const ask = (socket, ...args) => socket.timeout(patience_ms * slow).emitWithAck(...args);

/** The next `count` events of that name, each as an array of its arguments. */
export function collect(socket, event, count) {
  const got = [];
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      socket.off(event, take);
      reject(new Error(`${got.length} of ${count} "${event}" within ${patience_ms * slow} ms`));
    }, patience_ms * slow);
    const take = (...args) => {
      got.push(args);
      if (got.length < count) return;
      clearTimeout(timer);
      socket.off(event, take);
      resolve(got);
    };
    socket.on(event, take);
  });
}
