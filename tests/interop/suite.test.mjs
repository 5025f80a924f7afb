// What the suites of Node's server and client check and no other file does: docs/SUITES.md.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { eventually, nextEvent } from "../support/clock.mjs";
import { ask, client, connected, modes, upgraded } from "../support/client.mjs";
import { serverForFile } from "../support/suite.mjs";

const server = await serverForFile();

/** Everything that a socket hears of these events, as it comes. */
function record(socket, ...events) {
  const got = [];
  for (const event of events) socket.on(event, (...args) => got.push([event, ...args]));
  return got;
}

for (const mode of Object.keys(modes)) {
  describe(mode, { concurrency: true }, () => {
    test("middlewares run in order, the next when the one before has decided", async () => {
      const socket = client(server, { namespace: "/steps", mode });
      const heard = nextEvent(socket, "steps");
      socket.connect();
      assert.deepEqual(await heard, [[1, 2, 3], false, true]);
      socket.disconnect();
    });

    test("a middleware that refuses is the last, and nothing comes of the join", async () => {
      for (const stop of [1, 2, 3]) {
        const socket = client(server, { namespace: "/steps", mode, auth: { stop } });
        const got = record(socket, "connect", "steps");
        const refused = nextEvent(socket, "connect_error");
        socket.connect();
        const [error] = await refused;
        assert.deepEqual([error.message, error.data, got, socket.active], ["stopped", stop, [], false]);
        // It does not try again by itself; asked to, it does.
        socket.auth = {};
        const heard = nextEvent(socket, "steps");
        socket.connect();
        assert.deepEqual(await heard, [[1, 2, 3], false, true]);
        socket.disconnect();
      }
    });

    test("reconnecting by hand: a new id, and each event comes once", async () => {
      const socket = client(server, { mode });
      const got = record(socket, "auth");
      const ids = new Set();
      for (let i = 1; i <= 3; i++) {
        const back = nextEvent(socket, "connect");
        socket.connect();
        await back;
        ids.add(socket.id);
        assert.equal(await ask(socket, "message-with-ack", i), i);
        assert.equal(got.length, i);
        socket.disconnect();
        assert.equal(socket.id, undefined);
      }
      assert.equal(ids.size, 3);
    });

    test("namespaces come and go on one connection, which outlives each", async () => {
      const first = await connected(server, { mode });
      const { engine } = first.io;
      if (mode === "upgrade") await upgraded(first);
      const custom = first.io.socket("/custom");
      const join = (socket) => (socket.connect(), nextEvent(socket, "connect"));
      await join(custom);
      first.disconnect();
      assert.equal(await ask(custom, "message-with-ack", "still here"), "still here");
      await join(first);
      assert.equal(await ask(first, "message-with-ack", "back"), "back");
      assert.equal(first.io.engine, engine);
      first.disconnect();
      custom.disconnect();
      await join(custom);
      assert.notEqual(custom.io.engine, engine); // the last one took the connection along
      custom.disconnect();
    });

    test("one connects while another leaves", async () => {
      const a = await connected(server, { mode });
      const b = client(server, { mode });
      const there = nextEvent(b, "connect");
      a.disconnect();
      b.connect();
      await there;
      assert.equal(await ask(b, "message-with-ack", 1), 1);
      b.disconnect();
    });

    test("send is the event message; dates and false are what JSON makes of them", async () => {
      const socket = await connected(server, { mode });
      for (const value of ["text", false, 0, "", null]) {
        const back = nextEvent(socket, "message-back");
        socket.send(value);
        assert.deepEqual(await back, [value]);
        assert.deepEqual(await ask(socket, "message-with-ack", value), value);
      }
      const date = new Date();
      assert.deepEqual(await ask(socket, "message-with-ack", { date }), { date: date.toJSON() });
      socket.disconnect();
    });

    test("with retries the client sends one after the other, and each is acked once", async () => {
      const socket = client(server, { mode, retries: 3, ackTimeout: 20_000 });
      const got = [];
      const done = new Promise((resolve) => {
        for (let i = 0; i < 10; i++) socket.emit("message-with-ack", i, (...answer) => got.push(answer) === 10 && resolve());
      });
      socket.connect();
      await done;
      assert.deepEqual(got, Array.from({ length: 10 }, (_, i) => [null, i]));
      socket.disconnect();
    });

    test("of volatile events in one turn some come, in order; what is not volatile comes all the same", async () => {
      const socket = await connected(server, { mode });
      if (mode === "upgrade") await upgraded(socket);
      const got = record(socket, "volatile flood", "flood");
      assert.equal(await ask(socket, "volatile flood", 20), 20);
      assert.equal(await ask(socket, "flood", 3), 3);
      const volatile = got.filter(([event]) => event === "volatile flood").map(([, i]) => i);
      assert.ok(volatile.length < 20, `${volatile.length} came`);
      assert.deepEqual(volatile, [...volatile].sort((a, b) => a - b));
      assert.deepEqual(got.filter(([event]) => event === "flood").map(([, i]) => i), [0, 1, 2]);
      socket.disconnect();
    });

    test("a volatile event with binary comes whole", async () => {
      const socket = await connected(server, { mode });
      if (mode === "upgrade") await upgraded(socket);
      const bytes = [Buffer.from([1, 2]), Buffer.from([3])];
      const got = record(socket, "picture");
      // With polling it depends on whether a GET is waiting: until one has come.
      await eventually(() => (socket.emit("emit to", { to: [socket.id], volatile: true }, "picture", ...bytes), got.length), "a picture");
      assert.deepEqual(got[0], ["picture", ...bytes]);
      assert.equal(await ask(socket, "message-with-ack", "fine"), "fine");
      socket.disconnect();
    });
  });
}

for (const namespace of ["/", "/custom"]) {
  describe(`many at once in ${namespace}`, () => {
    /** One client over each transport, and all of them in a room of their own. */
    async function crowd(room) {
      const sockets = await Promise.all(Object.keys(modes).map((mode) => connected(server, { namespace, mode })));
      await Promise.all(sockets.map((socket) => ask(socket, "join", room)));
      return sockets;
    }
    const inRoom = async (socket, room) => (await ask(socket, "rooms")).includes(room);

    test("all of a room join another, and leave it", async () => {
      const [a, b, c] = await crowd(`crowd of ${namespace}`);
      const outsider = await connected(server, { namespace });
      await ask(a, "sockets join", { to: [`crowd of ${namespace}`], others: true }, "inner");
      await eventually(async () => (await inRoom(b, "inner")) && inRoom(c, "inner"), "both have joined");
      assert.deepEqual([await inRoom(a, "inner"), await inRoom(outsider, "inner")], [false, false]);
      const got = [a, b, c].map((socket) => record(socket, "to room"));
      a.emit("to room", "inner", "hello");
      await eventually(() => got[1].length && got[2].length, "both heard");
      await ask(a, "sockets leave", { to: ["inner"], except: [c.id] }, "inner");
      await eventually(async () => !(await inRoom(b, "inner")), "b has left");
      assert.equal(await inRoom(c, "inner"), true);
      assert.deepEqual(got, [[], [["to room", "hello"]], [["to room", "hello"]]]);
      [a, b, c, outsider].forEach((socket) => socket.disconnect());
    });

    test("all of a room are disconnected, with and without their connections", async () => {
      for (const close of [false, true]) {
        const [a, b, c] = await crowd(`leaving ${namespace}`);
        const gone = [b, c].map((socket) => nextEvent(socket, "disconnect"));
        await ask(a, "disconnect sockets", { to: [`leaving ${namespace}`], others: true }, close);
        for (const [reason] of await Promise.all(gone)) assert.equal(reason, "io server disconnect");
        for (const { id } of [b, c]) assert.equal(id, undefined);
        assert.equal(await ask(a, "message-with-ack", "still here"), "still here");
        a.disconnect();
      }
    });
  });
}
