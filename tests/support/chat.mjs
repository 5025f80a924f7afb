// People for tests of the chat's contract (docs/CHAT.md): official clients that remember what they hear.

import assert from "node:assert/strict";
import { after } from "node:test";
import { ask, client } from "./client.mjs";
import { eventually, nextEvent, slow } from "./clock.mjs";
import { startParley } from "./server.mjs";

/** A chat server for the whole file; it has to end with exit code 0. */
export async function chatForFile(...args) {
  const server = await startParley({ args });
  after(() => server.stop(), { timeout: 120_000 * slow });
  return server;
}

let rooms = 0;

/** A room that no other test uses. */
export const freshRoom = (what = "room") => `${what} ${++rooms} of ${process.pid}`;

/** Somebody connected, without a name; gone with the test. */
export async function guest(t, server, options = { mode: "websocket" }) {
  const socket = client(server, options);
  t.after(() => socket.disconnect());
  const heard = [];
  socket.onAny((event, ...args) => heard.push([event, ...args]));
  socket.connect();
  await nextEvent(socket, "connect");
  const person = {
    socket,
    id: socket.id,
    heard,
    ask: (event, ...args) => ask(socket, event, ...args),
    tell: (event, ...args) => socket.emit(event, ...args),
    /** The first event like this that was heard or will be. */
    hears: (event, like = {}) =>
      eventually(
        () => heard.find(([name, arg]) => name === event && matches(arg, like)),
        `${event} ${JSON.stringify(like)}`,
      ),
    /** What was heard of an event about a room, without the rest of the world. */
    of: (event, room) => heard.filter(([name, arg]) => name === event && arg.room === room).map(([, arg]) => arg),
    /** Asks and expects it to go well. */
    async does(event, arg) {
      const answer = await person.ask(event, arg);
      assert.equal(answer.ok, true, JSON.stringify(answer));
      return answer;
    },
    /** Asks and expects exactly this code. */
    async isRefused(code, event, ...args) {
      const answer = await person.ask(event, ...args);
      assert.equal(answer.ok, false, JSON.stringify(answer));
      assert.deepEqual([answer.error.code, typeof answer.error.message], [code, "string"]);
      return answer.error;
    },
    say: (room, text, id = newId()) => person.does("say", { room, text, id }),
  };
  return person;
}

function matches(arg, like) {
  if (typeof like !== "object" || like === null) return arg === like;
  return (
    typeof arg === "object" && arg !== null && Object.entries(like).every(([key, value]) => matches(arg[key], value))
  );
}

/** Somebody with a name, in these rooms. */
export async function person(t, server, name, inRooms = [], options) {
  const them = await guest(t, server, options);
  await them.does("hello", { name });
  for (const room of inRooms) await them.does("enter", { room });
  return them;
}

let ids = 0;
export const newId = () => `id-${process.pid}-${++ids}`;
