// The official client: rooms, targets, broadcasts, several namespaces on one connection.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { nextEvent } from "../support/clock.mjs";
import { ask, collect, connected, modes } from "../support/client.mjs";
import { serverForFile } from "../support/suite.mjs";

const server = await serverForFile();
const all_modes = Object.keys(modes);
const numbers = (count) => Array.from({ length: count }, (_, i) => i);

for (const namespace of ["/", "/custom"]) {
  describe(namespace, () => {
    test("a room: its members get it, others do not, also after leaving", async () => {
      const [a, b, c] = await Promise.all(all_modes.map((mode) => connected(server, { namespace, mode })));
      await Promise.all([a, b].map((socket) => socket.emitWithAck("join", "red")));
      const missed = [];
      c.on("to room", (text) => missed.push(text));
      const heard = [nextEvent(a, "to room"), nextEvent(b, "to room")];
      c.emit("to room", "red", "hello");
      assert.deepEqual(await Promise.all(heard), [["hello"], ["hello"]]);
      await b.emitWithAck("leave", "red");
      b.on("to room", (text) => missed.push(text));
      const again = nextEvent(a, "to room");
      c.emit("to room", "red", "once more");
      assert.deepEqual(await again, ["once more"]);
      await Promise.all([b, c].map((socket) => ask(socket, "message-with-ack", "fence")));
      assert.deepEqual(missed, []);
      [a, b, c].forEach((socket) => socket.disconnect());
    });

    test("30 clients over all transports get 20 broadcasts each, in order", async () => {
      const sockets = await Promise.all(
        numbers(30).map((i) => connected(server, { namespace, mode: all_modes[i % 3] })),
      );
      const heard = sockets.map((socket) => collect(socket, "chat message", 20));
      for (const i of numbers(20)) sockets[0].emit("chat message", `text ${i}`);
      const expected = numbers(20).map((i) => [`text ${i}`]);
      for (const got of await Promise.all(heard)) assert.deepEqual(got, expected);
      sockets.forEach((socket) => socket.disconnect());
    });

    test("in a crowd of 90 an answer comes behind the broadcasts that its client has sent before", async () => {
      const sockets = await Promise.all(
        numbers(90).map((i) => connected(server, { namespace, mode: all_modes[i % 3] })),
      );
      await Promise.all(
        sockets.filter((_, i) => i % 10 === 0).map(async (socket, who) => {
          let heard = 0;
          socket.on("chat message", (from) => (heard += from === who ? 1 : 0));
          for (const i of numbers(5)) {
            socket.emit("chat message", who, i);
            await ask(socket, "message-with-ack", "fence");
            assert.equal(heard, i + 1);
          }
        }),
      );
      sockets.forEach((socket) => socket.disconnect());
    });

    test("binary to a room over all transports", async () => {
      const sockets = await Promise.all(all_modes.map((mode) => connected(server, { namespace, mode })));
      await Promise.all(sockets.map((socket) => socket.emitWithAck("join", "files")));
      const heard = sockets.map((socket) => nextEvent(socket, "file"));
      const data = Buffer.from([0, 255, 1, 254]);
      sockets[0].emit("emit to", { to: ["files"] }, "file", { data }, "name");
      for (const got of await Promise.all(heard)) assert.deepEqual(got, [{ data }, "name"]);
      sockets.forEach((socket) => socket.disconnect());
    });

    test("events of several senders keep each sender's order", async () => {
      const sockets = await Promise.all(numbers(6).map((i) => connected(server, { namespace, mode: all_modes[i % 3] })));
      await Promise.all(sockets.map((socket) => socket.emitWithAck("join", "busy")));
      const heard = sockets.map((socket) => collect(socket, "to room", 6 * 50));
      for (const i of numbers(50)) sockets.forEach((socket, who) => socket.emit("to room", "busy", { who, i }));
      for (const got of await Promise.all(heard)) {
        for (const who of numbers(6)) {
          assert.deepEqual(got.map(([text]) => text).filter((one) => one.who === who).map((one) => one.i), numbers(50));
        }
      }
      sockets.forEach((socket) => socket.disconnect());
    });
  });
}

for (const mode of all_modes) {
  test(`two namespaces share one connection over ${mode}`, async () => {
    const main = await connected(server, { mode });
    const custom = main.io.socket("/custom", { auth: { a: 1 } });
    const heard = nextEvent(custom, "auth");
    custom.connect();
    assert.deepEqual(await heard, [{ a: 1 }]);
    assert.notEqual(custom.id, main.id);
    assert.equal(await ask(custom, "message-with-ack", "custom"), "custom");
    assert.equal(await ask(main, "message-with-ack", "main"), "main");
    custom.disconnect();
    assert.equal(await ask(main, "message-with-ack", "main lives"), "main lives");
    const again = nextEvent(custom, "connect");
    custom.connect();
    await again;
    assert.equal(await ask(custom, "message-with-ack", "back"), "back");
    main.io._close();
  });
}
