// A poll that the server holds while its client does something odd: the place where lws spins (L1, L2).

import assert from "node:assert/strict";
import { describe } from "node:test";
import { attack } from "../support/attack.mjs";
import { sleep } from "../support/clock.mjs";
import { Connection, request, requestBytes } from "../support/http.mjs";
import { PollingSession, assertRefused, disconnectReason, joinedSession } from "../support/engine.mjs";

/** A joined session with its GET held, on a connection in the test's hands. */
async function held(server) {
  const session = await joinedSession(server, "polling");
  const connection = await Connection.open(server);
  connection.write(requestBytes({ target: session.target }));
  await sleep(200);
  return { session, connection };
}

describe("a held poll", { concurrency: 4 }, () => {
  attack("L1: one more byte behind it: idle; the rest makes a second request, answered after the poll", {}, async ({ server, idle }) => {
    const { session, connection } = await held(server);
    const second = requestBytes({ target: "/socket.io/?EIO=4&transport=polling&sid=unknown" });
    connection.write(second.subarray(0, 1));
    await idle();
    connection.write(second.subarray(1));
    await idle();
    await session.send('42["message","first"]');
    assert.equal((await connection.response()).text, '42["message-back","first"]');
    assertRefused(await connection.response(), 1);
    connection.destroy();
  });

  attack("L1: 64 KB behind it: idle", {}, async ({ server, idle }) => {
    const { session, connection } = await held(server);
    connection.write(Buffer.alloc(65_536, "x"));
    await idle();
    // Whoever reads on finds out that this is no HTTP, and may end the session for it.
    if ((await session.post('42["message","first"]')).status === 200) {
      assert.equal((await connection.response()).text, '42["message-back","first"]');
    }
    connection.destroy();
  });

  attack("L1: a whole request behind it is never answered with the poll's data", {}, async ({ server, idle }) => {
    const { session, connection } = await held(server);
    const other = await joinedSession(server, "polling");
    await other.send('42["message","for the other"]');
    connection.write(requestBytes({ target: other.target }));
    await idle();
    await session.send('42["message","for the first"]');
    assert.equal((await connection.response()).text, '42["message-back","for the first"]');
    assert.equal((await connection.response()).text, '42["message-back","for the other"]');
    connection.destroy();
  });

  attack("L1: FIN: the session ends, idle", {}, async ({ server, idle }) => {
    const { session, connection } = await held(server);
    connection.end();
    assert.equal(await disconnectReason(server, session.id), "transport error");
    await idle();
    assertRefused(await request(server, { target: session.target }), 1);
    connection.destroy();
  });

  attack("L1: RST: the session ends, idle", {}, async ({ server, idle }) => {
    const { session, connection } = await held(server);
    connection.reset();
    assert.equal(await disconnectReason(server, session.id), "transport error");
    await idle();
  });

  attack("L1: a byte, then FIN: the session ends, idle", {}, async ({ server, idle }) => {
    const { session, connection } = await held(server);
    connection.end("x");
    await idle();
    // With a byte to read the departure shows when the poll is answered at the latest.
    await request(server, { method: "POST", target: session.target, body: '42["message",1]' });
    await idle();
    connection.destroy();
  });

  attack("L1: 100 clients with held polls go at once: idle", {}, async ({ server, idle }) => {
    const all = [];
    for (let i = 0; i < 100; i++) {
      const session = await PollingSession.open(server);
      await session.join();
      const connection = await Connection.open(server);
      connection.write(requestBytes({ target: session.target }));
      all.push(connection);
    }
    await sleep(300);
    all.forEach((connection, i) => (i % 2 ? connection.end() : connection.reset()));
    await idle();
    all.forEach((connection) => connection.destroy());
  });

  attack("L1: FIN while a POST is coming in: the session ends, idle", {}, async ({ server, idle }) => {
    const session = await joinedSession(server, "polling");
    const connection = await Connection.open(server);
    const headers = { "Content-Length": "100" };
    connection.write(requestBytes({ method: "POST", target: session.target, headers, body: "4" }));
    await sleep(200);
    connection.end();
    assert.equal(await disconnectReason(server, session.id), "transport error");
    await idle();
    connection.destroy();
  });

  attack("L2: held for more than five seconds: it is still there for the next message", {}, async ({ server }) => {
    const { session, connection } = await held(server);
    await sleep(7000);
    await session.send('42["message","at last"]');
    assert.equal((await connection.response()).text, '42["message-back","at last"]');
    connection.destroy();
  });

  attack("L2: a kept connection outlives many polls", {}, async ({ server }) => {
    const session = await joinedSession(server, "polling");
    const connection = await Connection.open(server);
    for (let i = 0; i < 50; i++) {
      connection.write(requestBytes({ target: session.target }));
      await session.send(`42["message",${i}]`);
      assert.equal((await connection.response()).text, `42["message-back",${i}]`);
    }
    connection.destroy();
  });
});
