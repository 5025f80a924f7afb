// Every peer that is here answers as the bench expects, and each kind of scenario runs.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { build, of_a_build, run } from "../support/build.mjs";
import { ask, client } from "../support/client.mjs";
import { nextEvent } from "../support/clock.mjs";
import { isInstalled, peers, start, stop } from "./peers.mjs";
import * as scenarios from "./scenarios.mjs";

const present = build ? peers(build, true).filter(isInstalled) : [];
const knows = (peer, scenario) => !peer.what || peer.what.test(scenario);
// It knows one Sec-WebSocket-Key, which is not the official client's.
const talkative = present.filter(({ name }) => name !== "bare epoll");

/** A client that has joined and got `auth`. */
async function greeted({ port }, mode) {
  const socket = client({ url: `http://127.0.0.1:${port}` }, { mode });
  const greeting = nextEvent(socket, "auth");
  socket.connect();
  assert.deepEqual(await greeting, [{}]);
  return socket;
}

for (const peer of talkative)
  for (const mode of ["websocket", "polling"].filter((mode) => mode !== "polling" || knows(peer, mode)))
    describe(`${peer.name}, ${mode}`, () => {
      let server, one, other;

      before(async () => {
        server = await start(peer);
        [one, other] = await Promise.all([greeted(server, mode), greeted(server, mode)]);
      });
      after(() => server && stop(server));

      test("acks come back with what was sent", async () => {
        assert.equal(await ask(one, "message-with-ack", "text"), "text");
      });

      test("acks come back with the attachment that was sent", { skip: !knows(peer, "binary") }, async () => {
        const bytes = Buffer.from([0, 1, 255]);
        assert.deepEqual(Buffer.from(await ask(one, "message-with-ack", bytes)), bytes);
      });

      test("an object is read", async () => {
        const order = { name: "tea", items: [{ n: 1 }, { n: 2.5 }], open: true };
        assert.deepEqual(await ask(one, "total", order), { name: "tea", total: 3.5 });
      });

      test("a message for everybody comes to everybody, one for a room to its members only", async () => {
        const heard = [];
        other.onAny((...event) => heard.push(event));
        one.emit("join", "room");
        const inside = nextEvent(one, "to room");
        one.emit("to room", "room", "inside");
        assert.deepEqual(await inside, ["inside"]);
        const news = [nextEvent(one, "chat message"), nextEvent(other, "chat message")];
        one.emit("chat message", "news");
        assert.deepEqual(await Promise.all(news), [["news"], ["news"]]);
        assert.deepEqual(heard, [["chat message", "news"]]);
      });
    });

describe("the load generator", of_a_build, () => {
  const small = ["--clients", "20", "--rooms", "4", "--waves", "2", "--ms", "50", "--warm-ms", "20"];

  const kinds = new Map([...scenarios.all].reverse().map((scenario) => [scenario.load[0], scenario]));
  for (const { name, load, figure = "cpu_us" } of kinds.values())
    for (const peer of present.filter((peer) => /^(libsio|bare epoll)$/.test(peer.name) && knows(peer, name)))
      test(`runs on ${peer.name}: ${name}`, async () => {
        const server = await start(peer);
        try {
          const target = ["--port", server.port, "--pid", server.child.pid];
          const result = JSON.parse(await run(`${build}/bench/bench-load`, [...load, ...small, ...target].map(String)));
          assert.ok(result.messages > 0 && result.per_second > 0);
          assert.equal(typeof result[figure], "number");
        } finally {
          await stop(server);
        }
      });
});
