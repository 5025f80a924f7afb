// What an attack must not disturb: a pair of well-behaved clients, and the server's idle CPU.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ask, connected } from "./client.mjs";
import { eventually, sleep, slow } from "./clock.mjs";
import { cpuShare } from "./cpu.mjs";
import { startServer } from "./server.mjs";

/** A busy loop takes a whole core, or its share of a loaded machine; an idle server next to nothing. */
const idle_share = 0.05;

/** A server whose heartbeat keeps out of the way however slow it is; `args` may say otherwise. */
const startVictim = ({ args = [], wrap }) =>
  startServer({ args: ["--ping-interval", String(25_000 * slow), ...args], wrap });

/** Asserts that the server comes to rest. */
export async function assertIdle(server) {
  const shares = [];
  for (let i = 0; i < 6; i++) {
    shares.push(await cpuShare(server.pid, 1200));
    if (shares.at(-1) < idle_share) return;
  }
  assert.fail(`the server is busy: shares of a core ${shares.map((share) => share.toFixed(2)).join(", ")}`);
}

/** Two clients in one room that write numbered messages to it until they are told to stop. */
export class Pair {
  #clients;
  #sent = [0, 0];
  #timer = null;
  #troubles = [];

  static async start(server, modes = ["websocket", "polling"]) {
    const pair = new Pair();
    pair.#clients = await Promise.all(modes.map((mode) => connected(server, { mode })));
    pair.heard = pair.#clients.map(() => [[], []]);
    for (const [i, socket] of pair.#clients.entries()) {
      socket.on("to room", (text) => {
        const [who, number] = text.split(" ").map(Number);
        pair.heard[i][who].push(number);
      });
      socket.on("disconnect", (reason) => pair.#troubles.push(`client ${i} lost its connection: ${reason}`));
    }
    for (const socket of pair.#clients) await ask(socket, "join", "the pair");
    pair.go();
    return pair;
  }

  go() {
    this.#timer ??= setInterval(() => {
      for (const [who, socket] of this.#clients.entries()) {
        socket.emit("to room", "the pair", `${who} ${this.#sent[who]++}`);
      }
    }, 50 * slow);
  }

  pause() {
    clearInterval(this.#timer);
    this.#timer = null;
  }

  /** Asserts that every message came to both, once and in order, and that nobody lost the connection. */
  async finish() {
    this.go();
    await sleep(150 * slow);
    this.pause();
    const arrived = () => this.heard.every((by) => by.every((list, who) => list.length >= this.#sent[who]));
    await eventually(arrived, "arrival of all messages of the pair").catch((error) => {
      this.#troubles.push(error.message);
    });
    assert.deepEqual(this.#troubles, []);
    for (const by of this.heard) {
      by.forEach((list, who) => assert.deepEqual(list, Array.from({ length: this.#sent[who] }, (_, i) => i)));
    }
    for (const socket of this.#clients) socket.removeAllListeners("disconnect").disconnect();
  }
}

/**
 * A describe block whose tests run at once (`at_once` of them; true: all) against one server, with a pair of clients that must
 * not notice them. `define(server)` gets a function that gives the server and declares the tests.
 */
export function attacks(name, args, define, { modes, check, at_once = 4 } = {}) {
  describe(name, { concurrency: at_once }, () => {
    let server;
    let pair;
    before(async () => {
      server = await startVictim({ args });
      pair = await Pair.start(server, modes);
    });
    after(async () => {
      await pair.finish();
      await check?.(server);
      await server.stop();
    });
    define(() => server);
  });
}

/**
 * One attack on a server of its own; `idle()` inside asserts that the server is at rest in spite of
 * it, and so does the end.
 */
export function attack(name, { args = [], wrap, modes, skip, at_rest = true } = {}, body) {
  test(name, { skip }, async (t) => {
    const server = await startVictim({ args, wrap });
    const pair = await Pair.start(server, modes);
    const idle = async () => {
      pair.pause();
      await sleep(100);
      await assertIdle(server);
      pair.go();
    };
    try {
      await body({ t, server, pair, idle });
      if (at_rest) await idle();
      await pair.finish();
    } catch (error) {
      pair.pause();
      server.kill();
      error.message += `\n--- server ---\n${server.output().slice(-5000)}`;
      throw error;
    }
    await server.stop();
  });
}

/** Waits until the server has ended the connection; gives what it sent before. */
export async function ended(connection, ms) {
  const bytes = await connection.takeAll(ms);
  connection.destroy();
  return bytes.toString("latin1");
}

/** Asserts that the server refused: a 4xx or 5xx, or the end of the connection without an answer. */
export function assertRefusal(text, statuses) {
  if (text === "") return;
  const found = /^HTTP\/1\.[01] (\d{3})/.exec(text);
  assert.ok(found, `not an HTTP answer: ${JSON.stringify(text.slice(0, 200))}`);
  const status = Number(found[1]);
  if (statuses) assert.ok(statuses.includes(status), `status ${status}`);
  else assert.ok(status >= 400, `status ${status}`);
}
