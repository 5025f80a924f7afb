// The official client and what a server listens to: listeners of one socket, catch-alls, middlewares of events, errors.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, test } from "node:test";
import { nextEvent } from "../support/clock.mjs";
import { ask, connected, modes, upgraded } from "../support/client.mjs";
import { openSession } from "../support/engine.mjs";
import { serverForFile } from "../support/suite.mjs";

const server = await serverForFile();

/** A client of /listeners whose records are its own. */
async function join(mode, options) {
  const socket = await connected(server, { namespace: "/listeners", mode, auth: { who: randomUUID() }, ...options });
  if (mode === "upgrade") await upgraded(socket);
  return socket;
}

const who = (socket) => socket.auth.who;
const listen = (socket, verb, label, event) => ask(socket, "listen", verb, label, event);

/** What was recorded since the last call, as [label, what]; without those of every socket if labels are given. */
async function records(socket, ...labels) {
  const all = await ask(socket, "records", who(socket));
  return labels.length ? all.filter(([label]) => labels.includes(label)) : all;
}

for (const mode of Object.keys(modes)) {
  describe(mode, () => {
    test("an event passes catch-alls, middlewares, listeners: those of all sockets, then those of one", async () => {
      const socket = await join(mode);
      await listen(socket, "on", "own", "x");
      await listen(socket, "on", "own too", "x");
      await listen(socket, "any", "any");
      await listen(socket, "use", "use");
      socket.emit("x", 1, { a: [null] });
      assert.deepEqual(
        await records(socket),
        ["all any", "any", "all use", "use", "all", "own", "own too"].map((label) => [label, ["x", 1, { a: [null] }]]),
      );
      socket.disconnect();
    });

    test("prepended catch-alls come first", async () => {
      const socket = await join(mode);
      for (const [verb, label] of [["any", "b"], ["prepend any", "a"], ["sent", "d"], ["prepend sent", "c"]]) await listen(socket, verb, label);
      const sent = nextEvent(socket, "y");
      await ask(socket, "emit", {}, "y", 1);
      socket.emit("x");
      await sent;
      const labels = (await records(socket, "a", "b", "c", "d")).map(([label]) => label);
      assert.deepEqual(labels, ["c", "d", "a", "b"]);
      socket.disconnect();
    });

    test("once is once, off takes one off, or all of an event", async () => {
      const socket = await join(mode);
      await listen(socket, "once", "once", "x");
      for (const label of ["a", "b", "a"]) await listen(socket, "on", label, "x");
      await listen(socket, "on", "c", "y");
      socket.emit("x");
      assert.equal(await listen(socket, "off", "a", "x"), true);
      assert.equal(await listen(socket, "off", "nobody", "x"), false);
      socket.emit("x");
      assert.deepEqual((await records(socket, "once", "a", "b")).map(([label]) => label), ["once", "a", "b", "a", "a", "b"]);
      assert.equal(await listen(socket, "off", null, "y"), true);
      socket.emit("y");
      assert.deepEqual(await records(socket, "c"), []);
      socket.disconnect();
    });

    test("what a socket listens to can be counted, and all of it taken off", async () => {
      const socket = await join(mode);
      assert.deepEqual(await ask(socket, "listeners"), { events: {}, any: 0, sent: 0 });
      for (const event of ["a", "b", "b", "ü"]) await listen(socket, "on", "one", event);
      await listen(socket, "once", "one", "a");
      await listen(socket, "any", "one");
      await listen(socket, "sent", "one");
      await listen(socket, "sent", "two");
      assert.deepEqual(await ask(socket, "listeners"), { events: { a: 2, b: 2, ü: 1 }, any: 1, sent: 2 });
      await listen(socket, "off any", "one");
      for (const label of ["one", "two"]) await listen(socket, "off sent", label);
      await listen(socket, "off all");
      assert.deepEqual(await ask(socket, "listeners"), { events: {}, any: 0, sent: 0 });
      socket.disconnect();
    });

    test("a catch-all may answer an event that nobody else knows", async () => {
      const socket = await join(mode);
      await listen(socket, "any", "answers");
      assert.equal(await ask(socket, "unknown", Buffer.from("abc")), "answers");
      assert.deepEqual(await records(socket, "answers"), [["answers", ["unknown", { bytes: 3 }]]]);
      socket.disconnect();
    });

    test("what is sent is heard: to one, to all, what is dropped; acks are not", async () => {
      const [socket, other] = await Promise.all([join(mode), join(mode)]);
      await listen(socket, "sent", "sent");
      assert.deepEqual(await records(socket), []);
      const heard = nextEvent(other, "to all");
      await ask(socket, "emit", {}, "to one", { n: 1 });
      await ask(socket, "emit", { volatile: true }, "volatile");
      await ask(other, "emit to all", {}, "to all", 2);
      assert.deepEqual(await heard, [2]);
      await listen(socket, "off sent", "sent");
      await ask(socket, "emit", {}, "after", 3);
      const told = await records(socket);
      const about = (label) => told.filter(([of]) => of === label).map(([, what]) => what);
      assert.deepEqual(about("sent"), [["to one", { n: 1 }], ["volatile"], ["to all", 2]]);
      assert.deepEqual(about("all sent"), [...about("sent"), ["after", 3]]);
      assert.deepEqual(await records(other), [["all sent", ["to all", 2]]]);
      for (const one of [socket, other]) one.disconnect();
    });

    test("a refused event is dropped and becomes an error; its client hears nothing", async () => {
      const socket = await join(mode);
      await listen(socket, "error", "error");
      await listen(socket, "use", "never");
      await assert.rejects(socket.timeout(200).emitWithAck("x", { refuse: "not now", data: { code: 7 } }), /timed out/);
      const error = { message: "not now", data: { code: 7 } };
      assert.deepEqual((await records(socket)).slice(-2), [["all error", error], ["error", error]]);
      socket.emit("x", "next");
      const labels = (await records(socket)).map(([label]) => label);
      assert.deepEqual(labels, ["all any", "all use", "never", "all"]);
      socket.disconnect();
    });

    test("a middleware goes on with other arguments: those behind it get them, its ack is the same", async () => {
      const socket = await join(mode);
      await listen(socket, "use", "use");
      await listen(socket, "on", "answers", "x");
      assert.equal(await ask(socket, "x", { change: { n: 1 } }, Buffer.alloc(2000)), "answers");
      const [before, after] = [["x", { change: { n: 1 } }, { bytes: 2000 }], ["x", { n: 1 }]];
      assert.deepEqual(await records(socket), [["all any", before], ["all use", before], ["use", after], ["all", after], ["answers", after]]);
      socket.disconnect();
    });

    test("an event that waits for a middleware is overtaken, and keeps its binary and its ack", async () => {
      const socket = await join(mode);
      await listen(socket, "on", "answers", "slow");
      await listen(socket, "on", "answers", "quick");
      const slow = ask(socket, "slow", { wait: true }, Buffer.alloc(2000));
      assert.equal(await ask(socket, "quick", 1), "answers");
      assert.equal(await ask(socket, "release", who(socket)), 1);
      assert.equal(await slow, "answers");
      assert.deepEqual(await records(socket, "answers"), [
        ["answers", ["quick", 1]],
        ["answers", ["slow", { wait: true }, { bytes: 2000 }]],
      ]);
      socket.disconnect();
    });

    test("an event that waits is dropped when its client leaves", async () => {
      const [socket, other] = await Promise.all([join(mode), join(mode)]);
      await listen(socket, "on", "slow", "slow");
      socket.emit("slow", { wait: true });
      await ask(socket, "listeners");
      const told = await records(socket);
      socket.disconnect();
      while (told.length < 4) told.push(...(await ask(other, "records", who(socket))));
      assert.equal(await ask(other, "release", who(socket)), 1);
      await ask(other, "listeners");
      told.push(...(await ask(other, "records", who(socket))));
      const labels = told.map(([label]) => label);
      assert.deepEqual(labels, ["all any", "all use", "all end", "all end"]);
      other.disconnect();
    });

    test("an event named error is one for the error listeners", async () => {
      const socket = await join(mode);
      assert.equal(await ask(socket, "error", "mine", 2), "error");
      assert.deepEqual((await records(socket)).at(-1), ["all error", ["mine", 2]]);
      assert.equal(socket.connected, true);
      socket.disconnect();
    });

    test("what is no packet becomes an error before the end", async () => {
      const [socket, other] = await Promise.all([join(mode, { reconnection: false }), join(mode)]);
      await listen(socket, "error", "error");
      await records(socket);
      const ended = nextEvent(socket, "disconnect");
      socket.io.engine.write("2/listeners,[");
      await ended;
      const told = await ask(other, "records", who(socket));
      assert.deepEqual(told, [
        ["all error", { message: "invalid payload" }],
        ["error", { message: "invalid payload" }],
        ["all end", ["disconnecting", "forced close"]],
        ["all end", ["disconnect", "forced close"]],
      ]);
      other.disconnect();
    });

    test("a socket hears of its own end after the listeners of all", async () => {
      const [socket, other] = await Promise.all([join(mode), join(mode)]);
      await listen(socket, "end", "end");
      await records(socket);
      socket.disconnect();
      const told = [];
      while (told.length < 4) told.push(...(await ask(other, "records", who(socket))));
      const reason = "client namespace disconnect";
      assert.deepEqual(told, [
        ["all end", ["disconnecting", reason]],
        ["end", ["disconnecting", reason]],
        ["all end", ["disconnect", reason]],
        ["end", ["disconnect", reason]],
      ]);
      other.disconnect();
    });
  });
}

for (const to of ["emit", "emit to all"]) {
  for (const [compress, expected] of [[undefined, "gzip"], [true, "gzip"], [false, undefined]]) {
    test(`a polling answer with nothing but ${to} with compress ${compress}: ${expected ?? "as it is"}`, async () => {
      const session = await openSession(server, "polling");
      await session.send("40/listeners,");
      assert.match(await session.next(), /^40\/listeners,/);
      const text = randomUUID() + "x".repeat(2000);
      await session.send(`42/listeners,["${to}",${JSON.stringify({ compress })},"long","${text}"]`);
      const { headers } = await session.get({ headers: { "Accept-Encoding": "gzip" } });
      assert.equal(headers["content-encoding"], expected);
    });
  }
}
