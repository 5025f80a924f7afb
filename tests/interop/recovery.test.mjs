// The official client, with connection state recovery: it loses its connection and comes back as the same socket, with
// everything that it missed, each once and in order.

import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import msgpack from "socket.io-msgpack-parser";
import { eventually, nextEvent, sleep, slow } from "../support/clock.mjs";
import { ask, client, collect, connected, modes, upgraded } from "../support/client.mjs";
import { startProxy } from "../support/proxy.mjs";
import { betterThanReference, startServer } from "../support/server.mjs";

const long_ms = 60_000;
const nowhere = { host: "127.0.0.1", port: 1 };

async function start(...args) {
  const server = await startServer({ args });
  after(() => server.stop());
  return server;
}

// How soon a server notices by itself that a polling client is gone; and a client whose upgrade was cut, that it is.
const heartbeat = ["--ping-interval", String(400 * slow), "--ping-timeout", String(1500 * slow)];
const [server, patient, strict, brief, packed] = await Promise.all([
  start("--recovery", String(long_ms), ...heartbeat),
  start("--recovery", String(long_ms)),
  start("--recovery", String(long_ms), "--recovery-middlewares", ...heartbeat),
  start("--recovery", "200", ...heartbeat),
  start("--recovery", String(long_ms), "--parser", "msgpack", ...heartbeat),
]);

/** A client at a proxy, which is stopped at the end of the test. */
async function guest(t, mode, { to = server, ...options } = {}) {
  const proxy = await startProxy(to);
  const socket = await connected(proxy, { mode, ...options });
  t.after(() => (socket.disconnect(), proxy.stop()));
  if (mode === "upgrade") await upgraded(socket);
  return { proxy, socket };
}

/** Somebody whose connection lasts. */
async function resident(t, { to = server, ...options } = {}) {
  const socket = await connected(to, { mode: "websocket", ...options });
  t.after(() => socket.disconnect());
  return socket;
}

/** Cuts until the client has noticed; it cannot come back before the server is there again. */
async function lose({ proxy, socket }, cut = "cut") {
  proxy.leadTo(nowhere);
  await eventually(() => (proxy[cut](), !socket.connected), "the cut");
}

async function comeBack({ proxy, socket }, to = server) {
  const back = nextEvent(socket, "connect");
  proxy.leadTo(to);
  await back;
}

/** The server has noticed that it is gone. */
const missed = (observer, id) => eventually(() => ask(observer, "last disconnect", id), "the server to notice");

describe("a lost connection", { concurrency: true }, () => {
  for (const mode of Object.keys(modes)) {
    describe(mode, { concurrency: true }, () => {
      test("who comes back is the same: id, rooms, data; it gets what it missed, once and in order", async (t) => {
        const other = await resident(t);
        const { proxy, socket } = await guest(t, mode);
        const { id } = socket;
        const room = `room ${mode}`;
        const heard = [];
        socket.on(room, (n) => heard.push(n));
        await ask(socket, "join", room);
        await ask(socket, "set data", { name: "x" });
        assert.equal(socket.recovered, false);
        other.emit("emit to", { to: [room] }, room, 1);
        await eventually(() => heard.length === 1, "the first");
        await lose({ proxy, socket });
        await missed(other, id);
        other.emit("emit to", { to: [room] }, room, 2);
        other.emit("emit to", { to: ["another room"] }, room, "not for it");
        other.emit("emit to", { to: [id] }, room, 3, Buffer.from([1, 2, 3]));
        other.emit("emit to", { except: [room] }, room, "not for it");
        await ask(other, "rooms");
        await comeBack({ proxy, socket });
        assert.equal(socket.recovered, true);
        assert.equal(await ask(socket, "recovered"), true);
        assert.equal(socket.id, id);
        assert.deepEqual((await ask(socket, "rooms")).sort(), [id, room].sort());
        assert.deepEqual(await ask(socket, "get data"), { name: "x" });
        other.emit("emit to", { to: [room] }, room, 4);
        await eventually(() => heard.length >= 4, "all of them");
        assert.deepEqual(heard, [1, 2, 3, 4]);
      });

      test("who is away too long gets a new socket", async (t) => {
        const other = await resident(t, { to: brief });
        const { proxy, socket } = await guest(t, mode, { to: brief });
        const { id } = socket;
        await ask(socket, "message-with-ack", 1);
        await lose({ proxy, socket });
        await missed(other, id);
        await sleep(400);
        await comeBack({ proxy, socket }, brief);
        assert.equal(socket.recovered, false);
        assert.notEqual(socket.id, id);
        assert.equal(await ask(socket, "recovered"), false);
      });

      test("who leaves does not come back", async (t) => {
        const { socket } = await guest(t, mode);
        const { id } = socket;
        await ask(socket, "message-with-ack", 1);
        socket.disconnect();
        const back = nextEvent(socket, "connect");
        socket.connect();
        await back;
        assert.equal(socket.recovered, false);
        assert.notEqual(socket.id, id);
      });

      test("middlewares are skipped, if that is not excluded", async (t) => {
        for (const [to, outcome] of [
          [server, "recovered"],
          [strict, "no"],
        ]) {
          const other = await resident(t, { to });
          const { proxy, socket } = await guest(t, mode, { to });
          const { id } = socket;
          const outcomes = [];
          await ask(socket, "message-with-ack", 1);
          await lose({ proxy, socket });
          await missed(other, id);
          socket.on("connect_error", (error) => outcomes.push(error.message));
          socket.on("connect", () => outcomes.push(socket.recovered && "recovered"));
          socket.auth = { refuse: "no" };
          proxy.leadTo(to);
          await eventually(() => outcomes.includes(outcome), outcome);
        }
      });

      test("with the msgpack parser too", async (t) => {
        const other = await resident(t, { to: packed, parser: msgpack });
        const { proxy, socket } = await guest(t, mode, { to: packed, parser: msgpack });
        const { id } = socket;
        const heard = [];
        socket.on("n", (...args) => heard.push(args));
        other.emit("emit to", { to: [id] }, "n", 1);
        await eventually(() => heard.length === 1, "the first");
        await lose({ proxy, socket });
        await missed(other, id);
        other.emit("emit to", { to: [id] }, "n", 2, Buffer.from([1, 2, 3]));
        await ask(other, "rooms");
        await comeBack({ proxy, socket }, packed);
        await eventually(() => heard.length === 2, "what it missed");
        assert.ok(socket.recovered && socket.id === id);
        assert.deepEqual(heard.map((args) => args.slice(0, -1)), [[1], [2, Buffer.from([1, 2, 3])]]);
        assert.ok(heard[0].at(-1) < heard[1].at(-1), "offsets ascend");
      });

      test("each namespace of a connection comes back", async (t) => {
        const other = await resident(t);
        const { proxy, socket } = await guest(t, mode);
        const custom = socket.io.socket("/custom").connect();
        await nextEvent(custom, "connect");
        await ask(custom, "message-with-ack", 1);
        const ids = [socket.id, custom.id];
        await lose({ proxy, socket });
        await missed(other, ids[0]);
        const back = nextEvent(custom, "connect");
        await comeBack({ proxy, socket });
        await back;
        assert.ok(socket.recovered && custom.recovered);
        assert.deepEqual([socket.id, custom.id], ids);
      });

      test(
        "who has received nothing comes back too",
        betterThanReference("without an offset there is no recovery"),
        async (t) => {
          const other = await resident(t, { namespace: "/quiet" });
          const { proxy, socket } = await guest(t, mode, { namespace: "/quiet" });
          const { id } = socket;
          const told = collect(socket, "told", 1);
          await lose({ proxy, socket });
          await ask(other, "tell all", "x");
          await comeBack({ proxy, socket });
          assert.ok(socket.recovered && socket.id === id);
          assert.equal((await told)[0][0], "x");
        },
      );

      test(
        "who is back before the server has noticed its loss takes its socket over",
        betterThanReference("what is still connected cannot be recovered"),
        async (t) => {
          const other = await resident(t, { to: patient });
          const { proxy, socket } = await guest(t, mode, { to: patient });
          const { id } = socket;
          const room = `half ${mode}`;
          const heard = [];
          socket.on(room, (n) => heard.push(n));
          await ask(socket, "join", room);
          for (let i = 0; i < 5; i++) {
            await lose({ proxy, socket }, "abandon");
            other.emit("emit to", { to: [room] }, room, 2 * i); // on its way to nobody
            await ask(other, "rooms");
            await comeBack({ proxy, socket }, patient);
            assert.ok(socket.recovered && socket.id === id);
            other.emit("emit to", { to: [room] }, room, 2 * i + 1);
          }
          await eventually(() => heard.length >= 10, "all of them");
          assert.deepEqual(heard, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
          assert.equal(await ask(other, "last disconnect", id), "forced close");
        },
      );

      test(
        "the answer comes before what was missed",
        betterThanReference("the other way round: a replay is played twice when the link dies in between"),
        async (t) => {
          const other = await resident(t);
          const { proxy, socket } = await guest(t, mode);
          const { id } = socket;
          const name = `first ${mode}`;
          const packets = [];
          await ask(socket, "message-with-ack", 1);
          await lose({ proxy, socket });
          await missed(other, id);
          other.emit("emit to", { to: [id] }, name, 1);
          await ask(other, "rooms");
          socket.io.on("open", () => socket.io.engine.on("data", (data) => packets.push(String(data))));
          await comeBack({ proxy, socket });
          await eventually(() => packets.some((packet) => packet.includes(name)), "the missed one");
          const first = packets.findIndex((packet) => packet.startsWith('0{"sid":'));
          assert.ok(first >= 0 && first < packets.findIndex((packet) => packet.includes(name)));
        },
      );

      test(
        "a volatile event that ends with a text does no harm",
        betterThanReference("its client takes the text for an offset"),
        async (t) => {
          const other = await resident(t);
          const { proxy, socket } = await guest(t, mode);
          const { id } = socket;
          await eventually(async () => {
            const heard = nextEvent(socket, "typing", 500).catch(() => null);
            other.emit("emit to", { to: [id], volatile: true }, "typing", "alice");
            return heard;
          }, "a volatile event");
          await lose({ proxy, socket });
          await comeBack({ proxy, socket });
          assert.ok(socket.recovered && socket.id === id);
        },
      );
    });
  }

  // Numbers are sent to a client in three ways, from two connections of others, while it loses its connection again and
  // again, with and without the server being told, at any moment of its coming back.
  describe("a link that is cut again and again", { concurrency: true }, () => {
    for (const mode of Object.keys(modes)) {
      test(
        `${mode}: every number arrives exactly once and in order`,
        betterThanReference("what is on its way while the link dies is lost or played twice"),
        async (t) => {
          const senders = [await resident(t), await resident(t)];
          const { proxy, socket } = await guest(t, mode, { timeout: 500 * slow });
          const { id } = socket;
          const heard = [[], []];
          const offsets = [];
          const recovered = [];
          socket.on(`stress ${id}`, (from, n, offset) => {
            heard[from].push(n);
            offsets.push(offset);
          });
          socket.on("connect", () => recovered.push(socket.recovered && socket.id === id));
          await ask(socket, "join", `stress ${mode}`);
          const targets = [{ to: [`stress ${mode}`] }, {}, { to: [id, `stress ${mode}`] }];
          const sent = [0, 0];
          const timer = setInterval(() => {
            const from = Math.random() < 0.5 ? 0 : 1;
            for (let i = Math.random() * 4; i > 0; i--, sent[from]++) {
              senders[from].emit("emit to", targets[sent[from] % 3], `stress ${id}`, from, sent[from]);
            }
          }, 2);
          for (let cuts = 0; cuts < 25; cuts++) {
            await sleep(Math.random() * 120);
            if (cuts % 3 === 0) proxy.abandon();
            else proxy.cut();
          }
          clearInterval(timer);
          await eventually(() => heard[0].length >= sent[0] && heard[1].length >= sent[1], "all of them");
          const wanted = sent.map((count) => Array.from({ length: count }, (_, i) => i));
          assert.deepEqual(heard, wanted);
          assert.deepEqual(offsets, [...offsets].sort(), "offsets ascend");
          assert.equal(new Set(offsets).size, offsets.length);
          assert.ok(recovered.length > 0 && recovered.every(Boolean), "it is always the same");
        },
      );
    }
  });
});
