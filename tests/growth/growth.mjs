// node tests/growth/growth.mjs [--build build/release] [--out build/bench]
// What one operation costs in larger and larger crowds: in instructions, counted by callgrind, and in
// time, which shows how much of a crowd the caches hold.

import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";

const run = promisify(execFile);

/** What grows, and how far: one of them at a time. */
export const crowds = {
  clients: [100, 1000, 10000],
  rooms: [100, 1000, 10000],
  namespaces: [100, 1000, 10000],
  workers: [1, 4, 64],
};

/** One run of growth.c: { operation: { instructions, letters } }, each by operation. */
async function count(build, crowd, size) {
  const folder = mkdtempSync(path.join(tmpdir(), "growth-"));
  const callgrind = ["--tool=callgrind", "--instr-atstart=no", "--collect-atstart=no", `--callgrind-out-file=${folder}/out`];
  try {
    await run("valgrind", [...callgrind, `${build}/bench/growth`, crowd, size], { timeout: 120_000 });
    const figures = {};
    for (const name of readdirSync(folder).sort((a, b) => a.localeCompare(b, "en", { numeric: true }))) {
      const dump = readFileSync(path.join(folder, name), "utf8");
      const [, operation, times, letters] = /^desc: Trigger: Client Request: (.*)\|(\d+)\|(\d+)$/m.exec(dump) ?? [];
      if (operation) figures[operation] = { instructions: /^totals: (\d+)/m.exec(dump)[1] / times, letters: letters / times };
    }
    return figures;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Rows of what grows: { operation, instructions: [by size], letters: [by size], ratio: last to first }. */
export async function grow(build, crowd) {
  const runs = await Promise.all(crowds[crowd].map((size) => count(build, crowd, String(size))));
  return Object.keys(runs[0]).map((operation) => {
    const instructions = runs.map((figures) => figures[operation].instructions);
    const letters = runs.map((figures) => figures[operation].letters);
    return { operation, instructions, letters, ratio: instructions.at(-1) / instructions[0] };
  });
}

/** Rows of { operation, ns: [by size] }. */
async function time(build, crowd, sizes) {
  const runs = [];
  for (const size of sizes) runs.push((await run(`${build}/bench/growth`, [crowd, String(size)])).stdout.trim().split("\n").map((line) => line.split("|")));
  return runs[0].map(([operation], i) => ({ operation, ns: runs.map((lines) => Number(lines[i][1])) }));
}

function table(head, sizes, rows, cell, last) {
  const lines = [`| ${head} | ${sizes.join(" | ")} | ${sizes.at(-1)} / ${sizes[0]} |`, `|---|${"---|".repeat(sizes.length + 1)}`];
  for (const row of rows) lines.push(`| ${row.operation} | ${sizes.map((_, i) => cell(row, i)).join(" | ")} | ${last(row).toFixed(2)} |`);
  return lines.join("\n");
}

const counted = ({ instructions, letters }, i) => instructions[i].toFixed(0) + (letters[i] > 0 ? `, letters ${+letters[i].toPrecision(2)}` : "");
const timed = ({ ns }, i) => ns[i].toFixed(0);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values: options } = parseArgs({
    options: { build: { type: "string", default: "build/release" }, out: { type: "string", default: "build/bench" } },
  });
  const rows = {}, texts = [];
  const add = (text) => {
    texts.push(text);
    console.log(`${text}\n`);
  };
  for (const [crowd, sizes] of Object.entries(crowds)) {
    rows[crowd] = await grow(options.build, crowd);
    add(table(`instructions, by number of ${crowd}`, sizes, rows[crowd], counted, ({ ratio }) => ratio));
  }
  const sizes = [100, 1000, 10000, 100000, 1000000];
  const times = await time(options.build, "clients", sizes);
  add(table("nanoseconds, by number of clients", sizes, times, timed, ({ ns }) => ns.at(-1) / ns[0]));
  mkdirSync(options.out, { recursive: true });
  writeFileSync(`${options.out}/growth.json`, JSON.stringify({ date: new Date().toISOString(), crowds, rows, sizes, times }, null, 1));
  writeFileSync(`${options.out}/growth.md`, `${texts.join("\n\n")}\n`);
}
