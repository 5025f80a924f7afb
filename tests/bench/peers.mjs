// Who is measured: how each server is started. A peer that is not there is left out.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { certificate } from "../support/certificates.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const conformance = (build, ...more) => [
  `${build}/bin/sio-conformance`, "--port", "0", "--max-connections", "20000", "--max-payload", "2000000", "--max-queue", "16000000", ...more,
];

const deflate = ["--options", '{"perMessageDeflate":true}'];

/** `what`: the scenarios a peer knows, all if absent. `deflate`: its arguments with permessage-deflate; `tls`: those with TLS; without them it has none. */
export function peers(build) {
  const tls = certificate().args;
  const bun = here("peers/node_modules/bun/bin/bun.exe");
  return [
    { name: "libsio", command: conformance(build), deflate, tls },
    { name: "Node", command: [process.execPath, here("../reference/server.mjs"), "--port", "0", "--max-payload", "2000000"], deflate, tls },
    { name: "Bun", command: [bun, here("peers/bun.mjs")], tls, what: /^(?!polling|churn)/ },
    { name: "bare epoll", command: [`${build}/bench/bench-bare`], what: /^(connect|emit|broadcast|binary|idle|churn)/ },
    { name: "libsio, 2 workers", command: conformance(build, "--workers", "2"), what: /^(emit|broadcast)/ },
  ].filter(({ command }) => existsSync(command[0]));
}

/** Starts a peer; gives its process, its port and how long it took until it listened. */
export async function start(peer, scenario) {
  const began = performance.now();
  const more = [...(scenario.deflate ? peer.deflate : []), ...(scenario.tls ? peer.tls : [])];
  const child = spawn(peer.command[0], [...peer.command.slice(1), ...more], {
    env: { ...process.env, NODE_ENV: "production" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  for await (const chunk of child.stdout) {
    text += chunk;
    const port = /listening on https?:\/\/127\.0\.0\.1:(\d+)/.exec(text)?.[1];
    if (port) return { child, port, start_ms: performance.now() - began };
  }
  throw new Error(`${peer.name} does not start: ${text}`);
}

export async function stop({ child }) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const end = once(child, "exit");
  child.kill("SIGKILL");
  await end;
}
