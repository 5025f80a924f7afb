// The official client: snapshots of sockets, and what can be done to a socket from anywhere.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { eventually, nextEvent } from "../support/clock.mjs";
import { ask, connected, modes } from "../support/client.mjs";
import { serverForFile } from "../support/suite.mjs";

const server = await serverForFile();
const all_modes = Object.keys(modes);

/** Clients in a room of their own, over all transports. */
async function group(room, count, options = {}) {
  const sockets = await Promise.all(
    Array.from({ length: count }, (_, i) => connected(server, { mode: all_modes[i % 3], ...options })),
  );
  await Promise.all(sockets.map((socket) => ask(socket, "join", room)));
  return sockets;
}

const leave = (sockets) => sockets.forEach((socket) => socket.disconnect());
const ids = (sockets) => sockets.map(({ id }) => id).sort();

for (const namespace of ["/", "/custom"]) {
  describe(namespace, { concurrency: true }, () => {
    test("every socket of the target, wherever it lives", async () => {
      const sockets = await group("found", 9, { namespace });
      const fetch = async (target) => ids(await ask(sockets[0], "fetch", target));
      await ask(sockets[3], "join", "but me");
      assert.deepEqual(await fetch({ to: ["found"] }), ids(sockets));
      assert.deepEqual(await fetch({ to: ["found"], local: true }), ids(sockets));
      assert.deepEqual(await fetch({ to: ["found"], others: true }), ids(sockets.slice(1)));
      assert.deepEqual(await fetch({ to: ["found"], except: ["but me"] }), ids(sockets.filter((_, i) => i !== 3)));
      assert.deepEqual(await fetch({ to: [sockets[5].id] }), [sockets[5].id]);
      assert.deepEqual(await fetch({ to: ["nowhere"] }), []);
      leave(sockets.slice(1));
      await eventually(async () => (await fetch({ to: ["found"] })).length === 1, "they are gone");
      leave(sockets);
    });

    test("id, rooms, data and handshake", async () => {
      const options = { namespace, auth: { token: "t" }, query: { a: "1 2" }, extraHeaders: { "x-mine": "yes" } };
      const sockets = await group("shown", 3, options);
      await ask(sockets[1], "set data", { deep: ["é", 1.5, null] });
      for (const socket of sockets) {
        const [shown] = await ask(sockets[0], "fetch", { to: [socket.id] });
        assert.equal(shown.id, socket.id);
        assert.deepEqual(shown.rooms.sort(), [socket.id, "shown"].sort());
        assert.deepEqual(shown.data, socket === sockets[1] ? { value: { deep: ["é", 1.5, null] } } : {});
        assert.deepEqual(shown.handshake, await ask(socket, "handshake"));
        assert.deepEqual([shown.handshake.auth, shown.handshake.headers["x-mine"]], [{ token: "t" }, "yes"]);
      }
      leave(sockets);
    });

    test("a socket is acted on by its id", async () => {
      const sockets = await group("acted on", 3, { namespace });
      for (const [i, socket] of sockets.entries()) {
        const from = sockets[(i + 1) % 3];
        const act = (action, text) => ask(from, "remote", socket.id, action, text);
        const heard = nextEvent(socket, "remote");
        await act("emit", "hello");
        assert.deepEqual(await heard, ["hello"]);
        socket.once("question", (text, ack) => ack({ text }, "second"));
        assert.deepEqual(await act("ask", "how"), [null, { text: "how" }]);
        await act("join", "new");
        await eventually(async () => (await ask(socket, "rooms")).includes("new"), "it has joined");
        await act("leave", "acted on");
        await eventually(async () => !(await ask(socket, "rooms")).includes("acted on"), "it has left");
      }
      const gone = nextEvent(sockets[0], "disconnect");
      await ask(sockets[1], "remote", sockets[0].id, "disconnect", "");
      assert.equal((await gone)[0], "io server disconnect");
      leave(sockets);
    });

    test("several rooms are joined and left at once", async () => {
      const sockets = await group("movers", 4, { namespace });
      const rooms = Array.from({ length: 30 }, (_, i) => `room ${i}`);
      const sizes = async () => Promise.all(sockets.map(async (socket) => (await ask(socket, "rooms")).length));
      await ask(sockets[0], "sockets join rooms", { to: ["movers"] }, rooms);
      await eventually(async () => (await sizes()).every((size) => size === 32), "all are in");
      await ask(sockets[0], "sockets leave rooms", { to: ["movers"] }, rooms.slice(1));
      await eventually(async () => (await sizes()).every((size) => size === 3), "all are out again");
      leave(sockets);
    });
  });
}

for (const mode of all_modes) {
  test(`what happens to rooms is told in order over ${mode}`, async () => {
    const [watcher, socket] = await Promise.all([connected(server), connected(server, { mode })]);
    const { id } = socket;
    const room = `watched over ${mode}`;
    const changes = (name) => ask(watcher, "room changes", name);
    assert.deepEqual(await changes(id), [["create-room", ""], ["join-room", id]]);
    await ask(socket, "join", room);
    await ask(socket, "join", room);
    await ask(socket, "leave", room);
    await ask(socket, "leave", room);
    await ask(socket, "join", room);
    const twice = [["create-room", ""], ["join-room", id], ["leave-room", id], ["delete-room", ""]];
    await eventually(async () => (await changes(room)).length === 6, "it has joined again");
    socket.disconnect();
    await eventually(async () => (await changes(room)).length === 8, "it has left");
    assert.deepEqual(await changes(room), [...twice, ...twice]);
    assert.deepEqual(await changes(id), twice);
    watcher.disconnect();
  });
}

test("sockets of a namespace are counted", async () => {
  const sockets = await group("counted", 3, { namespace: "/custom" });
  await eventually(async () => (await ask(sockets[0], "socket count")) === 3, "three are there");
  sockets[2].disconnect();
  await eventually(async () => (await ask(sockets[0], "socket count")) === 2, "two are left");
  leave(sockets);
});
