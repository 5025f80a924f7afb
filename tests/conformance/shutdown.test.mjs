// What clients see when the server stops: section 8 of the protocol.

import assert from "node:assert/strict";
import { test } from "node:test";
import { PollingSession, joinedSession, transports } from "../support/engine.mjs";
import { startServer } from "../support/server.mjs";
import { sleep } from "../support/clock.mjs";

for (const signal of ["SIGTERM", "SIGINT"]) {
  test(`${signal}: every client is closed without a DISCONNECT, exit code 0`, async () => {
    const server = await startServer();
    const sessions = await Promise.all(transports.map((transport) => joinedSession(server, transport)));
    const idle = await PollingSession.open(server);
    const ends = sessions.map((session) => session.ending());
    await sleep(200);
    server.kill(signal);
    assert.deepEqual(await Promise.all(ends), [[], [], []]);
    const [polling, ...sockets] = sessions;
    assert.equal(polling.end_of_session, "the session is closed (close packet)");
    for (const session of sockets) {
      assert.equal(session.end_of_session, "the session is closed (WebSocket close 1005)");
      session.ws.close();
    }
    await server.stop();
    [...sessions, idle].forEach((session) => session.destroy());
  });
}

test("a client that ignores the close frame does not hold up the end", async () => {
  const server = await startServer();
  const session = await joinedSession(server, "websocket");
  await server.stop();
  session.destroy();
});

test("a server without clients stops", async () => {
  const server = await startServer();
  await server.stop();
});
