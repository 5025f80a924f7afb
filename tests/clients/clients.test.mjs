// Clients of other languages and versions: README.md here says what each program does.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { after, before, describe, test } from "node:test";
import { io } from "socket.io-client";
import { startServer } from "../support/server.mjs";
import { startProxy } from "../support/proxy.mjs";
import { eventually, sleep, slow, within } from "../support/clock.mjs";
import { install } from "../support/install.mjs";
import { clients } from "./clients.mjs";

for (const client of clients) if (!client.missing) client.problem = install(client);

const facts = [
  "connects to / and joins /custom",
  "its auth payload arrives",
  "its query arrives",
  "hears why a namespace refuses it",
  "exchanges text",
  "exchanges JSON",
  "exchanges binary",
  "gets acks with text and JSON",
  "gets acks with binary",
  "answers the server's acks with text, JSON and binary",
  "gets 100 of its messages back in order",
  "gets 100 of the server's messages in order",
  "exchanges messages of 200 KB",
  "outlives heartbeats",
  "upgrades to WebSocket",
  "survives a cut of its connection",
];
const transports = ["polling", "websocket", "upgrade"];
// The same over WebSocket once more, from a server that has permessage-deflate on, for clients that offer it.
const deflated = "websocket, deflated";
const deflate = ["--options", '{"perMessageDeflate":{"threshold":0}}'];
const heartbeat = ["--ping-interval", "2000", "--ping-timeout", "2500"];
const workers = process.env.PARLEY_WORKERS ? [process.env.PARLEY_WORKERS] : ["1", "4"];

/** Notes which transports go through a proxy. */
function watcher() {
  const seen = { polling: 0, websocket: 0, switched: 0, deflated: 0 };
  const watch = (chunk, from_server) => {
    const head = chunk.toString("latin1", 0, 1000);
    if (from_server) {
      seen.switched += /^HTTP\/1\.1 101 /.test(head);
      seen.deflated += /^HTTP\/1\.1 101 [^]*\r\nsec-websocket-extensions: permessage-deflate/i.test(head);
    } else if (/^(GET|POST) \S*[?&]transport=polling/.test(head)) seen.polling++;
    else if (/^GET \S*[?&]transport=websocket/.test(head)) seen.websocket++;
  };
  return { seen, watch };
}

/** Cuts the line for a while: long enough for a client that polls to notice. */
async function cut(proxy, server) {
  proxy.leadTo({ host: "127.0.0.1", port: 1 });
  proxy.cut();
  await sleep(300);
  proxy.leadTo(server);
}

/** Runs a client's program: gives its facts by name, the ids it left with, and what it printed. */
async function run(command, cut_line) {
  const child = spawn(command[0], command.slice(1), { stdio: ["ignore", "pipe", "pipe"] });
  const told = { facts: new Map(), left: null, output: "" };
  const lines = createInterface({ input: child.stdout });
  lines.on("line", (text) => {
    told.output += `${text}\n`;
    if (!text.startsWith("{")) return;
    const line = JSON.parse(text);
    if (line.fact) told.facts.set(line.fact, line);
    if (line.please === "cut") cut_line();
    if (line.left) told.left = line.left;
  });
  child.stderr.on("data", (chunk) => (told.output += chunk));
  const closed = new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve(signal ?? code));
  });
  try {
    told.end = await within(closed, "end of the client", 90_000);
  } catch (error) {
    child.kill("SIGKILL");
    told.end = error.message;
  }
  return told;
}

/** Why the server says the sockets left. */
async function reasons(witness, ids) {
  const ask = (id) => witness.emitWithAck("last disconnect", id);
  return eventually(async () => {
    const all = await Promise.all(ids.map(ask));
    return all.includes(null) ? null : all;
  }, "departure");
}

async function check(t, client, variant, server, witness) {
  const transport = variant === deflated ? "websocket" : variant;
  assert.ok(!client.problem, client.problem);
  const { seen, watch } = watcher();
  const proxy = await startProxy(server, { watch });
  const attempt = () => run(client.command(proxy.url, transport), () => cut(proxy, server));
  let told = await attempt();
  if (client.mayFail?.test(told.output)) told = await attempt();
  await proxy.stop();

  const limits = client.limits(transport);
  for (const fact of facts) {
    const limit = limits[fact];
    if (limit === null || (fact === "upgrades to WebSocket" && transport !== "upgrade")) continue;
    await t.test(fact, { skip: limit }, () => {
      const line = told.facts.get(fact);
      assert.ok(line, `nothing said of it; it printed\n${told.output}`);
      assert.ok(line.ok, line.why);
    });
  }
  await t.test("leaves cleanly", async () => {
    assert.equal(told.end, 0, told.output);
    const left = await reasons(witness, told.left);
    for (const reason of left) assert.match(reason, client.leaves ?? /^client namespace disconnect$/);
  });
  await t.test("uses the transport that it is told to", () => {
    if (transport === "polling") assert.equal(seen.websocket, 0);
    if (transport === "websocket") assert.equal(seen.polling, 0);
    if (transport !== "polling") assert.ok(seen.switched >= 1 && seen.websocket >= 1);
    assert.equal(seen.deflated > 0, variant === deflated);
  });
}

for (const count of workers) {
  describe(`${count} worker${count === "1" ? "" : "s"}`, { concurrency: 6 }, () => {
    const with_workers = process.env.PARLEY_WORKERS ? [] : ["--workers", count];
    const kinds = ["4", "3", `4 ${deflated}`, `3 ${deflated}`];
    const servers = {};
    const witnesses = {};
    before(async () => {
      for (const kind of kinds) {
        const args = [...heartbeat, ...with_workers];
        if (kind.startsWith("3")) args.push("--eio3");
        if (kind.endsWith(deflated)) args.push(...deflate);
        servers[kind] = await startServer({ args });
        witnesses[kind] = io(servers[kind].url, { transports: ["websocket"] });
      }
    });
    after(async () => {
      for (const kind of kinds) {
        witnesses[kind]?.disconnect();
        await servers[kind]?.stop();
      }
    });
    for (const client of clients) {
      for (const variant of [...transports, ...(client.offers_deflate ? [deflated] : [])]) {
        const options = { skip: client.missing, timeout: 120_000 * slow };
        const kind = variant === deflated ? `${client.engine} ${deflated}` : client.engine;
        test(`${client.name}, ${variant}`, options, (t) => check(t, client, variant, servers[kind], witnesses[kind]));
      }
    }
  });
}
