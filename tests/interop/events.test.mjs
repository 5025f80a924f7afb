// The official client: connecting, events, binary, acks, over each transport and in both namespaces.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { nextEvent } from "../support/clock.mjs";
import { ask, client, connected, modes, upgraded } from "../support/client.mjs";
import { serverForFile } from "../support/suite.mjs";

const server = await serverForFile();

const values = [
  ["nothing", []],
  ["null", [null]],
  ["booleans", [true, false]],
  ["numbers", [0, -1, 1.5, 1e21, 5e-324, Number.MAX_SAFE_INTEGER, 0.1]],
  ["strings", ["", "a", 'quote " backslash \\ slash /', "line\nfeed\ttab\u0000nul\u0001"]],
  ["unicode", ["äöüß", "日本語", "😀👩‍👩‍👧", "\u2028\u2029", "\ufeff", "العربية"]],
  ["lone surrogates", ["\ud800", "x\udfffy"]],
  ["arrays", [[], [1, [2, [3]]], ["a", null]]],
  ["objects", [{}, { a: 1, b: { c: [null, { d: "e" }] } }, { "": 1, "ä ö": 2, __proto: 3 }]],
  ["many arguments", Array.from({ length: 100 }, (_, i) => i)],
  ["a large text", ["x".repeat(100_000)]],
];

const binaries = [
  ["a buffer", [Buffer.from([1, 2, 3])]],
  ["an empty buffer", [Buffer.alloc(0)]],
  ["nested", [{ a: [Buffer.from("x")], b: { c: Buffer.from("y") } }, "text", Buffer.from("z")]],
  ["100 KB", [Buffer.alloc(100_000, "abc")]],
];

for (const namespace of ["/", "/custom"]) {
  for (const mode of Object.keys(modes)) {
    describe(`${namespace} over ${mode}`, () => {
      const join = (options) => connected(server, { namespace, mode, ...options });

      for (const [name, auth] of [
        ["an object", { token: "abc", n: [1, { a: null }] }],
        ["a function", (give) => give({ token: "given" })],
        ["nothing", undefined],
      ]) {
        test(`auth: ${name}`, async () => {
          const socket = client(server, { namespace, mode, auth });
          const heard = nextEvent(socket, "auth");
          socket.connect();
          const expected = typeof auth === "function" ? { token: "given" } : (auth ?? {});
          assert.deepEqual(await heard, [expected]);
          socket.disconnect();
        });
      }

      test("refused: connect_error with message and data, then admitted", async () => {
        const socket = client(server, { namespace, mode, auth: { refuse: "not you", data: { code: 7, why: ["x"] } } });
        socket.connect();
        const [error] = await nextEvent(socket, "connect_error");
        assert.equal(error.message, "not you");
        assert.deepEqual(error.data, { code: 7, why: ["x"] });
        assert.equal(socket.connected, false);
        socket.auth = { token: "better" };
        const heard = nextEvent(socket, "auth");
        socket.connect();
        assert.deepEqual(await heard, [{ token: "better" }]);
        socket.disconnect();
      });

      test("an unknown namespace: connect_error Invalid namespace", async () => {
        const socket = client(server, { namespace: `${namespace === "/" ? "" : namespace}/unknown`, mode });
        socket.connect();
        const [error] = await nextEvent(socket, "connect_error");
        assert.equal(error.message, "Invalid namespace");
        socket.disconnect();
      });

      test("JSON values both ways, in events and acks", async () => {
        const socket = await join();
        for (const [name, args] of values) {
          const back = nextEvent(socket, "message-back");
          socket.emit("message", ...args);
          assert.deepEqual(await back, args, name);
          const answer = await new Promise((resolve) => socket.emit("message-with-ack", ...args, (...got) => resolve(got)));
          assert.deepEqual(answer, args, name);
        }
        socket.disconnect();
      });

      test("what JSON does not know becomes null or text, as always", async () => {
        const socket = await join();
        const back = nextEvent(socket, "message-back");
        socket.emit("message", undefined, NaN, Infinity, new Date(0), { a: undefined });
        assert.deepEqual(await back, [null, null, null, "1970-01-01T00:00:00.000Z", {}]);
        socket.disconnect();
      });

      test("binary both ways, in events and acks", async () => {
        const socket = await join();
        for (const [name, args] of binaries) {
          const back = nextEvent(socket, "message-back");
          socket.emit("message", ...args);
          assert.deepEqual(await back, args, name);
          const answer = await new Promise((resolve) => socket.emit("message-with-ack", ...args, (...got) => resolve(got)));
          assert.deepEqual(answer, args, name);
        }
        socket.disconnect();
      });

      test("typed arrays arrive as bytes", async () => {
        const socket = await join();
        const back = nextEvent(socket, "message-back");
        socket.emit("message", new Uint8Array([1, 2]), new Uint8Array([3]).buffer, new Uint16Array([0x0605]));
        assert.deepEqual((await back).map((one) => [...one]), [[1, 2], [3], [5, 6]]);
        socket.disconnect();
      });

      test("the server asks and the client acks", async () => {
        const socket = await join();
        socket.on("question", (a, b, ack) => ack(a + b, { ok: true }));
        const answer = await new Promise((resolve) =>
          socket.emit("emit-with-ack", 20_000, "question", 1, 2, (...got) => resolve(got)),
        );
        assert.deepEqual(answer, [null, 3, { ok: true }]);
        socket.on("bytes", (data, ack) => ack(Buffer.from([...data].reverse())));
        const bytes = await new Promise((resolve) =>
          socket.emit("emit-with-ack", 20_000, "bytes", Buffer.from([1, 2, 3]), (...got) => resolve(got)),
        );
        assert.deepEqual(bytes, [null, Buffer.from([3, 2, 1])]);
        socket.disconnect();
      });

      test("the server asks and gets no ack: it times out", async () => {
        const socket = await join();
        assert.equal(await ask(socket, "emit-with-ack", 100, "nobody listens"), "operation has timed out");
        socket.disconnect();
      });

      test("an event without an answer: the client's own timeout", async () => {
        const socket = await join();
        await assert.rejects(socket.timeout(100).emitWithAck("nothing"), /operation has timed out/);
        assert.deepEqual(await ask(socket, "message-with-ack", "still here"), "still here");
        socket.disconnect();
      });

      test("1000 numbered messages in order, there and back", async () => {
        const socket = await join();
        const got = [];
        const done = new Promise((resolve) => {
          socket.on("message-back", (i) => {
            got.push(i);
            if (got.length === 1000) resolve();
          });
        });
        for (let i = 0; i < 1000; i++) socket.emit("message", i, "some text to carry");
        await done;
        assert.deepEqual(got, Array.from({ length: 1000 }, (_, i) => i));
        if (mode === "upgrade") await upgraded(socket);
        assert.deepEqual(await ask(socket, "message-with-ack", "end"), "end");
        socket.disconnect();
      });

      test("1000 numbered messages from the server in order", async () => {
        const socket = await join();
        const got = [];
        socket.on("flood", (i) => got.push(i));
        assert.equal(await ask(socket, "flood", 1000, "x".repeat(100)), 1000);
        assert.deepEqual(got, Array.from({ length: 1000 }, (_, i) => i));
        socket.disconnect();
      });

      test("a message of 900 KB", async () => {
        const socket = await join();
        const text = "0123456789".repeat(90_000);
        assert.equal(await ask(socket, "message-with-ack", text), text);
        const data = Buffer.alloc(600_000, "abc");
        assert.ok((await ask(socket, "message-with-ack", data)).equals(data));
        socket.disconnect();
      });

      test("events that wait for the connection are sent when it is there", async () => {
        const socket = client(server, { namespace, mode });
        const back = nextEvent(socket, "message-back");
        socket.emit("message", "early");
        socket.connect();
        assert.deepEqual(await back, ["early"]);
        socket.disconnect();
      });

      test("the client's headers and query are in the handshake", async () => {
        const socket = await join({ query: { x: "ä b&c" }, extraHeaders: { "X-One": "1" } });
        const handshake = await ask(socket, "handshake");
        assert.equal(handshake.query.x, "ä b&c");
        assert.equal(handshake.headers["x-one"], "1");
        socket.disconnect();
      });
    });
  }
}
