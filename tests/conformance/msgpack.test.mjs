// Packets of the msgpack parser, byte for byte, over each transport.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import parser from "socket.io-msgpack-parser";
import { eventually } from "../support/clock.mjs";
import { openSession, transports } from "../support/engine.mjs";
import { betterThanReference } from "../support/server.mjs";
import { serverForFile } from "../support/suite.mjs";

const server = await serverForFile("--parser", "msgpack");
const encode = (packet) => new parser.Encoder().encode(packet)[0];
const hex = (text) => Buffer.from(text.replaceAll(/[^0-9a-f]/g, ""), "hex");

function decode(message) {
  assert.ok(Buffer.isBuffer(message), `text: ${message}`);
  const decoder = new parser.Decoder();
  let packet;
  decoder.on("decoded", (decoded) => (packet = decoded));
  decoder.add(message);
  return packet;
}

const TYPE = "a4 74797065";
const NSP = "a3 6e7370";
const DATA = "a4 64617461";
const ROOT = `${NSP} a1 2f`;
const bin = (text) => (text.length < 32 ? (0xa0 | text.length).toString(16) : "") + Buffer.from(text).toString("hex");
/** An event `message` with one argument, as bytes. */
const event = (argument) => hex(`83 ${TYPE} 02 ${ROOT} ${DATA} 92 ${bin("message")} ${argument}`);

/** Sends a CONNECT; gives the socket's id. */
async function join(session, nsp = "/") {
  await session.send(encode({ type: 0, data: undefined, nsp }));
  const reply = decode(await session.next());
  assert.deepEqual([reply.type, reply.nsp], [0, nsp]);
  assert.deepEqual(decode(await session.next()), { type: 2, data: ["auth", {}], nsp });
  return reply.data.sid;
}

async function joined(transport) {
  const session = await openSession(server, transport);
  session.id = await join(session);
  return session;
}

/** Why a socket left, as another client hears it. */
async function reasonOf(id) {
  const session = await joined("websocket");
  const ask = async () => {
    await session.send(encode({ type: 2, data: ["last disconnect", id], id: 0, nsp: "/" }));
    return decode(await session.next()).data[0];
  };
  const reason = await eventually(ask, `end of ${id}`);
  session.destroy();
  return reason;
}

const refused = [
  ["text", '2["message"]'],
  ["nothing", hex("")],
  ["a number", hex("05")],
  ["an array", hex("90")],
  ["a byte that begins nothing", hex("c1")],
  ["a message that is cut off", encode({ type: 2, data: ["message"], nsp: "/" }).subarray(0, -1)],
  ["a byte too many", Buffer.concat([encode({ type: 2, data: ["message"], nsp: "/" }), Buffer.from([0])])],
  ["an array of four thousand million", hex(`83 ${TYPE} 02 ${ROOT} ${DATA} dd ffffffff`)],
  ["type 5", encode({ type: 5, data: ["message"], nsp: "/" })],
  ["type 1.5", encode({ type: 1.5, nsp: "/" })],
  ["no type", encode({ data: ["message"], nsp: "/" })],
  ["no namespace", encode({ type: 2, data: ["message"] })],
  ["a namespace that is nil", encode({ type: 1, nsp: null })],
  ["CONNECT with nil", encode({ type: 0, data: null, nsp: "/custom" })],
  ["CONNECT with an array", encode({ type: 0, data: [], nsp: "/custom" })],
  ["DISCONNECT with nil", encode({ type: 1, data: null, nsp: "/" })],
  ["an event without data", encode({ type: 2, nsp: "/" })],
  ["an event with a map", encode({ type: 2, data: {}, nsp: "/" })],
  ["an ack with a string", encode({ type: 3, data: "x", id: 0, nsp: "/" })],
  ["an id that is a string", encode({ type: 2, data: ["message"], id: "1", nsp: "/" })],
  ["an id that is nil", encode({ type: 2, data: ["message"], id: null, nsp: "/" })],
  ["CONNECT_ERROR", encode({ type: 4, data: {}, nsp: "/" })],
  ["a namespace that is not joined", encode({ type: 2, data: ["message"], nsp: "/custom" })],
];

const stricter = [
  ["a reserved name", encode({ type: 2, data: ["disconnect", "x"], nsp: "/" })],
  ["no name", encode({ type: 2, data: [], nsp: "/" })],
  ["a name that is nil", encode({ type: 2, data: [null], nsp: "/" })],
  ["a key that is an array", event("81 90 01")],
  ["a placeholder beside binary", encode({ type: 2, data: ["message", Buffer.from("x"), { _placeholder: true, num: 0 }], nsp: "/" })],
  ["more than 1024 levels", event("91".repeat(1024) + "90")],
];

// What comes back for the argument of an event: integers and floats of every form.
const arguments_ = [
  ["positive fixint", "7f", "7f"],
  ["uint 64 that is small", "cf 0000000000000001", "01"],
  ["int 64 that is small", "d3 ffffffffffffffff", "ff"],
  ["float 32", "ca 3fc00000", "cb 3ff8000000000000"],
  ["float 64 that is whole", "cb 4000000000000000", "02"],
  ["str 32", "db 00000001 61", "a1 61"],
  ["bin 32", "c6 00000001 61", "c4 01 61"],
  ["array 32 and map 32", "dd 00000001 df 00000001 a1 61 c0", "91 81 a1 61 c0"],
  ["a number as key", "81 07 01", "81 a1 37 01"],
  ["bad UTF-8 is mended", "a2 61ff", "a4 61efbfbd"],
];

for (const transport of transports) {
  describe(`msgpack over ${transport}`, { concurrency: true }, () => {
    test("CONNECT is answered with the id, an unknown namespace with the error", async () => {
      const session = await joined(transport);
      assert.match(session.id, /^[\w-]{20}$/);
      await session.send(encode({ type: 0, data: undefined, nsp: "/unknown" }));
      const refusal = decode(await session.next());
      assert.deepEqual(refusal, { type: 4, data: { message: "Invalid namespace" }, nsp: "/unknown" });
      session.destroy();
    });

    for (const [name, given, expected] of arguments_) {
      test(`argument: ${name}`, async () => {
        const session = await joined(transport);
        await session.send(event(given));
        const message = await session.next();
        const back = hex(`92 ${bin("message-back")} ${expected}`);
        assert.ok(message.includes(back), `${message.toString("hex")} has no ${back.toString("hex")}`);
        session.destroy();
      });
    }

    for (const [name, message] of refused) {
      test(`refused: ${name}`, async () => {
        const session = await joined(transport);
        await session.send(message);
        assert.deepEqual(await session.ending(), []);
        session.destroy();
      });
    }

    for (const [name, message] of stricter) {
      test(`refused here: ${name}`, betterThanReference("it takes any array of anything"), async () => {
        const session = await joined(transport);
        await session.send(message);
        assert.deepEqual(await session.ending(), []);
        session.destroy();
      });
    }
  });
}

test("msgpack: a bad packet is a decoder error: forced close", async () => {
  const session = await joined("websocket");
  await session.send(hex("c1"));
  await session.ending();
  assert.equal(await reasonOf(session.id), "forced close");
});

test("msgpack: integers of 64 bits and numbers beyond them come back as they were",
  betterThanReference("it rounds the ones and breaks the others"), async () => {
  const session = await joined("websocket");
  for (const argument of ["cf ffffffffffffffff", "d3 8000000000000001", "cb 7e37e43c8800759c"]) {
    await session.send(event(argument));
    const message = await session.next();
    assert.ok(message.includes(hex(argument)), message.toString("hex"));
  }
  session.destroy();
});

test("msgpack: what a client of JSON sends closes its session", async () => {
  const session = await openSession(server, "websocket");
  await session.send("40");
  assert.deepEqual(await session.ending(), []);
});
