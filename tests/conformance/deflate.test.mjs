// permessage-deflate: section 10 of the protocol, RFC 7692. What of it is ours alone is said by isOurs.

import assert from "node:assert/strict";
import { once } from "node:events";
import { after, test } from "node:test";
import { deflateRawSync } from "node:zlib";
import WebSocket from "ws";
import { certificate } from "../support/certificates.mjs";
import { within } from "../support/clock.mjs";
import { ask, collect, connected, upgraded } from "../support/client.mjs";
import { PollingSession, engineio_path } from "../support/engine.mjs";
import { betterThanReference, startServer } from "../support/server.mjs";
import { RawWebSocket, deflated, frameBytes } from "../support/ws.mjs";

const servers = [];
after(() => Promise.all(servers.map((server) => server.stop())));

/** A server with this perMessageDeflate; one for the same. */
const started = new Map();
function serverWith(perMessageDeflate, ...args) {
  const key = JSON.stringify([perMessageDeflate, args]);
  if (!started.has(key)) {
    const starting = startServer({ args: ["--options", JSON.stringify({ perMessageDeflate }), ...args] });
    started.set(key, starting.then((server) => (servers.push(server), server)));
  }
  return started.get(key);
}

/** Node's server says no context takeover only where it is told so; then both do the same. */
const no_takeover = { serverNoContextTakeover: true, clientNoContextTakeover: true };
const theServer = (...args) => serverWith({ threshold: 100, ...no_takeover }, "--max-payload", "20000", ...args);
const engineio = `${engineio_path}?EIO=4&transport=websocket`;
const plain_offer = "permessage-deflate";
const granted = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
const isOurs = betterThanReference;

const openRaw = (server, offer = plain_offer, target = engineio) =>
  RawWebSocket.open(server, target, { headers: { "Sec-WebSocket-Extensions": offer } });

async function openEcho(offer) {
  const ws = await openRaw(await theServer(), offer);
  assert.equal(ws.response.status, 101);
  await ws.nextData();
  return ws;
}

const long_text = "a long text, a long text ".repeat(40);
const byName = (value) => (value === undefined ? value : value.split("; ").sort().join("; "));

/* --- the offer ----------------------------------------------------------------------------- */

// offer, what is granted; the parameters' order is free
const offers = [
  ["permessage-deflate", granted],
  ["permessage-deflate; client_max_window_bits", granted],
  ["permessage-deflate; server_no_context_takeover; client_no_context_takeover", granted],
  ["permessage-deflate; client_max_window_bits=10", `${granted}; client_max_window_bits=10`],
  ["permessage-deflate; server_max_window_bits=10", `${granted}; server_max_window_bits=10`],
  ["permessage-deflate; server_max_window_bits=15", `${granted}; server_max_window_bits=15`],
  ["permessage-deflate; server_max_window_bits=8", `${granted}; server_max_window_bits=8`],
  ['permessage-deflate; server_max_window_bits="10"', `${granted}; server_max_window_bits=10`],
  ['permessage-deflate; server_max_window_bits="1\\0" ; client_max_window_bits', `${granted}; server_max_window_bits=10`],
  ["permessage-deflate ;server_max_window_bits=12; client_max_window_bits=12 , x-y", `${granted}; server_max_window_bits=12; client_max_window_bits=12`],
  ["permessage-deflate; client_max_window_bits, permessage-deflate; server_max_window_bits=9", granted],
  ["foo; a=1; b, permessage-deflate", granted],
  ["foo", undefined],
  ["foo; permessage-deflate", undefined],
  ["x-webkit-deflate-frame", undefined],
  ["Permessage-Deflate", undefined],
];
for (const [offer, answer] of offers) {
  test(`the offer ${offer} is granted: ${answer ?? "nothing"}`, async () => {
    const ws = await openRaw(await theServer(), offer);
    assert.deepEqual([ws.response.status, byName(ws.extensions)], [101, byName(answer)]);
    assert.match(await ws.nextData(), /^0\{/);
    ws.destroy();
  });
}

const refused_text = "Invalid or unacceptable Sec-WebSocket-Extensions header";
for (const offer of [
  "permessage-deflate; unknown", "permessage-deflate; unknown=1, permessage-deflate", "permessage-deflate, permessage-deflate; unknown",
  "permessage-deflate; server_max_window_bits", "permessage-deflate; server_max_window_bits=7", "permessage-deflate; server_max_window_bits=16",
  "permessage-deflate; client_max_window_bits=7", "permessage-deflate; client_max_window_bits=x", 'permessage-deflate; server_max_window_bits=""',
  "permessage-deflate; server_no_context_takeover=1", "permessage-deflate; client_no_context_takeover; client_no_context_takeover",
  "permessage-deflate; server_max_window_bits = 10", 'permessage-deflate; server_max_window_bits="10"x', 'permessage-deflate; server_max_window_bits="10',
  "permessage-deflate; server_max_window_bits=99999999999999999999", "permessage-deflate,", "permessage-deflate;", ",", "foo bar", "foo; a=", "foo; =a", "foo\\", "foo@",
]) {
  test(`the offer ${offer}: 400`, async () => {
    const ws = await openRaw(await theServer(), offer);
    assert.deepEqual([ws.response.status, ws.response.text], [400, refused_text]);
    assert.match(ws.response.headers.connection, /close/i);
  });
}

test("numbers of an offer are decimal", isOurs("Node's Number() reads them"), async () => {
  for (const bits of ["0xa", "010", "1e1", "+10", "10.0"]) {
    const ws = await openRaw(await theServer(), `permessage-deflate; server_max_window_bits=${bits}`);
    assert.deepEqual([ws.response.status, ws.response.text], [400, refused_text]);
  }
});

test("offers in several lines are read as one", async () => {
  const offer = ["permessage-deflate; server_max_window_bits=10", "permessage-deflate"];
  const ws = await openRaw(await theServer(), offer.join("\r\nSec-WebSocket-Extensions: "));
  assert.equal(byName(ws.extensions), byName(`${granted}; server_max_window_bits=10`));
  ws.destroy();
});

test("where it is off nothing of an offer is looked at", async () => {
  for (const offer of ["permessage-deflate", "permessage-deflate; unknown", "foo@"]) {
    const ws = await openRaw(await serverWith(false), offer);
    assert.deepEqual([ws.response.status, ws.extensions], [101, undefined]);
    ws.destroy();
  }
});

test("perMessageDeflate true: no context is taken over", isOurs("Node's takes it over"), async () => {
  const ws = await openRaw(await serverWith(true));
  assert.equal(byName(ws.extensions), byName(granted));
  ws.destroy();
});

test("a client that wants to take its context over does not connect", isOurs("Node's lets it"), async () => {
  const server = await serverWith(true);
  const ws = new WebSocket(server.url.replace("http", "ws") + engineio, { perMessageDeflate: { clientNoContextTakeover: false } });
  const [error] = await within(once(ws, "error"), "error");
  assert.match(error.message, /Invalid Sec-WebSocket-Extensions header/);
});

test("a smaller window of the server's own is said unasked", isOurs("there is no such option of zlib's"), async () => {
  const server = await serverWith({ threshold: 0, zlibDeflateOptions: { windowBits: 10, memLevel: 1, level: 9 } });
  for (const [offer, bits] of [["permessage-deflate", 10], ["permessage-deflate; server_max_window_bits=12", 10], ["permessage-deflate; server_max_window_bits=9", 9]]) {
    const ws = await openRaw(server, offer);
    assert.equal(byName(ws.extensions), byName(`${granted}; server_max_window_bits=${bits}`));
    ws.destroy();
  }
});

for (const options of [{ zlibDeflateOptions: { level: 0 } }, { zlibDeflateOptions: { level: 10 } }, { zlibDeflateOptions: { memLevel: 0 } }, { zlibDeflateOptions: { windowBits: 8 } }, { zlibDeflateOptions: { windowBits: 16 } }]) {
  test(`${JSON.stringify(options)} is refused when the server is made`, isOurs("zlib's options are looked at later"), async () => {
    await assert.rejects(startServer({ args: ["--options", JSON.stringify({ perMessageDeflate: options })] }), /invalid|not allowed/i);
  });
}

/* --- what is sent -------------------------------------------------------------------------- */

test("what is at least as long as the threshold comes deflated", async () => {
  const ws = await openEcho();
  for (const [text, is_deflated] of [["4" + "x".repeat(98), false], ["4" + "x".repeat(99), true], [`4${long_text}`, true], ["4ä", false]]) {
    ws.send(text);
    const message = await ws.next();
    assert.deepEqual([message.type, message.data, "deflated_bytes" in message], ["text", text, is_deflated]);
    if (is_deflated) assert.ok(message.deflated_bytes < text.length / 3);
  }
  const bytes = Buffer.alloc(5000, "binary ");
  ws.send(bytes);
  const message = await ws.next();
  assert.deepEqual([message.type, message.data.equals(bytes), message.deflated_bytes < 500], ["binary", true, true]);
  ws.destroy();
});

test("to who has not offered it nothing is", async () => {
  const ws = await RawWebSocket.open(await theServer(), engineio);
  await ws.nextData();
  ws.send(`4${long_text}`);
  assert.deepEqual(await ws.next(), { type: "text", data: `4${long_text}` });
  ws.destroy();
});

test("what would not be smaller goes out as it is", isOurs("Node's sends it longer"), async () => {
  const ws = await openEcho();
  const noise = deflateRawSync(Buffer.from(Array.from({ length: 4000 }, (_, i) => (i * i * 31 + i) >> 3)));
  ws.send(noise);
  assert.deepEqual(await ws.next(), { type: "binary", data: noise });
  ws.destroy();
});

test("a small window is kept to", async () => {
  // Each half is found again only by who looks back further than the window.
  const half = deflateRawSync(Buffer.from(Array.from({ length: 3000 }, (_, i) => (i * i * 31 + i) >> 3))).toString("base64").slice(0, 1500);
  for (const bits of [9, 10, 15]) {
    const ws = await openEcho(`permessage-deflate; server_max_window_bits=${bits}`);
    ws.window_bits = bits;
    for (const text of [`4${half}${half}`, `4${"x".repeat(400)}`, `4${half.slice(0, 300)}${half.slice(0, 180)}`]) {
      ws.send(text);
      assert.equal((await ws.next()).data, text);
    }
    ws.destroy();
  }
});

test("what is longer than the window that was asked for goes out as it is", isOurs("Node's has a compressor for each client"), async () => {
  const ws = await openEcho("permessage-deflate; server_max_window_bits=10");
  for (const [length, is_deflated] of [[1024, true], [1025, false]]) {
    ws.send("4".padEnd(length, "x"));
    assert.equal("deflated_bytes" in (await ws.next()), is_deflated);
  }
  ws.destroy();
});

test("compress(false): it goes out as it is", isOurs("Node's engine does not tell its WebSockets"), async () => {
  const ws = await openRaw(await theServer(), plain_offer, "/socket.io/?EIO=4&transport=websocket");
  await ws.nextData();
  ws.send('40/listeners,{"who":"deflate"}');
  assert.match(await ws.nextData(), /^40\/listeners,/);
  for (const flags of [{}, { compress: true }, { compress: false }]) {
    for (const event of ["emit", "emit to all"]) {
      ws.send(`42/listeners,${JSON.stringify([event, flags, "told", long_text])}`);
      const message = await ws.next();
      assert.equal(message.data, `42/listeners,${JSON.stringify(["told", long_text])}`);
      assert.equal("deflated_bytes" in message, flags.compress !== false);
    }
  }
  ws.destroy();
});

/* --- what comes ---------------------------------------------------------------------------- */

const hello = "4hello, hello, hello";
const good = [
  ["deflated", [{ payload: deflated(hello), rsv: 4 }]],
  ["stored", [{ payload: deflated(hello, { level: 0 }), rsv: 4 }]],
  ["not deflated", [{ payload: hello }]],
  ["in fragments", [{ payload: deflated(hello).subarray(0, 3), rsv: 4, fin: false }, { opcode: 0, payload: "", fin: false }, { opcode: 0, payload: deflated(hello).subarray(3) }]],
  ["byte by byte, with pings between", [...deflated(hello)].flatMap((byte, i, all) => [{ opcode: i ? 0 : 1, rsv: i ? 0 : 4, payload: Buffer.from([byte]), fin: i === all.length - 1 }, { opcode: 10 }])],
  ["in two blocks", [{ payload: Buffer.concat([deflateRawSync("4hello, ", { finishFlush: 2 }), deflated("hello, hello")]), rsv: 4 }]],
  ["with a final block", [{ payload: deflateRawSync(hello), rsv: 4 }]],
  ["with a final block and an empty one", [{ payload: Buffer.concat([deflateRawSync(hello), Buffer.from([0])]), rsv: 4 }]],
  ["with a final block and what is no deflate data", [{ payload: Buffer.concat([deflateRawSync(hello), Buffer.from("more")]), rsv: 4 }]],
  ["with the tail that should have been left out", [{ payload: deflateRawSync(hello, { finishFlush: 2 }), rsv: 4 }]],
  ["with the smallest window", [{ payload: deflated(hello, { windowBits: 9 }), rsv: 4 }]],
];
for (const [name, frames] of good) {
  test(`a message ${name} is taken, and so is the next`, async () => {
    const ws = await openEcho();
    for (const frame of frames) ws.frame(frame);
    ws.frame({ payload: deflated("4next"), rsv: 4 });
    assert.equal(await ws.nextData(), hello);
    assert.equal(await ws.nextData(), "4next");
    ws.destroy();
  });
}

test("a binary message that comes deflated", async () => {
  const ws = await openEcho();
  ws.frame({ opcode: 2, payload: deflated(Buffer.alloc(3000, 7)), rsv: 4 });
  assert.ok((await ws.nextData()).equals(Buffer.alloc(3000, 7)));
  ws.destroy();
});

test("a message of just the limit is taken, of one byte more it is not: 1009", async () => {
  const ws = await openEcho();
  ws.frame({ payload: deflated("4".padEnd(20_000, "x")), rsv: 4 });
  assert.equal((await ws.nextData()).length, 20_000);
  ws.frame({ payload: deflated("4".padEnd(20_001, "x")), rsv: 4 });
  assert.equal((await ws.ending()).code, 1009);
});

const bad = [
  ["no deflate data", 1007, [{ payload: Buffer.from([0xff, 0xff, 0xff]), rsv: 4 }]],
  ["the eight bytes of lws's assert", 1007, [{ payload: Buffer.from([0xaa, 0x56, 0x4a, 0x54, 0xb2, 0x02, 0xff, 0xff]), rsv: 4 }]],
  ["a distance beyond the beginning", 1007, [{ payload: deflated(hello + hello, { dictionary: Buffer.from(hello) }), rsv: 4 }]],
  ["bad UTF-8, deflated", 1007, [{ payload: deflated(Buffer.from([0x34, 0xff])), rsv: 4 }]],
  ["a bomb", 1009, [{ payload: deflated(Buffer.alloc(15_000_000, "4")), rsv: 4 }]],
  ["a bomb in fragments", 1009, [{ payload: deflated(Buffer.alloc(15_000_000, "4")).subarray(0, 9000), rsv: 4, fin: false }, { opcode: 0, payload: deflated(Buffer.alloc(15_000_000, "4")).subarray(9000) }]],
  ["more deflated bytes than the limit", 1009, [{ payload: "", rsv: 4, length: 20_001 }]],
  ["RSV1 on a continuation", 1002, [{ payload: deflated(hello).subarray(0, 3), rsv: 4, fin: false }, { opcode: 0, payload: deflated(hello).subarray(3), rsv: 4 }]],
  ["RSV1 on a ping", 1002, [{ opcode: 9, payload: "x", rsv: 4 }]],
  ["RSV1 on a close", 1002, [{ opcode: 8, rsv: 4 }]],
  ["RSV2", 1002, [{ payload: deflated(hello), rsv: 6 }]],
  ["RSV3", 1002, [{ payload: deflated(hello), rsv: 1 }]],
];
for (const [name, code, frames] of bad) {
  test(`${name}: ${code}`, async () => {
    const ws = await openEcho();
    for (const frame of frames) ws.frame(frame);
    assert.equal((await ws.ending()).code, code);
  });
}

test("RSV1 where it was not granted: 1002", async () => {
  const ws = await RawWebSocket.open(await theServer(), engineio);
  await ws.nextData();
  ws.frame({ payload: deflated(hello), rsv: 4 });
  assert.equal((await ws.ending()).code, 1002);
});

for (const [name, payload] of [["cut off", deflated(hello).subarray(0, 8)], ["nothing at all", Buffer.alloc(0)]]) {
  test(`deflate data that are ${name}: 1007`, isOurs("Node's takes what came of it for the message"), async () => {
    const ws = await openEcho();
    ws.frame({ payload, rsv: 4 });
    assert.equal((await ws.ending()).code, 1007);
  });
}

test("many bombs in one write are taken one after the other, and others have their turn", async () => {
  const server = await serverWith({ threshold: 1024, ...no_takeover });
  const [bomber, other] = [await openRaw(server), await openRaw(server)];
  for (const ws of [bomber, other]) await ws.nextData();
  const bomb = frameBytes({ opcode: 2, payload: deflated(Buffer.alloc(999_999)), rsv: 4 });
  bomber.connection.write(Buffer.concat(Array.from({ length: 30 }, () => bomb)));
  other.send("4still here");
  assert.equal(await other.nextData(), "4still here");
  for (let i = 0; i < 30; i++) assert.equal((await bomber.nextData()).length, 999_999);
  bomber.send("4and then");
  assert.equal(await bomber.nextData(), "4and then");
  for (const ws of [bomber, other]) ws.destroy();
});

/* --- sessions ------------------------------------------------------------------------------ */

test("sessions that move to a WebSocket have it there, on whatever worker they live", async () => {
  const server = await theServer();
  await Promise.all(Array.from({ length: 8 }, async () => {
    const session = await PollingSession.open(server, { path: engineio_path });
    const ws = await session.probe({ headers: { "Sec-WebSocket-Extensions": plain_offer } });
    assert.equal(byName(ws.extensions), byName(granted));
    ws.frame({ payload: deflated("2probe"), rsv: 4 });
    assert.equal(await ws.nextData(), "3probe");
    ws.send("5");
    ws.frame({ payload: deflated(`4${long_text}`), rsv: 4 });
    const message = await ws.next();
    assert.deepEqual([message.data, "deflated_bytes" in message], [`4${long_text}`, true]);
    session.destroy();
    ws.destroy();
  }));
});

test("a handshake that somebody decides on later grants it too", async () => {
  const server = await theServer("--engine-app");
  const ws = await openRaw(server, plain_offer, `${engineio}&use=later`);
  assert.deepEqual([ws.response.status, byName(ws.extensions), ws.response.headers["x-late"]], [101, byName(granted), "late"]);
  await ws.nextData();
  ws.frame({ payload: deflated(`4${long_text}`), rsv: 4 });
  const message = await ws.next();
  assert.deepEqual([message.data, "deflated_bytes" in message], [`4${long_text}`, true]);
  ws.destroy();
});

test("Engine.IO 3: texts and binary", async () => {
  const server = await theServer("--eio3");
  const ws = await openRaw(server, plain_offer, `${engineio_path}?EIO=3&transport=websocket`);
  await ws.nextData();
  ws.frame({ payload: deflated(`4${long_text}`), rsv: 4 });
  ws.frame({ opcode: 2, payload: deflated(Buffer.concat([Buffer.from([4]), Buffer.alloc(2000, 7)])), rsv: 4 });
  const [text, binary] = [await ws.next(), await ws.next()];
  assert.deepEqual([text.data, text.deflated_bytes < 200], [`4${long_text}`, true]);
  assert.ok(binary.data.equals(Buffer.concat([Buffer.from([4]), Buffer.alloc(2000, 7)])) && binary.deflated_bytes < 200);
  ws.destroy();
});

/* --- real clients -------------------------------------------------------------------------- */

// ws in its combinations; those it refuses itself are the last.
const combinations = [];
for (const clientNoContextTakeover of [undefined, true])
  for (const serverNoContextTakeover of [undefined, true, false])
    for (const clientMaxWindowBits of [undefined, true, false, 9, 15])
      for (const serverMaxWindowBits of [undefined, 9, 12])
        combinations.push({ clientNoContextTakeover, serverNoContextTakeover, clientMaxWindowBits, serverMaxWindowBits });

test("ws with any of its options is understood, both ways", async () => {
  const server = await theServer();
  await Promise.all(combinations.map(async (perMessageDeflate) => {
    const ws = new WebSocket(server.url.replace("http", "ws") + engineio, { perMessageDeflate: { threshold: 0, ...perMessageDeflate } });
    const got = [];
    const all = new Promise((resolve, reject) => {
      ws.on("message", (data, is_binary) => {
        got.push(is_binary ? data : data.toString());
        if (got.length === 5) resolve();
      });
      ws.on("close", (code) => reject(new Error(`closed with ${code}: ${JSON.stringify(perMessageDeflate)}`)));
      ws.on("error", reject);
    });
    const sent = [`4${long_text}`, "4x", Buffer.alloc(3000, 9), `4${"ä€😀".repeat(500)}`];
    ws.on("open", () => sent.forEach((data) => ws.send(data)));
    await within(all, "echo");
    assert.match(ws.extensions, /permessage-deflate/);
    assert.deepEqual(got.slice(1), sent);
    ws.removeAllListeners("close");
    ws.terminate();
  }));
});

test("the same over TLS, by clients who speak at once", async () => {
  const server = await theServer(...certificate().args);
  await Promise.all(Array.from({ length: 40 }, async () => {
    const ws = new WebSocket(server.url.replace("http", "ws") + engineio, { perMessageDeflate: { threshold: 0 }, rejectUnauthorized: false });
    const got = [];
    const all = new Promise((resolve, reject) => {
      ws.on("message", (data) => got.push(data.toString()) === 3 && resolve());
      ws.on("close", (code) => reject(new Error(`closed with ${code}`)));
      ws.on("error", reject);
    });
    ws.on("open", () => [long_text, "x"].forEach((text) => ws.send(`4${text}`)));
    await within(all, "echo");
    assert.match(ws.extensions, /permessage-deflate/);
    assert.deepEqual(got.slice(1), [`4${long_text}`, "4x"]);
    ws.removeAllListeners("close");
    ws.terminate();
  }));
});

for (const mode of ["websocket", "upgrade"]) {
  test(`socket.io-client over ${mode}: events, binary, acks`, async () => {
    const server = await theServer();
    const socket = await connected(server, { mode, perMessageDeflate: { threshold: 100 } });
    await upgraded(socket);
    assert.match(socket.io.engine.transport.ws.extensions, /permessage-deflate/);
    const value = { text: long_text, more: [1, 2, { bytes: Buffer.alloc(4000, 5) }] };
    assert.deepEqual(await ask(socket, "message-with-ack", value), value);
    socket.disconnect();
  });
}

test("a broadcast to many, some of whom want it plain, comes to all", async () => {
  const server = await theServer();
  const sockets = await Promise.all(Array.from({ length: 12 }, (_, i) =>
    connected(server, { mode: "websocket", perMessageDeflate: i % 3 === 0 ? false : { threshold: 100, ...(i % 3 === 1 && { serverMaxWindowBits: 9 }) } })));
  const heard = sockets.map((socket) => collect(socket, "chat message", 20));
  for (let i = 0; i < 20; i++) sockets[0].emit("chat message", `${i} ${long_text.slice(0, 50 * i)}`);
  for (const list of await Promise.all(heard)) {
    assert.deepEqual(list, Array.from({ length: 20 }, (_, i) => [`${i} ${long_text.slice(0, 50 * i)}`]));
  }
  for (const socket of sockets) socket.disconnect();
});

const one_worker = Number(process.env.PARLEY_WORKERS ?? 1) === 1;

test("a broadcast is deflated once", isOurs("Node's deflates for each client, and counts nothing"), async () => {
  const server = await startServer({ args: ["--options", '{"perMessageDeflate":{"threshold":500}}'] });
  const sockets = await Promise.all(Array.from({ length: 30 }, () => connected(server, { mode: "websocket", perMessageDeflate: { threshold: 1e9 } })));
  const counter = (name) => ask(sockets[0], "counter", name);
  const heard = sockets.map((socket) => collect(socket, "chat message", 10));
  for (let i = 0; i < 10; i++) sockets[0].emit("chat message", long_text);
  await Promise.all(heard);
  const [deflated, before, after] = await Promise.all(["messages_deflated", "deflated_from_bytes", "deflated_to_bytes"].map(counter));
  if (one_worker) assert.equal(deflated, 10);
  else assert.ok(deflated >= 10 && deflated <= 10 * process.env.PARLEY_WORKERS, `deflated ${deflated} times`);
  assert.equal(before, deflated * `42["chat message","${long_text}"]`.length);
  assert.ok(after < before / 10);
  assert.deepEqual(await Promise.all(["messages_inflated", "messages_not_deflated"].map(counter)), [0, 0]);
  for (const socket of sockets) socket.disconnect();
  await server.stop();
});

test("what comes deflated, or is wrong, is counted", isOurs("there are no counters"), async () => {
  const server = await startServer({ args: ["--options", '{"perMessageDeflate":true}', "--max-payload", "20000"] });
  const asker = await connected(server, { mode: "polling" });
  const names = ["messages_inflated", "inflated_from_bytes", "inflated_to_bytes", "messages_invalid", "messages_too_large"];
  const counters = () => Promise.all(names.map((name) => ask(asker, "counter", name)));
  const bytes = deflated(hello);
  for (const payload of [bytes, Buffer.from([0xff]), deflated(Buffer.alloc(20_001))]) {
    const ws = await openRaw(server);
    await ws.nextData();
    ws.frame({ payload, rsv: 4 });
    if (payload === bytes) assert.equal(await ws.nextData(), hello);
    else await ws.ending();
    ws.destroy();
  }
  assert.deepEqual(await counters(), [1, bytes.length, hello.length, 1, 1]);
  asker.disconnect();
  await server.stop();
});
