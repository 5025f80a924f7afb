// The official JS clients of Socket.IO 2 (Engine.IO 3), 3 and 4, over each transport.

import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { createRequire } from "node:module";
import { eventually, nextEvent, patience_ms, slow, within } from "../support/clock.mjs";
import { modes } from "../support/client.mjs";
import { startProxy } from "../support/proxy.mjs";
import { startServer } from "../support/server.mjs";

const require = createRequire(import.meta.url);
const clients = { 2: require("socket.io-client-2"), 3: require("socket.io-client-3").io, 4: require("socket.io-client").io };

const server = await startServer({
  args: ["--eio3", "--ping-interval", String(400 * slow), "--ping-timeout", String(4000 * slow)],
});
const made = new Set();
after(() => {
  for (const socket of made) (socket.io.close ?? socket.io._close).call(socket.io);
  return server.stop();
});

function client(version, where, { namespace = "/", mode, ...options }) {
  const socket = clients[version](where.url + namespace, {
    forceNew: true,
    autoConnect: false,
    reconnectionDelay: 20,
    reconnectionDelayMax: 100,
    rejectUnauthorized: false,
    ...modes[mode],
    ...options,
  });
  made.add(socket);
  return socket;
}

async function connected(version, where, options) {
  const socket = client(version, where, options);
  const arrived = new Promise((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("connect_error", reject);
    socket.once("error", reject);
  });
  socket.connect();
  await within(arrived, "connection");
  return socket;
}

const ask = (socket, ...args) =>
  within(new Promise((resolve) => socket.emit(...args, (...back) => resolve(back))), `ack of "${args[0]}"`, patience_ms);

async function settled(socket, mode) {
  const { engine } = socket.io;
  if (mode === "upgrade" && engine.transport.name !== "websocket") await nextEvent(engine, "upgrade");
}

// These wait, so all of them do at once.
describe("heartbeat", { concurrency: true }, () => {
  for (const version of Object.keys(clients)) {
    for (const mode of Object.keys(modes)) {
      test(`socket.io-client ${version}, ${mode}: its heartbeat keeps it alive for many periods`, async () => {
        const socket = await connected(version, server, { mode });
        let ends = 0;
        socket.on("disconnect", () => ends++);
        await new Promise((resolve) => setTimeout(resolve, 2000 * slow));
        assert.equal(ends, 0);
        assert.deepEqual(await ask(socket, "message-with-ack", 1), [1]);
        socket.close();
      });
    }
  }
});

for (const version of Object.keys(clients)) {
  for (const mode of Object.keys(modes)) {
    describe(`socket.io-client ${version}, ${mode}`, { concurrency: true }, () => {
      test("connects, and knows its id", async () => {
        const socket = await connected(version, server, { mode });
        const [rooms] = await ask(socket, "rooms");
        assert.deepEqual(rooms, [socket.id]);
        socket.close();
      });

      test("its query reaches the server, its auth too", async () => {
        const given = version === "2" ? { query: { token: "a b", n: 1 } } : { query: { token: "a b", n: 1 }, auth: { key: "k" } };
        const socket = client(version, server, { mode, namespace: "/custom", ...given });
        const auth = nextEvent(socket, "auth");
        socket.connect();
        assert.deepEqual((await auth)[0], version === "2" ? { token: "a b", n: "1" } : { key: "k" });
        const [handshake] = await ask(socket, "handshake");
        assert.deepEqual([handshake.query.token, handshake.query.n], ["a b", "1"]);
        socket.close();
      });

      test("is refused by a middleware", async () => {
        const given = version === "2" ? { query: { refuse: "no" } } : { auth: { refuse: "no" } };
        const socket = client(version, server, { mode, namespace: "/custom", ...given });
        const refused = nextEvent(socket, version === "2" ? "error" : "connect_error");
        socket.connect();
        const [why] = await refused;
        assert.equal(version === "2" ? why : why.message, "no");
        socket.close();
      });

      test("joins several namespaces over one connection", async () => {
        const main = await connected(version, server, { mode });
        const custom = main.io.socket("/custom");
        if (!custom.connected) {
          custom.connect();
          await nextEvent(custom, "connect");
        }
        assert.notEqual(main.id, custom.id);
        assert.deepEqual(await ask(custom, "message-with-ack", "there"), ["there"]);
        assert.deepEqual(await ask(main, "message-with-ack", "here"), ["here"]);
        const unknown = main.io.socket("/unknown");
        const refused = nextEvent(unknown, version === "2" ? "error" : "connect_error");
        unknown.connect();
        assert.equal((await refused)[0].message, "Invalid namespace");
        assert.deepEqual(await ask(main, "message-with-ack", "still"), ["still"]);
        main.io._close ? main.io._close() : main.io.close();
      });

      test("text, numbers, nothing, deep values and binary, with acks both ways", async () => {
        const socket = await connected(version, server, { mode });
        const values = ["ä€😀\u2028\0", 1.5, -0.25, true, null, [], { a: [{ b: "c" }] }];
        assert.deepEqual(await ask(socket, "message-with-ack", ...values), values);
        const bytes = Buffer.from([0, 1, 255, 4]);
        const [back, nested] = await ask(socket, "message-with-ack", bytes, { deep: [Buffer.alloc(3000, 9)] });
        assert.deepEqual(Buffer.from(back), bytes);
        assert.deepEqual(Buffer.from(nested.deep[0]), Buffer.alloc(3000, 9));
        socket.on("question", (data, ack) => ack("answer", data));
        const [error, answer, echoed] = await ask(socket, "emit-with-ack", 0, "question", bytes);
        assert.deepEqual([error, answer, Buffer.from(echoed)], [null, "answer", bytes]);
        socket.close();
      });

      test("200 events come back in order, through the upgrade", async () => {
        const socket = await connected(version, server, { mode });
        const got = [];
        const done = new Promise((resolve) => {
          socket.on("message-back", (n) => {
            got.push(n);
            if (got.length === 200) resolve();
          });
        });
        for (let i = 0; i < 200; i++) socket.emit("message", i);
        await within(done, "200 events");
        assert.deepEqual(got, Array.from({ length: 200 }, (_, i) => i));
        socket.close();
      });

      test("rooms and broadcasts reach clients of every version", async () => {
        const others = await Promise.all(Object.keys(clients).map((one) => connected(one, server, { mode })));
        const socket = await connected(version, server, { mode });
        const room = `room ${socket.id}`;
        await Promise.all([...others, socket].map((one) => ask(one, "join", room)));
        const heard = [...others, socket].map((one) => nextEvent(one, "to room"));
        socket.emit("to room", room, "all");
        for (const one of await Promise.all(heard)) assert.deepEqual(one, ["all"]);
        const bytes = others.map((one) => nextEvent(one, "bytes"));
        socket.emit("emit to", { to: [room], others: true }, "bytes", Buffer.from([5, 6]));
        for (const [data] of await Promise.all(bytes)) assert.deepEqual(Buffer.from(data), Buffer.from([5, 6]));
        await ask(socket, "leave", room);
        [...others, socket].forEach((one) => one.close());
      });

      test("it disconnects, and the server says why", async () => {
        const socket = await connected(version, server, { mode });
        const observer = await connected("4", server, { mode: "websocket" });
        const { id } = socket;
        await settled(socket, mode);
        socket.close();
        const reason = await eventually(async () => (await ask(observer, "last disconnect", id))[0], "reason");
        assert.match(reason, /^(client namespace disconnect|transport close)$/);
        observer.close();
      });

      test("the server disconnects it", async () => {
        for (const close of [false, true]) {
          const socket = await connected(version, server, { mode });
          const gone = nextEvent(socket, "disconnect");
          socket.emit("disconnect me", close);
          assert.equal((await gone)[0], "io server disconnect");
          socket.close();
        }
      });

      test("it comes back after a cut, with a new id, and sends what waited", async () => {
        const proxy = await startProxy(server);
        const socket = await connected(version, proxy, { mode });
        await settled(socket, mode);
        const { id } = socket;
        const back = nextEvent(socket, "connect");
        // It must not come back before the last cut, or that may lose what it sends.
        proxy.leadTo({ host: "127.0.0.1", port: 1 });
        await eventually(() => (proxy.cut(), !socket.connected), "the cut");
        const answered = nextEvent(socket, "message-back");
        socket.emit("message", "kept while away");
        proxy.leadTo(server);
        await back;
        assert.deepEqual(await answered, ["kept while away"]);
        assert.notEqual(socket.id, id);
        socket.close();
        await proxy.stop();
      });
    });
  }
}
