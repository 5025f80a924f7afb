// Routing, admission and the open packet: sections 1 and 3 of the protocol.

import assert from "node:assert/strict";
import { test } from "node:test";
import { request } from "../support/http.mjs";
import { RawWebSocket } from "../support/ws.mjs";
import { PollingSession, WebSocketSession, assertRefused, assertUpgradeRefused, openSession } from "../support/engine.mjs";
import { serverForFile } from "../support/suite.mjs";
import { betterThanReference } from "../support/server.mjs";

const server = await serverForFile("--ping-interval", "12345", "--ping-timeout", "6789", "--max-payload", "54321");
const get = (target, more) => request(server, { target, ...more });

for (const path of ["/socket.io/", "/engine.io/"]) {
  test(`${path}: polling handshake has exactly five keys in order`, async () => {
    const response = await get(`${path}?EIO=4&transport=polling`);
    assert.equal(response.status, 200);
    assert.match(
      response.text,
      /^0\{"sid":"[A-Za-z0-9_-]{20}","upgrades":\["websocket"\],"pingInterval":12345,"pingTimeout":6789,"maxPayload":54321\}$/,
    );
    assert.match(response.headers["content-type"], /^text\/plain; charset=UTF-8$/i);
    assert.equal(response.headers["cache-control"], "no-store");
    assert.equal(Number(response.headers["content-length"]), response.body.length);
  });

  test(`${path}: WebSocket handshake has exactly five keys in order and no upgrades`, async () => {
    const ws = await RawWebSocket.open(server, `${path}?EIO=4&transport=websocket`);
    assert.equal(ws.response.status, 101);
    assert.match(
      await ws.nextData(),
      /^0\{"sid":"[A-Za-z0-9_-]{20}","upgrades":\[\],"pingInterval":12345,"pingTimeout":6789,"maxPayload":54321\}$/,
    );
    ws.destroy();
  });
}

test("a handshake sets no cookie and no CORS header by default", async () => {
  const response = await get("/socket.io/?EIO=4&transport=polling", { headers: { Origin: "http://a.example" } });
  assert.equal(response.status, 200);
  assert.equal(response.headers["set-cookie"], undefined);
  assert.equal(response.headers["access-control-allow-origin"], undefined);
});

test("session ids do not repeat", async () => {
  const sessions = await Promise.all(Array.from({ length: 30 }, () => PollingSession.open(server)));
  assert.equal(new Set(sessions.map((session) => session.sid)).size, 30);
});

test("300 sessions one after another: no good request is refused", async () => {
  for (let i = 0; i < 300; i++) {
    const session = await PollingSession.open(server, { query: i % 3 ? "" : `&t=${"x".repeat(i)}` });
    await session.join();
    session.destroy();
  }
});

test("the sid of the session is not the id of the socket", async () => {
  const session = await openSession(server, "websocket");
  const id = await session.join();
  assert.match(id, /^[A-Za-z0-9_-]{20}$/);
  assert.notEqual(id, session.sid);
  session.destroy();
});

const refusals = [
  ["EIO missing", "/socket.io/?transport=polling", 5],
  ["EIO=3", "/socket.io/?EIO=3&transport=polling", 5],
  ["EIO=5", "/socket.io/?EIO=5&transport=polling", 5],
  ["EIO=4x", "/socket.io/?EIO=4x&transport=polling", 5],
  ["EIO empty", "/socket.io/?EIO=&transport=polling", 5],
  ["no query at all", "/socket.io/", 0],
  ["transport missing", "/socket.io/?EIO=4", 0],
  ["transport=abc", "/socket.io/?EIO=4&transport=abc", 0],
  ["transport=__proto__", "/socket.io/?EIO=4&transport=__proto__", 0],
  ["transport=constructor", "/socket.io/?EIO=4&transport=constructor", 0],
  ["transport=webtransport", "/socket.io/?EIO=4&transport=webtransport", 0],
  ["transport=POLLING", "/socket.io/?EIO=4&transport=POLLING", 0],
  ["transport unknown wins over a wrong EIO", "/socket.io/?EIO=3&transport=abc", 0],
  ["unknown sid", "/socket.io/?EIO=4&transport=polling&sid=abcdefghijklmnopqrst", 1],
  ["short sid", "/socket.io/?EIO=4&transport=polling&sid=x", 1],
  ["sid __proto__", "/socket.io/?EIO=4&transport=polling&sid=__proto__", 1],
  ["very long sid", `/socket.io/?EIO=4&transport=polling&sid=${"s".repeat(500)}`, 1],
  ["websocket without upgrade headers", "/socket.io/?EIO=4&transport=websocket", 3],
  ["below the path", "/socket.io/any/thing?EIO=4&transport=abc", 0],
  ["Engine.IO: transport missing", "/engine.io/?EIO=4", 0],
  ["Engine.IO: unknown sid", "/engine.io/?EIO=4&transport=polling&sid=x", 1],
  ["Engine.IO: EIO=3", "/engine.io/?EIO=3&transport=polling", 5],
];

for (const [name, target, code] of refusals) {
  test(`GET ${name}: 400 code ${code}`, async () => {
    const response = await get(target);
    assertRefused(response, code);
    assert.equal(response.headers["cache-control"], undefined);
  });
}

for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
  test(`${method} without sid: 400 code 2`, async () => {
    assertRefused(await get("/socket.io/?EIO=4&transport=polling", { method, body: "" }), 2);
  });
}

test("OPTIONS without sid and without CORS: 400 code 2", async () => {
  assertRefused(await get("/socket.io/?EIO=4&transport=polling", { method: "OPTIONS" }), 2);
});

test("HEAD without sid: 400 without a body", async () => {
  assert.equal((await get("/socket.io/?EIO=4&transport=polling", { method: "HEAD" })).status, 400);
});

test("POST with an unknown sid: 400 code 1", async () => {
  const response = await get("/socket.io/?EIO=4&transport=polling&sid=x", { method: "POST", body: "40" });
  assertRefused(response, 1);
});

for (const method of ["PUT", "DELETE", "PATCH", "OPTIONS"]) {
  test(`${method} with a valid sid: 500 empty, the session lives`, async () => {
    const session = await PollingSession.open(server);
    const response = await get(session.target, { method, ...(method === "OPTIONS" ? {} : { body: "" }) });
    assert.deepEqual([response.status, response.text], [500, ""]);
    await session.join();
  });
}

test("HEAD with a valid sid: 500, the session lives", async () => {
  const session = await PollingSession.open(server);
  assert.equal((await get(session.target, { method: "HEAD" })).status, 500);
  await session.join();
});

test("an empty sid is a handshake", async () => {
  const response = await get("/socket.io/?EIO=4&transport=polling&sid=");
  assert.equal(response.status, 200);
  assert.match(response.text, /^0\{"sid":/);
});

test("the last of duplicate query keys wins", async () => {
  assert.equal((await get("/socket.io/?EIO=3&EIO=4&transport=abc&transport=polling")).status, 200);
  assertRefused(await get("/socket.io/?EIO=4&transport=polling&transport=abc"), 0);
  assertRefused(await get("/socket.io/?EIO=4&EIO=3&transport=polling"), 5);
});

test("query keys and values are percent-decoded", async () => {
  assert.equal((await get("/socket.io/?E%49O=%34&transp%6Frt=p%6Flling")).status, 200);
});

test("unknown query keys and a cache buster are ignored", async () => {
  assert.equal((await get("/socket.io/?a&b=&t=x1&EIO=4&=z&transport=polling")).status, 200);
});

test("dots in the path: 400 code 0, or 404 where they are resolved", async () => {
  const response = await get("/socket.io/../x");
  if (response.status !== 404) assertRefused(response, 0);
});

test("percent signs that escape nothing: taken as they are, or a 4xx", async () => {
  const { status } = await get("/socket.io/?EIO=4&transport=polling&%zz=%");
  assert.ok(status === 200 || (status >= 400 && status < 500), `status ${status}`);
});

test("paths below the engine path are handled", async () => {
  assert.equal((await get("/socket.io/any/thing?EIO=4&transport=polling")).status, 200);
});

for (const target of ["/socket.io?EIO=4&transport=polling", "/socket.iofoo?EIO=4&transport=polling", "/nothing", "/"]) {
  test(`${target} is not the engine's: 404`, async () => {
    assert.equal((await get(target)).status, 404);
  });
}

test("websocket with the sid of a polling session but without upgrade headers: 400 code 3", async () => {
  const session = await PollingSession.open(server);
  assertRefused(await get(`/socket.io/?EIO=4&transport=websocket&sid=${session.sid}`), 3);
  await session.join();
});

test("polling with the sid of a WebSocket session: 400 code 3, the session lives", async () => {
  const session = await WebSocketSession.open(server);
  assertRefused(await get(`/socket.io/?EIO=4&transport=polling&sid=${session.sid}`), 3);
  const post = await get(`/socket.io/?EIO=4&transport=polling&sid=${session.sid}`, { method: "POST", body: "40" });
  assertRefused(post, 3);
  await session.join();
  session.destroy();
});

for (const EIO of ["3", "5", undefined]) {
  test(`sid with EIO ${EIO}: 400 code 3, the session lives`, async () => {
    const session = await PollingSession.open(server);
    const eio = EIO === undefined ? "" : `EIO=${EIO}&`;
    assertRefused(await get(`/socket.io/?${eio}transport=polling&sid=${session.sid}`), 3);
    await session.join();
  });
}

test("a sid of one engine is unknown to the other", async () => {
  const session = await PollingSession.open(server);
  assertRefused(await get(`/engine.io/?EIO=4&transport=polling&sid=${session.sid}`), 1);
  await session.join();
});

const upgrade_refusals = [
  ["transport missing", "/socket.io/?EIO=4", 0],
  ["transport=abc", "/socket.io/?EIO=4&transport=abc", 0],
  ["transport=__proto__", "/socket.io/?EIO=4&transport=__proto__", 0],
  ["transport=constructor", "/socket.io/?EIO=4&transport=constructor", 0],
  ["unknown sid", "/socket.io/?EIO=4&transport=websocket&sid=abcdefghijklmnopqrst", 1],
  ["Engine.IO: unknown sid", "/engine.io/?EIO=4&transport=websocket&sid=x", 1],
];

for (const [name, target, code] of upgrade_refusals) {
  test(`upgrade request, ${name}: 400 with the message of code ${code}`, async () => {
    const ws = await RawWebSocket.open(server, target);
    assertUpgradeRefused(ws, code);
    await ws.connection.takeAll();
  });
}

for (const EIO of ["3", "5", ""]) {
  test(
    `upgrade request, EIO=${EIO}: 400 with the message of code 5, no 101`,
    betterThanReference("answers 101 first and breaks the connection then"),
    async () => {
      const ws = await RawWebSocket.open(server, `/socket.io/?EIO=${EIO}&transport=websocket`);
      assertUpgradeRefused(ws, 5);
    },
  );
}

test("upgrade request by POST: 400 Bad handshake method", async () => {
  const ws = await RawWebSocket.open(server, "/socket.io/?EIO=4&transport=websocket", {
    method: "POST",
    headers: { "Content-Length": "0" },
  });
  assertUpgradeRefused(ws, 2);
});

test("upgrade request on a foreign path: ended without a byte", async () => {
  const { Connection, requestBytes } = await import("../support/http.mjs");
  const { upgradeHeaders } = await import("../support/ws.mjs");
  const connection = await Connection.open(server);
  connection.write(requestBytes({ target: "/foreign?EIO=4&transport=websocket", headers: upgradeHeaders() }));
  assert.equal((await connection.takeAll()).toString("latin1"), "");
  connection.destroy();
});
