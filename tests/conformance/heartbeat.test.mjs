// Heartbeat and the timers of a session: section 6 of the protocol.

import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { RS, SessionClosed, assertRefused, disconnectReason, joinedSession, openSession, transports } from "../support/engine.mjs";
import { request } from "../support/http.mjs";
import { sleep, slow } from "../support/clock.mjs";
import { startServer } from "../support/server.mjs";

// Room for a slow server, but not the whole factor: these are waited for.
const stretch = Math.min(slow, 3);
const patient = await startServer({ args: ["--ping-interval", "100", "--ping-timeout", "20000"] });
const strict = await startServer({
  args: ["--ping-interval", String(100 * stretch), "--ping-timeout", String(2000 * stretch)],
});
const connect_timeout_ms = 2500 * stretch;
const hurried = await startServer({ args: ["--connect-timeout", String(connect_timeout_ms)] });
after(() => Promise.all([patient.stop(), strict.stop(), hurried.stop()]));

/** The next packet, pings not answered. */
async function raw(session) {
  session.answers_pings = false;
  return session.next();
}

async function skipPings(session) {
  for (;;) {
    const packet = await session.next();
    if (packet !== "2") return packet;
  }
}

/** Asks for the reason with a client that answers pings. */
const reasonOnStrict = (id) => disconnectReason(strict, id);

// They wait for timers, so all of them do at once.
describe("timers of a session", { concurrency: true }, () => {
  for (const transport of transports) {
    describe(`heartbeat over ${transport}`, { concurrency: true }, () => {
      test("the server pings with a bare 2", async () => {
        const session = await openSession(patient, transport);
        assert.equal(await raw(session), "2");
        session.destroy();
      });

      test("a client that answers is pinged again and again", async () => {
        const session = await openSession(patient, transport);
        for (let i = 0; i < 5; i++) {
          assert.equal(await raw(session), "2");
          await session.send("3");
        }
        session.destroy();
      });

      test("no second ping before the pong", async () => {
        const session = await joinedSession(patient, transport);
        assert.equal(await raw(session), "2");
        await sleep(500);
        await session.send('42["message",1]');
        assert.equal(await session.next(), '42["message-back",1]');
        await session.send("3");
        assert.equal(await session.next(), "2");
        session.destroy();
      });

      test("a pong at any time is fine", async () => {
        const session = await joinedSession(patient, transport);
        for (let i = 0; i < 20; i++) await session.send("3");
        await session.fence();
        session.destroy();
      });

      test("without a pong the session is closed: ping timeout", async () => {
        const session = await joinedSession(patient, transport);
        session.destroy();
        const silent = await openSession(strict, transport);
        silent.answers_pings = false;
        await silent.send("40");
        const { sid } = JSON.parse((await skipPings(silent)).slice(2));
        const rest = await silent.ending();
        assert.deepEqual(rest.filter((packet) => packet !== "2"), ['42["auth",{}]']);
        assert.equal(await reasonOnStrict(sid), "ping timeout");
        silent.destroy();
      });

      test("a client that sends but never answers the ping is closed all the same", async () => {
        const session = await openSession(strict, transport);
        session.answers_pings = false;
        let sending = true;
        const talk = (async () => {
          await session.send("40").catch(() => {});
          while (sending) {
            await session.send('42["unknown"]').catch(() => {});
            await sleep(50);
          }
        })();
        await session.ending();
        sending = false;
        await talk;
        session.destroy();
      });
    });

    describe(`connect timeout over ${transport}`, { concurrency: true }, () => {
      test("a client that joins nothing is closed", async () => {
        const session = await openSession(hurried, transport);
        assert.deepEqual(await session.ending(), []);
        const how = transport === "polling" ? /close packet|HTTP 400/ : /close 1005/;
        assert.match(session.end_of_session, how);
        session.destroy();
      });

      test("a refused join does not count", async () => {
        const session = await openSession(hurried, transport);
        await session.send('40/random,');
        assert.deepEqual(await session.ending(), ['44/random,{"message":"Invalid namespace"}']);
        session.destroy();
      });

      test("a client that joined and left everything stays", async () => {
        const session = await openSession(hurried, transport);
        await session.join();
        await session.send("41");
        await sleep(connect_timeout_ms * 1.3);
        await session.join();
        await session.fence();
        session.destroy();
      });
    });
  }

  test("a polling ping timeout answers the pending GET with 1", async () => {
    const session = await openSession(strict, "polling");
    assert.equal((await session.get()).text, "2");
    assert.equal((await session.get()).text, "1");
    assertRefused(await request(strict, { target: session.target }), 1);
  });

  test("a ping that found no GET comes with the next one", async () => {
    const session = await openSession(patient, "polling");
    await sleep(300);
    assert.equal((await session.get()).text, "2");
  });

  test("a connect timeout answers the pending GET with 1", async () => {
    const session = await openSession(hurried, "polling");
    assert.equal((await session.get()).text, "1");
    await assert.rejects(session.next(), SessionClosed);
  });

  test("a connect timeout without a pending GET: noop and close with the next one", async () => {
    const session = await openSession(hurried, "polling");
    await sleep(connect_timeout_ms * 1.3);
    assert.equal((await session.get()).text, `6${RS}1`);
  });
});
