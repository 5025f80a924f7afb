// HTTP long polling: section 4 of the protocol.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Connection, request, requestBytes } from "../support/http.mjs";
import { PollingSession, RS, assertRefused, disconnectReason, joinedSession } from "../support/engine.mjs";
import { serverForFile } from "../support/suite.mjs";
import { eventually, sleep } from "../support/clock.mjs";
import { betterThanReference } from "../support/server.mjs";

const max_payload = 20_000;
const server = await serverForFile("--max-payload", String(max_payload));
const open = () => PollingSession.open(server);

async function assertGone(session) {
  assertRefused(await request(server, { target: session.target }), 1);
}

/** A GET that the server holds: sent, and known to have arrived by an event that waits behind it. */
async function heldGet(session) {
  const connection = await Connection.open(server);
  connection.write(requestBytes({ target: session.target }));
  // Nothing tells that a GET has arrived; a POST that is answered later was sent later.
  await sleep(100);
  return connection;
}

test("a poll answer is text/plain, not to be stored, with its length", async () => {
  const session = await open();
  await session.send("40");
  const response = await session.get();
  assert.equal(response.status, 200);
  assert.match(response.headers["content-type"], /^text\/plain; charset=UTF-8$/i);
  assert.equal(response.headers["cache-control"], "no-store");
  assert.equal(Number(response.headers["content-length"]), response.body.length);
});

test("data is answered by ok as text/html, not to be stored", async () => {
  const session = await open();
  const response = await session.post("40");
  assert.deepEqual([response.status, response.text], [200, "ok"]);
  assert.equal(response.headers["content-type"], "text/html");
  assert.equal(response.headers["content-length"], "2");
  assert.equal(response.headers["cache-control"], "no-store");
});

for (const agent of ["Mozilla/5.0 (compatible;MSIE 10.0)", "Mozilla/5.0 (Windows NT 10.0; Trident/7.0; rv:11.0) like Gecko"]) {
  test(`X-XSS-Protection: 0 for ${agent}`, async () => {
    const headers = { "User-Agent": agent };
    const response = await request(server, { target: "/socket.io/?EIO=4&transport=polling", headers });
    assert.equal(response.headers["x-xss-protection"], "0");
  });
}

test("no X-XSS-Protection for others", async () => {
  const session = await open();
  assert.equal(session.handshake_response.headers["x-xss-protection"], undefined);
});

test("queued packets come in one body", async () => {
  const session = await joinedSession(server, "polling");
  await session.send('42["message",1]', '42["message",2]', '42["message",3]');
  const response = await eventually(async () => {
    const got = await session.get();
    return got.text.includes("3") ? got : (assert.fail(`only ${got.text}`), null);
  }, "three answers in one body");
  assert.equal(response.text, ['42["message-back",1]', '42["message-back",2]', '42["message-back",3]'].join(RS));
});

test("a poll without packets is held until one comes", async () => {
  const session = await joinedSession(server, "polling");
  const held = session.get();
  await session.send('42["message","later"]');
  assert.equal((await held).text, '42["message-back","later"]');
});

test("a second GET closes the session: first gets 1, second 400 empty, then 400 code 1", async () => {
  const session = await joinedSession(server, "polling");
  const first = await heldGet(session);
  const second = await request(server, { target: session.target });
  assert.deepEqual([second.status, second.text], [400, ""]);
  const answer = await first.response();
  assert.deepEqual([answer.status, answer.text], [200, "1"]);
  await assertGone(session);
  assert.equal(await disconnectReason(server, session.id), "transport error");
});

test("dropping the connection of a pending GET closes the session", async () => {
  const session = await joinedSession(server, "polling");
  const held = await heldGet(session);
  held.destroy();
  assert.equal(await disconnectReason(server, session.id), "transport error");
  await assertGone(session);
});

test("resetting the connection of a pending GET closes the session", async () => {
  const session = await joinedSession(server, "polling");
  const held = await heldGet(session);
  held.reset();
  assert.equal(await disconnectReason(server, session.id), "transport error");
  await assertGone(session);
});

/** Starts a POST and leaves it unfinished. */
async function startedPost(session, size = 100) {
  const connection = await Connection.open(server);
  const headers = { "Content-Type": "text/plain", "Content-Length": String(size) };
  connection.write(requestBytes({ method: "POST", target: session.target, headers, body: "4" }));
  await sleep(100);
  return connection;
}

test("a second POST while the first body arrives closes the session; a pending GET gets 1", async () => {
  const session = await joinedSession(server, "polling");
  const held = await heldGet(session);
  const first = await startedPost(session);
  const second = await request(server, { method: "POST", target: session.target, body: "3" });
  assert.deepEqual([second.status, second.text], [400, ""]);
  assert.equal((await held.response()).text, "1");
  await first.takeAll();
  await assertGone(session);
  assert.equal(await disconnectReason(server, session.id), "transport error");
});

test(
  "the POST that another one overtook is answered before its connection ends",
  betterThanReference("destroys the connection without an answer"),
  async () => {
    const session = await joinedSession(server, "polling");
    const first = await startedPost(session);
    await request(server, { method: "POST", target: session.target, body: "3" });
    assert.equal((await first.response()).status, 400);
  },
);

test("dropping the connection during a body closes the session; a pending GET gets 1", async () => {
  const session = await joinedSession(server, "polling");
  const held = await heldGet(session);
  const post = await startedPost(session);
  post.destroy();
  assert.equal((await held.response()).text, "1");
  await assertGone(session);
  assert.equal(await disconnectReason(server, session.id), "transport error");
});

test("GET and POST of one session may share a connection", async () => {
  const session = await open();
  const connection = await Connection.open(server);
  const ask = (options) => {
    connection.write(requestBytes({ target: session.target, ...options }));
    return connection.response();
  };
  assert.equal((await ask({ method: "POST", body: "40" })).text, "ok");
  assert.match((await ask({})).text, /^40\{"sid":/);
  connection.destroy();
});

test("a chunked body is taken", async () => {
  const session = await PollingSession.open(server, { path: "/engine.io/" });
  const headers = { "Transfer-Encoding": "chunked" };
  const body = "3\r\n4on\r\n2\r\ne\x1e\r\n4\r\n4two\r\n0\r\n\r\n";
  assert.equal((await request(server, { method: "POST", target: session.target, headers, body })).text, "ok");
  await session.expect("4one", "4two");
});

test("Connection: close is honoured", async () => {
  const session = await open();
  const connection = await Connection.open(server);
  const headers = { Connection: "close" };
  connection.write(requestBytes({ method: "POST", target: session.target, headers, body: "40" }));
  assert.equal((await connection.response()).text, "ok");
  assert.equal((await connection.takeAll()).length, 0);
});

for (const keeps of [false, true]) {
  test(`a client of HTTP/1.0 polls; its connection ${keeps ? "stays if it asks for that" : "ends with each answer"}`, async () => {
    const headers = keeps ? { Connection: "keep-alive" } : {};
    let connection;
    const ask = async (options) => {
      if (!keeps || !connection) connection = await Connection.open(server);
      connection.write(requestBytes({ headers, version: "1.0", ...options }));
      const response = await connection.response();
      if (!keeps) assert.equal((await connection.takeAll()).length, 0);
      return response;
    };
    const opened = await ask({ target: "/engine.io/?EIO=4&transport=polling" });
    assert.equal(opened.status, 200);
    const target = `/engine.io/?EIO=4&transport=polling&sid=${JSON.parse(opened.text.slice(1)).sid}`;
    assert.equal((await ask({ method: "POST", target, body: "4old" })).text, "ok");
    assert.equal((await ask({ target })).text, "4old");
    connection.destroy();
  });
}

test("methods that are none of HTTP's: refused, and the connection ends", async () => {
  const connection = await Connection.open(server);
  connection.write("BREW /engine.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: localhost\r\n\r\n");
  assert.match((await connection.takeAll()).toString("latin1"), /^(HTTP\/1\.[01] 4\d\d |$)/);
});

// body, reason, what a pending GET gets
const closing_bodies = [
  ["abc", "parse error", "1"],
  ["7", "parse error", "1"],
  ["99", "parse error", "1"],
  ["", "parse error", "1"],
  [RS, "parse error", "1"],
  [`3${RS}`, "parse error", "1"],
  [`3${RS}${RS}3`, "parse error", "1"],
  ["\0", "parse error", "1"],
  ["2", "transport error", "1"],
  ["2probe", "transport error", "1"],
  ["1", "transport close", "6"],
  ["4abc", "forced close", "1"],
  ["4", "forced close", "1"],
];

for (const [body, reason, released] of closing_bodies) {
  const name = JSON.stringify(body);
  test(`POST ${name} with a pending GET: ok, ${reason}, GET gets ${released}`, async () => {
    const session = await joinedSession(server, "polling");
    const held = await heldGet(session);
    const response = await session.post(body);
    assert.deepEqual([response.status, response.text], [200, "ok"]);
    const answer = await held.response();
    assert.deepEqual([answer.status, answer.text], [200, released]);
    await assertGone(session);
    assert.equal(await disconnectReason(server, session.id), reason);
  });
}

for (const [body, reason] of closing_bodies.filter((row) => !row[1].startsWith("forced"))) {
  test(`POST ${JSON.stringify(body)} without a pending GET: ok, ${reason}, session gone at once`, async () => {
    const session = await joinedSession(server, "polling");
    const response = await session.post(body);
    assert.deepEqual([response.status, response.text], [200, "ok"]);
    await assertGone(session);
    assert.equal(await disconnectReason(server, session.id), reason);
  });
}

test("a bad Socket.IO packet without a pending GET: the next GET gets noop and close", async () => {
  const session = await joinedSession(server, "polling");
  assert.equal((await session.post("4abc")).text, "ok");
  // While closing, what the client sends is taken and ignored.
  assert.equal((await session.post('42["message",1]')).text, "ok");
  const answer = await session.get();
  assert.deepEqual([answer.status, answer.text], [200, `6${RS}1`]);
  await assertGone(session);
  assert.equal(await disconnectReason(server, session.id), "forced close");
});

test("a packet for a namespace that is not joined, without a pending GET: forced server close at once", async () => {
  const session = await joinedSession(server, "polling");
  assert.equal((await session.post('42/custom,["message",1]')).text, "ok");
  assert.equal(await disconnectReason(server, session.id), "forced server close");
  assert.equal((await session.post('42["message",1]')).text, "ok");
  assert.equal((await session.get()).text, `6${RS}1`);
  await assertGone(session);
});

for (const body of ["0", "0{}", "5", "6", "3", "3x"]) {
  test(`POST ${body}: ok, nothing happens`, async () => {
    const session = await joinedSession(server, "polling");
    await session.send(body);
    await session.fence();
  });
}

test("packets after a close packet are ignored", async () => {
  const session = await joinedSession(server, "polling");
  const other = await joinedSession(server, "websocket");
  await session.send("1", '42["chat message","after the end"]');
  await assertGone(session);
  await other.fence();
  other.destroy();
});

test("a bad packet among good ones ends the session", async () => {
  const session = await joinedSession(server, "polling");
  const response = await session.post(['42["chat message","before"]', "x", '42["chat message","after"]'].join(RS));
  assert.equal(response.text, "ok");
  await assertGone(session);
});

test(
  "an event before a bad packet of the same body runs",
  betterThanReference("starts handlers a tick later, when the socket is gone"),
  async () => {
    const session = await joinedSession(server, "polling");
    const other = await joinedSession(server, "websocket");
    await session.post(['42["chat message","before"]', "x", '42["chat message","after"]'].join(RS));
    await other.expect('42["chat message","before"]');
    await other.fence();
    other.destroy();
  },
);

test("a body of exactly the limit is delivered", async () => {
  const session = await joinedSession(server, "polling");
  const text = "x".repeat(max_payload - '42["message",""]'.length);
  await session.send(`42["message","${text}"]`);
  await session.expect(`42["message-back","${text}"]`);
});

test("one byte more: 413 empty, the session stays open", async () => {
  const session = await joinedSession(server, "polling");
  const text = "x".repeat(max_payload + 1 - '42["message",""]'.length);
  const response = await session.post(`42["message","${text}"]`);
  assert.deepEqual([response.status, response.text], [413, ""]);
  await session.fence();
});

test("the limit counts bytes, not characters", async () => {
  const session = await joinedSession(server, "polling");
  const text = "é".repeat(max_payload / 2);
  const response = await session.post(`42["message","${text}"]`);
  assert.deepEqual([response.status, response.text], [413, ""]);
  await session.fence();
});

test("content type application/octet-stream: 400 empty, the session is closed", async () => {
  const session = await joinedSession(server, "polling");
  const held = await heldGet(session);
  const response = await session.post("40", { "Content-Type": "application/octet-stream" });
  assert.deepEqual([response.status, response.text], [400, ""]);
  assert.equal(response.headers["content-type"], undefined);
  assert.equal((await held.response()).text, "1");
  await assertGone(session);
  assert.equal(await disconnectReason(server, session.id), "transport error");
});

for (const type of [undefined, "text/plain", "application/json", "application/octet-stream; charset=utf-8", "nonsense"]) {
  test(`content type ${type} is text`, async () => {
    const session = await joinedSession(server, "polling");
    const response = await session.post('42["message",1]', type === undefined ? {} : { "Content-Type": type });
    assert.equal(response.text, "ok");
    await session.expect('42["message-back",1]');
  });
}

test("orderly close with a pending GET: 1, and the session is gone", async () => {
  const session = await joinedSession(server, "polling");
  const held = await heldGet(session);
  await session.send('42["disconnect me",true]');
  // DISCONNECT releases the held GET; the close comes with the next one.
  assert.equal((await held.response()).text, "41");
  const answer = await session.get();
  assert.equal(answer.status, 200);
  assert.match(answer.text, new RegExp(`^(6${RS})?1$`));
  await assertGone(session);
});

test("orderly close without a pending GET: 41 first, then 6 and 1", async () => {
  const session = await joinedSession(server, "polling");
  await session.send('42["disconnect me",true]');
  assert.equal(await disconnectReason(server, session.id), "server namespace disconnect");
  assert.equal((await session.get()).text, "41");
  assert.equal((await session.get()).text, `6${RS}1`);
  await assertGone(session);
});

test("a POST after the close packet: 400 code 1", async () => {
  const session = await joinedSession(server, "polling");
  await session.send("1");
  assertRefused(await request(server, { method: "POST", target: session.target, body: "3" }), 1);
});

test(
  "a body of polling holds at most 16 packets, for the Python clients",
  betterThanReference("puts any number into one body"),
  async () => {
    const session = await joinedSession(server, "polling");
    await session.send('42["flood",100]');
    let expected = 0;
    while (expected < 100) {
      const packets = (await session.get()).text.split(RS);
      assert.ok(packets.length <= 16, `${packets.length} packets`);
      for (const packet of packets) assert.equal(packet, `42["flood",${expected++},""]`);
    }
  },
);
