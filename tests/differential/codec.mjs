// Our codec against the released JavaScript one, on the fuzz corpora, on mutations of them and on
// packets that the reference encodes:  node codec.mjs PATH-OF-differential_codec
//
// PARLEY_SEED chooses other random cases (it is printed), PARLEY_CASES how many.
//
// Written differences, each of which is left out below:
//   - a placeholder's num with a fraction is illegal here, undefined in JavaScript;
//   - an illegal placeholder that a later equal key hides is illegal here, not in JavaScript;
//   - more than 1024 levels of nesting are refused here;
//   - lone surrogates become U+FFFD when a string is unescaped here;
//   - integers between 2^53 and 2^63 stay exact here.
// Exit code 77: the reference is not installed.

import assert from "node:assert/strict";
import { ask, cases, corpus, fromHex, line, pick, random, randomNumber, randomValue, seed, words } from "./cases.mjs";

const reference = await import("socket.io-parser").catch(() => process.exit(77));
const { Decoder, Encoder, PacketType } = reference.default ?? reference;

// --- random cases --------------------------------------------------------------------------------

const texts = (name, from = 0) =>
  corpus(name)
    .map((bytes) => bytes.subarray(from).toString())
    .filter((text) => !text.includes("\ufffd"));

const isWellFormed = (text) => Buffer.from(text).toString() === text;

const crumbs = [
  ..."0123456789-+.eE[]{},:\"/ \t\\abu?",
  "\u00a0", "\ufeff", "\u2028", "é", "😀", "\u0000", "\u0001",
  "null", "true", "false", "1e999", "\\u0000", "\\ud800", "\\udc00", "\\n",
  '"a"', "[]", "{}", '{"_placeholder":true,"num":0}', '"_placeholder"', '"num"', '"connect"', "51-", "/a,",
];

function mutate(text, others) {
  let characters = [...text];
  for (let n = 1 + random(4); n > 0; n--) {
    const at = random(characters.length + 1);
    const kind = random(5);
    if (kind === 0) characters.splice(at, 1 + random(3));
    else if (kind === 1) characters.splice(at, 0, pick(crumbs));
    else if (kind === 2) characters.splice(at, 1, pick(crumbs));
    else if (kind === 3) characters.splice(at, 0, ...characters.slice(at, at + random(8)));
    else characters = [...characters.slice(0, at), ...[...pick(others)].slice(random(20))];
  }
  return characters.join("").slice(0, 3000);
}

// --- our side ------------------------------------------------------------------------------------

function parseAnswer(answer) {
  if (!answer.startsWith("packet ")) return { verdict: answer };
  const [, type, nsp, id, payload, again, ...messages] = answer.split(" ");
  return {
    verdict: "packet",
    type: Number(type),
    nsp: fromHex(nsp).toString(),
    id: id === "-" ? undefined : Number(id),
    data: payload === "-" ? undefined : JSON.parse(fromHex(payload).toString()),
    again: again === "again" ? messages.map(fromHex) : undefined,
  };
}

// --- JSON ----------------------------------------------------------------------------------------

function depthOf(text) {
  let depth = 0;
  let most = 0;
  for (const c of text) {
    if (c === "[" || c === "{") most = Math.max(most, ++depth);
    else if (c === "]" || c === "}") depth--;
  }
  return most;
}

/** A value with U+FFFD for each lone surrogate, in keys too. */
function wellFormed(value) {
  if (typeof value === "string") return Buffer.from(value).toString();
  if (Array.isArray(value)) return value.map(wellFormed);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [wellFormed(key), wellFormed(item)]));
}

const canonical = (text) => JSON.stringify(wellFormed(JSON.parse(text)));

/** Keys like "10" come first in JavaScript's objects, and an exact integer is longer. */
const comparesByValue = (text) => /"(\d+|\\u003\d.*)"\s*:/.test(text) || /\d{16}/.test(text) || text.includes("__proto__");

function compareJson() {
  const seeds = [...texts("fuzz_json_scan"), ...texts("fuzz_placeholder", 1)];
  const all = [...seeds];
  for (let i = 0; i < cases; i++) all.push(mutate(pick(seeds), seeds));
  for (let i = 0; i < cases; i++) all.push(JSON.stringify([randomNumber(), randomNumber(), randomValue(0, false)]));
  const inputs = all.filter((text) => text.length > 0 && depthOf(text) <= 1024 && isWellFormed(text));
  const answers = ask(inputs.map((text) => line("J", text)));
  let accepted = 0;

  inputs.forEach((text, i) => {
    let want;
    try {
      want = canonical(text);
    } catch {
      assert.equal(answers[i], "bad", `accepted: ${text}`);
      return;
    }
    accepted++;
    assert.ok(answers[i].startsWith("ok "), `refused: ${text}`);
    const got = fromHex(answers[i].slice(3)).toString();
    if (comparesByValue(text)) assert.deepEqual(JSON.parse(got), JSON.parse(want), text);
    else assert.equal(got, want, text);
  });
  console.log(`json: ${inputs.length} texts compared, ${accepted} of them valid`);
}

// --- packets -------------------------------------------------------------------------------------

/** One sequence of messages through the reference: a result for each, until the first error. */
function decodeByReference(messages) {
  const decoder = new Decoder();
  const results = [];
  let packet;
  decoder.on("decoded", (decoded) => (packet = decoded));
  for (const message of messages) {
    packet = undefined;
    try {
      decoder.add(message);
      results.push(packet ? { verdict: "packet", ...packet } : { verdict: "more" });
    } catch (error) {
      results.push({ verdict: `bad ${error.message}` });
      break;
    }
  }
  return results;
}

/** Buffers, and the placeholders that stand for them, as marks that can be compared. */
function mark(value, buffers) {
  if (Buffer.isBuffer(value)) return { attachment: buffers.indexOf(value) };
  if (Array.isArray(value)) return value.map((item) => mark(item, buffers));
  if (value === null || typeof value !== "object") return value === 0 ? 0 : value;
  if (buffers.length > 0 && value._placeholder === true) return { attachment: value.num === 0 ? 0 : value.num };
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mark(item, buffers)]));
}

function countKeys(value) {
  if (value === null || typeof value !== "object") return 0;
  const keys = Array.isArray(value) ? 0 : Object.keys(value).length;
  return Object.values(value).reduce((sum, item) => sum + countKeys(item), keys);
}

function hasEqualKeys(text) {
  try {
    const json = text.slice(text.indexOf("["));
    return (json.match(/"(?:[^"\\]|\\.)*"\s*:/g) ?? []).length !== countKeys(JSON.parse(json));
  } catch {
    return false;
  }
}

/** Where the verdict may differ: a num with a fraction, equal keys. */
const isSpecial = (text) => /"num"\s*:\s*-?[\d.eE+-]*[.eE]/.test(text) || (text.includes("_p") && hasEqualKeys(text));

function compareResult(messages, i, ours, theirs) {
  const what = `message ${i} of ${JSON.stringify(messages.map(String))}`;
  const buffers = messages.filter(Buffer.isBuffer);
  assert.equal(ours.verdict, theirs.verdict, what);
  if (ours.verdict !== "packet") return;
  assert.equal(ours.type, theirs.type, what);
  assert.equal(ours.nsp, theirs.nsp, what);
  assert.ok(Object.is(ours.id, theirs.id), what);
  assert.deepEqual(mark(ours.data, buffers), mark(theirs.data, buffers), what);
}

function compareDecoding(sequences) {
  const lines = [];
  for (const messages of sequences) {
    lines.push("R");
    for (const message of messages) lines.push(line(Buffer.isBuffer(message) ? "B" : "T", message));
  }
  const answers = ask(lines);
  const packets = [];
  let at = 0;
  for (const messages of sequences) {
    const ours = answers.slice(at + 1, at + 1 + messages.length).map(parseAnswer);
    decodeByReference(messages).forEach((theirs, i) => compareResult(messages, i, ours[i], theirs));
    packets.push(ours.at(-1));
    at += 1 + messages.length;
  }
  return packets;
}

function compareMutations() {
  const seeds = texts("fuzz_sio_header");
  const sequences = seeds.map((text) => [text]);
  for (let i = 0; i < 2 * cases; i++) {
    const text = mutate(pick(seeds), seeds);
    const messages = [text];
    for (let n = random(3); n > 0 && /^[56]/.test(text); n--) messages.push(random(9) ? Buffer.from([n]) : pick(seeds));
    sequences.push(messages);
  }
  const kept = sequences.filter(([text]) => text.length > 0 && !isSpecial(text) && isWellFormed(text));
  const results = compareDecoding(kept);
  const good = results.filter(({ verdict }) => verdict === "packet").length;
  console.log(`packets: ${kept.length} sequences compared, ${good} end with a packet`);
}

/** What the reference encodes is decoded by us as by itself, and encoded again to the same bytes. */
function compareEncoding() {
  const encoder = new Encoder();
  const sequences = [];
  while (sequences.length < cases) {
    const type = pick([PacketType.EVENT, PacketType.ACK]);
    const data = Array.from({ length: random(5) }, () => randomValue(0, random(2) === 0));
    if (type === PacketType.EVENT) data.unshift(pick(words));
    const id = type === PacketType.ACK || random(2) ? pick([0, 7, 2 ** 31, 2 ** 53, 1e20]) : undefined;
    const messages = encoder.encode({ type, nsp: pick(["/", "/a", "/é?x=1"]), data, id });
    if (messages.length <= 11) sequences.push(messages);
  }
  compareDecoding(sequences).forEach(({ again }, i) => {
    const [text, ...attachments] = sequences[i];
    assert.deepEqual(again?.map((bytes) => bytes.toString("latin1")),
      [Buffer.from(`4${text}`), ...attachments].map((bytes) => bytes.toString("latin1")), text);
  });
  console.log(`encoding: ${sequences.length} packets of the reference made again byte for byte`);
}

console.log(`seed ${seed}`);
compareJson();
compareMutations();
compareEncoding();
