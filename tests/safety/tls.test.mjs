// What a TLS port is sent by those who do not mean well, or not TLS.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { copyFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import tls from "node:tls";
import { assertIdle, attack, attacks, ended } from "../support/attack.mjs";
import { certificate, certificateText, shownBy } from "../support/certificates.mjs";
import { eventually, nextEvent, slow, within } from "../support/clock.mjs";
import { ask, connected } from "../support/client.mjs";
import { disconnectReason, joinedSession, openSession } from "../support/engine.mjs";
import { Connection, request, requestBytes } from "../support/http.mjs";
import { is_reference, startServer, target } from "../support/server.mjs";
import { RawWebSocket, frameBytes } from "../support/ws.mjs";

const ours = is_reference ? "reference: not looked at" : false;
const own = certificate();
const handshake_ms = 1500 * Math.min(slow, 3);
const handshake = requestBytes({ target: "/socket.io/?EIO=4&transport=polling" });
const args = [...own.args, "--log-level", "info", "--ping-interval", String(1000 * slow),
  "--ping-timeout", String(10_000 * slow), "--options", JSON.stringify({ tls: { handshakeTimeout: handshake_ms } })];

/** The bytes below TLS. */
const bare = (server) => Connection.open({ host: server.host, port: server.port });

/** What the client of a TLS handshake sends first. */
async function clientHello() {
  const { Duplex } = await import("node:stream");
  const pieces = [];
  const sink = new Duplex({ read() {}, write: (piece, _, done) => (pieces.push(piece), done()) });
  tls.connect({ socket: sink, rejectUnauthorized: false }).on("error", () => {});
  await eventually(() => pieces.length, "ClientHello");
  return Buffer.concat(pieces);
}

attacks("a TLS port", args, (server) => {
  for (const [what, bytes] of [
    ["a plain HTTP request", handshake],
    ["random bytes", randomBytes(5000)],
    ["a record that announces more than is allowed", Buffer.from([22, 3, 1, 0xff, 0xff, ...randomBytes(600)])],
    ["an alert", Buffer.from([21, 3, 3, 0, 2, 2, 40])],
    ["application data before the handshake", Buffer.from([23, 3, 3, 0, 5, 1, 2, 3, 4, 5])],
    ["SSL 2", Buffer.from([0x80, 0x2e, 1, 0, 2, 0, 0x15, 0, 0, 0, 0x10, ...randomBytes(37)])],
  ]) {
    test(`${what}: closed, without an answer in plain`, { skip: ours }, async () => {
      const connection = await bare(server());
      connection.write(bytes);
      assert.doesNotMatch(await ended(connection), /HTTP/);
    });
  }

  test("ClientHello that is changed in one byte: closed", { skip: ours }, async () => {
    const hello = await clientHello();
    await Promise.all(Array.from({ length: 60 }, async (_, i) => {
      const bytes = Buffer.from(hello);
      bytes[9 + Math.floor((i * (bytes.length - 9)) / 60)] ^= 0xff;
      const connection = await bare(server());
      connection.write(bytes);
      connection.end();
      await ended(connection);
    }));
  });

  test("handshakes that stop halfway, or never begin, are closed in time", { skip: ours }, async () => {
    const hello = await clientHello();
    const all = await Promise.all(Array.from({ length: 50 }, () => bare(server())));
    all.forEach((connection, i) => connection.write(hello.subarray(0, Math.floor((i * hello.length) / 50))));
    for (const connection of all) await ended(connection);
  });

  test("half a ClientHello, then the end", { skip: ours }, async () => {
    const hello = await clientHello();
    for (const cut of [1, 5, 6, 100, hello.length]) {
      const connection = await bare(server());
      connection.write(hello.subarray(0, cut));
      connection.end();
      await ended(connection);
    }
  });

  for (const how of ["end", "reset"]) {
    test(`a connection that goes without close_notify (${how}), at every stage`, { skip: ours }, async () => {
      const leave = (connection) => (how === "end" ? connection.destroy() : connection.reset());
      leave(await Connection.open(server()));
      const asked = await Connection.open(server());
      asked.write(handshake);
      leave(asked);
      const ws = await joinedSession(server(), "websocket");
      leave(ws.ws.connection);
      assert.equal(await disconnectReason(server(), ws.id), "transport close");
      const polling = await joinedSession(server(), "polling");
      const waiting = polling.get().catch(() => {});
      leave(polling.gets.connection ?? polling.posts.connection ?? (await Connection.open(server())));
      polling.destroy();
      await waiting;
    });
  }

  test("a record that was changed on its way ends the connection", { skip: ours }, async () => {
    for (const open of [false, true]) {
      const tcp = await bare(server());
      const socket = tls.connect({ socket: tcp.socket, rejectUnauthorized: false }).on("error", () => {});
      await within(once(socket, "secureConnect"), "handshake");
      if (open) {
        const ws = await RawWebSocket.open(server(), "/socket.io/?EIO=4&transport=websocket", { connection: new Connection(socket, tcp.socket) });
        assert.equal(ws.accepted, true);
      }
      tcp.socket.write(Buffer.from([23, 3, 3, 0, 40, ...randomBytes(40)]));
      await within(new Promise((resolve) => socket.once("close", resolve)), "end");
    }
  });

  test("renegotiation is refused", { skip: ours }, async () => {
    const socket = tls.connect({ host: server().host, port: server().port, rejectUnauthorized: false, maxVersion: "TLSv1.2" });
    await within(once(socket, "secureConnect"), "handshake");
    const refusal = new Promise((resolve) => {
      socket.on("error", resolve);
      socket.renegotiate({ rejectUnauthorized: false }, resolve);
    });
    assert.match((await within(refusal, "refusal")).message, /renegotiation/);
    socket.destroy();
  });

  test("L38: frames in the same record as the handshake, and behind it: closed", { skip: ours }, async () => {
    for (const behind of [0, 100, 2000, 40_000]) {
      const after = Buffer.concat([frameBytes({ payload: "40" }), frameBytes({ payload: `4${"x".repeat(behind)}` })]);
      const ws = await RawWebSocket.open(server(), "/socket.io/?EIO=4&transport=websocket", { after });
      assert.equal(ws.response.status, 101);
      assert.ok([1002, 1006].includes((await ws.ending()).code));
      ws.destroy();
    }
  });

  test("requests behind each other in one record are answered in order", { skip: ours }, async () => {
    const connection = await Connection.open(server());
    connection.write(Buffer.concat(["/a", "/socket.io/?EIO=9", "/b"].map((target) => requestBytes({ target }))));
    for (const status of [404, 400, 404]) assert.equal((await connection.response()).status, status);
    connection.destroy();
  });
}, { modes: ["websocket", "polling"] });

attack("a member over TLS that never reads, in a busy room: closed at the limit of its queue",
  { args: [...own.args, "--max-queue", "300000"], skip: ours },
  async ({ server, idle }) => {
    const lazy = await joinedSession(server, "websocket");
    const reader = await joinedSession(server, "websocket");
    for (const one of [lazy, reader]) {
      await one.send('427["join","busy"]');
      assert.equal(await one.next(), "437[]");
    }
    lazy.ws.connection.pause();
    const writer = await joinedSession(server, "websocket");
    for (let i = 0; i < 300; i++) {
      await writer.send(`42["to room","busy","${i} ${"x".repeat(50_000)}"]`);
      assert.ok((await reader.next(60_000 * slow)).startsWith(`42["to room","${i} `));
    }
    assert.equal(await disconnectReason(server, lazy.id), "transport error");
    await idle();
  });

attack("answers over TLS that nobody reads end in time, and cost no CPU",
  { args: [...own.args, "--idle-timeout", "1000"], skip: ours },
  async ({ server, idle }) => {
    const lazy = await Connection.open(server);
    lazy.pause();
    for (let i = 0; i < 3000; i++) lazy.write(handshake);
    await idle();
    lazy.destroy();
  });

attack("few descriptors: those over TLS are refused in time, and all are given back",
  { args: own.args, wrap: ["prlimit", "--nofile=320:320"], skip: ours, modes: ["websocket", "websocket"] },
  async ({ server, idle }) => {
    const all = await Promise.all(Array.from({ length: 400 }, () => Connection.open(server).catch(() => null)));
    await idle();
    assert.ok(server.output().split("\n").length < 100, "the log is flooded");
    all.forEach((connection) => connection?.destroy());
    await eventually(async () => (await request(server, { target: "/socket.io/?EIO=4&transport=polling" }).catch(() => null))?.status === 200,
      "room for a new client");
    // An open WebSocket has one: more than a third of them.
    const open = [];
    for (let i = 0; i < 120; i++) open.push(await openSession(server, "websocket"));
    open.forEach((session) => session.destroy());
  });

/** A server that ends by itself: { code, stderr }. */
function refused(...more) {
  return new Promise((resolve) => {
    execFile(target, ["--port", "0", ...more], { timeout: 20_000 * slow }, (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, stdout, stderr });
    });
  });
}

const other = certificate();
const junk = path.join(path.dirname(own.cert), "junk.pem");
writeFileSync(junk, "no certificate");
for (const [what, line, more] of [
  ["a certificate that is not there", /tls: cert_file \/nowhere: No such file or directory/, ["--tls-cert", "/nowhere", "--tls-key", own.key]],
  ["a key that is not there", /tls: key_file \/nowhere: No such file or directory/, ["--tls-cert", own.cert, "--tls-key", "/nowhere"]],
  ["a certificate that is none", /tls: cert_file .*junk\.pem: no start line/, ["--tls-cert", junk, "--tls-key", own.key]],
  ["a key that is none", /tls: key_file .*junk\.pem/, ["--tls-cert", own.cert, "--tls-key", junk]],
  ["the key of another certificate", /tls: key_file .*: key values mismatch/, ["--tls-cert", own.cert, "--tls-key", other.key]],
  ["a passphrase that is missing", /tls: key_file/, certificate({ passphrase: "secret" }).args],
  ["a certificate without a key", /tls: cert_file and key_file go together/, ["--tls-cert", own.cert]],
  ["roots that are none", /tls: ca_file .*junk\.pem/, [...own.args, "--options", JSON.stringify({ tls: { requestCert: true, ca: junk } })]],
  ["ciphers that are none", /tls: ciphers none-such/, [...own.args, "--options", JSON.stringify({ tls: { ciphers: "none-such" } })]],
]) {
  test(`${what}: the server does not start, and says why`, { skip: ours }, async () => {
    const { code, stdout, stderr } = await refused(...more);
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, line);
  });
}

test("a reload: new connections get the new certificate, open ones go on, a bad file changes nothing", { skip: ours }, async (t) => {
  const [first, second] = [certificate(), certificate()];
  const used = certificate();
  const put = (from) => (copyFileSync(from.cert, used.cert), copyFileSync(from.key, used.key));
  put(first);
  const server = await startServer({ args: used.args });
  t.after(() => server.stop());
  const shown = () => shownBy(server);
  const reload = async (answer) => {
    const before = server.output().length;
    process.kill(server.pid, "SIGHUP");
    await eventually(() => server.output().slice(before).includes(`certificates: ${answer}\n`), answer);
  };
  const socket = await connected(server, { mode: "websocket" });
  assert.equal(await shown(), certificateText(first));
  put(second);
  await reload("ok");
  assert.equal(await shown(), certificateText(second));
  writeFileSync(used.cert, "no certificate");
  await reload("input or output error");
  assert.equal(await shown(), certificateText(second));
  assert.equal(await ask(socket, "message-with-ack", "still here"), "still here");
  socket.disconnect();
});
