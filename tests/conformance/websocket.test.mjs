// The WebSocket transport: section 5 of the protocol.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { RawWebSocket } from "../support/ws.mjs";
import { PollingSession, disconnectReason, engineio_path, joinedSession, openSession } from "../support/engine.mjs";
import { serverForFile } from "../support/suite.mjs";

const max_payload = 20_000;
const server = await serverForFile("--max-payload", String(max_payload));
const target = "/socket.io/?EIO=4&transport=websocket";
const openWs = (options) => RawWebSocket.open(server, target, options);

test("the answer is a proper 101", async () => {
  const ws = await openWs();
  assert.equal(ws.response.status, 101);
  assert.match(ws.response.headers.upgrade, /^websocket$/i);
  assert.match(ws.response.headers.connection, /upgrade/i);
  ws.destroy();
});

test("the first offered subprotocol is taken", async () => {
  const ws = await openWs({ headers: { "Sec-WebSocket-Protocol": "a, b" } });
  assert.equal(ws.response.status, 101);
  assert.equal(ws.response.headers["sec-websocket-protocol"], "a");
  ws.destroy();
});

test("permessage-deflate is not granted", async () => {
  const ws = await openWs({ headers: { "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits" } });
  assert.equal(ws.response.status, 101);
  assert.equal(ws.response.headers["sec-websocket-extensions"], undefined);
  assert.match(await ws.nextData(), /^0\{/);
  ws.destroy();
});

for (const [name, headers, text] of [
  ["version 7", { "Sec-WebSocket-Version": "7" }, "Missing or invalid Sec-WebSocket-Version header"],
  ["no version", { "Sec-WebSocket-Version": undefined }, "Missing or invalid Sec-WebSocket-Version header"],
  ["key x", { "Sec-WebSocket-Key": "x" }, "Missing or invalid Sec-WebSocket-Key header"],
  ["no key", { "Sec-WebSocket-Key": undefined }, "Missing or invalid Sec-WebSocket-Key header"],
]) {
  test(`handshake with ${name}: 400`, async () => {
    const ws = await openWs({ headers });
    assert.deepEqual([ws.response.status, ws.response.text], [400, text]);
    if (name.includes("version")) assert.match(ws.response.headers["sec-websocket-version"], /\b13\b/);
  });
}

test("a fragmented message is put together", async () => {
  const session = await openSession(server, "websocket", { path: engineio_path });
  session.ws.frame({ opcode: 1, payload: "4he", fin: false });
  session.ws.frame({ opcode: 0, payload: "ll", fin: false });
  session.ws.frame({ opcode: 0, payload: "o" });
  await session.expect("4hello");
  session.destroy();
});

test("a control frame between fragments is answered and does no harm", async () => {
  const session = await openSession(server, "websocket", { path: engineio_path });
  session.ws.frame({ opcode: 1, payload: "4he", fin: false });
  session.ws.frame({ opcode: 9, payload: "now" });
  session.ws.frame({ opcode: 0, payload: "llo" });
  // The pong may wait until the message was read.
  const got = [await session.ws.next(), await session.ws.next()];
  assert.deepEqual(got.find((message) => message.type === "pong")?.data, Buffer.from("now"));
  assert.deepEqual(got.find((message) => message.type === "text")?.data, "4hello");
  session.destroy();
});

test("a character may be cut by a fragment's end", async () => {
  const session = await openSession(server, "websocket", { path: engineio_path });
  session.ws.frame({ opcode: 1, payload: Buffer.from([0x34, 0xe2, 0x82]), fin: false });
  session.ws.frame({ opcode: 0, payload: Buffer.from([0xac]) });
  await session.expect("4€");
  session.destroy();
});

test("a ping gets a pong with the same bytes", async () => {
  const session = await openSession(server, "websocket");
  session.ws.frame({ opcode: 9, payload: "abc" });
  assert.deepEqual(await session.ws.next(), { type: "pong", data: Buffer.from("abc") });
  session.destroy();
});

test("frames of all three length forms", async () => {
  const session = await openSession(server, "websocket", { path: engineio_path });
  for (const length of [125, 126, 127, 1000]) {
    const text = `4${"x".repeat(length - 1)}`;
    await session.send(text);
    await session.expect(text);
  }
  session.ws.frame({ opcode: 1, payload: "4wide", wide: 64 });
  await session.expect("4wide");
  session.destroy();
});

test("a message of exactly the limit is delivered", async () => {
  const session = await joinedSession(server, "websocket");
  const text = "x".repeat(max_payload - '42["message",""]'.length);
  await session.send(`42["message","${text}"]`);
  await session.expect(`42["message-back","${text}"]`);
  session.destroy();
});

describe("close codes", () => {
  for (const [name, code, provoke] of [
    ["one byte over the limit", 1009, (ws) => ws.send(`4${"x".repeat(max_payload)}`)],
    ["over the limit, binary", 1009, (ws) => ws.send(Buffer.alloc(max_payload + 1))],
    [
      "over the limit in fragments",
      1009,
      (ws) => {
        ws.frame({ opcode: 1, payload: `4${"x".repeat(max_payload / 2)}`, fin: false });
        ws.frame({ opcode: 0, payload: "x".repeat(max_payload / 2), fin: true });
      },
    ],
    ["invalid UTF-8", 1007, (ws) => ws.frame({ opcode: 1, payload: Buffer.from([0x34, 0xff]) })],
    ["overlong UTF-8", 1007, (ws) => ws.frame({ opcode: 1, payload: Buffer.from([0x34, 0xc0, 0xaf]) })],
    ["a surrogate in UTF-8", 1007, (ws) => ws.frame({ opcode: 1, payload: Buffer.from([0x34, 0xed, 0xa0, 0x80]) })],
    ["reserved bits", 1002, (ws) => ws.frame({ opcode: 1, payload: "4x", rsv: 4 })],
    ["opcode 3", 1002, (ws) => ws.frame({ opcode: 3, payload: "4x" })],
    ["opcode 11", 1002, (ws) => ws.frame({ opcode: 11, payload: "" })],
    ["a fragmented ping", 1002, (ws) => ws.frame({ opcode: 9, payload: "x", fin: false })],
    ["a ping of 126 bytes", 1002, (ws) => ws.frame({ opcode: 9, payload: "x".repeat(126) })],
    ["a continuation without start", 1002, (ws) => ws.frame({ opcode: 0, payload: "4x" })],
    [
      "a new message within a fragmented one",
      1002,
      (ws) => {
        ws.frame({ opcode: 1, payload: "4x", fin: false });
        ws.frame({ opcode: 1, payload: "4y" });
      },
    ],
    ["a close frame of one byte", 1002, (ws) => ws.frame({ opcode: 8, payload: "x" })],
  ]) {
    test(`${name}: ${code}, transport error`, async () => {
      const session = await joinedSession(server, "websocket");
      provoke(session.ws);
      assert.equal((await session.ws.ending()).code, code);
      assert.equal(await disconnectReason(server, session.id), "transport error");
      session.destroy();
    });
  }

  for (const code of [999, 1005, 1006, 1016, 2999, 5000]) {
    test(`the client's close ${code}, which must not travel: 1002`, async () => {
      const session = await joinedSession(server, "websocket");
      session.ws.close(code);
      assert.equal((await session.ws.ending()).code, 1002);
      assert.match(await disconnectReason(server, session.id), /^transport (error|close)$/);
      session.destroy();
    });
  }

  for (const code of [1000, 1001, 1003, 1011, 3000, 4999, undefined]) {
    test(`the client's close ${code ?? "without a code"} is echoed: transport close`, async () => {
      const session = await joinedSession(server, "websocket");
      session.ws.close(code);
      const end = await session.ws.ending();
      assert.deepEqual([end.code, end.clean], [code ?? 1005, true]);
      assert.equal(await disconnectReason(server, session.id), "transport close");
      session.destroy();
    });
  }

  for (const [name, leave] of [
    ["FIN", (session) => session.ws.connection.end()],
    ["RST", (session) => session.ws.connection.reset()],
  ]) {
    test(`${name} without a close frame: transport close`, async () => {
      const session = await joinedSession(server, "websocket");
      leave(session);
      assert.equal(await disconnectReason(server, session.id), "transport close");
      session.destroy();
    });
  }

  test("the server's own close frame is empty", async () => {
    const session = await joinedSession(server, "websocket");
    await session.send("4abc");
    const end = await session.ws.ending();
    assert.deepEqual([end.clean, session.ws.close_payload.length], [true, 0]);
    session.destroy();
  });
});

describe("a WebSocket with a sid", () => {
  test("after the upgrade: 101, then closed without a code; the session lives", async () => {
    const polling = await PollingSession.open(server);
    const session = await polling.upgrade();
    await session.join();
    const second = await polling.probe();
    assert.equal(second.response.status, 101);
    const end = await second.ending();
    assert.deepEqual([end.code, end.clean], [1005, true]);
    await session.fence();
    session.destroy();
  });

  test("while another probes: 101, then closed without a code; the first goes on", async () => {
    const polling = await PollingSession.open(server);
    const first = await polling.probe();
    first.send("2probe");
    assert.equal(await first.nextData(), "3probe");
    const second = await polling.probe();
    assert.equal(second.response.status, 101);
    assert.equal((await second.ending()).code, 1005);
    await polling.join();
    first.send("5");
    first.send('42["message","through"]');
    assert.equal(await first.nextData(), '42["message-back","through"]');
    first.destroy();
  });
});
