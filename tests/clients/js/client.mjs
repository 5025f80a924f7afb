// The official JS client of one major version: node client.mjs VERSION URL TRANSPORT.
// tests/clients/README.md says what is printed.

import assert from "node:assert/strict";
import { createRequire } from "node:module";

const [version, url, transport] = process.argv.slice(2);
const io = createRequire(import.meta.url)(version === "4" ? "socket.io-client" : `socket.io-client-${version}`);
const old = version === "2";
const who = { name: "säge ☃", n: "1" };
const text = 'naïve 😀 "quoted" \\ \u2028 \u0001 终';
const json = { nested: [{ a: null }, [], true, 0.1, 9007199254740991], "ключ": "значение" };
const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));

const print = (line) => process.stdout.write(JSON.stringify(line) + "\n");
async function fact(name, check) {
  try {
    await check();
    print({ fact: name, ok: true });
  } catch (error) {
    print({ fact: name, ok: false, why: error.stack });
  }
}
const soon = (promise, what) =>
  Promise.race([
    promise,
    new Promise((_, reject) => setTimeout(reject, 20_000, new Error(`no ${what}`)).unref()),
  ]);
const event = (socket, name) =>
  soon(new Promise((done) => socket.once(name, (...args) => done(args))), `${name}`);
const ask = (socket, ...args) =>
  soon(new Promise((done) => socket.emit(...args, (...answer) => done(answer))), `ack of ${args[0]}`);

/** The next `count` events of that name. */
function events(socket, name, count) {
  const got = [];
  return soon(
    new Promise((done) => socket.on(name, (...args) => got.push(args) === count && done(got))),
    `${count} events ${name}`,
  );
}

const options = {
  transports: transport === "upgrade" ? ["polling", "websocket"] : [transport],
  reconnectionDelay: 100,
  randomizationFactor: 0,
};
const wish = old ? { query: who } : { auth: who };
const main = io(url, { ...options, ...wish });
const custom = io(`${url}/custom`, wish);
const both = [main, custom];
const [heard] = await Promise.all([
  Promise.all(both.map((socket) => event(socket, "auth"))),
  fact("connects to / and joins /custom", () => Promise.all(both.map((socket) => event(socket, "connect")))),
]);

if (old) {
  await fact("its query arrives", async () => {
    const [handshake] = await ask(main, "handshake");
    for (const key of Object.keys(who)) assert.equal(handshake.query[key], who[key]);
    assert.deepEqual(heard, [[{}], [who]]);
  });
  await fact("hears why a namespace refuses it", async () => {
    const refused = io(`${url}/custom`, { ...options, forceNew: true, query: { refuse: "no" } });
    assert.deepEqual(await event(refused, "error"), ["no"]);
    refused.close();
  });
} else {
  await fact("its auth payload arrives", () => assert.deepEqual(heard, [[who], [who]]));
  await fact("hears why a namespace refuses it", async () => {
    const auth = { refuse: "no", data: { n: 1 } };
    const refused = io(`${url}/custom`, { ...options, forceNew: true, auth });
    const [error] = await event(refused, "connect_error");
    assert.deepEqual([error.message, error.data], ["no", { n: 1 }]);
    refused.close();
  });
}

async function echoes(...args) {
  for (const socket of both) {
    const back = event(socket, "message-back");
    socket.emit("message", ...args);
    assert.deepEqual(await back, args);
  }
}
await fact("exchanges text", () => echoes(text, ""));
await fact("exchanges JSON", () => echoes(json, [], 1));
await fact("exchanges binary", () => echoes(bytes, { a: [Buffer.alloc(0), "x"] }, bytes.subarray(1)));

async function acked(...args) {
  for (const socket of both) assert.deepEqual(await ask(socket, "message-with-ack", ...args), args);
}
await fact("gets acks with text and JSON", () => acked(text, json.nested));
await fact("gets acks with binary", () => acked([{ a: bytes }, 1], bytes));
await fact("answers the server's acks with text, JSON and binary", async () => {
  for (const socket of both) {
    socket.once("question", (q, b, answer) => answer(q, { b: b.length }, b));
    const [error, ...answer] = await ask(socket, "emit-with-ack", 20000, "question", text, bytes);
    assert.equal(error, null);
    assert.deepEqual(answer, [text, { b: 256 }, bytes]);
  }
});

await fact("gets 100 of its messages back in order", async () => {
  const back = events(main, "message-back", 100);
  const sent = Array.from({ length: 100 }, (_, i) => [i, i % 10 ? `${i}` : Buffer.from([i])]);
  for (const args of sent) main.emit("message", ...args);
  assert.deepEqual(await back, sent);
});
await fact("gets 100 of the server's messages in order", async () => {
  const flood = events(custom, "flood", 100);
  custom.emit("flood", 100, text);
  assert.deepEqual(await flood, Array.from({ length: 100 }, (_, i) => [i, text]));
});
await fact("exchanges messages of 200 KB", () => echoes("ü".repeat(100_000), Buffer.alloc(200_000, 7)));

await fact("outlives heartbeats", async () => {
  await new Promise((done) => setTimeout(done, 5000));
  await echoes("still here");
});
if (transport === "upgrade") {
  await fact("upgrades to WebSocket", () => assert.equal(main.io.engine.transport.name, "websocket"));
}

await fact("survives a cut of its connection", async () => {
  const again = both.map((socket) => event(socket, "connect"));
  print({ please: "cut" });
  await Promise.all(again);
  await echoes("again", bytes);
});

const ids = await Promise.all(both.map(async (socket) => (await ask(socket, "rooms"))[0][0]));
for (const socket of both) socket.disconnect();
print({ left: ids });
