// Middlewares of an engine, ids that the application makes, and what a socket knows of its connection.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Connection, ConnectionClosed, request, requestBytes } from "../support/http.mjs";
import { RawWebSocket, frameBytes, upgradeHeaders } from "../support/ws.mjs";
import { sleep } from "../support/clock.mjs";
import { PollingSession, assertRefused, assertUpgradeRefused, joinedSession, transports } from "../support/engine.mjs";
import { serverForFile } from "../support/suite.mjs";
import { betterThanReference, is_reference } from "../support/server.mjs";

const server = await serverForFile("--engine-app", "--cors", "*", "--max-payload", "1000");

const polling = "/engine.io/?EIO=4&transport=polling";
const websocket = "/engine.io/?EIO=4&transport=websocket";
const socketio = "/socket.io/?EIO=4&transport=polling";

const added = ({ headers }) => [headers["x-first"], headers["x-second"]];

/* --- middlewares ------------------------------------------------------------------------------ */

test("middlewares: what they add goes with each answer of a session, and with the 101", async () => {
  const session = await PollingSession.open(server);
  assert.deepEqual(added(session.handshake_response), ["GET", "second"]);
  assert.deepEqual(added(await session.post("40")), ["POST", "second"]);
  assert.deepEqual(added(await session.get()), ["GET", "second"]);
  const upgrade = await session.probe();
  assert.deepEqual([upgrade.response.status, ...added(upgrade.response)], [101, "GET", "second"]);
  upgrade.destroy();
  const fresh = await RawWebSocket.open(server, websocket);
  assert.deepEqual([fresh.response.status, ...added(fresh.response)], [101, "GET", "second"]);
  fresh.destroy();
});

test("middlewares: what they add goes with refusals, but not with those of a WebSocket", async () => {
  for (const [target, code] of [["/engine.io/?EIO=4", 0], [`${polling}&sid=none`, 1], ["/engine.io/?EIO=3&transport=polling", 5]]) {
    const refused = await request(server, { target });
    assertRefused(refused, code);
    assert.deepEqual(added(refused), ["GET", "second"]);
  }
  const session = await PollingSession.open(server);
  const large = await session.post("x".repeat(1001));
  assert.deepEqual([large.status, ...added(large)], [413, "POST", "second"]);
  const odd = await request(server, { method: "DELETE", target: session.target });
  assert.deepEqual([odd.status, ...added(odd)], [500, "DELETE", "second"]);
  const ws = await RawWebSocket.open(server, `${websocket}&sid=none`);
  assertUpgradeRefused(ws, 1);
  assert.deepEqual(added(ws.response), [undefined, undefined]);
});

test("middlewares: cors has answered a preflight before them", async () => {
  const headers = { Origin: "http://a.example", "Access-Control-Request-Method": "POST" };
  const answer = await request(server, { method: "OPTIONS", target: `${polling}&use=fail`, headers });
  assert.deepEqual([answer.status, ...added(answer)], [204, undefined, undefined]);
});

test("middlewares: one that fails is code 3, and those behind it are not asked", async () => {
  for (const target of [polling, socketio]) {
    const refused = await request(server, { target: `${target}&use=fail` });
    assertRefused(refused, 3);
    assert.deepEqual(added(refused), ["GET", undefined]);
    assert.equal(refused.headers["access-control-allow-origin"], "*");
  }
  // Before every check.
  assertRefused(await request(server, { target: "/engine.io/?use=fail" }), 3);
  assertUpgradeRefused(await RawWebSocket.open(server, `${websocket}&use=fail`), 3);
  // Of a session's requests too; it lives on.
  const session = await PollingSession.open(server, { path: "/engine.io/" });
  assertRefused(await request(server, { method: "POST", target: `${session.target}&use=fail`, body: "4x" }), 3);
  await session.send("4y");
  await session.expect("4y");
});

test("middlewares: one that answers ends it: over HTTP its answer, a WebSocket without a byte", async () => {
  const answer = await request(server, { target: `${polling}&use=end` });
  assert.deepEqual([answer.status, answer.text, answer.headers["content-type"]], [418, "teapot", "text/plain"]);
  assert.deepEqual(added(answer), ["GET", "second"]);
  await assert.rejects(RawWebSocket.open(server, `${websocket}&use=end`), ConnectionClosed);
});

describe("middlewares that decide later", () => {
  test("a polling session: handshake, data and poll", async () => {
    const session = await PollingSession.open(server, { path: "/engine.io/", query: "&use=later" });
    assert.deepEqual([...added(session.handshake_response), session.handshake_response.headers["x-late"]], ["GET", "second", "late"]);
    await session.send("4one", Buffer.from([1, 2]));
    await session.expect("4one", Buffer.from([1, 2]));
    await session.send("4" + "ä".repeat(400));
    await session.expect("4" + "ä".repeat(400));
    assert.equal((await session.post("x".repeat(1001))).status, 413);
    assertRefused(await request(server, { target: `${polling}&sid=none&use=later` }), 1);
  });

  test("a WebSocket", async () => {
    const ws = await RawWebSocket.open(server, `${websocket}&use=later`);
    assert.deepEqual([...added(ws.response), ws.response.headers["x-late"]], ["GET", "second", "late"]);
    assert.equal((await ws.nextData())[0], "0");
    ws.send("4x");
    assert.equal(await ws.nextData(), "4x");
    ws.destroy();
  });

  test("an upgrade", async () => {
    const session = await PollingSession.open(server, { path: "/engine.io/" });
    const ws = await RawWebSocket.open(server, `${websocket}&sid=${session.sid}&use=later`);
    assert.equal(ws.response.headers["x-late"], "late");
    ws.send("2probe");
    assert.equal(await ws.nextData(), "3probe");
    ws.send("5");
    ws.send("4x");
    assert.equal(await ws.nextData(), "4x");
    ws.destroy();
  });

  test("a check behind them refuses a WebSocket", async () => {
    assertUpgradeRefused(await RawWebSocket.open(server, `${websocket}&sid=none&use=later`), 1);
    assertUpgradeRefused(await RawWebSocket.open(server, `/engine.io/?EIO=4&transport=none&use=later`), 0);
  });

  test("a client that goes meanwhile leaves nothing behind", async () => {
    const gone = Array.from({ length: 20 }, async () => {
      const connection = await Connection.open(server);
      connection.write(requestBytes({ target: `${websocket}&use=later`, headers: upgradeHeaders() }));
      await sleep(Math.random() * 60);
      connection.destroy();
    });
    await Promise.all(gone);
    const ws = await RawWebSocket.open(server, `${websocket}&use=later`);
    assert.equal((await ws.nextData())[0], "0");
    ws.destroy();
  });

  test("frames behind the request close it once it is let in", betterThanReference("Node's does not answer them"), async () => {
    const after = frameBytes({ payload: "4early" });
    const ws = await RawWebSocket.open(server, `${websocket}&use=later`, { after });
    assert.equal(ws.response.status, 101);
    assert.ok([1002, 1006].includes((await ws.ending()).code));
    ws.destroy();
  });

  test("a refusal", async () => {
    assertRefused(await request(server, { target: `${polling}&use=fail%20later` }), 3);
    const ws = await RawWebSocket.open(server, `${websocket}&use=fail%20later`);
    assertUpgradeRefused(ws, 3);
  });
});

/* --- ids of the application ------------------------------------------------------------------- */

test("generateId: the session is found by the application's id, on every transport", async () => {
  for (const transport of transports) {
    const session = await joinedSession(server, transport);
    assert.match(session.sid, /^own\.id-\d+$/);
    await session.fence();
    session.destroy();
  }
  const named = await PollingSession.open(server, { path: "/engine.io/", query: "&id=my~own_id.1" });
  assert.equal(named.sid, "my~own_id.1");
  for (let i = 0; i < 8; i++) {
    const answer = await request(server, { method: "POST", target: named.target, body: `4${i}` });
    assert.deepEqual([answer.status, answer.text], [200, "ok"]);
    await named.expect(`4${i}`);
  }
  const upgraded = await named.upgrade();
  await upgraded.send("4up");
  await upgraded.expect("4up");
  upgraded.destroy();
});

test("generateId that fails: code 3, and a WebSocket gets no session", async () => {
  assertRefused(await request(server, { target: `${polling}&id=fail` }), 3);
  const ws = await RawWebSocket.open(server, `${websocket}&id=fail`);
  if (is_reference) await ws.ending(); // the raw text of a 400 after the 101
  else assert.equal((await ws.ending()).code, 1005);
  assert.deepEqual(ws.pending, []);
});

/* --- what a socket knows of its connection ---------------------------------------------------- */

for (const transport of transports) {
  test(`a socket knows its connection over ${transport}`, async () => {
    const session = await joinedSession(server, transport);
    await session.send('421["conn"]');
    const answer = await session.next();
    assert.equal(answer.slice(0, 4), "431[");
    const [{ url, ...known }] = JSON.parse(answer.slice(3));
    assert.deepEqual(known, {
      id: session.sid,
      protocol: 4,
      transport: transport === "polling" ? "polling" : "websocket",
      upgraded: transport === "upgraded",
      readyState: "open",
      remoteAddress: "127.0.0.1",
    });
    assert.match(url, /^\/socket\.io\/\?EIO=4&transport=(polling|websocket)/);
    session.destroy();
  });
}
