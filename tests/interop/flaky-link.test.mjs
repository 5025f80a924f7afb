// Order and loss over bad links: bytes one by one, late, together, and connections that are cut.  Within a session no
// packet that was accepted is lost, doubled or reordered, on any transport and through the upgrade.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import { eventually, sleep, slow } from "../support/clock.mjs";
import { ask, client, collect, connected, modes } from "../support/client.mjs";
import { links, startProxy } from "../support/proxy.mjs";
import { serverForFile } from "../support/suite.mjs";

const server = await serverForFile();
const numbers = (count) => Array.from({ length: count }, (_, i) => i);

for (const link of ["byte by byte", "late and coalesced"]) {
  describe(`a link that passes bytes ${link}`, () => {
    for (const mode of Object.keys(modes)) {
      test(`${mode}: 200 messages each way come once and in order, binary among them`, async (t) => {
        const proxy = await startProxy(server, { link: links[link] });
        t.after(() => proxy.stop());
        const socket = await connected(proxy, { mode });
        const echoed = collect(socket, "message-back", 200);
        for (const n of numbers(200)) socket.emit("message", n, n % 10 === 0 ? Buffer.from([n]) : `text ${n}`);
        const acked = await Promise.all(numbers(20).map((n) => ask(socket, "message-with-ack", n)));
        assert.deepEqual((await echoed).map(([n]) => n), numbers(200));
        assert.deepEqual(acked, numbers(20));
        socket.disconnect();
      });
    }

    test("a large binary message survives", async (t) => {
      const proxy = await startProxy(server, { link: links[link] });
      t.after(() => proxy.stop());
      const bytes = randomBytes(50_000);
      for (const mode of ["polling", "websocket"]) {
        const socket = await connected(proxy, { mode });
        const back = await ask(socket, "message-with-ack", bytes);
        assert.ok(bytes.equals(Buffer.from(back)));
        socket.disconnect();
      }
    });
  });
}

// A client at the proxy sends numbers, and sends on after each cut; another one, connected straight to the server,
// hears what was accepted.
describe("a link that is cut", () => {
  for (const mode of Object.keys(modes)) {
    test(`${mode}: what is accepted comes once and in order, and what was acked was accepted`, async (t) => {
      const proxy = await startProxy(server);
      t.after(() => proxy.stop());
      const room = `room ${mode}`;
      const listener = await connected(server, { mode: "websocket" });
      await ask(listener, "join", room);
      const heard = [];
      listener.on("to room", (n) => heard.push(Number(n)));

      const sender = client(proxy, { mode });
      const acked = [];
      let sent = 0;
      const send = () => {
        const n = sent++;
        sender.emit("to room", room, String(n));
        sender.emit("message-with-ack", n, (back) => acked.push(back));
        return n;
      };
      // A cut is noticed late or, between two polls, not at all: an answer tells that the link is there again.
      const answers = () => sender.timeout(1000 * slow).emitWithAck("message-with-ack", "?").catch(() => null);
      sender.connect();
      for (let cuts = 0; cuts < 12; cuts++) {
        await eventually(answers, "answer");
        for (let i = 0; i < 10; i++) send();
        await sleep(Math.random() * 30);
        proxy.cut();
        send();
      }
      await eventually(answers, "answer");
      const last = send();
      await eventually(() => heard.includes(last), "the last number");
      await eventually(() => acked.includes(last), "the last ack");

      assert.deepEqual(heard, [...heard].sort((a, b) => a - b), "in order");
      assert.equal(new Set(heard).size, heard.length, "none twice");
      assert.equal(new Set(acked).size, acked.length, "no ack twice");
      assert.deepEqual(acked.filter((n) => !heard.includes(n)), [], "what was acked was heard");
      sender.disconnect();
      listener.disconnect();
    });
  }
});
