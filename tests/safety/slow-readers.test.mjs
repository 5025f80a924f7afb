// Clients that do not read what their room gets, or not fast enough: volatile first, then close (docs/LIMITS.md).

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { attack } from "../support/attack.mjs";
import { slow } from "../support/clock.mjs";
import { resident_bytes } from "../support/cpu.mjs";
import { disconnectReason, joinedSession } from "../support/engine.mjs";
import { betterThanReference, is_reference, startServer } from "../support/server.mjs";

const under_tools = Boolean(process.env.PARLEY_WRAP) || /asan|tsan/.test(process.env.PARLEY_SERVER ?? "");
const bytes = 100_000;
const text = "x".repeat(bytes);
const count = under_tools ? 150 : 1000; // 100 MB; under tools still more than the kernel's buffers hold
const limit = { args: ["--max-queue", "1000000"], ...betterThanReference("has no limit") };
const last = (numbers) => numbers.at(-1) ?? -1;

async function member(server, room, transport = "websocket") {
  const session = await joinedSession(server, transport);
  await session.send(`421["join","${room}"]`);
  await session.expect("431[]");
  return session;
}

/** It asks for nothing any more, or takes nothing off its socket. */
const stopReading = (session) => session.ws?.connection.pause();

const messages = {
  plain: (room, i) => [`42["to room","${room}","${i} ${text}"]`, `42["to room","${i} `],
  volatile: (room, i) => [`42["emit to",{"to":["${room}"],"volatile":true},"told","${i} ${text}"]`, `42["told","${i} `],
};

/** Sends `count` messages to the room; each goes to `reader` before the next. Memory must stay flat. */
async function flood(server, room, reader, { kind = "plain", during = () => {} } = {}) {
  const writer = await joinedSession(server, "websocket");
  const before = resident_bytes(server.pid);
  for (let i = 0; i < count; i++) {
    const [sent, expected] = messages[kind](room, i);
    await writer.send(sent);
    const got = await reader.next(60_000);
    assert.ok(got.startsWith(expected) && got.length >= bytes, got.slice(0, 40));
    if (i % 50 === 0) {
      await during(i);
      const grown = resident_bytes(server.pid) - before;
      if (!under_tools) assert.ok(grown < 6e6, `${grown} bytes more after ${i} messages`);
    }
  }
  writer.destroy();
}

/** The numbers of the messages that were on their way to it: without a gap from `first` on. */
async function readRest(session, first = 0) {
  const numbers = [];
  session.ws.connection.resume();
  const end = await session.ws.ending();
  for (const { data } of session.ws.pending) {
    const found = /^42\["to room","(\d+) /.exec(data);
    if (found) numbers.push(Number(found[1]));
  }
  assert.deepEqual(numbers, Array.from(numbers, (_, i) => first + i));
  assert.ok([1005, 1006].includes(end.code), `code ${end.code}`);
  return numbers;
}

/** Closed for it, and the log says so of this one alone. */
async function assertClosed(server, session, transport) {
  assert.equal(await disconnectReason(server, session.id), "transport error");
  const lines = server.output().split("\n").filter((line) => line.includes("reads too slowly"));
  assert.equal(lines.length, 1, server.output());
  const found = /session (\S+) \((\w+), 127\.0\.0\.1\) .* closed with (\d+) bytes waiting, of 1000000 \(max_queue_bytes\)/.exec(lines[0]);
  assert.deepEqual(found?.slice(1, 3), [session.sid, transport], lines[0]);
  assert.ok(Number(found[3]) > 1_000_000 - bytes - 1000 && Number(found[3]) <= 1_000_000, lines[0]);
}

describe("slow readers", () => {
  for (const transport of ["websocket", "upgraded", "polling"]) {
    attack(`a member that never reads over ${transport}, in a busy room: closed at the limit of its queue, the others get everything, memory is flat`,
      limit,
      async ({ server, idle }) => {
        const lazy = await member(server, "busy", transport);
        const reader = await member(server, "busy");
        stopReading(lazy);
        await flood(server, "busy", reader);
        await assertClosed(server, lazy, lazy.ws ? "websocket" : "polling");
        await idle();
        if (lazy.ws) assert.ok(last(await readRest(lazy)) < count - 1);
        else assert.deepEqual([(await lazy.get()).text], ['{"code":1,"message":"Session ID unknown"}']);
        [lazy, reader].forEach((session) => session.destroy());
      });
  }

  attack("a member that reads a little now and then, in a busy room: closed by the same rule", limit,
    async ({ server }) => {
      const lazy = await member(server, "busy");
      const reader = await member(server, "busy");
      const { connection } = lazy.ws;
      stopReading(lazy);
      // What one look takes off the socket: 64 KB for each 5 MB that come.
      const look = async () => {
        const some = new Promise((resolve) => connection.socket.once("data", resolve));
        connection.resume();
        await Promise.race([some, connection.gone]);
        connection.pause();
      };
      await flood(server, "busy", reader, { during: look });
      await assertClosed(server, lazy, "websocket");
      assert.ok((await readRest(lazy)).length > 0);
      [lazy, reader].forEach((session) => session.destroy());
    });

  for (const transport of ["websocket", "polling"]) {
    attack(`100 MB of volatile messages to a member that never reads over ${transport}: dropped, it stays`, limit,
      async ({ server }) => {
        const lazy = await member(server, "busy", transport);
        const reader = await member(server, "busy");
        stopReading(lazy);
        await flood(server, "busy", reader, { kind: "volatile" });
        const writer = await joinedSession(server, "websocket");
        await writer.send('42["to room","busy","the end"]');
        lazy.ws?.connection.resume();
        let got;
        const numbers = [];
        while ((got = await lazy.next(60_000)) !== '42["to room","the end"]') numbers.push(Number(/^42\["told","(\d+) /.exec(got)[1]));
        assert.ok(numbers.length < count, `${numbers.length} messages came`);
        assert.deepEqual(numbers, [...numbers].sort((a, b) => a - b));
        assert.doesNotMatch(server.output(), /reads too slowly/);
        [lazy, reader, writer].forEach((session) => session.destroy());
      });
  }

  test("a client alone on its server that asks for 100 MB at once and does not read: closed, memory is flat",
    betterThanReference("has no limit"), async () => {
      const server = await startServer({ args: limit.args });
      const lazy = await joinedSession(server, "websocket");
      const before = resident_bytes(server.pid);
      stopReading(lazy);
      await lazy.send(`421["flood",${count},"${text}"]`);
      await assertClosed(server, lazy, "websocket");
      const grown = resident_bytes(server.pid) - before;
      if (!under_tools) assert.ok(grown < 6e6, `${grown} bytes more`);
      lazy.destroy();
      await server.stop();
    });

  test("who reads so slowly that no ping comes through in time: ping timeout", { skip: is_reference && "too slow there" }, async () => {
    const server = await startServer({ args: ["--ping-interval", String(300 * slow), "--ping-timeout", String(300 * slow), "--max-queue", "100000000"] });
    const lazy = await joinedSession(server, "websocket");
    stopReading(lazy);
    await lazy.send(`42["flood",100,"${text}"]`);
    assert.equal(await disconnectReason(server, lazy.id), "ping timeout");
    lazy.destroy();
    await server.stop();
  });

  // Both rooms in one run, so that a busy machine slows both. What is compared are medians.
  attack("beside members that do not read, others are answered as fast as without them", limit, async ({ server, t }) => {
    const readers = { with: await member(server, "with"), without: await member(server, "without") };
    const writer = await joinedSession(server, "websocket");
    const times_ms = { with: [], without: [] };
    const lazy = [];
    const body = text.slice(0, 20_000);
    for (let i = 0; i < 2 * count; i++) {
      // Each is closed after some 5 MB; then the next one comes.
      if (i % 400 === 0) stopReading(lazy[lazy.push(await member(server, "with")) - 1]);
      const room = i % 20 < 10 ? "with" : "without";
      const start = performance.now();
      await writer.send(`42["to room","${room}","${i} ${body}"]`);
      assert.ok((await readers[room].next(60_000)).startsWith(`42["to room","${i} `));
      times_ms[room].push(performance.now() - start);
    }
    const at = (room, share) => times_ms[room].sort((a, b) => a - b)[Math.floor(times_ms[room].length * share)];
    for (const room of ["with", "without"]) {
      t.diagnostic(`${room} slow readers: p50 ${at(room, 0.5).toFixed(2)} ms, p99 ${at(room, 0.99).toFixed(2)} ms`);
    }
    assert.ok(at("with", 0.5) < 3 * at("without", 0.5) + slow, "the median is another one");
    [...lazy, writer, ...Object.values(readers)].forEach((session) => session.destroy());
  });
});
