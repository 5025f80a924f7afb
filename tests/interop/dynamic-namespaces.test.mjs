// Namespaces that come when a client asks for them, with the official client.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { eventually, nextEvent } from "../support/clock.mjs";
import { ask, client, connected, modes } from "../support/client.mjs";
import { serverForFile } from "../support/suite.mjs";
import { betterThanReference } from "../support/server.mjs";

const server = await serverForFile("--options", JSON.stringify({ cleanupEmptyChildNamespaces: true }));
const observer = await connected(server, { namespace: "/dynamic", mode: "websocket" });

let number = 0;
const numbered = () => `/numbered-${++number}`;
const gone = (name) => eventually(async () => !(await ask(observer, "exists", name)), `the end of ${name}`);

/** The message of the connect_error that a client gets. */
async function refusal(options) {
  const socket = client(server, options);
  const error = nextEvent(socket, "connect_error");
  socket.connect();
  const [{ message, data }] = await error;
  socket.disconnect();
  return { message, data };
}

/** A client of `asked`, and by which parent it was allowed. */
async function allowed(namespace, mode, auth) {
  const socket = client(server, { namespace, mode, auth });
  const by = nextEvent(socket, "allowed by");
  socket.connect();
  return [socket, ...(await by)];
}

for (const mode of Object.keys(modes)) {
  describe(mode, () => {
    test("a pattern makes a namespace with the parent's middlewares and listeners, until it is empty", async () => {
      const namespace = numbered();
      const [a, b] = await Promise.all([connected(server, { namespace, mode }), connected(server, { namespace, mode })]);
      const heard = nextEvent(b, "broadcast");
      a.emit("broadcast", "hello", Buffer.from("x"));
      assert.deepEqual(await heard, ["hello", Buffer.from("x")]);
      assert.equal(await ask(a, "message-with-ack", 1), 1);
      a.disconnect();
      assert.equal(await ask(b, "message-with-ack", 2), 2);
      assert.equal(await ask(observer, "exists", namespace), true);
      b.disconnect();
      await gone(namespace);
      const again = await connected(server, { namespace, mode });
      again.disconnect();
      await gone(namespace);
    });

    test("what nobody allows is an invalid namespace", async () => {
      assert.equal((await refusal({ namespace: "/numbered-x", mode })).message, "Invalid namespace");
      assert.equal((await refusal({ namespace: "/asked-x", mode, auth: { third: "yes" } })).message, "Invalid namespace");
      assert.equal((await refusal({ namespace: "/_0", mode })).message, "Invalid namespace");
    });

    test("a child whose only client is refused goes", async () => {
      const namespace = numbered();
      const refused = await refusal({ namespace, mode, auth: { refuse: "no", data: [1] } });
      assert.deepEqual(refused, { message: "no", data: [1] });
      await gone(namespace);
    });

    test("functions decide in their order, at once or later", async () => {
      for (const [auth, expected] of [
        [{ first: "yes", second: "yes" }, "first"],
        [{ second: "yes" }, "second"],
        [{ first: "later", second: "yes" }, "first"],
        [{ second: "later" }, "second"],
      ]) {
        const namespace = `/asked-${mode}-${++number}`;
        const [socket, by] = await allowed(namespace, mode, auth);
        assert.equal(by, expected);
        socket.disconnect();
        await gone(namespace);
      }
    });

    test("what is sent while a parent decides arrives", async () => {
      const namespace = `/asked-${mode}-${++number}`;
      const socket = client(server, { namespace, mode, auth: { first: "later" } });
      socket.connect();
      const answers = await Promise.all([1, 2, 3].map((i) => ask(socket, "message-with-ack", i)));
      assert.deepEqual(answers, [1, 2, 3]);
      socket.disconnect();
    });

    test("ten that ask for one namespace at a time are in the same", async () => {
      const namespace = `/asked-${mode}-${++number}`;
      const sockets = await Promise.all(
        Array.from({ length: 10 }, (_, i) =>
          connected(server, { namespace, mode, auth: { first: i % 2 ? "later" : "yes" } }),
        ),
      );
      const heard = Promise.all(sockets.slice(1).map((socket) => nextEvent(socket, "broadcast")));
      sockets[0].emit("broadcast", "all");
      await heard;
      sockets.forEach((socket) => socket.disconnect());
      await gone(namespace);
    });

    test("a parent's emits reach the children, and rooms in them", async () => {
      const [a, b] = await Promise.all([1, 2].map(() => connected(server, { namespace: numbered(), mode })));
      await ask(b, "join", `room of ${mode}`);
      const both = Promise.all([a, b].map((socket) => nextEvent(socket, "told")));
      await ask(observer, "tell children", null, mode);
      assert.deepEqual(await both, [[null, mode], [null, mode]]);
      a.on("told", () => assert.fail("a is not in the room"));
      const one = nextEvent(b, "told");
      await ask(observer, "tell children", `room of ${mode}`, 2);
      assert.deepEqual(await one, [`room of ${mode}`, 2]);
      await ask(a, "message-with-ack", "a has heard all that was for it");
      [a, b].forEach((socket) => socket.disconnect());
    });

    test("a namespace is made by name while the server runs", async () => {
      const namespace = `/made-${mode}`;
      assert.equal((await refusal({ namespace, mode })).message, "Invalid namespace");
      await ask(observer, "make", namespace);
      const [socket, by] = await allowed(namespace, mode);
      assert.equal(by, "name");
      socket.disconnect();
      assert.equal(await ask(observer, "exists", namespace), true);
      assert.ok((await ask(observer, "new namespaces")).includes(namespace));
    });
  });
}

test("fetchSockets does not work on a parent", async () => {
  assert.equal(await ask(observer, "fetch fails"), true);
});

test("clients come and go at once: each joins, and nothing is left", async () => {
  const names = [numbered(), numbered()];
  let is_over = false;
  const told = (async () => {
    while (!is_over) await ask(observer, "tell children", null, "while they come and go");
  })();
  await Promise.all(
    Array.from({ length: 8 }, async (_, i) => {
      for (let round = 0; round < 15; round++) {
        const namespace = names[(i + round) % 2];
        const socket = await connected(server, { namespace, mode: "websocket" });
        assert.equal(await ask(socket, "message-with-ack", round), round);
        socket.disconnect();
      }
    }),
  );
  is_over = true;
  await told;
  await Promise.all(names.map(gone));
});

test("a client is in a hundred children at most", betterThanReference("any number"), async () => {
  const first = await connected(server, { namespace: numbered(), mode: "websocket" });
  const { io } = first;
  const others = Array.from({ length: 99 }, () => io.socket(numbered()));
  const joined = Promise.all(others.map((socket) => nextEvent(socket, "connect")));
  others.forEach((socket) => socket.connect());
  await joined;
  const last = io.socket(numbered());
  const refused = nextEvent(last, "connect_error");
  last.connect();
  assert.equal((await refused)[0].message, "Invalid namespace");
  io._close();
});

test("the observer leaves", () => observer.disconnect());
