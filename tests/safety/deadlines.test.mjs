// Nothing waits for a peer without a deadline: sections 5.1 to 5.4 of the safety facts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { assertRefusal, attacks, ended } from "../support/attack.mjs";
import { eventually, patience_ms, sleep, slow } from "../support/clock.mjs";
import { Connection, request, requestBytes } from "../support/http.mjs";
import { RawWebSocket, frameBytes } from "../support/ws.mjs";
import { PollingSession, assertRefused, disconnectReason, joinedSession, openSession } from "../support/engine.mjs";
import { betterThanReference } from "../support/server.mjs";

// Room for a slow server, but not the whole factor: these are waited for.
const stretch = Math.min(slow, 3);
const header_ms = 1500 * stretch;
const body_ms = 2500 * stretch;
const idle_ms = 2000 * stretch;
const attachment_ms = 1500 * stretch;
const upgrade_ms = 1500 * stretch;
const args = Object.entries({
  "header-timeout": header_ms,
  "body-timeout": body_ms,
  "idle-timeout": idle_ms,
  "attachment-wait": attachment_ms,
  "upgrade-timeout": upgrade_ms,
  "ping-interval": 1000 * stretch,
  "ping-timeout": 4000 * stretch,
}).flatMap(([name, value]) => [`--${name}`, String(value)]);

const ours = betterThanReference("has no such deadline, or one of minutes");

attacks("peers that take their time", args, (server) => {
  /** Writes one byte now and then until the server has ended the connection. */
  async function dribble(connection, byte) {
    while (!connection.ended) {
      connection.write(byte);
      await sleep(100);
    }
  }

  test("L26: 50 connections that dribble their headers are each closed", ours, async () => {
    const all = await Promise.all(Array.from({ length: 50 }, () => Connection.open(server())));
    await Promise.all(
      all.map(async (connection) => {
        connection.write("GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: a\r\nX-Slow: ");
        await Promise.all([dribble(connection, "x"), connection.gone]);
        assertRefusal((await ended(connection)), [400, 408]);
      }),
    );
    assert.equal((await request(server(), { target: "/socket.io/?EIO=4&transport=polling" })).status, 200);
  });

  test("L26: 200 connections that send nothing are closed", ours, async () => {
    const all = await Promise.all(Array.from({ length: 200 }, () => Connection.open(server())));
    for (const connection of all) assert.equal(await ended(connection), "");
  });

  test("a kept-alive connection that sends nothing more is closed", ours, async () => {
    const connection = await Connection.open(server());
    connection.write(requestBytes({ target: "/socket.io/?EIO=4&transport=polling" }));
    assert.equal((await connection.response()).status, 200);
    assert.equal(await ended(connection), "");
  });

  test("half of a second request on a kept-alive connection: closed", ours, async () => {
    const connection = await Connection.open(server());
    connection.write(requestBytes({ target: "/socket.io/?EIO=4&transport=polling" }));
    assert.equal((await connection.response()).status, 200);
    connection.write("GET /socket.io/?EIO");
    assertRefusal(await ended(connection), [400, 408]);
  });

  test("L17: a body that dribbles: 408 or the end at a total deadline, the session is closed", ours, async () => {
    const session = await joinedSession(server(), "polling");
    const connection = await Connection.open(server());
    const headers = { "Content-Length": "1000" };
    connection.write(requestBytes({ method: "POST", target: session.target, headers, body: "4" }));
    await Promise.all([dribble(connection, "x"), connection.gone]);
    assertRefusal(await ended(connection), [408]);
    assertRefused(await request(server(), { target: session.target }), 1);
  });

  test("L17: a body that stops: 408 or the end", ours, async () => {
    const session = await PollingSession.open(server());
    const connection = await Connection.open(server());
    const headers = { "Content-Length": "1000" };
    connection.write(requestBytes({ method: "POST", target: session.target, headers, body: "4" }));
    assertRefusal(await ended(connection), [408]);
  });

  test("a held poll is subject to none of these deadlines", async () => {
    const session = await joinedSession(server(), "polling");
    for (const end = Date.now() + 2 * idle_ms; Date.now() < end; ) {
      const { text } = await session.get();
      assert.equal(text, "2");
      await session.send("3");
    }
    await session.fence();
  });

  test("a WebSocket is subject to none of these deadlines", async () => {
    const session = await joinedSession(server(), "websocket");
    session.answers_pings = false;
    for (const end = Date.now() + 2 * idle_ms; Date.now() < end; ) {
      assert.equal(await session.next(), "2");
      await session.send("3");
    }
    session.destroy();
  });

  for (const transport of ["polling", "websocket", "upgraded"]) {
    test(`attachments that never come over ${transport}: closed at a deadline, pongs do not put it off`, ours, async () => {
      const session = await joinedSession(server(), transport);
      await session.send('452-["message",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]', Buffer.from("x"));
      let open = true;
      const ponging = (async () => {
        while (open) {
          await session.send("3").catch(() => {});
          await sleep(100);
        }
      })();
      await session.ending();
      open = false;
      await ponging;
      session.destroy();
    });
  }

  test("a probe that goes silent is closed, the polling session lives", async () => {
    const session = await joinedSession(server(), "polling");
    const ws = await session.probe();
    ws.send("2probe");
    assert.equal(await ws.nextData(), "3probe");
    let done = false;
    const ended_probe = ws.ending().then((end) => ((done = true), end));
    await eventually(async () => {
      await session.fence();
      return done;
    }, "end of the probe", undefined, 100);
    assert.equal((await ended_probe).code, 1005);
    await session.fence();
    ws.destroy();
  });

  test("heartbeats go on while a probe is silent", async () => {
    const session = await openSession(server(), "polling");
    const ws = await session.probe();
    ws.send("2probe");
    for (const end = Date.now() + patience_ms * slow; ; ) {
      const { text } = await session.get();
      if (text === "2") break;
      assert.equal(text, "6");
      assert.ok(Date.now() < end, "no ping during the probe");
    }
    ws.destroy();
  });

  test("half-open WebSocket: the client is silent, heartbeat ends it", async () => {
    const session = await joinedSession(server(), "websocket");
    session.answers_pings = false;
    await session.ending();
    assert.equal(await disconnectReason(server(), session.id), "ping timeout");
    session.destroy();
  });

  test("200 handshakes that never poll are each forgotten", async () => {
    const all = await Promise.all(Array.from({ length: 200 }, () => PollingSession.open(server())));
    await sleep(6000 * stretch);
    for (const session of all.slice(0, 20)) {
      assertRefused(await request(server(), { target: session.target }), 1);
    }
    all.forEach((session) => session.destroy());
  });

  test("a WebSocket frame that is announced and never comes: heartbeat or deadline ends it", async () => {
    const ws = await RawWebSocket.open(server(), "/socket.io/?EIO=4&transport=websocket");
    ws.connection.write(frameBytes({ payload: "4", length: 1000 }));
    await ws.ending();
    ws.destroy();
  });
}, { at_once: true });
