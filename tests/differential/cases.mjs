// What the comparisons with released JavaScript codecs share: random cases, and our side behind a pipe.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

const program = process.argv[2];
export const seed = Number(process.env.PARLEY_SEED ?? 1);
export const cases = Number(process.env.PARLEY_CASES ?? 20000);

// --- random cases --------------------------------------------------------------------------------

let state = seed >>> 0;
export function random(below) {
  state = (state + 0x6d2b79f5) >>> 0;
  let x = Math.imul(state ^ (state >>> 15), state | 1);
  x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
  return ((x ^ (x >>> 14)) >>> 0) % below;
}
export const pick = (list) => list[random(list.length)];

export const corpus = (name) => {
  const folder = new URL(`../fuzz/corpus/${name}/`, import.meta.url);
  return readdirSync(folder).map((file) => readFileSync(new URL(file, folder)));
};
export function randomNumber() {
  const bytes = Buffer.from(Array.from({ length: 8 }, () => random(256)));
  const any = bytes.readDoubleLE();
  return pick([random(1000), random(1e6) / 1000, -random(1e9) / 7, Number.isFinite(any) ? any : 0, 2 ** (random(200) - 100)]);
}

export const words = ["", "a", "chat message", "é😀", 'q"\\\n\u0001', "\u007f\u2028", "_placeholder", "num", "10", "\u0000"];

export function randomValue(depth, binary) {
  const kind = random(depth > 3 ? 5 : 8);
  if (kind === 0) return null;
  if (kind === 1) return random(2) === 0;
  if (kind === 2) return randomNumber();
  if (kind < 5) return pick(words);
  if (kind === 5 && binary) return Buffer.from(Array.from({ length: random(5) }, () => random(256)));
  if (kind < 7) return Array.from({ length: random(4) }, () => randomValue(depth + 1, binary));
  return Object.fromEntries(Array.from({ length: random(4) }, () => [pick(words.slice(0, 6)), randomValue(depth + 1, binary)]));
}

// --- our side ------------------------------------------------------------------------------------

export const line = (letter, bytes) => letter + Buffer.from(bytes).toString("hex");
export const fromHex = (hex) => (hex === "-" ? Buffer.alloc(0) : Buffer.from(hex, "hex"));

export function ask(lines) {
  const run = spawnSync(program, { input: lines.join("\n") + "\n", maxBuffer: 1 << 30, encoding: "latin1" });
  assert.equal(run.status, 0, run.stderr || String(run.error));
  const answers = run.stdout.split("\n").slice(0, -1);
  assert.equal(answers.length, lines.length);
  return answers;
}
