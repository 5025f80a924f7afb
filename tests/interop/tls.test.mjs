// https and wss: the official client on a server with a certificate of its own.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { after, describe, test } from "node:test";
import tls from "node:tls";
import { certificate } from "../support/certificates.mjs";
import { nextEvent, within } from "../support/clock.mjs";
import { ask, client, collect, connected, modes, upgraded } from "../support/client.mjs";
import { links, startProxy } from "../support/proxy.mjs";
import { startServer } from "../support/server.mjs";

const own = certificate();
const trusting = { ca: readFileSync(own.cert), rejectUnauthorized: true };

/** A server with this certificate, more options of TLS, and whatever else. */
async function start(tls_options = {}, args = [], from = own) {
  const server = await startServer({ args: [...from.args, "--options", JSON.stringify({ tls: tls_options }), ...args] });
  after(() => server.stop());
  return server;
}

/** A TLS connection whose handshake is done; `resumable` gives its session. */
async function secured(server, options = {}) {
  const socket = tls.connect({ host: server.host, port: server.port, rejectUnauthorized: false, ...options });
  socket.resumable = once(socket, "session").then(([session]) => session, () => null);
  await within(once(socket, "secureConnect"), "TLS handshake");
  return socket;
}

const server = await start({}, ["--max-payload", "20000000", "--max-queue", "20000000"]);

for (const mode of Object.keys(modes)) {
  describe(`${mode} over TLS`, () => {
    test("the client finds the certificate good, and the handshake is secure", async () => {
      const socket = await connected(server, { mode, ...trusting });
      const handshake = await ask(socket, "handshake");
      assert.equal(handshake.secure, true);
      assert.match(handshake.address, /^(::ffff:)?127\.0\.0\.1$/);
      socket.disconnect();
    });

    test("text and binary come back, in order, through the upgrade too", async () => {
      const socket = await connected(server, { mode, ...trusting });
      const echoed = collect(socket, "message-back", 300);
      for (let i = 0; i < 300; i++) socket.emit("message", i, i % 7 === 0 ? Buffer.alloc(i, i) : "ä".repeat(i));
      (await echoed).forEach(([n, value], i) => {
        assert.equal(n, i);
        assert.deepEqual(value, i % 7 === 0 ? Buffer.alloc(i, i) : "ä".repeat(i));
      });
      socket.disconnect();
    });

    test("8 MB go there and back", async () => {
      const socket = await connected(server, { mode, ...trusting });
      if (mode === "upgrade") await upgraded(socket);
      const bytes = randomBytes(8_000_000);
      assert.ok(bytes.equals(Buffer.from(await ask(socket, "message-with-ack", bytes))));
      socket.disconnect();
    });

    test("a ClientHello, and all that follows, byte by byte", async (t) => {
      const proxy = await startProxy(server, { link: links["byte by byte"] });
      t.after(() => proxy.stop());
      const socket = await connected(proxy, { mode, ...trusting });
      assert.equal(await ask(socket, "message-with-ack", "slowly"), "slowly");
      socket.disconnect();
    });
  });
}

test("a client that does not know who signed it does not connect", async () => {
  const socket = client(server, { mode: "websocket", rejectUnauthorized: true, reconnection: false });
  const failed = nextEvent(socket, "connect_error");
  socket.connect();
  await failed;
});

test("40 clients meet in a room, whichever worker each came to", async () => {
  const sockets = await Promise.all(Array.from({ length: 40 }, (_, i) =>
    connected(server, { mode: ["websocket", "upgrade"][i % 2], ...trusting })));
  await Promise.all(sockets.map((socket) => ask(socket, "join", "all of them")));
  const heard = sockets.map((socket) => collect(socket, "to room", 40));
  sockets.forEach((socket, i) => socket.emit("to room", "all of them", `${i}`));
  for (const got of await Promise.all(heard)) assert.equal(new Set(got.map(([text]) => text)).size, 40);
  sockets.forEach((socket) => socket.disconnect());
});

test("HTTP/1.1 is what is spoken, of what a client offers", async () => {
  const socket = await secured(server, { ALPNProtocols: ["h2", "http/1.1"] });
  assert.equal(socket.alpnProtocol, "http/1.1");
  socket.destroy();
});

for (const version of ["TLSv1.2", "TLSv1.3"]) {
  test(`${version}: a session is resumed`, async () => {
    const only = { minVersion: version, maxVersion: version };
    const first = await secured(server, only);
    first.write("GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n");
    first.resume();
    const second = await secured(server, { ...only, session: await within(first.resumable, "session") });
    assert.equal(second.getProtocol(), version);
    assert.equal(second.isSessionReused(), true);
    first.destroy();
    second.destroy();
  });
}

test("minVersion keeps older versions out", async () => {
  const strict = await start({ minVersion: "TLSv1.3" });
  await assert.rejects(secured(strict, { maxVersion: "TLSv1.2" }), /protocol version|EPROTO|ECONNRESET/i);
  const socket = await secured(strict);
  assert.equal(socket.getProtocol(), "TLSv1.3");
  socket.destroy();
});

test("a key with a passphrase", async () => {
  const secret = certificate({ passphrase: "open sesame" });
  const locked = await start({ passphrase: "open sesame" }, [], secret);
  const socket = await connected(locked, { mode: "websocket", ca: readFileSync(secret.cert), rejectUnauthorized: true });
  assert.equal(await ask(socket, "message-with-ack", 1), 1);
  socket.disconnect();
});

describe("certificates of clients", () => {
  const authority = certificate({ name: "authority" });
  const files = (one) => ({ cert: readFileSync(one.cert), key: readFileSync(one.key) });
  const known = files(certificate({ name: "known", by: authority }));
  const stranger = files(certificate({ name: "stranger" }));

  for (const mode of Object.keys(modes)) {
    test(`${mode}: one that is asked for and good lets the client in`, async () => {
      const asking = await start({ ca: authority.cert, requestCert: true });
      const socket = await connected(asking, { mode, ...known });
      assert.equal(await ask(socket, "message-with-ack", 1), 1);
      socket.disconnect();
    });
  }

  for (const [what, shown] of [["none", {}], ["one that nobody knows", stranger]]) {
    test(`${what}: refused`, async () => {
      const asking = await start({ ca: authority.cert, requestCert: true });
      const socket = client(asking, { mode: "websocket", reconnection: false, ...shown });
      const failed = nextEvent(socket, "connect_error");
      socket.connect();
      await failed;
    });

    test(`${what}: let in where rejectUnauthorized is false`, async () => {
      const asking = await start({ ca: authority.cert, requestCert: true, rejectUnauthorized: false });
      const socket = await connected(asking, { mode: "websocket", ...shown });
      assert.equal(await ask(socket, "message-with-ack", 1), 1);
      socket.disconnect();
    });
  }
});
