// The official clients with socket.io-msgpack-parser, over each transport.

import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { createRequire } from "node:module";
import parser from "socket.io-msgpack-parser";
import { nextEvent, within } from "../support/clock.mjs";
import * as support from "../support/client.mjs";
import { betterThanReference, startServer } from "../support/server.mjs";
import { serverForFile } from "../support/suite.mjs";

const { ask, collect, modes, upgraded } = support;
const server = await serverForFile("--parser", "msgpack");
const client = (options) => support.client(server, { parser, ...options });
const connected = (options) => support.connected(server, { parser, ...options });
const numbers = (count) => Array.from({ length: count }, (_, i) => i);

const values = [
  ["nothing", []],
  ["null and booleans", [null, true, false]],
  ["integers of every width", [0, 127, 128, 255, 256, 65535, 65536, 2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER]],
  ["negative integers of every width", [-1, -32, -33, -128, -129, -32768, -32769, -(2 ** 31), -(2 ** 32), Number.MIN_SAFE_INTEGER]],
  ["fractions", [0.1, -1.5, 5e-324, 2 ** 52 + 0.5, Math.PI]],
  ["infinity", [Infinity, -Infinity]],
  ["strings", ["", "a", 'quote " backslash \\ slash /', "line\nfeed\ttab\u0000nul\u0001", "x".repeat(31), "y".repeat(32), "z".repeat(256)]],
  ["unicode", ["äöüß", "日本語", "😀👩‍👩‍👧", "\u2028\u2029", "\ufeff", "العربية", "é".repeat(40)]],
  ["arrays", [[], [1, [2, [3]]], ["a", null], numbers(16), numbers(70_000)]],
  ["objects", [{}, { a: 1, b: { c: [null, { d: "e" }] } }, { "": 1, "ä ö": 2 }, Object.fromEntries(numbers(20).map((i) => [`k${i}`, i]))]],
  ["what looks like a placeholder", [{ _placeholder: true, num: 0 }]],
  ["many arguments", numbers(100)],
  ["a large text", ["x".repeat(100_000)]],
];

const binaries = [
  ["a buffer", [Buffer.from([1, 2, 3])]],
  ["an empty buffer", [Buffer.alloc(0)]],
  ["nested", [{ a: [Buffer.from("x")], b: { c: Buffer.from("y") } }, "text", [[Buffer.from("z")]]]],
  ["more than a packet of JSON may have", numbers(30).map((i) => Buffer.from([i]))],
  ["300 and 100,000 bytes", [Buffer.alloc(300, "abc"), Buffer.alloc(100_000, "abc")]],
];

const all = (socket, ...args) =>
  within(new Promise((resolve) => socket.emit(...args, (...got) => resolve(got))), `ack of ${args[0]}`);

for (const namespace of ["/", "/custom"]) {
  for (const mode of Object.keys(modes)) {
    describe(`msgpack, ${namespace} over ${mode}`, { concurrency: true }, () => {
      const join = (options) => connected({ namespace, mode, ...options });

      test("auth is what the client gave", async () => {
        for (const auth of [undefined, {}, { token: "é", n: [1, { a: null }] }]) {
          const socket = client({ namespace, mode, auth });
          const heard = nextEvent(socket, "auth");
          socket.connect();
          assert.deepEqual(await heard, [auth ?? {}]);
          socket.disconnect();
        }
      });

      test("refused: connect_error with message and data; unknown namespace", async () => {
        const socket = client({ namespace, mode, auth: { refuse: "not you", data: { code: 7, why: ["x"] } } });
        socket.connect();
        const [error] = await nextEvent(socket, "connect_error");
        assert.deepEqual([error.message, error.data], ["not you", { code: 7, why: ["x"] }]);
        const lost = client({ namespace: "/unknown", mode });
        lost.connect();
        assert.equal((await nextEvent(lost, "connect_error"))[0].message, "Invalid namespace");
        [socket, lost].forEach((one) => one.disconnect());
      });

      test("values and binary both ways, in events and acks", async () => {
        const socket = await join();
        for (const [name, args] of [...values, ...binaries]) {
          const back = nextEvent(socket, "message-back");
          socket.emit("message", ...args);
          assert.deepEqual(await back, args, name);
          assert.deepEqual(await all(socket, "message-with-ack", ...args), args, name);
        }
        if (mode === "upgrade") await upgraded(socket);
        assert.deepEqual(await all(socket, "message-with-ack", "end"), ["end"]);
        socket.disconnect();
      });

      test("the server asks and the client acks, also with binary", async () => {
        const socket = await join();
        socket.on("question", (a, b, ack) => ack(a + b, { bytes: Buffer.from([a, b]) }));
        const answer = await all(socket, "emit-with-ack", 20_000, "question", 1, 2);
        assert.deepEqual(answer, [null, 3, { bytes: Buffer.from([1, 2]) }]);
        assert.equal(await ask(socket, "emit-with-ack", 100, "nobody listens"), "operation has timed out");
        socket.disconnect();
      });

      test("values that the server reads and makes itself", async () => {
        const socket = await join();
        const order = { name: "é", items: [{ n: 1 }, { n: 0.5 }, { n: 2 ** 40 }] };
        assert.deepEqual(await ask(socket, "total", order), { name: "é", total: 1.5 + 2 ** 40 });
        assert.deepEqual(await ask(socket, "rooms"), [socket.id]);
        await ask(socket, "set data", Buffer.from("kept"));
        assert.deepEqual(await ask(socket, "get data"), Buffer.from("kept"));
        socket.disconnect();
      });

      test("1000 numbered messages from the server in order", async () => {
        const socket = await join();
        const got = [];
        socket.on("flood", (i) => got.push(i));
        assert.equal(await ask(socket, "flood", 1000, "x".repeat(100)), 1000);
        assert.deepEqual(got, numbers(1000));
        socket.disconnect();
      });

      test("the server disconnects a client from the namespace", async () => {
        const socket = await join();
        const gone = nextEvent(socket, "disconnect");
        socket.emit("disconnect me", false);
        assert.equal((await gone)[0], "io server disconnect");
      });
    });
  }

  test(`msgpack, ${namespace}: acks of many, with binary inside`, async () => {
    const sockets = await Promise.all(Object.keys(modes).map((mode) => connected({ namespace, mode })));
    await Promise.all(sockets.map((socket) => ask(socket, "join", "asked")));
    sockets.forEach((socket, i) =>
      socket.on("question", (value, ack) => ack(i === 0 ? value : { i, bytes: value.toString() }, Buffer.from("2"))),
    );
    const value = Buffer.from([1, 2]);
    const [error, answers] = await ask(sockets[0], "ask all", { to: ["asked"] }, 20_000, value);
    assert.equal(error, null);
    assert.equal(answers.length, 3);
    assert.deepEqual(answers.find(Buffer.isBuffer), value);
    assert.deepEqual(answers.filter(({ i }) => i).map(({ i }) => i).sort(), [1, 2]);
    assert.deepEqual((await ask(sockets[0], "fetch", { to: ["asked"] })).length, 3);
    sockets.forEach((socket) => socket.disconnect());
  });

  test(`msgpack, ${namespace}: broadcasts and rooms reach clients of every transport`, async () => {
    const sockets = await Promise.all(Object.keys(modes).map((mode) => connected({ namespace, mode })));
    await Promise.all(sockets.map((socket) => ask(socket, "join", "files")));
    const data = Buffer.from([0, 255, 1, 254]);
    const files = sockets.map((socket) => nextEvent(socket, "file"));
    sockets[0].emit("emit to", { to: ["files"] }, "file", { data }, "name");
    for (const got of await Promise.all(files)) assert.deepEqual(got, [{ data }, "name"]);
    const heard = sockets.slice(1).map((socket) => collect(socket, "broadcast", 20));
    for (const i of numbers(20)) sockets[0].emit("broadcast", i, [data]);
    for (const got of await Promise.all(heard)) assert.deepEqual(got, numbers(20).map((i) => [i, [data]]));
    sockets.forEach((socket) => socket.disconnect());
  });
}

test("msgpack: two namespaces on one connection, and leaving one of them", async () => {
  const main = await connected({ mode: "websocket" });
  const custom = main.io.socket("/custom").connect();
  await nextEvent(custom, "connect");
  assert.deepEqual(await all(custom, "message-with-ack", "there"), ["there"]);
  custom.disconnect();
  assert.deepEqual(await all(main, "message-with-ack", "here"), ["here"]);
  main.disconnect();
});

test("msgpack: undefined, NaN and Dates are what JSON makes of them",
  betterThanReference("it gives them back as they were"), async () => {
  const socket = await connected({ mode: "websocket" });
  const args = [undefined, NaN, new Date(86_400_000), { a: undefined, b: new Date(0), c: [undefined] }];
  const text = JSON.parse(JSON.stringify(args));
  assert.deepEqual(await all(socket, "message-with-ack", ...args), text);
  socket.disconnect();
  const joined = client({ mode: "websocket", auth: { bytes: Buffer.from("hi") } });
  joined.connect();
  assert.deepEqual(await nextEvent(joined, "auth"), [{ bytes: { type: "Buffer", data: [104, 105] } }]);
  joined.disconnect();
});

// The parser for the packets of Engine.IO 3's client, which wants them in a callback.
class OldEncoder extends parser.Encoder {
  encode(packet, give) {
    give(super.encode(packet));
  }
}

describe("msgpack, socket.io-client 2", async () => {
  const io = createRequire(import.meta.url)("socket.io-client-2");
  const old_server = await startServer({ args: ["--parser", "msgpack", "--eio3"] });
  after(() => old_server.stop());

  for (const mode of Object.keys(modes)) {
    test(`events and acks both ways over ${mode}`, async () => {
      const socket = io(old_server.url, { parser: { ...parser, Encoder: OldEncoder }, forceNew: true, ...modes[mode] });
      await nextEvent(socket, "connect");
      const back = nextEvent(socket, "message-back");
      socket.emit("message", { a: ["é😀", 1.5, null] }, 2 ** 40);
      assert.deepEqual(await back, [{ a: ["é😀", 1.5, null] }, 2 ** 40]);
      socket.on("question", (a, ack) => ack(a + 1));
      assert.deepEqual(await all(socket, "emit-with-ack", 20_000, "question", 1), [null, 2]);
      socket.disconnect();
    });
  }
});
