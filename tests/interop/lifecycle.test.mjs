// The official client: how connections end, and how they come back.

import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { eventually, nextEvent, sleep, slow } from "../support/clock.mjs";
import { ask, client, connected, modes, upgraded } from "../support/client.mjs";
import { startProxy } from "../support/proxy.mjs";
import { startServer } from "../support/server.mjs";

const heartbeat = ["--ping-interval", String(300 * slow), "--ping-timeout", String(3000 * slow)];
const server = await startServer({ args: heartbeat });
after(() => server.stop());

const nowhere = { host: "127.0.0.1", port: 1 };

for (const mode of Object.keys(modes)) {
  describe(mode, { concurrency: true }, () => {
    test("the server disconnects: io server disconnect, and no reconnection", async () => {
      for (const close of [false, true]) {
        const socket = await connected(server, { mode });
        const gone = nextEvent(socket, "disconnect");
        socket.emit("disconnect me", close);
        assert.equal((await gone)[0], "io server disconnect");
        await sleep(300);
        assert.equal(socket.connected, false);
        const back = nextEvent(socket, "connect");
        socket.connect();
        await back;
        assert.equal(await ask(socket, "message-with-ack", 1), 1);
        socket.disconnect();
      }
    });

    test("the client disconnects: io client disconnect here, client namespace disconnect there", async () => {
      const socket = await connected(server, { mode });
      const observer = await connected(server, { mode: "websocket" });
      const { id } = socket;
      const gone = nextEvent(socket, "disconnect");
      socket.disconnect();
      assert.equal((await gone)[0], "io client disconnect");
      const reason = await eventually(() => ask(observer, "last disconnect", id), "reason");
      assert.equal(reason, "client namespace disconnect");
      observer.disconnect();
    });

    test("the connection is cut: the client comes back with a new id and sends what waited", async () => {
      const proxy = await startProxy(server);
      const observer = await connected(server, { mode: "websocket" });
      const socket = await connected(proxy, { mode });
      if (mode === "upgrade") await upgraded(socket);
      await ask(socket, "message-with-ack", "settled");
      await sleep(100);
      const { id } = socket;
      const gone = nextEvent(socket, "disconnect");
      const back = nextEvent(socket, "connect");
      // The next poll may be on its way here: cut until the client has noticed. It must not come back
      // meanwhile, or the last cut may lose what it sends.
      proxy.leadTo(nowhere);
      await eventually(() => (proxy.cut(), !socket.connected), "the cut");
      const [reason] = await gone;
      assert.equal(reason, mode === "polling" ? "transport error" : "transport close");
      const answered = nextEvent(socket, "message-back");
      socket.emit("message", "kept while away");
      proxy.leadTo(server);
      await back;
      assert.notEqual(socket.id, id);
      assert.deepEqual(await answered, ["kept while away"]);
      const there = await eventually(() => ask(observer, "last disconnect", id), "reason");
      // A polling client that was cut between two polls is noticed by the heartbeat alone, or says
      // itself that it gives up.
      const polling_reasons = ["transport error", "ping timeout", "transport close"];
      const expected = mode === "polling" ? polling_reasons : ["transport close"];
      assert.ok(expected.includes(there), there);
      socket.disconnect();
      observer.disconnect();
      await proxy.stop();
    });

    test("nothing passes any more: ping timeout on both sides", async () => {
      const brief = await startServer({
        args: ["--ping-interval", String(300 * slow), "--ping-timeout", String(700 * slow)],
      });
      const proxy = await startProxy(brief);
      const socket = await connected(proxy, { mode, reconnection: false });
      if (mode === "upgrade") await upgraded(socket);
      const observer = await connected(brief, { mode: "websocket" });
      const { id } = socket;
      const gone = nextEvent(socket, "disconnect");
      proxy.freeze();
      assert.equal((await gone)[0], "ping timeout");
      const there = await eventually(
        () => (observer.connected ? ask(observer, "last disconnect", id) : null),
        "reason",
      );
      assert.equal(there, "ping timeout");
      observer.disconnect();
      socket.disconnect();
      await proxy.stop();
      await brief.stop();
    });

    test("the server stops: transport close; it is back: the client too", async () => {
      const first = await startServer({ args: heartbeat });
      const proxy = await startProxy(first);
      const socket = await connected(proxy, { mode });
      if (mode === "upgrade") await upgraded(socket);
      const second = await startServer({ args: heartbeat });
      await ask(socket, "message-with-ack", "settled");
      await sleep(100);
      const gone = nextEvent(socket, "disconnect");
      const back = nextEvent(socket, "connect");
      proxy.leadTo(second);
      await first.stop();
      // Between two polls there is nothing to tell it with.
      const expected = mode === "polling" ? ["transport close", "transport error"] : ["transport close"];
      const [reason] = await gone;
      assert.ok(expected.includes(reason), reason);
      await back;
      assert.equal(await ask(socket, "message-with-ack", "hello again"), "hello again");
      socket.disconnect();
      await proxy.stop();
      await second.stop();
    });

    test("a client lives through many heartbeats", async () => {
      const socket = await connected(server, { mode });
      let pings = 0;
      socket.io.on("ping", () => pings++);
      await eventually(() => pings >= 4, "four pings");
      assert.equal(await ask(socket, "message-with-ack", 1), 1);
      socket.disconnect();
    });

    test("1000 messages while the connection comes up: none lost, none twice, in order", async () => {
      const socket = client(server, { mode });
      const got = [];
      socket.on("message-back", (i) => got.push(i));
      socket.connect();
      for (let i = 0; i < 1000; i++) {
        socket.emit("message", i);
        if (i % 50 === 0) await sleep(5);
      }
      await eventually(() => got.length >= 1000, "1000 answers");
      assert.deepEqual(got, Array.from({ length: 1000 }, (_, i) => i));
      if (mode === "upgrade") await upgraded(socket);
      socket.disconnect();
    });

    test("binary and text through the time of the upgrade keep their order", async () => {
      const socket = client(server, { mode });
      const got = [];
      socket.on("message-back", (i, data) => got.push([i, data?.[0]]));
      socket.connect();
      for (let i = 0; i < 200; i++) {
        if (i % 2) socket.emit("message", i, Buffer.from([i]));
        else socket.emit("message", i);
        if (i % 10 === 0) await sleep(5);
      }
      await eventually(() => got.length >= 200, "200 answers");
      assert.deepEqual(got, Array.from({ length: 200 }, (_, i) => [i, i % 2 ? i : undefined]));
      socket.disconnect();
    });

    test("volatile events: those that arrive are in order, the connection stays well", async () => {
      const socket = await connected(server, { mode });
      const got = [];
      socket.on("volatile flood", (i) => got.push(i));
      for (let round = 0; round < 20; round++) {
        assert.equal(await ask(socket, "volatile flood", 100, "x".repeat(500)), 100);
        assert.deepEqual(got, [...got].sort((a, b) => a - b));
        got.length = 0;
      }
      for (let i = 0; i < 200; i++) socket.volatile.emit("message", i);
      assert.equal(await ask(socket, "message-with-ack", "well"), "well");
      socket.disconnect();
    });
  });
}

test("20 clients come and go, 10 times each, over all transports", async () => {
  const kinds = Object.keys(modes);
  await Promise.all(
    Array.from({ length: 20 }, async (_, i) => {
      for (let round = 0; round < 10; round++) {
        const socket = await connected(server, { mode: kinds[(i + round) % 3] });
        assert.equal(await ask(socket, "message-with-ack", i), i);
        socket.disconnect();
      }
    }),
  );
});
