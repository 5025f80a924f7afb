// Engine.IO packets and their encodings, on the raw echo server: section 2 of the protocol.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { RawWebSocket } from "../support/ws.mjs";
import { PollingSession, RS, disconnectReason, engineio_path, joinedSession, openSession, transports } from "../support/engine.mjs";
import { serverForFile } from "../support/suite.mjs";

const server = await serverForFile();
const echo = (transport) => openSession(server, transport, { path: engineio_path });
const bytes = (...values) => Buffer.from(values);

const texts = [
  ["ascii", "hello"],
  ["empty", ""],
  ["multi-byte", "€ äöü ✓"],
  ["beyond the BMP", "😀 𝄞 🧑‍🚀"],
  ["digits first", "12345"],
  ["looks like base64", "bAQID"],
  ["control characters", "a\tb\nc\r\n\x01\x7f"],
  ["line separators", "\u2028\u2029"],
  ["20 KB", "0123456789abcdef".repeat(1280)],
  ["200 KB", "é".repeat(100_000)],
];

const binaries = [
  ["one byte", bytes(0)],
  ["four bytes", bytes(1, 2, 3, 4)],
  ["no byte", bytes()],
  ["all bytes", Buffer.from(Array.from({ length: 256 }, (_, i) => i))],
  ["70,000 bytes", Buffer.alloc(70_000, "xyz")],
];

for (const transport of transports) {
  describe(`echo over ${transport}`, () => {
    for (const [name, text] of texts) {
      test(`text: ${name}`, async () => {
        const session = await echo(transport);
        await session.send(`4${text}`);
        await session.expect(`4${text}`);
        session.destroy();
      });
    }

    for (const [name, data] of binaries) {
      test(`binary: ${name}`, async () => {
        const session = await echo(transport);
        await session.send(data);
        await session.expect(data);
        session.destroy();
      });
    }

    test("text and binary keep their order", async () => {
      const session = await echo(transport);
      await session.send("4a", bytes(1), "4b", bytes(2), bytes(3), "4c");
      await session.expect("4a", bytes(1), "4b", bytes(2), bytes(3), "4c");
      session.destroy();
    });

    test("200 packets of one burst keep their order", async () => {
      const packets = Array.from({ length: 200 }, (_, i) => `4packet ${i}`);
      const session = await echo(transport);
      await session.send(...packets);
      await session.expect(...packets);
      session.destroy();
    });

    for (const ignored of ["0", "0{}", "3", "3probe", "5", "6"]) {
      test(`packet ${ignored} is ignored`, async () => {
        const session = await joinedSession(server, transport);
        await session.send(ignored);
        await session.fence();
        session.destroy();
      });
    }

    for (const [packet, reason] of [
      ["2", "transport error"],
      ["2probe", "transport error"],
      ["", "parse error"],
      ["7", "parse error"],
      ["99", "parse error"],
      ["x", "parse error"],
      ["\0", "parse error"],
    ]) {
      test(`packet ${JSON.stringify(packet)} closes: ${reason}`, async () => {
        const session = await joinedSession(server, transport);
        await session.send(packet);
        assert.deepEqual(await session.ending(), []);
        assert.equal(await disconnectReason(server, session.id), reason);
        session.destroy();
      });
    }
  });
}

for (const transport of ["websocket", "upgraded"]) {
  test(`packet 1 over ${transport} is ignored`, async () => {
    const session = await joinedSession(server, transport);
    await session.send("1");
    await session.fence();
    session.destroy();
  });

  test(`b and base64 in a text message over ${transport} is a binary message`, async () => {
    const session = await echo(transport);
    await session.send("bAQIDBA==");
    await session.expect(bytes(1, 2, 3, 4));
    session.destroy();
  });
}

test("binary is b and base64 on polling, without a type digit", async () => {
  const session = await echo("polling");
  await session.send("4hello", bytes(1, 2, 3, 4));
  assert.equal((await session.get()).text, `4hello${RS}bAQIDBA==`);
});

const lenient = [
  ["line break at the end", "AQID\n", [1, 2, 3]],
  ["line break within", "AQ\nID", [1, 2, 3]],
  ["CR LF", "AQ\r\nID\r\n", [1, 2, 3]],
  ["no padding", "AQI", [1, 2]],
  ["URL-safe alphabet", "AQ-_", [1, 0x0f, 0xbf]],
  ["foreign characters", "A!Q*ID", [1, 2, 3]],
  ["stops at padding", "AQ==ID", [1]],
  ["one character", "A", []],
  ["nothing", "", []],
  ["padding only", "=", []],
];

for (const [name, base64, expected] of lenient) {
  test(`base64 is read leniently: ${name}`, async () => {
    const session = await echo("polling");
    await session.send(`b${base64}`);
    await session.expect(Buffer.from(expected));
    session.destroy();
  });
}

test("base64 with a line break each 76 characters, as the Java client writes it", async () => {
  const data = Buffer.from(Array.from({ length: 500 }, (_, i) => i & 0xff));
  const base64 = data.toString("base64").replace(/(.{76})/g, "$1\n") + "\n";
  const session = await echo("polling");
  await session.send(`b${base64}`);
  await session.expect(data);
});

test("with b64 a WebSocket gets binary as base64 text", async () => {
  const ws = await RawWebSocket.open(server, `${engineio_path}?EIO=4&transport=websocket&b64=1`);
  await ws.next();
  ws.send(bytes(1, 2, 3, 4));
  assert.deepEqual(await ws.next(), { type: "text", data: "bAQIDBA==" });
  ws.destroy();
});

test("b64 of the polling handshake does not go for the WebSocket of the upgrade", async () => {
  const polling = await PollingSession.open(server, { path: engineio_path, query: "&b64=1" });
  const session = await polling.upgrade();
  await session.send(bytes(1, 2));
  await session.expect(bytes(1, 2));
  session.destroy();
});

test("a packet of two bytes in the polling body is text in UTF-8", async () => {
  const session = await echo("polling");
  await session.send("4é");
  const response = await session.get();
  assert.deepEqual(response.body, Buffer.from([0x34, 0xc3, 0xa9]));
});
