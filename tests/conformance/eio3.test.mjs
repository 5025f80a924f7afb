// Engine.IO revision 3: section 12.1 to 12.3 of the protocol, and JSONP (11).

import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { ConnectionClosed, request } from "../support/http.mjs";
import { RawWebSocket } from "../support/ws.mjs";
import { PollingSession, RS, assertRefused, assertUpgradeRefused, disconnectReason, joinedSession, transports } from "../support/engine.mjs";
import { PollingSession3, WebSocketSession3, encode3, encodeBinary3, joinedSession3, openSession3, runJsonp } from "../support/eio3.mjs";
import { sleep, slow } from "../support/clock.mjs";
import { betterThanReference, is_reference, startServer } from "../support/server.mjs";

// Room for a slow server, but not the whole factor: these are waited for.
const stretch = Math.min(slow, 3);
const interval_ms = 400 * stretch;
const timeout_ms = 1600 * stretch;
const server = await startServer({ args: ["--eio3", "--max-payload", "100000"] });
const strict = await startServer({
  args: ["--eio3", "--ping-interval", String(interval_ms), "--ping-timeout", String(timeout_ms)],
});
after(() => Promise.all([server.stop(), strict.stop()]));

const path = "/engine.io/";
const echoing = (query) => PollingSession3.open(server, { path, query });
const octets = { "Content-Type": "application/octet-stream" };

async function assertGone(session) {
  assertRefused(await request(server, { target: session.target }), 1);
}

/** A POST that may break off: how a payload that is no payload ends is not said. */
async function postAny(session, body, headers) {
  try {
    return await session.post(body, headers);
  } catch (error) {
    if (!(error instanceof ConnectionClosed)) throw error;
  }
}

/* --- handshake -------------------------------------------------------------------------------- */

for (const revision of ["EIO=3", "EIO=5", "EIO=2", "EIO=4x", "EIO=", "x=1"]) {
  test(`${revision} opens a session of revision 3`, async () => {
    const response = await request(server, { target: `/socket.io/?${revision}&transport=polling` });
    assert.equal(response.status, 200);
    assert.match(response.headers["content-type"], /^text\/plain; charset=UTF-8$/i);
    const [, length, open] = /^(\d+):(.*)$/.exec(response.text);
    assert.equal(Number(length), open.length);
    assert.match(
      open,
      /^0\{"sid":"[A-Za-z0-9_-]{20}","upgrades":\["websocket"\],"pingInterval":25000,"pingTimeout":20000,"maxPayload":100000\}$/,
    );
  });
}

test("a WebSocket handshake has the open packet as it is", async () => {
  const session = await WebSocketSession3.open(server);
  assert.deepEqual(Object.keys(session.handshake), ["sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload"]);
  assert.deepEqual(session.handshake.upgrades, []);
  session.destroy();
});

test("clients of revision 4 are served beside it", async () => {
  for (const transport of transports) {
    const session = await joinedSession(server, transport);
    await session.fence();
    session.destroy();
  }
});

test("requests of the other revision for a session get code 3", async () => {
  const old = await PollingSession3.open(server);
  const other = await PollingSession.open(server);
  assertRefused(await request(server, { target: old.target.replace("EIO=3", "EIO=4") }), 3);
  assertRefused(await request(server, { target: other.target.replace("EIO=4", "EIO=3") }), 3);
  assertUpgradeRefused(await RawWebSocket.open(server, `/socket.io/?EIO=4&transport=websocket&sid=${old.sid}`), 3);
  assertUpgradeRefused(await RawWebSocket.open(server, `/socket.io/?EIO=3&transport=websocket&sid=${other.sid}`), 3);
  await old.expect("40");
});

/* --- string payloads -------------------------------------------------------------------------- */

const strings = [
  ["one message", ["4hello"], "6:4hello"],
  ["two messages", ["4hello", "4€"], "6:4hello2:4€"],
  ["an emoji counts two", ["4😀"], "3:4😀"],
  ["a flag of two emojis counts four", ["4🇪🇺!"], "6:4🇪🇺!"],
  ["an empty message", ["4"], "1:4"],
  ["a colon and digits inside", ["412:4x", "4"], "6:412:4x1:4"],
];
for (const [name, packets, body] of strings) {
  test(`string payload, both ways: ${name}`, async () => {
    assert.equal(encode3(...packets), body);
    const session = await echoing();
    const posted = await session.post(body);
    assert.deepEqual([posted.status, posted.text, posted.headers["content-type"]], [200, "ok", "text/html"]);
    const answer = await session.get();
    assert.equal(answer.text, body);
    assert.match(answer.headers["content-type"], /^text\/plain; charset=UTF-8$/i);
  });
}

test("b64: binary comes as b4 and base64", async () => {
  const session = await echoing("&b64=1");
  await session.send("4hello", Buffer.from([1, 2, 3, 4]));
  assert.equal((await session.get()).text, "6:4hello10:b4AQIDBA==");
});

const accepted = [
  ["0:", ""],
  ["01:2", "1:3"],
  ["1.0:2", "1:3"],
  ["0:1:2", "1:3"],
];
for (const [body, answer] of accepted) {
  test(`${body} is taken`, async () => {
    const session = await echoing();
    assert.equal((await session.post(body)).text, "ok");
    if (answer === "") await session.send("2");
    assert.equal((await session.get()).text, "1:3");
  });
}

const broken = ["", "abc", ":4", "x:4a", "-1:4", "6:2hell", "5:2hello", "7:2hello", "3", "1:", "1:7", "2:😀"];
for (const tail of broken) {
  test(`${JSON.stringify(tail)} is no payload; what is before it is delivered`, async () => {
    const observer = await joinedSession(server, "websocket");
    const session = await joinedSession3(server, "polling");
    const word = `before ${tail} ${session.sid}`;
    const before = tail === "" ? "" : encode3(`42["chat message",${JSON.stringify(word)}]`);
    await postAny(session, before + tail);
    // The reference's engine hears it too, but its Socket.IO has closed before it looks at it.
    if (before && !is_reference) {
      let heard;
      do heard = await observer.next();
      while (heard !== `42["chat message",${JSON.stringify(word)}]`);
    }
    await assertGone(session);
    assert.equal(await disconnectReason(server, session.sid), "parse error");
    observer.destroy();
  });
}

test("a payload over the limit gets 413", async () => {
  const session = await echoing();
  const response = await session.post(encode3(`4${"x".repeat(100_001)}`));
  assert.equal(response.status, 413);
});

/* --- binary payloads -------------------------------------------------------------------------- */

const hello_and_binary = Buffer.from([0, 6, 255, 0x34, 0x68, 0x65, 0x6c, 0x6c, 0x6f, 1, 5, 255, 4, 1, 2, 3, 4]);

test("a body with binary is an octet-stream, byte for byte, both ways", async () => {
  const session = await echoing();
  assert.deepEqual(encodeBinary3("4hello", Buffer.from([1, 2, 3, 4])), hello_and_binary);
  assert.equal((await session.post(hello_and_binary, octets)).text, "ok");
  const answer = await session.get();
  assert.equal(answer.headers["content-type"], "application/octet-stream");
  assert.deepEqual(answer.body, hello_and_binary);
});

test("binary posted as base64 comes back as bytes, if b64 was not asked for", async () => {
  const session = await echoing();
  await session.send("4hello", Buffer.from([1, 2, 3, 4]));
  assert.deepEqual((await session.get()).body, hello_and_binary);
});

test("in a binary payload the length of text is in bytes of UTF-8", async () => {
  const session = await echoing();
  await session.post(encodeBinary3("4€", Buffer.from([7])), octets);
  assert.deepEqual((await session.get()).body, Buffer.from([0, 4, 255, 0x34, 0xe2, 0x82, 0xac, 1, 2, 255, 4, 7]));
});

test("a body without binary is a string payload, also as the answer to an octet-stream", async () => {
  const session = await echoing();
  await session.post(encodeBinary3("4€", "2"), octets);
  const answer = await session.get();
  assert.equal(answer.text, "2:4€1:3");
  assert.match(answer.headers["content-type"], /^text\/plain/);
});

test("empty binary, 10 and 100 bytes", async () => {
  for (const size of [0, 10, 100, 12345]) {
    const session = await echoing();
    const data = Buffer.alloc(size, size);
    await session.post(encodeBinary3(data), octets);
    assert.deepEqual((await session.get()).body, encodeBinary3(data));
  }
});

const broken_octets = [
  ["a length without its end", [0, 6]],
  ["no length", [0, 255, 0x34]],
  ["a length of 311 digits", [0, ...Array(311).fill(0), 255]],
];
for (const [name, bytes] of broken_octets) {
  test(`octet-stream with ${name}: parse error`, async () => {
    const session = await joinedSession3(server, "polling");
    await postAny(session, Buffer.from(bytes), octets);
    await assertGone(session);
    assert.equal(await disconnectReason(server, session.sid), "parse error");
  });
}

const better_octets = [
  ["less than announced", [0, 6, 255, 0x34]],
  ["a packet of an unknown kind", [2, 1, 255, 0x34]],
  ["text that is no UTF-8", [0, 2, 255, 0x34, 0xff]],
];
for (const [name, bytes] of better_octets) {
  test(`octet-stream with ${name}: parse error`, betterThanReference("it takes what is there"), async () => {
    const session = await joinedSession3(server, "polling");
    await postAny(session, Buffer.from(bytes), octets);
    await assertGone(session);
  });
}

test("an octet-stream by any other name is a string payload", async () => {
  const session = await joinedSession3(server, "polling");
  await postAny(session, hello_and_binary, { "Content-Type": "application/octet-stream; x=1" });
  await assertGone(session);
});

/* --- WebSocket -------------------------------------------------------------------------------- */

test("a binary message has its type byte before it", async () => {
  const ws = await RawWebSocket.open(server, `${path}?EIO=3&transport=websocket`);
  await ws.next();
  ws.send(Buffer.from([4, 1, 2, 3]));
  assert.deepEqual(await ws.next(), { type: "binary", data: Buffer.from([4, 1, 2, 3]) });
  ws.send("b4AQID");
  assert.deepEqual(await ws.nextData(), Buffer.from([4, 1, 2, 3]));
  ws.destroy();
});

test("b64 over WebSocket: binary comes as text", async () => {
  const ws = await RawWebSocket.open(server, `${path}?EIO=3&transport=websocket&b64=1`);
  await ws.next();
  ws.send(Buffer.from([4, 1, 2, 3]));
  assert.deepEqual(await ws.next(), { type: "text", data: "b4AQID" });
  ws.destroy();
});

/* --- heartbeat -------------------------------------------------------------------------------- */

const observed = (session) => disconnectReason(strict, session.sid);

describe("heartbeat and messages", { concurrency: true }, () => {
  for (const transport of transports) {
    describe(`over ${transport}`, { concurrency: true }, () => {
      test("text and binary come back as they went", async () => {
        const session = await openSession3(server, transport, { path });
        const sent = ["4hello", Buffer.from([1, 2, 3]), "4", "4ä😀", Buffer.alloc(5000, 7), "4end"];
        for (const packet of sent) await session.send(packet);
        await session.expect(...sent);
        session.destroy();
      });

      test("the client pings, the server answers without the payload, and never pings", async () => {
        const session = await joinedSession3(strict, transport);
        session.answers_pings = false;
        for (let i = 0; i < 8; i++) {
          await session.send(i % 2 ? "2" : "2abc");
          assert.equal(await session.next(), "3");
          await sleep(interval_ms / 2);
        }
        session.destroy();
      });

      test("a pong from the client: transport error", async () => {
        const session = await joinedSession3(server, transport);
        await (transport === "polling" ? postAny(session, "1:3") : session.send("3"));
        assert.deepEqual(await session.ending(), []);
        assert.equal(await disconnectReason(server, session.sid), "transport error");
        session.destroy();
      });

      const better = transport === "upgraded" ? betterThanReference("no heartbeat after the upgrade") : {};
      test("pings keep a session, messages do not: ping timeout", better, async () => {
        const session = await joinedSession3(strict, transport);
        for (let i = 0; i < 3; i++) {
          await sleep((interval_ms + timeout_ms) / 2);
          await session.send("2");
          await session.expect("3");
        }
        const start = Date.now();
        const talking = (async () => {
          while (Date.now() - start < 10_000 * slow) {
            try {
              await session.send('42["set data",1]');
            } catch {
              return;
            }
            if (session.is_closed || session.end_of_session) return;
            await sleep(interval_ms / 2);
          }
        })();
        assert.deepEqual(await session.ending(), []);
        const took = Date.now() - start;
        assert.ok(took > (interval_ms + timeout_ms) * 0.9, `closed after ${took} ms`);
        assert.ok(took < (interval_ms + timeout_ms) * 4, `closed after ${took} ms`);
        await talking;
        assert.equal(await observed(session), "ping timeout");
        session.destroy();
      });
    });
  }
});

/* --- upgrade and ends ------------------------------------------------------------------------- */

test("while a WebSocket probes, GETs get 1:6", async () => {
  const polling = await PollingSession3.open(server, { path });
  const held = polling.get();
  const ws = await polling.probe();
  ws.send("2probe");
  assert.equal(await ws.nextData(), "3probe");
  assert.equal((await held).text, "1:6");
  assert.equal((await polling.get()).text, "1:6");
  ws.send("5");
  ws.send("4after");
  assert.equal(await ws.nextData(), "4after");
  ws.destroy();
});

test("packets sent through the upgrade keep their order", async () => {
  const polling = await PollingSession3.open(server, { path });
  for (let i = 0; i < 10; i++) await polling.send(`4${i}`);
  const ws = await polling.probe();
  ws.send("2probe");
  assert.equal(await ws.nextData(), "3probe");
  ws.send("5");
  for (let i = 10; i < 20; i++) ws.send(`4${i}`);
  for (let i = 0; i < 20; i++) assert.equal(await ws.nextData(), `4${i}`);
  ws.destroy();
});

test("after the upgrade nothing else gets at the session, and it lives", async () => {
  const session = await openSession3(server, "upgraded", { path });
  const { target } = session.polling;
  // Other connections may overtake the 5: what it finds held it answers with 1:1.
  await session.send("4moved");
  await session.expect("4moved");
  assertRefused(await request(server, { target }), 3);
  assertRefused(await request(server, { method: "POST", target, body: "1:1" }), 3);
  const other = await session.polling.probe();
  assert.equal(other.accepted, true);
  await other.ending();
  await session.send("4alive");
  await session.expect("4alive");
  session.destroy();
});

test("a second GET closes: the first gets 1:1, the second 400", async () => {
  const session = await echoing();
  const first = session.get();
  await sleep(100);
  const second = await request(server, { target: session.target });
  assert.deepEqual([second.status, second.text], [400, ""]);
  assert.equal((await first).text, "1:1");
  await assertGone(session);
});

test("the client's 1:1 releases the held GET with 1:6", async () => {
  const session = await echoing();
  const held = session.get();
  await sleep(100);
  assert.equal((await session.post("1:1")).text, "ok");
  assert.equal((await held).text, "1:6");
  await assertGone(session);
});

test("closed without a GET: what is queued, then 1:61:1", async () => {
  const session = await joinedSession3(server, "polling");
  await session.send('42["disconnect me",true]');
  assert.equal((await session.get()).text, "2:41");
  assert.equal((await session.get()).text, "1:61:1");
  await assertGone(session);
});

/* --- JSONP ------------------------------------------------------------------------------------ */

const form = (text) => `d=${encodeURIComponent(text.replaceAll("\\n", "\\\\n").replaceAll("\n", "\\n"))}`;
const form_type = { "Content-Type": "application/x-www-form-urlencoded" };

class ScriptSession extends PollingSession3 {
  static async open(where, query = "&j=0&b64=1") {
    const session = new ScriptSession(where, path, query);
    const response = await session.get();
    session.handshake_response = response;
    const { index, payload } = runJsonp(response.text);
    session.index = index;
    session.sid = JSON.parse(payload.slice(payload.indexOf("{"))).sid;
    return session;
  }

  async payload() {
    const { index, payload } = runJsonp((await this.get()).text);
    assert.equal(index, this.index);
    return payload;
  }
}

for (const [j, index] of [["0", "0"], ["12", "12"], ["0x1a", "01"], ["abc", ""], ["", ""], ["%31", "1"]]) {
  test(`j=${j}: answers call ___eio[${index}], whatever later requests say`, async () => {
    const session = await ScriptSession.open(server, `&j=${j}&b64=1`);
    assert.equal(session.index, index);
    assert.match(session.handshake_response.headers["content-type"], /^text\/plain; charset=UTF-8$/i);
    session.query = "&j=77&b64=1";
    await session.post(form("1:2"), form_type);
    assert.equal(await session.payload(), "1:3");
  });
}

for (const text of ["hello", 'quo"te\\', "\u2028 and \u2029", "line\nfeed", "back\\n", "ä€😀", "a+b&c=d%41", "\u0000\u001f\x7f", "</script>"]) {
  test(`a form with ${JSON.stringify(text)} comes back in a script`, async () => {
    const session = await ScriptSession.open(server);
    const posted = await session.post(form(encode3(`4${text}`)), form_type);
    assert.deepEqual([posted.status, posted.text, posted.headers["content-type"]], [200, "ok", "text/html"]);
    assert.equal(await session.payload(), encode3(`4${text}`));
  });
}

test("binary in scripts is base64", async () => {
  const session = await ScriptSession.open(server);
  await session.post(form(encode3("4x", Buffer.from([1, 2, 3, 4]))), form_type);
  assert.equal(await session.payload(), "2:4x10:b4AQIDBA==");
});

test("the content type of a form does not matter", async () => {
  const session = await ScriptSession.open(server);
  await session.post(form("1:2"), { "Content-Type": "text/plain" });
  assert.equal(await session.payload(), "1:3");
});

for (const body of ["", "e=1:2"]) {
  test(`a form ${JSON.stringify(body)} without the field means nothing`, async () => {
    const session = await ScriptSession.open(server);
    assert.equal((await session.post(body, form_type)).text, "ok");
    await session.post(form("1:2"), form_type);
    assert.equal(await session.payload(), "1:3");
  });
}

for (const body of ["d", "d=", "d=abc"]) {
  test(`a form ${body} holds no payload: the session ends`, async () => {
    const session = await ScriptSession.open(server);
    await postAny(session, body, form_type);
    await assertGone(session);
  });
}

test("revision 4 by scripts: the separator is escaped", async () => {
  const target = "/engine.io/?EIO=4&transport=polling&j=3";
  const open = runJsonp((await request(server, { target })).text);
  assert.equal(open.index, "3");
  const { sid } = JSON.parse(open.payload.slice(1));
  const of_session = `${target}&sid=${sid}`;
  const body = `d=${encodeURIComponent(`4a${RS}4b`)}`;
  assert.equal((await request(server, { method: "POST", target: of_session, headers: form_type, body })).text, "ok");
  assert.equal((await request(server, { target: of_session })).text, '___eio[3]("4a\\u001e4b");');
});

test("a session by scripts moves to a WebSocket", async () => {
  const session = await ScriptSession.open(server);
  const held = session.payload();
  const ws = await session.probe();
  ws.send("2probe");
  assert.equal(await ws.nextData(), "3probe");
  assert.equal(await held, "1:6");
  ws.send("5");
  ws.send("4on");
  assert.equal(await ws.nextData(), "4on");
  ws.destroy();
});
