// node tests/bench/run.mjs [--quick] [--all-peers] [--build build/release] [--rounds N] [--only TEXT]
// Every peer in turn, scenario by scenario and round by round, so that what else the machine does
// meets all of them alike. Loopback only; ends by itself.

import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { promisify, parseArgs } from "node:util";
import { fitsApart, isInstalled, onItsCpus, peers, start, stop } from "./peers.mjs";
import { plot } from "./plot.mjs";
import { latencies, median, ratios, summary, table } from "./report.mjs";
import * as scenarios from "./scenarios.mjs";

const { values: options } = parseArgs({
  options: {
    "all-peers": { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    build: { type: "string", default: "build/release" },
    out: { type: "string", default: "build/bench" },
    rounds: { type: "string" },
    only: { type: "string", default: "" },
  },
});

const run = promisify(execFile);
const rounds = Number(options.rounds ?? (options.quick ? 1 : 3));
const window = options.quick ? ["--ms", "400", "--warm-ms", "150"] : ["--ms", "800", "--warm-ms", "300"];
const chosen = (options.quick ? scenarios.quick : scenarios.all).filter(({ name }) => name.includes(options.only));
const asked = peers(options.build, options["all-peers"]);
const present = asked.filter(isInstalled);
const names = present.map(({ name }) => name);
const rows = chosen.map((scenario) => ({ name: scenario.name, unit: scenario.unit ?? "us CPU", figure: scenario.figure ?? "cpu_us", runs: {}, of: {} }));
const starts = Object.fromEntries(names.map((name) => [name, []]));
const loads = [];

/** It takes long, and so many clients make its figure steady: one round is enough. */
const isLarge = ({ load }) => load[load.indexOf("--clients") + 1] >= 10_000;

async function measure(peer, scenario, row) {
  if (peer.what && !peer.what.test(scenario.name)) return;
  if ((scenario.deflate && !peer.deflate) || (scenario.tls && !peer.tls) || (scenario.apart && !fitsApart(peer))) return;
  let server;
  try {
    server = await start(peer, scenario);
    starts[peer.name].push(server.start_ms);
    const load = [...scenario.load, ...window, ...(peer.load ?? []), "--port", server.port, "--pid", server.child.pid].map(String);
    const [program, ...args] = [...(scenario.apart ? onItsCpus(true) : []), `${options.build}/bench/bench-load`, ...load];
    const { stdout } = await run(program, args, { timeout: 660_000 });
    (row.runs[peer.name] ??= []).push(JSON.parse(stdout));
  } catch (error) {
    console.error(`${peer.name}, ${scenario.name}: ${(error.stderr || error.message).trim()}`);
  } finally {
    if (server) await stop(server);
  }
}

for (let round = 0; round < rounds; round++)
  for (const [i, scenario] of chosen.entries()) {
    if (round > 0 && isLarge(scenario)) continue;
    console.error(`round ${round + 1} of ${rounds}: ${scenario.name}`);
    for (const peer of present) await measure(peer, scenario, rows[i]);
    loads.push(loadavg()[0]);
  }

for (const row of rows)
  for (const [name, runs] of Object.entries(row.runs)) row.of[name] = summary(runs, row.figure);
rows.push({
  name: "start to listening", unit: "ms", runs: {},
  of: Object.fromEntries(names.filter((name) => starts[name].length).map((name) => [name, { value: median(starts[name]) }])),
});

const spreads = rows.flatMap(({ of }) => Object.values(of)).filter(({ runs }) => runs > 1).map(({ spread }) => spread);
const noise = {
  cpus: cpus().length,
  load: median(loads),
  median_spread: spreads.length ? median(spreads) : null,
  worst_spread: spreads.length ? Math.max(...spreads) : null,
};
const timed = rows.filter(({ of }) => Object.values(of)[0]?.p50_us !== undefined);
const texts = [table(rows, names), ratios(rows, names), latencies(timed, names)];
const churn = rows.find(({ name }) => name.startsWith("churn"));
if (churn)
  for (const [name, { rss_first_kib: first, rss_last_kib: last }] of Object.entries(churn.of))
    texts.push(`memory after the last wave, ${name}: ${((last / first - 1) * 100).toFixed(1)} % above the first`);
texts.push(`noise: ${noise.cpus} CPUs, median load ${noise.load.toFixed(1)}` +
  (noise.median_spread === null ? "; one round, so no spread" :
    `; ${rounds} rounds, spread (max - min) / median of a figure: median ${(noise.median_spread * 100).toFixed(0)} %, worst ${(noise.worst_spread * 100).toFixed(0)} %`));
const absent = asked.filter((peer) => !isInstalled(peer));
if (absent.length > 0) texts.push(`not installed: ${absent.map(({ name }) => name).join(", ")}`);
console.log(texts.join("\n\n"));

mkdirSync(options.out, { recursive: true });
const cpu = /model name\s*: (.*)/.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1];
writeFileSync(`${options.out}/bench.json`, JSON.stringify({ date: new Date().toISOString(), cpu, noise, rounds, rows }, null, 1));
writeFileSync(`${options.out}/bench.md`, `${texts.join("\n\n")}\n`);
writeFileSync(`${options.out}/bench.svg`, plot([
  { title: "CPU of the server, us", rows: rows.filter(({ unit }) => unit === "us CPU") },
  { title: "p99, us", rows: rows.filter(({ unit }) => unit === "us p99") },
  { title: "Memory of a client, KiB", rows: rows.filter(({ unit }) => unit === "KiB") },
], names));
