// Our msgpack packets against the released parser, on the fuzz corpus, on mutations of it and on
// packets that the reference encodes:  node msgpack.mjs PATH-OF-differential_codec
//
// PARLEY_SEED chooses other random cases (it is printed), PARLEY_CASES how many.
//
// Written differences, each of which is left out below:
//   - an event needs a name that is not reserved, and a namespace is not empty, here;
//   - keys of a map that are no strings, numbers, nil, booleans or undefined are refused here;
//   - a map that looks like a placeholder is refused next to binary here;
//   - undefined is null, or its key is left out; a Date is its text; NaN is null;
//   - integers between 2^53 and 2^64 stay exact here;
//   - `__proto__` is a key like any other here.
// Exit code 77: the reference is not installed.

import assert from "node:assert/strict";
import { ask, cases, corpus, fromHex, line, pick, random, randomNumber, randomValue, seed, words } from "./cases.mjs";

const parser = (await import("socket.io-msgpack-parser").catch(() => process.exit(77))).default;
const { Decoder, Encoder, PacketType } = parser;
const reserved = ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"];

/** What the reference makes of a message; undefined: it refuses. */
function decodeByReference(message) {
  const decoder = new Decoder();
  let packet;
  decoder.on("decoded", (decoded) => (packet = decoded));
  try {
    decoder.add(message);
  } catch {
    return undefined;
  }
  return packet;
}

/** A value as JSON has it, each binary one a mark, but as a Buffer's JSON in a CONNECT. */
function asJson(value, is_connect = false) {
  if (value instanceof Date) return value.toJSON();
  if (Buffer.isBuffer(value) || value instanceof ArrayBuffer) {
    const bytes = Buffer.from(value);
    return is_connect ? bytes.toJSON() : { attachment: bytes.toString("hex") };
  }
  if (Array.isArray(value)) return value.map((item) => asJson(item, is_connect) ?? null);
  if (typeof value === "number" && Number.isNaN(value)) return null;
  if (value === null || typeof value !== "object") return value === 0 ? 0 : value;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries.map(([key, item]) => [key, asJson(item, is_connect)]));
}

/** The same of our text. */
function marked(value, buffers) {
  if (Array.isArray(value)) return value.map((item) => marked(item, buffers));
  if (value === null || typeof value !== "object") return value === 0 ? 0 : value;
  if (value._placeholder === true) return { attachment: buffers[value.num] };
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, marked(item, buffers)]));
}

function parseAnswer(answer) {
  if (!answer.startsWith("packet ")) return undefined;
  const [, type, nsp, id, payload, ...rest] = answer.split(" ");
  const end = rest.indexOf("again");
  const buffers = rest.slice(0, end).map((hex) => (hex === "-" ? "" : hex)); // without "-" if there is no "again"
  return {
    type: Number(type),
    nsp: fromHex(nsp).toString(),
    id: id === "-" ? undefined : Number(id),
    data: payload === "-" ? undefined : marked(JSON.parse(fromHex(payload).toString()), buffers),
    again: end < 0 ? undefined : fromHex(rest[end + 1]),
  };
}

/** Where ours may refuse what the reference takes. */
function mayBeRefused(packet, message) {
  if (packet.nsp === "") return true;
  if (packet.type === PacketType.EVENT) {
    const [name] = packet.data;
    if (!["string", "number"].includes(typeof name) || reserved.includes(name)) return true;
  }
  excused++;
  return /[\x80-\x9f\xc4-\xc9\xd4-\xd8\xdc-\xdf]/.test(message.toString("latin1").slice(1));
}

/** Refused for a key that is a container, binary, a date or an extension: the reference's object does not tell. */
let excused = 0;

const isSpecial = (message) => {
  const text = message.toString("latin1");
  return text.includes("__proto__") || text.includes("_placeholder") || text.includes("\xc9");
};

function compare(message, ours, theirs) {
  const what = message.toString("hex");
  if (theirs === undefined) {
    assert.equal(ours, undefined, `accepted: ${what}`);
    return false;
  }
  if (ours === undefined) {
    assert.ok(mayBeRefused(theirs, message), `refused: ${what}`);
    return false;
  }
  assert.equal(ours.type, theirs.type, what);
  assert.equal(ours.nsp, theirs.nsp, what);
  assert.equal(ours.id, theirs.id === 0 ? 0 : theirs.id, what);
  assert.deepEqual(ours.data, asJson(theirs.data, theirs.type === PacketType.CONNECT), what);
  return true;
}

// --- mutations -----------------------------------------------------------------------------------

const crumbs = [
  ..."c0 c1 c2 c3 00 7f ff e0 80 81 82 90 91 92 a0 a1 a4 c400 c40161 c500 c70100 d40000 d4ff01 d5ff0102".split(" "),
  ..."ca7fc00000 ca3f800000 cbfff0000000000000 cc80 cdffff ceffffffff cf0020000000000001 d080 d3ffffffff00000000".split(" "),
  ..."d7000000000000000001 d7007fffffffffffffff d8ff d90161 da0000 db00000000 dc0001 dd00000000 de0000 df00000000".split(" "),
  ..."a474797065 a36e7370 a464617461 a26964 a12f 00 01 02 03 04 05".split(" "),
].map((hex) => Buffer.from(hex, "hex"));

function mutate(message, others) {
  let bytes = message;
  for (let n = 1 + random(3); n > 0; n--) {
    const at = random(bytes.length + 1);
    const from = bytes.subarray(0, at);
    const kind = random(6);
    if (kind === 0) bytes = Buffer.concat([from, bytes.subarray(at + 1 + random(3))]);
    else if (kind === 1) bytes = Buffer.concat([from, pick(crumbs), bytes.subarray(at)]);
    else if (kind === 2) bytes = Buffer.concat([from, pick(crumbs), bytes.subarray(at + 1)]);
    else if (kind === 3) bytes = Buffer.concat([from, Buffer.from([random(256)]), bytes.subarray(at + 1)]);
    else if (kind === 4) bytes = Buffer.concat([from, bytes.subarray(at, at + random(8)), bytes.subarray(at)]);
    else bytes = Buffer.concat([from, pick(others).subarray(random(20))]);
  }
  return bytes;
}

function compareMutations() {
  const seeds = corpus("fuzz_msgpack").filter((message) => message[0] >= 0x80);
  const all = [...seeds];
  for (let i = 0; i < cases; i++) all.push(mutate(pick(seeds), seeds));
  const messages = all.filter((message) => message.length > 0 && !isSpecial(message));
  const answers = ask(messages.map((message) => line("M", message)));
  const good = messages.filter((message, i) => compare(message, parseAnswer(answers[i]), decodeByReference(message)));
  assert.ok(excused < good.length / 10, `${excused} refused that may have such a key`);
  console.log(`packets: ${messages.length} messages compared, ${good.length} of them packets, ${excused} with odd keys`);
}

// --- encoding ------------------------------------------------------------------------------------

/** Integers that the reference's encoder breaks. */
const isHuge = (value) =>
  typeof value === "object" ? Object.values(value ?? {}).some(isHuge) : Math.abs(value) >= 2 ** 53;

/** What the reference encodes is decoded by us as by itself, and encoded again to the same bytes. */
function compareEncoding() {
  const encoder = new Encoder();
  const messages = [];
  while (messages.length < cases) {
    const type = pick([PacketType.EVENT, PacketType.ACK]);
    const data = Array.from({ length: random(5) }, () => randomValue(0, true));
    data.push(pick([0, 0x7f, 0x80, 0xffff, -1, -32, -33, -129, -32769, 2 ** 32, -(2 ** 40), randomNumber()]));
    if (type === PacketType.EVENT) data.unshift(pick(words));
    if (isHuge(data)) continue;
    const id = type === PacketType.ACK || random(2) ? pick([0, 7, 2 ** 31, 2 ** 52]) : undefined;
    const packet = { type, nsp: pick(["/", "/a", "/é?x=1"]), ...(id !== undefined && { id }), data };
    const [message] = encoder.encode(packet);
    if (!message.includes("_placeholder")) messages.push(message);
  }
  const answers = ask(messages.map((message) => line("M", message)));
  messages.forEach((message, i) => {
    const ours = parseAnswer(answers[i]);
    assert.ok(compare(message, ours, decodeByReference(message)), message.toString("hex"));
    assert.equal(ours.again?.toString("hex"), message.toString("hex"));
  });
  console.log(`encoding: ${messages.length} packets of the reference made again byte for byte`);
}

console.log(`seed ${seed}`);
compareMutations();
compareEncoding();
