// Who is measured: how each server is started. One that is not installed is left out.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { once } from "node:events";
import { cpus } from "node:os";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { certificate } from "../support/certificates.mjs";
import { foreign } from "./foreign.mjs";

const PATIENCE_MS = 20_000;
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const conformance = (build, ...more) => [
  `${build}/bin/sio-conformance`, "--port", "0", "--max-payload", "2000000", "--max-queue", "16000000", ...more,
];

const deflate = ["--options", '{"perMessageDeflate":true}'];

/**
 * Who is measured; `all`: those in other languages too. Of a peer:
 *
 * what     the scenarios that it knows, every one if absent
 * deflate  its arguments with permessage-deflate; without them it has none
 * tls      those with TLS, likewise
 * built    what is there once it is installed, its program if absent
 * load     more options for the load generator
 * workers  how many CPUs it wants, 1 if absent
 */
export function peers(build, all) {
  const tls = certificate().args;
  const bun = here("peers/node_modules/bun/bin/bun.exe");
  return [
    { name: "libsio", command: conformance(build), deflate, tls },
    { name: "Node", command: [process.execPath, here("../reference/server.mjs"), "--port", "0", "--max-payload", "2000000"], deflate, tls },
    { name: "Bun", command: [bun, here("peers/bun.mjs")], tls, what: /^(?!polling)/ },
    { name: "bare epoll", command: [`${build}/bench/bench-bare`], what: /^(connect|emit|broadcast|binary|idle|churn)/ },
    { name: "libsio, 2 workers", command: conformance(build, "--workers", "2"), deflate, tls, workers: 2 },
    ...(all ? foreign : []),
  ];
}

export const isInstalled = ({ command, built = command[0] }) => existsSync(built);

const last_cpu = cpus().length - 1;

/** Whether it and the load generator can have CPUs of their own. */
export const fitsApart = ({ workers = 1 }) => workers <= last_cpu;

/** Before a command: the last CPU is the load generator's. */
export const onItsCpus = (is_load) => ["taskset", "-c", is_load ? `${last_cpu}` : `0-${last_cpu - 1}`];

/** Starts a peer; gives its process, its port and how long it took until it listened. */
export async function start(peer, scenario = {}) {
  const began = performance.now();
  const more = [...(scenario.deflate ? peer.deflate : []), ...(scenario.tls ? peer.tls : [])];
  const [program, ...args] = [...(scenario.apart ? onItsCpus(false) : []), ...peer.command, ...more];
  const child = spawn(program, args, {
    env: { ...process.env, NODE_ENV: "production" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let timer;
  const listening = new Promise((resolve, reject) => {
    timer = setTimeout(reject, PATIENCE_MS, new Error("it does not listen"));
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`it ended with ${code}`)));
    createInterface({ input: child.stdout }).on("line", (line) => {
      const port = /listening on https?:\/\/127\.0\.0\.1:(\d+)$/.exec(line)?.[1];
      if (port) resolve(port);
    });
  });
  try {
    return { child, port: await listening, start_ms: performance.now() - began };
  } catch (error) {
    child.kill("SIGKILL");
    throw new Error(`${peer.name} does not start: ${error.message}`);
  } finally {
    clearTimeout(timer);
  }
}

export async function stop({ child }) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const end = once(child, "exit");
  child.kill("SIGKILL");
  await end;
}
