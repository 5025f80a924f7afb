// The official client: events to many that are acknowledged.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { slow } from "../support/clock.mjs";
import { ask, client, connected, modes } from "../support/client.mjs";
import { betterThanReference } from "../support/server.mjs";
import { serverForFile } from "../support/suite.mjs";

const server = await serverForFile();
const all_modes = Object.keys(modes);
const long_ms = 20_000 * slow;
const timed_out = "operation has timed out";

/** Clients in a room of their own, over all transports; they answer with what `answer` makes. */
async function group(room, count, answer) {
  const sockets = await Promise.all(
    Array.from({ length: count }, (_, i) => connected(server, { mode: all_modes[i % 3] })),
  );
  await Promise.all(sockets.map((socket) => ask(socket, "join", room)));
  sockets.forEach((socket, i) => socket.on("question", (value, ack) => answer(i, ack, value)));
  return sockets;
}

const leave = (sockets) => sockets.forEach((socket) => socket.disconnect());

describe("acks of many", { concurrency: true }, () => {
  test("the first argument of each answer, over all transports", async () => {
    const sockets = await group("first", 6, (i, ack, value) => ack({ i, value }, "second"));
    const [error, answers] = await ask(sockets[0], "ask all", { to: ["first"] }, long_ms, "x");
    assert.equal(error, null);
    assert.deepEqual(
      answers.sort((a, b) => a.i - b.i),
      sockets.map((_, i) => ({ i, value: "x" })),
    );
    leave(sockets);
  });

  test("in the order in which they come", async () => {
    const sockets = await group("order", 3, (i, ack) => setTimeout(ack, 100 * slow * (3 - i), i));
    const got = await ask(sockets[0], "ask all", { to: ["order"] }, long_ms, null);
    assert.deepEqual(got, [null, [2, 1, 0]]);
    leave(sockets);
  });

  test("who is excepted is neither asked nor waited for", async () => {
    const sockets = await group("except", 4, (i, ack) => ack(i));
    await ask(sockets[3], "join", "left out");
    const target = { to: ["except"], except: ["left out"], others: true, local: true };
    const [error, answers] = await ask(sockets[0], "ask all", target, long_ms, null);
    assert.deepEqual([error, answers.sort()], [null, [1, 2]]);
    leave(sockets);
  });

  test("nobody there: an empty result at once", async () => {
    const [socket] = await group("empty", 1, () => {});
    assert.deepEqual(await ask(socket, "ask all", { to: ["nowhere"] }, long_ms, null), [null, []]);
    assert.deepEqual(await ask(socket, "ask all", { to: ["empty"], others: true }, long_ms, null), [null, []]);
    leave([socket]);
  });

  test("after the timeout: what has come, and a late answer is ignored", async () => {
    let late;
    const sockets = await group("late", 3, (i, ack) => (i === 1 ? (late = ack) : ack(i)));
    const [error, answers] = await ask(sockets[0], "ask all", { to: ["late"] }, 300 * slow, null);
    assert.deepEqual([error, answers.sort()], [timed_out, [0, 2]]);
    late("too late");
    assert.equal(await ask(sockets[1], "message-with-ack", "lives"), "lives");
    leave(sockets);
  });

  test("binary both ways, and an answer without a value", async () => {
    const sockets = await group("binary", 2, (i, ack, value) => (i === 0 ? ack(value, "more") : ack()));
    const value = Buffer.from([1, 0, 255]);
    const [error, answers] = await ask(sockets[0], "ask all", { to: ["binary"] }, long_ms, value);
    assert.equal(error, null);
    assert.deepEqual(
      answers.sort((one) => (one === null ? 1 : -1)),
      [value, null],
    );
    leave(sockets);
  });

  test("several questions at once do not mix", async () => {
    const sockets = await group("several", 5, (i, ack, value) => setTimeout(ack, (i * value) % 7, value));
    const questions = Array.from({ length: 20 }, (_, n) =>
      ask(sockets[n % 5], "ask all", { to: ["several"] }, long_ms, n),
    );
    for (const [n, got] of (await Promise.all(questions)).entries()) {
      assert.deepEqual(got, [null, Array(5).fill(n)]);
    }
    leave(sockets);
  });

  test(
    "who disconnects is not waited for",
    betterThanReference("waits for the timeout of a broadcast whose client has gone"),
    async () => {
      const sockets = await group("gone", 4, (i, ack) => {
        if (i === 1) sockets[1].disconnect();
        else if (i === 2) sockets[2].io.engine.close();
        else ack(i);
      });
      const [error, answers] = await ask(sockets[0], "ask all", { to: ["gone"] }, long_ms, null);
      assert.deepEqual([error, answers.sort()], [null, [0, 3]]);
      leave(sockets);
    },
  );

  test(
    "clients that come and go meanwhile: every question is answered, by those who stay",
    betterThanReference("waits for the timeout of a broadcast whose client has gone"),
    async () => {
      const stay = await group("busy", 4, (i, ack) => ack(i));
      let is_over = false;
      async function come_and_go(mode) {
        while (!is_over) {
          const guest = client(server, { mode });
          guest.on("question", (_, ack) => (Math.random() < 0.5 ? ack("guest") : guest.disconnect()));
          guest.connect();
          await new Promise((resolve) => guest.once("connect", resolve));
          await Promise.race([ask(guest, "join", "busy").catch(() => {}), new Promise((r) => guest.once("disconnect", r))]);
          guest.disconnect();
        }
      }
      const guests = [...all_modes, ...all_modes].map(come_and_go);
      for (let n = 0; n < 40; n++) {
        const [error, answers] = await ask(stay[n % 4], "ask all", { to: ["busy"] }, long_ms, n);
        assert.equal(error, null);
        assert.deepEqual(answers.filter((one) => one !== "guest").sort(), [0, 1, 2, 3]);
        if (n % 10 === 0) assert.ok((await ask(stay[0], "fetch", { to: ["busy"] })).length >= 4);
      }
      is_over = true;
      await Promise.all(guests);
      leave(stay);
    },
  );
});
