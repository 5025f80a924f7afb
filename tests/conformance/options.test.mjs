// The engine's options and hooks: sections 9 and 10 of the protocol, and the origin check.

import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { gunzipSync, inflateSync } from "node:zlib";
import { request } from "../support/http.mjs";
import { RawWebSocket, upgradeHeaders } from "../support/ws.mjs";
import { PollingSession, WebSocketSession, assertRefused, assertUpgradeRefused, errors, joinedSession } from "../support/engine.mjs";
import { eventually } from "../support/clock.mjs";
import { betterThanReference, is_reference, startServer } from "../support/server.mjs";

const dist = fileURLToPath(new URL("../node_modules/socket.io-client/dist", import.meta.url));
const servers = [];
after(() => Promise.all(servers.map((server) => server.stop())));

/** A server with these options; started when a test needs it, one for the same ones. */
const started = new Map();
function serverWith(options, ...args) {
  const key = JSON.stringify([options, args]);
  if (!started.has(key)) {
    const starting = startServer({ args: ["--client-dir", dist, ...(options ? ["--options", JSON.stringify(options)] : []), ...args] });
    started.set(key, starting.then((server) => (servers.push(server), server)));
  }
  return started.get(key);
}

const polling = "/socket.io/?EIO=4&transport=polling";
const websocket = "/socket.io/?EIO=4&transport=websocket";
const own = "http://page.example";

/** The headers of CORS in an answer. */
function corsOf(response) {
  const found = {};
  for (const [name, value] of Object.entries(response.headers)) {
    if (name.startsWith("access-control-")) found[name.slice("access-control-".length)] = value;
    if (name === "vary") found.vary = value;
  }
  return found;
}

const ask = (server, target, headers = {}, more) => request(server, { target, headers, ...more });

const preflightHeaders = (origin) => ({
  ...(origin && { Origin: origin }),
  "Access-Control-Request-Method": "POST",
  "Access-Control-Request-Headers": "X-One, X-Two",
});
const preflight = (server, origin, target = polling) =>
  ask(server, target, preflightHeaders(origin), { method: "OPTIONS" });

/* --- cors: the rows of 9.1 -------------------------------------------------------------------- */

const all_methods = "GET,HEAD,PUT,PATCH,POST,DELETE";
const echoed = { "allow-methods": all_methods, "allow-headers": "X-One, X-Two" };

// options, origin of the request, headers of an answer, headers of a preflight (null: not answered)
const rows = [
  ["any", { origin: "*" }, own, { "allow-origin": "*" }, { "allow-origin": "*", vary: "Access-Control-Request-Headers", ...echoed }],
  ["any, without Origin", { origin: "*" }, null, { "allow-origin": "*" }, { "allow-origin": "*", vary: "Access-Control-Request-Headers", ...echoed }],
  ["an empty object", {}, own, { "allow-origin": "*" }, { "allow-origin": "*", vary: "Access-Control-Request-Headers", ...echoed }],
  ["a string", { origin: own }, own, { "allow-origin": own, vary: "Origin" }, { "allow-origin": own, vary: "Origin, Access-Control-Request-Headers", ...echoed }],
  ["a string, another origin", { origin: own }, "http://b.example", { "allow-origin": own, vary: "Origin" }, { "allow-origin": own, vary: "Origin, Access-Control-Request-Headers", ...echoed }],
  ["a list, one of it", { origin: ["http://b.example", own] }, own, { "allow-origin": own, vary: "Origin" }, { "allow-origin": own, vary: "Origin, Access-Control-Request-Headers", ...echoed }],
  ["a list, none of it", { origin: ["http://b.example", own] }, "http://c.example", { vary: "Origin" }, { vary: "Origin, Access-Control-Request-Headers", ...echoed }],
  ["a pattern that matches", { origin: ["https://*.example.com"] }, "https://a.b.example.com", { "allow-origin": "https://a.b.example.com", vary: "Origin" }, { "allow-origin": "https://a.b.example.com", vary: "Origin, Access-Control-Request-Headers", ...echoed }],
  ["a pattern that does not", { origin: ["https://*.example.com"] }, "https://example.com", { vary: "Origin" }, { vary: "Origin, Access-Control-Request-Headers", ...echoed }],
  ["a pattern does not cross a slash", { origin: ["https://*.example.com"] }, "https://evil.org/.example.com", { vary: "Origin" }, { vary: "Origin, Access-Control-Request-Headers", ...echoed }],
  ["a pattern's dot is a dot", { origin: ["https://*.example.com"] }, "https://a.exampleXcom", { vary: "Origin" }, { vary: "Origin, Access-Control-Request-Headers", ...echoed }],
  ["true", { origin: true }, own, { "allow-origin": own, vary: "Origin" }, { "allow-origin": own, vary: "Origin, Access-Control-Request-Headers", ...echoed }],
  ["a function that allows", { origin: "callback" }, own, { "allow-origin": own, vary: "Origin" }, { "allow-origin": own, vary: "Origin, Access-Control-Request-Headers", ...echoed }],
  ["a function that denies", { origin: "callback" }, "http://deny.example", {}, null],
];

for (const [name, cors, origin, actual, answer] of rows) {
  const headers = origin ? { Origin: origin } : {};

  describe(`cors: ${name}`, () => {
    test("handshake, poll and data", async () => {
      const server = await serverWith({ cors });
      const open = await ask(server, polling, headers);
      assert.deepEqual([open.status, corsOf(open)], [200, actual]);
      const target = `${polling}&sid=${JSON.parse(open.text.slice(1)).sid}`;
      const posted = await ask(server, target, headers, { method: "POST", body: "40" });
      assert.deepEqual([posted.status, posted.text, corsOf(posted)], [200, "ok", actual]);
      const poll = await ask(server, target, headers);
      assert.deepEqual([poll.status, corsOf(poll)], [200, actual]);
    });

    test("errors, and the client's bundles", async () => {
      const server = await serverWith({ cors });
      for (const target of ["/socket.io/?EIO=4", `${polling}&sid=unknown`, "/socket.io/?EIO=3&transport=polling"]) {
        const refused = await ask(server, target, headers);
        assert.equal(refused.status, 400);
        assert.deepEqual(corsOf(refused), actual);
      }
      const bundle = await ask(server, "/socket.io/socket.io.js", headers);
      assert.equal(bundle.status, 200);
      const vary = (bundle.headers.vary ?? "").split(/, */).filter((part) => !/accept-encoding/i.test(part)).join(", ");
      assert.deepEqual({ ...corsOf(bundle), vary: undefined, ...(vary && { vary }) }, { vary: undefined, ...actual });
    });

    test("the 101 of a WebSocket, new and of an upgrade", async () => {
      const server = await serverWith({ cors });
      const fresh = await RawWebSocket.open(server, websocket, { headers });
      assert.deepEqual([fresh.response.status, corsOf(fresh.response)], [101, actual]);
      fresh.destroy();
      const session = await PollingSession.open(server);
      const ws = await session.probe({ headers });
      assert.deepEqual([ws.response.status, corsOf(ws.response)], [101, actual]);
      ws.destroy();
    });

    test("preflight", async () => {
      const server = await serverWith({ cors });
      const response = await preflight(server, origin);
      if (answer === null) {
        assertRefused(response, 2);
        return;
      }
      assert.deepEqual([response.status, response.body.length, response.headers["content-length"]], [204, 0, "0"]);
      assert.deepEqual(corsOf(response), answer);
    });
  });
}

test("cors: a function that fails: code 3, for a preflight and a WebSocket too", async () => {
  const server = await serverWith({ cors: { origin: "callback" } });
  const headers = { Origin: "http://fail.example" };
  assertRefused(await ask(server, polling, headers), 3);
  assertRefused(await preflight(server, "http://fail.example"), 3);
  assertUpgradeRefused(await RawWebSocket.open(server, websocket, { headers }), 3);
});

test("cors: credentials, exposed and allowed headers, methods, max age", async () => {
  const server = await serverWith({
    cors: { origin: own, credentials: true, exposedHeaders: "X-A,X-B", allowedHeaders: "X-C", methods: "GET,POST", maxAge: 600 },
  });
  const said = { "allow-origin": own, vary: "Origin", "allow-credentials": "true", "expose-headers": "X-A,X-B" };
  assert.deepEqual(corsOf(await ask(server, polling, { Origin: own })), said);
  const answer = await preflight(server, own);
  assert.deepEqual([answer.status, corsOf(answer)], [204, { ...said, "allow-methods": "GET,POST", "allow-headers": "X-C", "max-age": "600" }]);
});

test("cors: credentials go with any origin too", async () => {
  const server = await serverWith({ cors: { origin: "*", credentials: true } });
  const found = corsOf(await ask(server, polling, { Origin: own }));
  assert.deepEqual(found, { "allow-origin": "*", "allow-credentials": "true" });
});

test("cors: a preflight touches no session", async () => {
  const server = await serverWith({ cors: {} });
  const session = await joinedSession(server, "polling");
  const held = session.get();
  assert.equal((await preflight(server, own, session.target)).status, 204);
  await session.send('42["message",1]');
  assert.equal((await held).text, '42["message-back",1]');
});

test("cors off: a preflight is refused with code 2", async () => {
  assertRefused(await preflight(await serverWith(null), own), 2);
});

/* --- who may open sessions -------------------------------------------------------------------- */

// --cors, Origin, Host, may it
const visitors = [
  [null, undefined, undefined, true],
  [null, "http://page.example", "page.example", true],
  [null, "https://Page.Example:8443", "page.example:8443", true],
  [null, "http://page.example", "other.example", false],
  [null, "http://page.example.evil", "page.example", false],
  [null, "http://evil/page.example", "page.example", false],
  [null, "null", "page.example", false],
  ["http://a.example", "http://a.example", "page.example", true],
  ["http://a.example", "http://b.example", "page.example", false],
  ["http://a.example", "http://page.example", "page.example", true],
  ["http://a.example,http://b.example", "http://b.example", "page.example", true],
  ["http://a.example,http://b.example", "http://c.example", "page.example", false],
  ["*", "http://c.example", "page.example", true],
  ["true", "http://c.example", "page.example", true],
];
for (const [list, origin, host, allowed] of visitors) {
  const from = `cors ${list}: a page of ${origin} at ${host} ${allowed ? "opens" : "does not open"} sessions`;
  const better = betterThanReference("it has no origin check");

  test(`origin check, ${from}, over polling and WebSocket`, better, async () => {
    const server = await serverWith(null, "--origin-check", ...(list ? ["--cors", list] : []));
    const headers = { ...(origin && { Origin: origin }), ...(host && { Host: host }) };
    const open = await ask(server, polling, headers);
    const ws = await RawWebSocket.open(server, websocket, { headers });
    if (allowed) {
      assert.deepEqual([open.status, ws.response.status], [200, 101]);
    } else {
      assertRefused(open, 4);
      assertUpgradeRefused(ws, 4);
    }
    ws.destroy();

    // The upgrade of a session that others have opened.
    const session = await PollingSession.open(server);
    const upgrade = await session.probe({ headers });
    assert.equal(upgrade.response.status, allowed ? 101 : 400);
    upgrade.destroy();
  });

  if (list !== null && origin !== undefined) {
    test(`origin check, ${from}: the preflight tells the same`, better, async () => {
      const server = await serverWith(null, "--origin-check", "--cors", list);
      const named = corsOf(await preflight(server, origin))["allow-origin"];
      const is_named = named === "*" || named === origin;
      // The own host needs no preflight.
      if (new URL(origin).host !== host) assert.equal(is_named, allowed);
    });
  }
}

test("without the check any page opens sessions, as on the reference", async () => {
  const server = await serverWith(null);
  const headers = { Origin: "http://anywhere.example", Host: "page.example" };
  assert.equal((await ask(server, polling, headers)).status, 200);
  const ws = await RawWebSocket.open(server, websocket, { headers });
  assert.equal(ws.accepted, true);
  ws.destroy();
});

/* --- cookie ----------------------------------------------------------------------------------- */

const cookies = [
  [true, "io=SID; Path=/; HttpOnly; SameSite=Lax"],
  [{ name: "sid", maxAge: 86400, domain: "a.example", path: "/x", secure: true, httpOnly: false, sameSite: "Strict" },
    "sid=SID; Max-Age=86400; Domain=a.example; Path=/x; Secure; SameSite=Strict"],
  [{ name: "c", expires: 1893456000, partitioned: true, secure: true, priority: "High", sameSite: "None" },
    "c=SID; Path=/; Expires=Tue, 01 Jan 2030 00:00:00 GMT; HttpOnly; Secure; Partitioned; Priority=High; SameSite=None"],
];
for (const [cookie, expected] of cookies) {
  test(`cookie ${JSON.stringify(cookie)}: once, in the polling handshake`, async () => {
    const server = await serverWith({ cookie });
    const session = await PollingSession.open(server);
    assert.equal(session.handshake_response.headers["set-cookie"], expected.replace("SID", session.sid));
    const posted = await session.post("40");
    const polled = await session.get();
    assert.deepEqual([posted.headers["set-cookie"], polled.headers["set-cookie"]], [undefined, undefined]);
    const ws = await RawWebSocket.open(server, websocket);
    assert.equal(ws.response.headers["set-cookie"], undefined);
    ws.destroy();
  });
}

/* --- compression ------------------------------------------------------------------------------ */

async function compressed(server, encoding, text) {
  const session = await joinedSession(server, "polling");
  await session.send(`42["message","${text}"]`);
  const response = await session.get({ headers: encoding === undefined ? {} : { "Accept-Encoding": encoding } });
  const how = response.headers["content-encoding"];
  const body = how === "gzip" ? gunzipSync(response.body) : how === "deflate" ? inflateSync(response.body) : response.body;
  assert.equal(body.toString(), `42["message-back","${text}"]`);
  return how;
}
const long_text = "long ".repeat(400);

const encodings = [
  ["gzip", "gzip"], ["gzip, deflate, br", "gzip"], ["deflate, gzip", "deflate"], ["deflate", "deflate"], ["*", "gzip"],
  ["gzip;q=0.5, deflate", "deflate"], ["gzip;q=0, *", "deflate"], ["gzip;q=0", undefined], ["br", undefined], ["identity", undefined], [undefined, undefined],
];
for (const [encoding, how] of encodings) {
  test(`a long answer for Accept-Encoding ${encoding}: ${how ?? "as it is"}`, async () => {
    assert.equal(await compressed(await serverWith(null), encoding, long_text), how);
  });
}

test("a short answer is not compressed", async () => {
  assert.equal(await compressed(await serverWith(null), "gzip", "short"), undefined);
});

test("httpCompression.threshold is in bytes of the body", async () => {
  const server = await serverWith({ httpCompression: { threshold: 60 } });
  const frame = '42["message-back",""]'.length;
  assert.equal(await compressed(server, "gzip", "x".repeat(60 - frame)), "gzip");
  assert.equal(await compressed(server, "gzip", "x".repeat(59 - frame)), undefined);
  assert.equal(await compressed(server, "gzip", "ä".repeat((60 - frame + 1) >> 1)), "gzip");
});

test("httpCompression true: short answers too", async () => {
  const server = await serverWith({ httpCompression: true });
  assert.equal(await compressed(server, "gzip", "x".repeat(100)), "gzip");
  assert.equal(await compressed(server, "deflate", "x".repeat(100)), "deflate");
});

test("httpCompression true: an answer that it would make longer", async () => {
  const session = await PollingSession.open(await serverWith({ httpCompression: true }), { path: "/engine.io/" });
  await session.send("4x");
  const { headers, body } = await session.get({ headers: { "Accept-Encoding": "gzip" } });
  if (is_reference) assert.deepEqual([headers["content-encoding"], gunzipSync(body).toString()], ["gzip", "4x"]);
  else assert.deepEqual([headers["content-encoding"], body.toString()], [undefined, "4x"]);
});

test("httpCompression false: never", async () => {
  assert.equal(await compressed(await serverWith({ httpCompression: false }), "gzip", long_text), undefined);
});

test("permessage-deflate is not negotiated", async () => {
  const headers = { "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits" };
  const ws = await RawWebSocket.open(await serverWith(null), websocket, { headers });
  assert.deepEqual([ws.response.status, ws.response.headers["sec-websocket-extensions"]], [101, undefined]);
  ws.destroy();
});

/* --- initial packet, path, transports --------------------------------------------------------- */

test("initialPacket: the first message, over polling in the handshake's body", async () => {
  const server = await serverWith({ initialPacket: "hello ä" });
  const session = await PollingSession.open(server, { path: "/engine.io/" });
  assert.match(session.handshake_response.text, /^0\{[^\x1e]*\}\x1e4hello ä$/);
  await session.send("4x");
  await session.expect("4hello ä", "4x");
  const ws = await WebSocketSession.open(server, { path: "/engine.io/" });
  await ws.expect("4hello ä");
  ws.destroy();
});

test("addTrailingSlash false: any path that begins with it", async () => {
  const server = await serverWith({ addTrailingSlash: false });
  for (const path of ["/socket.io", "/socket.io/", "/socket.io/more", "/engine.io", "/engine.io/x"]) {
    const open = await ask(server, `${path}?EIO=4&transport=polling`);
    assert.deepEqual([path, open.status], [path, 200]);
    const ws = await RawWebSocket.open(server, `${path}?EIO=4&transport=websocket`);
    assert.deepEqual([path, ws.response.status], [path, 101]);
    ws.destroy();
  }
});

test("by default the path without its slash is not the engine's", async () => {
  assert.equal((await ask(await serverWith(null), "/socket.io?EIO=4&transport=polling")).status, 404);
});

test("transports polling: no upgrade is offered, WebSocket is code 0 with the error's JSON", async () => {
  const server = await serverWith({ transports: ["polling"] });
  const session = await PollingSession.open(server);
  assert.deepEqual(session.handshake.upgrades, []);
  for (const ws of [await RawWebSocket.open(server, websocket), await session.probe()]) {
    assert.deepEqual([ws.response.status, ws.response.text], [400, errors[0]]);
  }
  assertRefused(await ask(server, websocket), 0);
  await session.join();
});

test("transports websocket: polling is code 0", async () => {
  const server = await serverWith({ transports: ["websocket"] });
  assertRefused(await ask(server, polling), 0);
  const session = await joinedSession(server, "websocket");
  await session.fence();
  session.destroy();
});

test("allowUpgrades false: no upgrade is offered", async () => {
  const server = await serverWith({ allowUpgrades: false });
  const session = await PollingSession.open(server);
  assert.deepEqual(session.handshake.upgrades, []);
  const direct = await joinedSession(server, "websocket");
  await direct.fence();
  direct.destroy();
});

/* --- hooks ------------------------------------------------------------------------------------ */

const hooked = () => serverWith({ cors: { origin: "*" } }, "--hooks");

for (const [admit, allowed] of [["yes", true], ["later", true], ["refuse", false]]) {
  test(`allowRequest, ${admit}`, async () => {
    const server = await hooked();
    const open = await ask(server, `${polling}&admit=${admit}`);
    const ws = await RawWebSocket.open(server, `${websocket}&admit=${admit}`);
    if (allowed) {
      assert.deepEqual([open.status, ws.response.status], [200, 101]);
      assert.equal((await ws.nextData())[0], "0");
      ws.send("40");
      assert.match(await ws.nextData(), /^40\{/);
    } else {
      assert.equal(open.status, 403);
      assert.equal(ws.response.status, 400);
    }
    ws.destroy();
  });
}

test("allowRequest refuses with a message", async () => {
  const server = await hooked();
  const why = "&admit=refuse&why=go%20%22away%22%20%C3%A4";
  const open = await ask(server, polling + why);
  assert.deepEqual([open.status, open.json, open.headers["content-type"]], [403, { code: 4, message: 'go "away" ä' }, "application/json"]);
  assert.equal(open.headers["access-control-allow-origin"], "*");
  const ws = await RawWebSocket.open(server, `${websocket}&admit=refuse&why=go`);
  assert.deepEqual([ws.response.status, ws.response.text], [400, "go"]);
});

test("allowRequest refuses later", async () => {
  const server = await hooked();
  const open = await ask(server, `${polling}&admit=refuse%20later`);
  assert.deepEqual([open.status, open.json], [403, { code: 4, message: "too late" }]);
  const ws = await RawWebSocket.open(server, `${websocket}&admit=refuse%20later`);
  assert.deepEqual([ws.response.status, ws.response.text], [400, "too late"]);
});

test("a client that vanishes while allowRequest decides leaves nothing behind", async () => {
  const server = await hooked();
  const waiting = Array.from({ length: 10 }, () => ask(server, `${polling}&admit=later`, {}, { ms: 5 }).catch(() => "gone"));
  await Promise.all(waiting);
  assert.equal((await ask(server, polling)).status, 200);
});

test("allowRequest is asked for handshakes alone, after the checks and before the revision's", async () => {
  const server = await hooked();
  assertRefused(await ask(server, "/socket.io/?EIO=4&transport=none&admit=refuse"), 0);
  assert.equal((await ask(server, "/socket.io/?EIO=3&transport=polling&admit=refuse")).status, 403);
  const session = await PollingSession.open(server);
  session.query = "&admit=refuse";
  await session.join();
});

test("initial_headers: the first answer alone; headers: each answer of a session; neither for errors", async () => {
  const server = await hooked();
  const of = ({ headers }) => [headers["x-initial"], headers["x-method"]];
  const session = await PollingSession.open(server);
  assert.deepEqual(of(session.handshake_response), ["plain", "GET"]);
  assert.deepEqual(of(await session.post("40")), [undefined, "POST"]);
  assert.deepEqual(of(await session.get()), [undefined, "GET"]);
  const upgrade = await session.probe();
  assert.deepEqual(of(upgrade.response), [undefined, "GET"]);
  upgrade.destroy();
  const ws = await RawWebSocket.open(server, websocket);
  assert.deepEqual(of(ws.response), ["upgrade", "GET"]);
  ws.destroy();
  assert.deepEqual(of(await ask(server, "/socket.io/?EIO=4")), [undefined, undefined]);
  assert.deepEqual(of(await ask(server, `${polling}&admit=refuse`)), [undefined, undefined]);
});

test("connection_error tells of each code", async () => {
  const server = await hooked();
  await ask(server, "/socket.io/?EIO=4&transport=none");
  await ask(server, `${polling}&sid=none`);
  await ask(server, polling, {}, { method: "POST", body: "" });
  await ask(server, websocket);
  await ask(server, `${polling}&admit=refuse`);
  await ask(server, "/engine.io/?EIO=3&transport=polling");
  for (const text of errors) {
    const { code, message } = JSON.parse(text);
    await eventually(() => server.output().includes(`connection error ${code} ${message}`), `word of ${code}`);
  }
});

/* --- says why --------------------------------------------------------------------------------- */

const hints = [
  ["code 0", () => ask, "/socket.io/?EIO=4&transport=none", {}, /code 0 \(Transport unknown\): transport is missing, unknown or switched off/],
  ["code 1", () => ask, `${polling}&sid=none`, {}, /code 1 \(Session ID unknown\): .*sticky/],
  ["code 2", () => ask, polling, { method: "POST", body: "" }, /code 2 \(Bad handshake method\): a handshake is a GET/],
  ["code 3", () => ask, websocket, {}, /code 3 \(Bad request\): .*Connection: upgrade.* proxy/],
  ["code 4", () => ask, polling, { headers: { Origin: "http://evil.example" } }, /code 4 \(Forbidden\): .*origin_check/],
  ["code 5", () => ask, "/socket.io/?EIO=3&transport=polling", {}, /code 5 \(Unsupported protocol version\): .*allow_eio3/],
];
for (const [name, , target, more, line] of hints) {
  test(`a refusal with ${name} is logged once, with a hint`, betterThanReference("it does not log"), async () => {
    const server = await serverWith(null, "--origin-check", "--log-level", "info");
    const before = server.output().length;
    await request(server, { target, ...more });
    await eventually(() => line.test(server.output().slice(before)), `a line of ${name}`);
    const lines = server.output().slice(before).split("\n").filter((one) => one.includes(name));
    assert.equal(lines.length, 1);
  });
}

const changed = [
  ["Content-Length", "POST", polling, {}, /request refused with 411: .*Content-Length: does a proxy/],
  ["path's last slash", "GET", "/socket.io?EIO=4&transport=websocket", upgradeHeaders(), /WebSocket handshake refused: its path is no engine's: .*proxy/],
  ["Upgrade's value", "GET", websocket, { Connection: "upgrade", Upgrade: "h2c" }, /WebSocket handshake refused: .*else than websocket/],
];
for (const [name, method, target, headers, line] of changed) {
  test(`a request whose ${name} a proxy has changed: the log says so`, betterThanReference("it does not log"), async () => {
    const server = await serverWith(null, "--log-level", "info");
    const before = server.output().length;
    await request(server, { method, target, headers }).catch(() => "ended");
    await eventually(() => line.test(server.output().slice(before)), "a line of it");
  });
}

const stripped = [
  ["Connection", { Connection: "keep-alive" }, /WebSocket handshake refused: no Connection: upgrade.* proxy/],
  ["Upgrade", { Upgrade: undefined }, /code 3 \(Bad request\): .*Upgrade: websocket: does a proxy/],
  ["Sec-WebSocket-Key", { "Sec-WebSocket-Key": undefined }, /WebSocket handshake refused: no usable Sec-WebSocket-Key/],
];
for (const [name, headers, line] of stripped) {
  test(`a WebSocket handshake whose ${name} a proxy has stripped: the log says so`, betterThanReference("it does not log"), async () => {
    const server = await serverWith(null, "--log-level", "info");
    const before = server.output().length;
    const ws = await RawWebSocket.open(server, websocket, { headers });
    assert.equal(ws.response.status, 400);
    await eventually(() => line.test(server.output().slice(before)), "a line of it");
    ws.destroy();
  });
}

test("a thousand refusals are a few lines of log", betterThanReference("it does not log"), async () => {
  const server = await serverWith(null, "--log-level", "info");
  for (let i = 0; i < 20; i++) {
    await Promise.all(Array.from({ length: 50 }, () => request(server, { target: `${polling}&sid=none` })));
  }
  const lines = server.output().split("\n").filter((line) => line.includes("code 1"));
  assert.ok(lines.length >= 1 && lines.length <= 200, `${lines.length} lines`);
});

test("by default refusals are not logged", betterThanReference("it does not log"), async () => {
  const server = await serverWith(null);
  await request(server, { target: `${polling}&sid=none` });
  assert.doesNotMatch(server.output(), /refused/);
});
