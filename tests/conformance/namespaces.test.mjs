// Joining and leaving namespaces, and how each end looks: sections 8, 15 and 17 of the protocol.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { disconnectReason, joinedSession, openSession, transports } from "../support/engine.mjs";
import { serverForFile } from "../support/suite.mjs";
import { betterThanReference } from "../support/server.mjs";

const server = await serverForFile();

for (const transport of transports) {
  describe(transport, () => {
    test("CONNECT is answered with a sid and nothing else", async () => {
      const session = await openSession(server, transport);
      await session.send("40");
      assert.match(await session.next(), /^40\{"sid":"[A-Za-z0-9_-]{20}"\}$/);
      await session.expect('42["auth",{}]');
      session.destroy();
    });

    test("CONNECT to /custom alone: / is not joined by itself", async () => {
      const session = await openSession(server, transport);
      await session.send("40/custom,");
      assert.match(await session.next(), /^40\/custom,\{"sid":"[A-Za-z0-9_-]{20}"\}$/);
      await session.expect('42/custom,["auth",{}]');
      await session.fence("/custom,");
      await session.send('42["message",1]');
      assert.deepEqual(await session.ending(), []);
      session.destroy();
    });

    test("each namespace gives another id", async () => {
      const session = await openSession(server, transport);
      const ids = [await session.join("/"), await session.join("/custom"), session.sid];
      assert.equal(new Set(ids).size, 3);
      session.destroy();
    });

    test("the auth payload reaches the server", async () => {
      const session = await openSession(server, transport);
      await session.join("/", { token: "123", n: [1, { a: null }], text: "ä😀" });
      await session.join("/custom", { token: "abc" });
      session.destroy();
    });

    for (const [name, packet, reply] of [
      ["without the comma", "40/custom", "40/custom,"],
      ["as Swift does it", "40/,", "40"],
      ["as Swift does it with auth", '40/,{"a":1}', "40"],
      ["with an empty object", "40{}", "40"],
      ["with an ack id", "401", "40"],
      ["with ack id 0", "400", "40"],
      ["with a space", "40 ", "40"],
      ["with ack id and auth", '40/custom,1{"t":1}', "40/custom,"],
    ]) {
      test(`CONNECT ${name}: ${packet}`, async () => {
        const session = await openSession(server, transport);
        await session.send(packet);
        const answer = await session.next();
        assert.ok(answer.startsWith(`${reply}{"sid":"`), answer);
        session.destroy();
      });
    }

    for (const [packet, reply] of [
      ["40/random,", '44/random,{"message":"Invalid namespace"}'],
      ["40/random", '44/random,{"message":"Invalid namespace"}'],
      ['40/random,{"a":1}', '44/random,{"message":"Invalid namespace"}'],
      ["40/custom/,", '44/custom/,{"message":"Invalid namespace"}'],
      ["40/Custom,", '44/Custom,{"message":"Invalid namespace"}'],
      ["40//,", '44//,{"message":"Invalid namespace"}'],
      ["40/custom?x=1,", '44/custom?x=1,{"message":"Invalid namespace"}'],
      ['40/a{"t":1}', '44/a{"t":1},{"message":"Invalid namespace"}'],
      ["40/__proto__,", '44/__proto__,{"message":"Invalid namespace"}'],
      ["40/ä😀,", '44/ä😀,{"message":"Invalid namespace"}'],
    ]) {
      test(`${packet} gets ${reply}, and the session lives`, async () => {
        const session = await openSession(server, transport);
        await session.send(packet);
        await session.expect(reply);
        await session.join();
        await session.send(packet);
        await session.expect(reply);
        await session.fence();
        session.destroy();
      });
    }

    for (const [auth, payload] of [
      [{ refuse: "bad" }, '{"message":"bad"}'],
      [{ refuse: "x", data: { content: "x", n: 1 } }, '{"message":"x","data":{"content":"x","n":1}}'],
      [{ refuse: "", data: null }, '{"message":"","data":null}'],
      [{ refuse: 'quote " and ä', data: ["a", 1] }, '{"message":"quote \\" and ä","data":["a",1]}'],
    ]) {
      test(`refused by the middleware: ${payload}; then admitted`, async () => {
        const session = await openSession(server, transport);
        await session.send(`40${JSON.stringify(auth)}`);
        await session.expect(`44${payload}`);
        await session.send(`40/custom,${JSON.stringify(auth)}`);
        await session.expect(`44/custom,${payload}`);
        await session.join("/");
        await session.join("/custom");
        await session.fence();
        session.destroy();
      });
    }

    test("a refused namespace is not joined", async () => {
      const session = await openSession(server, transport);
      await session.send('40{"refuse":"no"}');
      await session.expect('44{"message":"no"}');
      await session.send('42["message",1]');
      assert.deepEqual(await session.ending(), []);
      session.destroy();
    });

    test("DISCONNECT leaves that namespace only, and it can be joined again with a new id", async () => {
      const session = await joinedSession(server, transport);
      const first = await session.join("/custom");
      await session.send("41/custom,");
      assert.equal(await disconnectReason(server, first, "/custom"), "client namespace disconnect");
      await session.fence();
      const second = await session.join("/custom");
      assert.notEqual(second, first);
      await session.fence("/custom,");
      session.destroy();
    });

    test("DISCONNECT of the last namespace leaves the session open", async () => {
      const session = await joinedSession(server, transport);
      await session.send("41");
      assert.equal(await disconnectReason(server, session.id), "client namespace disconnect");
      await session.join("/custom");
      session.destroy();
    });

    test("DISCONNECT without the comma", async () => {
      const session = await joinedSession(server, transport);
      const id = await session.join("/custom");
      await session.send("41/custom");
      assert.equal(await disconnectReason(server, id, "/custom"), "client namespace disconnect");
      await session.fence();
      session.destroy();
    });

    test("the server disconnects one namespace: 41, the session lives", async () => {
      const session = await joinedSession(server, transport);
      const custom = await session.join("/custom");
      await session.send('42/custom,["disconnect me",false]');
      await session.expect("41/custom,");
      assert.equal(await disconnectReason(server, custom, "/custom"), "server namespace disconnect");
      await session.fence();
      await session.send('42["disconnect me",false]');
      await session.expect("41");
      assert.equal(await disconnectReason(server, session.id), "server namespace disconnect");
      await session.join("/");
      session.destroy();
    });

    test("the server disconnects the client: a DISCONNECT for each namespace, then the end", async () => {
      const session = await joinedSession(server, transport);
      const custom = await session.join("/custom");
      await session.send('42["disconnect me",true]');
      assert.deepEqual((await session.ending()).sort(), ["41", "41/custom,"]);
      assert.equal(await disconnectReason(server, session.id), "server namespace disconnect");
      assert.equal(await disconnectReason(server, custom, "/custom"), "server namespace disconnect");
      session.destroy();
    });

    test(
      "an event in the same burst as CONNECT is kept",
      betterThanReference("closes the session, since the join is not finished"),
      async () => {
        const session = await openSession(server, transport);
        await session.send('40{"a":1}', '42["message","early"]', '421["message-with-ack",2]');
        assert.match(await session.next(), /^40\{"sid":/);
        await session.expect('42["auth",{"a":1}]', '42["message-back","early"]', "431[2]");
        session.destroy();
      },
    );

    test("the handshake object says what the request was", async () => {
      const session = await openSession(server, transport, { query: "&x=%C3%A4+b&t=1" });
      await session.join("/", { token: 1 });
      await session.send('421["handshake"]');
      const [handshake] = JSON.parse((await session.next()).slice(3));
      assert.equal(handshake.headers.host, "localhost");
      assert.equal(handshake.query.EIO, "4");
      assert.equal(handshake.query.transport, transport === "websocket" ? "websocket" : "polling");
      assert.equal(handshake.query.x, "ä b");
      assert.deepEqual(handshake.auth, { token: 1 });
      assert.match(handshake.url, /^\/socket\.io\/\?EIO=4&transport=/);
      assert.match(handshake.address, /^(::ffff:)?127\.0\.0\.1$/);
      assert.equal(handshake.secure, server.url.startsWith("https:"));
      assert.equal(handshake.xdomain, false);
      assert.ok(Math.abs(handshake.issued - Date.now()) < 600_000);
      assert.match(handshake.time, /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} \d{2} \d{4} \d\d:\d\d:\d\d GMT/);
      session.destroy();
    });
  });
}

test("an Origin header makes xdomain true", async () => {
  const { RawWebSocket } = await import("../support/ws.mjs");
  const { WebSocketSession } = await import("../support/engine.mjs");
  const headers = { Origin: "http://a.example", "X-Test": "one" };
  const ws = await RawWebSocket.open(server, "/socket.io/?EIO=4&transport=websocket", { headers });
  const session = new WebSocketSession(ws, JSON.parse((await ws.nextData()).slice(1)));
  await session.join();
  await session.send('421["handshake"]');
  const [handshake] = JSON.parse((await session.next()).slice(3));
  assert.equal(handshake.xdomain, true);
  assert.equal(handshake.headers["x-test"], "one");
  session.destroy();
});

test("the order of packets in one namespace does not wait for another's join", async () => {
  const session = await joinedSession(server, "websocket");
  await session.send('42["message",1]', "40/random,", '42["message",2]');
  const got = [await session.next(), await session.next(), await session.next()];
  assert.deepEqual(got.filter((packet) => packet.startsWith("42")), ['42["message-back",1]', '42["message-back",2]']);
  assert.ok(got.includes('44/random,{"message":"Invalid namespace"}'));
  session.destroy();
});
