// Odd and hostile WebSocket frames: section 5.3 of the safety facts, and what lws makes of them.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { attack, attacks } from "../support/attack.mjs";
import { eventually, sleep, slow } from "../support/clock.mjs";
import { resident_bytes } from "../support/cpu.mjs";
import { Connection, requestBytes } from "../support/http.mjs";
import { RawWebSocket, frameBytes } from "../support/ws.mjs";
import { disconnectReason, engineio_path, joinedSession, openSession } from "../support/engine.mjs";
import { betterThanReference, is_reference } from "../support/server.mjs";

const max_payload = 100_000;
const under_tools = Boolean(process.env.PARLEY_WRAP) || /asan|tsan/.test(process.env.PARLEY_SERVER ?? "");

async function counter(session, name) {
  await session.send(`421${JSON.stringify(["counter", name])}`);
  return JSON.parse((await session.next()).slice("431".length))[0];
}

attacks("odd frames", ["--max-payload", String(max_payload)], (server) => {
  const echo = (transport = "websocket") => openSession(server(), transport, { path: engineio_path });

  for (const transport of ["websocket", "upgraded"]) {
    for (const [name, code, frames] of [
      ["a fragmented ping", 1002, [{ opcode: 9, fin: false, payload: "x" }]],
      ["a fragmented close", 1002, [{ opcode: 8, fin: false }]],
      ["a ping of 126 bytes", 1002, [{ opcode: 9, payload: "x".repeat(126) }]],
      ["a ping with a length of 16 bits", 1002, [{ opcode: 9, payload: "x", wide: 16 }]],
      ["a ping with a length of 64 bits", 1002, [{ opcode: 9, payload: "x", wide: 64 }]],
      ["a close of 126 bytes", 1002, [{ opcode: 8, payload: "\x03\xe8" + "x".repeat(124) }]],
      ["a continuation without start", 1002, [{ opcode: 0, payload: "4x" }]],
      ["a final continuation twice", 1002, [{ payload: "6", fin: false }, { opcode: 0, payload: "b" }, { opcode: 0, payload: "c" }]],
      ["new text in a fragmented message", 1002, [{ payload: "4a", fin: false }, { payload: "4b" }]],
      ["new binary in a fragmented text", 1002, [{ payload: "4a", fin: false }, { opcode: 2, payload: "b" }]],
      ["RSV1", 1002, [{ payload: "4x", rsv: 4 }]],
      ["RSV2", 1002, [{ payload: "4x", rsv: 2 }]],
      ["RSV3", 1002, [{ payload: "4x", rsv: 1 }]],
      ["RSV1 on a continuation", 1002, [{ payload: "4a", fin: false }, { opcode: 0, payload: "b", rsv: 4 }]],
      ["RSV1 on a ping", 1002, [{ opcode: 9, payload: "x", rsv: 4 }]],
      ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode) => [`opcode ${opcode}`, 1002, [{ opcode, payload: "x" }]]),
      ["L18: a length of 2^63-1", 1009, [{ payload: "4", length: 2n ** 63n - 1n }]],
      ["L18: a length of 2^63-1, binary", 1009, [{ opcode: 2, payload: "x", length: 2n ** 63n - 1n }]],
      ["L18: a length of 2^32", 1009, [{ payload: "4", length: 2n ** 32n }]],
      ["L18: one byte over the limit announced", 1009, [{ payload: "4", length: max_payload + 1 }]],
      ["L18: the limit and more in a second fragment", 1009, [{ payload: "4" + "x".repeat(60_000), fin: false }, { opcode: 0, payload: "x", length: 60_000 }]],
      ["L18: the limit and more in fragments of 1 KB", 1009, [{ payload: "4", fin: false }, ...Array.from({ length: 101 }, () => ({ opcode: 0, payload: "x".repeat(1000), fin: false }))]],
      ["L19: byte 0xff", 1007, [{ payload: Buffer.from([0x34, 0xff]) }]],
      ["L19: overlong slash", 1007, [{ payload: Buffer.from([0x34, 0xc0, 0xaf]) }]],
      ["L19: overlong NUL", 1007, [{ payload: Buffer.from([0x34, 0xe0, 0x80, 0x80]) }]],
      ["L19: a surrogate", 1007, [{ payload: Buffer.from([0x34, 0xed, 0xa0, 0x80]) }]],
      ["L19: above U+10FFFF", 1007, [{ payload: Buffer.from([0x34, 0xf4, 0x90, 0x80, 0x80]) }]],
      ["L19: a cut character at the end", 1007, [{ payload: Buffer.from([0x34, 0xe2, 0x82]) }]],
      ["L19: a continuation byte alone", 1007, [{ payload: Buffer.from([0x34, 0x80]) }]],
      ["L31: a cut character, then an empty final fragment", 1007, [{ payload: Buffer.from([0x34, 0xe2, 0x82]), fin: false }, { opcode: 0, payload: "" }]],
      ["L31: a character cut in two, the second half wrong", 1007, [{ payload: Buffer.from([0x34, 0xe2, 0x82]), fin: false }, { opcode: 0, payload: "x" }]],
      ["bad UTF-8 in a close reason", 1007, [{ opcode: 8, payload: Buffer.from([0x03, 0xe8, 0xff]) }]],
    ]) {
      test(`${name} over ${transport}: ${code}`, async () => {
        const session = await joinedSession(server(), transport);
        for (const frame of frames) session.ws.frame(frame);
        assert.equal((await session.ws.ending()).code, code);
        assert.match(await disconnectReason(server(), session.id), /^transport (error|close)$/);
        session.destroy();
      });
    }
  }

  test("L31: pong payloads are not looked at, whatever came before", async () => {
    const session = await echo();
    await session.send("4ä");
    session.ws.frame({ opcode: 10, payload: Buffer.from([0xff, 0xfe]) });
    session.ws.frame({ payload: Buffer.from([0x34, 0xe2]), fin: false });
    session.ws.frame({ opcode: 10, payload: Buffer.from([0xff]) });
    session.ws.frame({ opcode: 9, payload: Buffer.from([0xff]) });
    session.ws.frame({ opcode: 0, payload: Buffer.from([0x82, 0xac]) });
    await session.expect("4ä", "4€");
    session.destroy();
  });

  test("L31: a character cut by a fragment's end is whole", async () => {
    const session = await echo();
    for (const at of [2, 3, 4, 5]) {
      const bytes = Buffer.from("4ä€😀");
      session.ws.frame({ payload: bytes.subarray(0, at), fin: false });
      session.ws.frame({ opcode: 0, payload: "", fin: false });
      session.ws.frame({ opcode: 0, payload: bytes.subarray(at) });
      await session.expect("4ä€😀");
    }
    session.destroy();
  });

  test("L7: permessage-deflate is not granted, and its frames are refused", async () => {
    const offers = [
      "permessage-deflate",
      "permessage-deflate; client_max_window_bits; server_max_window_bits=8",
      "permessage-deflate; unknown=1, permessage-deflate",
      "x-webkit-deflate-frame",
      "permessage-deflate; server_max_window_bits=99999999999999999999",
    ];
    for (const offer of offers) {
      const ws = await RawWebSocket.open(server(), "/socket.io/?EIO=4&transport=websocket", {
        headers: { "Sec-WebSocket-Extensions": offer },
      });
      assert.equal(ws.response.status, 101);
      assert.equal(ws.response.headers["sec-websocket-extensions"], undefined);
      await ws.next();
      ws.frame({ payload: Buffer.from([0xaa, 0x56, 0x4a, 0x54, 0xb2, 0x02, 0x00, 0x00]), rsv: 4 });
      assert.equal((await ws.ending()).code, 1002);
      ws.destroy();
    }
  });

  test("L7: a very long offer of extensions: not granted, or 400", async () => {
    const ws = await RawWebSocket.open(server(), "/socket.io/?EIO=4&transport=websocket", {
      headers: { "Sec-WebSocket-Extensions": `${"permessage-deflate, ".repeat(100)}x` },
    });
    assert.ok([101, 400].includes(ws.response.status), `status ${ws.response.status}`);
    assert.equal(ws.response.headers["sec-websocket-extensions"], undefined);
    ws.destroy();
  });

  test("L20: an unmasked frame closes with 1002", async () => {
    const session = await joinedSession(server(), "websocket");
    session.ws.frame({ payload: '42["message","unmasked"]', mask: false });
    assert.equal((await session.ws.ending()).code, 1002);
    session.destroy();
  });

  test("L8: empty messages of both kinds to a client that does not read", async () => {
    const session = await echo();
    session.ws.connection.pause();
    for (let i = 0; i < 200; i++) {
      await session.send(Buffer.alloc(0), `4${"x".repeat(1000)}`, "4");
    }
    await sleep(200);
    session.ws.connection.resume();
    for (let i = 0; i < 200; i++) await session.expect(Buffer.alloc(0), `4${"x".repeat(1000)}`, "4");
    session.destroy();
  });

  test("L9: a slow reader gets all of 800 KB, in order", async () => {
    const session = await joinedSession(server(), "websocket");
    session.ws.connection.pause();
    await session.send(`421["flood",400,"${"y".repeat(2000)}"]`);
    for (let i = 0; i < 20; i++) {
      await sleep(10);
      session.ws.connection.resume();
      await sleep(1);
      session.ws.connection.pause();
    }
    session.ws.connection.resume();
    for (let i = 0; i < 400; i++) await session.expect(`42["flood",${i},"${"y".repeat(2000)}"]`);
    await session.expect("431[400]");
    session.destroy();
  });

  test("L10: closed by the server with much still to be written: all of it, then a close frame", async () => {
    const session = await joinedSession(server(), "websocket");
    session.ws.connection.pause();
    await session.send(`42["flood",300,"${"z".repeat(2000)}"]`, '42["disconnect me",true]');
    await sleep(300);
    session.ws.connection.resume();
    for (let i = 0; i < 300; i++) await session.expect(`42["flood",${i},"${"z".repeat(2000)}"]`);
    await session.expect("41");
    const end = await session.ws.ending();
    assert.deepEqual([end.code, end.clean], [1005, true]);
    session.destroy();
  });

  test("10,000 one-byte fragments of a message that never ends, with pings between", async () => {
    const session = await echo();
    const pieces = [frameBytes({ payload: "4", fin: false })];
    for (let i = 0; i < 10_000; i++) {
      pieces.push(frameBytes({ opcode: 0, payload: "x", fin: false }));
      if (i % 1000 === 0) pieces.push(frameBytes({ opcode: 9, payload: "p" }));
    }
    session.ws.connection.write(Buffer.concat(pieces));
    await eventually(() => session.ws.pending.length >= 10 || session.ws.close_event, "pongs or the end");
    session.destroy();
  });

  test("empty fragments without end are closed by count: 1008", async () => {
    const session = await echo();
    const empty = frameBytes({ opcode: 0, payload: "", fin: false });
    session.ws.frame({ payload: "4", fin: false });
    session.ws.connection.write(Buffer.concat(Array.from({ length: 20_000 }, () => empty)));
    const end = await session.ws.ending();
    assert.ok([1008, 1009, 1006].includes(end.code), `code ${end.code}`);
    session.destroy();
  });

  test("frames one byte at a time", async () => {
    const session = await echo();
    const bytes = Buffer.concat([
      frameBytes({ payload: "4he", fin: false }),
      frameBytes({ opcode: 9, payload: "ping" }),
      frameBytes({ opcode: 0, payload: "llo" }),
      frameBytes({ payload: `4${"x".repeat(200)}` }),
    ]);
    for (const byte of bytes) {
      session.ws.connection.write(Buffer.from([byte]));
      await new Promise(setImmediate);
    }
    await session.expect("4hello", `4${"x".repeat(200)}`);
    session.destroy();
  });

  test("many frames in one segment", async () => {
    const session = await echo();
    const frames = Array.from({ length: 2000 }, (_, i) => frameBytes({ payload: `4${i}` }));
    session.ws.connection.write(Buffer.concat(frames));
    for (let i = 0; i < 2000; i++) await session.expect(`4${i}`);
    session.destroy();
  });

  test("frames behind a close frame are not looked at", async () => {
    const session = await joinedSession(server(), "websocket");
    const other = await joinedSession(server(), "websocket");
    session.ws.close(1000);
    session.ws.send('42["chat message","after the close"]');
    session.ws.frame({ opcode: 3, payload: "x" });
    // The echo may be lost when what follows is no frame at all.
    assert.ok([1000, 1006].includes((await session.ws.ending()).code));
    await other.fence();
    session.destroy();
    other.destroy();
  });
});

attacks("frames before the answer", [], (server) => {
  const whole = frameBytes({ payload: "4early" });
  for (const [what, after] of [
    ["a frame", whole],
    ["two frames", Buffer.concat([whole, whole])],
    ["half a frame", whole.subarray(0, 5)],
    ["a pong", frameBytes({ opcode: 10 })],
    ["a close", frameBytes({ opcode: 8, payload: "\x03\xe8" })],
    ["a long frame", frameBytes({ payload: `4${"x".repeat(30_000)}` })],
    ["no frame", Buffer.alloc(3000, 0xff)],
  ]) {
    test(`L38: ${what} behind the upgrade request, before its answer: closed and counted`, betterThanReference("it does not answer them"), async () => {
      const [session, other] = [await joinedSession(server(), "polling"), await openSession(server(), "websocket", { path: engineio_path })];
      const before = await counter(session, "frames_too_early");
      const ws = await RawWebSocket.open(server(), `${engineio_path}?EIO=4&transport=websocket`, { after });
      assert.equal(ws.response.status, 101);
      assert.ok([1002, 1006].includes((await ws.ending()).code));
      assert.equal(await counter(session, "frames_too_early"), before + 1);
      await other.send("4still here");
      await other.expect("4still here");
      ws.destroy();
      other.destroy();
      session.destroy();
    });
  }

  // Each may come to another worker than its session's.
  test("L38: a probe behind the upgrade request: closed, the session stays on polling", betterThanReference("it does not answer them"), async () => {
    for (let i = 0; i < 8; i++) {
      const session = await openSession(server(), "polling", { path: engineio_path });
      const ws = await session.probe({ after: frameBytes({ payload: "2probe" }) });
      assert.ok([1002, 1006].includes((await ws.ending()).code));
      await session.send("4a");
      await session.expect("4a");
      const moved = await session.upgrade();
      await moved.send("4b");
      await moved.expect("4b");
      ws.destroy();
      moved.destroy();
    }
  });

  test("L38: who speaks as soon as it is answered is heard, while others send many requests at once", async () => {
    const requests = requestBytes({ target: `${engineio_path}?EIO=4&transport=polling&sid=unknown` });
    const busy = await Promise.all(Array.from({ length: 3 }, () => Connection.open(server())));
    let is_over = false;
    const floods = busy.map(async (connection) => {
      while (!is_over) {
        connection.write(Buffer.concat(Array(100).fill(requests)));
        await sleep(5);
      }
    });
    for (let i = 0; i < 30; i++) {
      const session = await openSession(server(), "websocket", { path: engineio_path });
      await session.send("4at once");
      await session.expect("4at once");
      session.destroy();
    }
    is_over = true;
    await Promise.all(floods);
    for (const connection of busy) connection.destroy();
  });
}, { at_once: 1 });

describe("memory and rest", { concurrency: 3 }, () => {
  const memory = (name, body) =>
    attack(name, {}, async (given) => {
      const before = resident_bytes(given.server.pid);
      await body(given);
      const grown = resident_bytes(given.server.pid) - before;
      if (!under_tools && !is_reference) assert.ok(grown < 20e6, `${grown} bytes more`);
    });

  memory("L26: 30,000 pings while not reading: memory is flat", async ({ server, idle }) => {
    const session = await joinedSession(server, "websocket");
    session.ws.connection.pause();
    const ping = frameBytes({ opcode: 9, payload: "x".repeat(125) });
    for (let i = 0; i < 30; i++) {
      session.ws.connection.write(Buffer.concat(Array.from({ length: 1000 }, () => ping)));
      await sleep(5);
    }
    await idle();
    session.destroy();
  });

  memory("L18: 50 connections that announce 2^62 bytes: nothing is reserved", async ({ server }) => {
    const all = await Promise.all(
      Array.from({ length: 50 }, () => RawWebSocket.open(server, "/socket.io/?EIO=4&transport=websocket")),
    );
    for (const ws of all) ws.frame({ payload: "4", length: 2n ** 62n });
    for (const ws of all) assert.equal((await ws.ending()).code, 1009);
    all.forEach((ws) => ws.destroy());
  });

  memory("20 unfinished messages just below the limit: memory is about their size", async ({ server, idle }) => {
    const all = await Promise.all(Array.from({ length: 20 }, () => joinedSession(server, "websocket")));
    for (const session of all) session.ws.frame({ payload: "4" + "x".repeat(500_000), fin: false });
    await idle();
    all.forEach((session) => session.destroy());
  });

  attack("a reader of one byte now and then: idle", {}, async ({ server, idle }) => {
    const session = await joinedSession(server, "websocket");
    session.ws.connection.pause();
    await session.send(`42["flood",400,"${"x".repeat(2000)}"]`);
    await idle();
    session.destroy();
  });

  attack("a WebSocket that is half-closed: idle", {}, async ({ server, idle }) => {
    const session = await joinedSession(server, "websocket");
    session.ws.connection.end();
    await idle();
    assert.equal(await disconnectReason(server, session.id), "transport close");
    session.destroy();
  });

  attack("a client that never answers the close frame: idle", {}, async ({ server, idle }) => {
    const session = await joinedSession(server, "websocket");
    await session.send("4bad");
    await session.ws.ending();
    await idle();
    session.ws.connection.write(Buffer.alloc(10_000, "x"));
    await idle();
    session.destroy();
  });
});
