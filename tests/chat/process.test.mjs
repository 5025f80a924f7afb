// The program: its options, its signals, what it says about its health.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { eventually, nextEvent, within } from "../support/clock.mjs";
import { modes, upgraded } from "../support/client.mjs";
import { freshRoom, guest, newId, person } from "../support/chat.mjs";
import { request } from "../support/http.mjs";
import { startParley } from "../support/server.mjs";

/** Runs parley until it ends by itself. */
async function run(...args) {
  const child = spawn(process.env.PARLEY_BIN, args, { stdio: ["ignore", "pipe", "pipe"] });
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"]) child[name].setEncoding("utf8").on("data", (text) => (said[name] += text));
  const [code, signal] = await within(once(child, "close"), `end of parley ${args.join(" ")}`).finally(() =>
    child.kill("SIGKILL"),
  );
  return { code, signal, ...said };
}

// --- options ------------------------------------------------------------------------------------

for (const [args, words] of [
  [["--nonsense"], /nonsense/],
  [["--port"], /port/],
  [["--port", "70000"], /--port: a number from 0 to 65535 is wanted, not '70000'/],
  [["--port", "-1"], /--port.*'-1'/],
  [["--port", "80x"], /--port.*'80x'/],
  [["--port", ""], /--port.*''/],
  [["--workers", "many"], /--workers.*'many'/],
  [["--workers", "257"], /--workers.*'257'/],
  [["--grace", "1.5"], /--grace.*'1.5'/],
  [["web/public"], /'web\/public' is not expected/],
]) {
  test(`parley ${args.join(" ")}: exit 2 and a word about it`, async () => {
    const { code, stdout, stderr } = await run(...args);
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, words);
  });
}

test("--help and --version answer and end", async () => {
  const help = await run("--help");
  assert.deepEqual([help.code, help.stderr], [0, ""]);
  for (const name of ["port", "host", "workers", "web", "client-dir", "tls-cert", "tls-key", "deflate", "news-stdin", "grace", "quiet", "check-health"])
    assert.match(help.stdout, new RegExp(`--${name}\\b`));
  const version = await run("--version");
  assert.equal(version.code, 0);
  assert.match(version.stdout, /^parley \d+\.\d+\.\d+\n$/);
});

const stripped = {
  Connection: "keep-alive",
  Upgrade: "websocket",
  "Sec-WebSocket-Version": "13",
  "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
};
for (const [how, headers, line] of [
  ["Connection", stripped, /parley: info: WebSocket handshake refused: no Connection: upgrade.*: does a proxy strip it\?/],
  ["Upgrade", {}, /parley: info: request refused with code 3 \(Bad request\): .*: does a proxy strip them\?/],
]) {
  test(`a WebSocket request whose ${how} was stripped: the log says so, unless --quiet`, async (t) => {
    for (const args of [[], ["--quiet"]]) {
      const parley = await startParley({ args });
      t.after(() => parley.stop());
      const answer = await request(parley, { target: "/socket.io/?EIO=4&transport=websocket", headers });
      assert.equal(answer.status, 400);
      if (args.length === 0) await eventually(() => line.test(parley.output()), `a line about ${how}`);
      else assert.doesNotMatch(parley.output(), /refused/);
    }
  });
}

test("a port in use: exit 1 and a word about it", async (t) => {
  const server = await startParley();
  t.after(() => server.stop());
  const { code, stdout, stderr } = await run("--port", String(server.port));
  assert.deepEqual([code, stdout], [1, ""]);
  assert.match(stderr, new RegExp(`\\b${server.port}\\b.*in use`, "i"));
});

for (const [option, words] of [
  ["--web", /cannot serve the files of \/nowhere\/at\/all: No such file or directory/],
  ["--client-dir", /no client bundles in \/nowhere\/at\/all/],
]) {
  test(`${option} with a folder that is none: exit 1 and what is wrong with it`, async () => {
    const { code, stdout, stderr } = await run("--port", "0", option, "/nowhere/at/all");
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, words);
  });
}

test("--host with an address that is none: exit 1 and its name", async () => {
  const { code, stderr } = await run("--port", "0", "--host", "no.such.host.invalid");
  assert.equal(code, 1);
  assert.match(stderr, /no\.such\.host\.invalid/);
});

test("--host says where to listen, and the line says where that is", async (t) => {
  for (const [host, url] of [
    ["127.0.0.1", /^http:\/\/127\.0\.0\.1:\d+$/],
    ["::1", /^http:\/\/\[::1\]:\d+$/],
  ]) {
    const server = await startParley({ args: ["--host", host] });
    t.after(() => server.stop());
    assert.match(server.url, url);
    const socket = net.connect({ host, port: server.port });
    await within(once(socket, "connect"), `connection to ${host}`);
    socket.destroy();
  }
});

// --- health -------------------------------------------------------------------------------------

test("/healthz counts the clients", async (t) => {
  const server = await startParley();
  t.after(() => server.stop());
  const health = async () => {
    const { status, headers, json } = await request(server, { target: "/healthz" });
    assert.deepEqual([status, headers["content-type"], headers["cache-control"]], [200, "application/json", "no-store"]);
    return json;
  };
  assert.deepEqual(await health(), { ok: true, clients: 0 });
  await guest(t, server);
  assert.deepEqual(await health(), { ok: true, clients: 1 });
});

test("--check-health asks a running parley: exit 0, and 1 when there is none", async () => {
  const server = await startParley();
  const port = ["--port", String(server.port)];
  assert.equal((await run("--check-health", ...port)).code, 0);
  await server.stop();
  assert.equal((await run("--check-health", ...port)).code, 1);
});

test("--check-health: something else on the port is not well", async (t) => {
  const other = net.createServer((socket) => socket.on("error", () => {}).end("HTTP/1.1 503 Busy\r\n\r\n"));
  other.listen(0, "127.0.0.1");
  await once(other, "listening");
  t.after(() => other.close());
  assert.equal((await run("--check-health", "--port", String(other.address().port))).code, 1);
});

// --- the end ------------------------------------------------------------------------------------

for (const signal of ["SIGTERM", "SIGINT"]) {
  for (const mode of Object.keys(modes)) {
    test(`${signal}: clients over ${mode} see transport close, and come back to the next process`, async (t) => {
      const server = await startParley();
      const ada = await person(t, server, "Ada", ["lobby"], { mode });
      if (mode === "upgrade") await upgraded(ada.socket);
      await ada.say("lobby", "before");
      const gone = nextEvent(ada.socket, "disconnect");
      const back = nextEvent(ada.socket, "connect", 60_000);
      server.kill(signal);
      const [reason] = await gone;
      // A poll that was on its way finds nobody any more.
      if (mode !== "polling" || reason !== "transport error") assert.equal(reason, "transport close");
      await server.stop();

      const next = await startParley({ args: ["--port", String(server.port)] });
      t.after(() => next.stop());
      await back;
      assert.deepEqual((await ada.does("hello", { name: "Ada" })).rooms, []);
      assert.deepEqual((await ada.does("enter", { room: "lobby" })).messages, []);
      assert.equal((await ada.say("lobby", "after")).seq, 1);
      await ada.hears("message", { text: "after" });
      ada.socket.disconnect();
    });
  }
}

test("the same guest's words have another id after a new start", async (t) => {
  const ids = [];
  for (let round = 0; round < 2; round++) {
    const server = await startParley();
    const nameless = await guest(t, server, { mode: "websocket", reconnection: false });
    ids.push((await nameless.ask("chat message", "hi")).id);
    await server.stop();
  }
  assert.notEqual(ids[0], ids[1]);
});

test("a stop with everybody in many rooms ends with exit code 0", async (t) => {
  const server = await startParley();
  const rooms = Array.from({ length: 20 }, () => freshRoom());
  const people = await Promise.all(
    Array.from({ length: 20 }, (_, n) => person(t, server, `P${n}`, rooms, { mode: "websocket", reconnection: false })),
  );
  for (const one of people) one.tell("say", { room: rooms[0], text: "x", id: newId() });
  await server.stop();
});

/** A parley that cannot end gracefully: somebody asked for a large file and does not read on. */
async function heldUp(t, ...args) {
  const dir = await mkdtemp(path.join(tmpdir(), "parley-"));
  t.after(() => rm(dir, { recursive: true }));
  await writeFile(path.join(dir, "large.bin"), randomBytes(48 * 1024 * 1024));
  const server = await startParley({ args: ["--web", dir, ...args] });
  t.after(() => server.kill());
  const socket = net.connect({ port: server.port, host: server.host });
  t.after(() => socket.destroy());
  socket.on("error", () => {});
  socket.write("GET /large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await within(once(socket, "readable"), "the beginning of the file");
  return server;
}

test("a second signal ends it at once", async (t) => {
  const server = await heldUp(t, "--grace", "3600");
  const one = await guest(t, server, { mode: "websocket", reconnection: false });
  const gone = nextEvent(one.socket, "disconnect");
  server.kill("SIGTERM");
  await gone;
  server.kill("SIGTERM");
  assert.deepEqual(await within(server.exited, "end"), { code: null, signal: "SIGTERM" });
});

test("what is still open after --grace seconds is cut: exit code 0", async (t) => {
  const server = await heldUp(t, "--grace", "1");
  await server.stop();
});
