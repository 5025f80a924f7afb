// From polling to WebSocket: section 7 of the protocol.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Connection, request, requestBytes } from "../support/http.mjs";
import { PollingSession, RS, WebSocketSession, assertRefused, joinedSession } from "../support/engine.mjs";
import { eventually, slow } from "../support/clock.mjs";
import { startServer } from "../support/server.mjs";

const server = await startServer();
const upgrade_timeout_ms = 500 * slow;
const hurried = await startServer({ args: ["--upgrade-timeout", String(upgrade_timeout_ms)] });
after(() => Promise.all([server.stop(), hurried.stop()]));

async function probed(session) {
  const ws = await session.probe();
  ws.send("2probe");
  assert.equal(await ws.nextData(), "3probe");
  return ws;
}

/** A WebSocket after the upgrade as a session, to use its helpers. */
const sessionOn = (ws, polling) => new WebSocketSession(ws, polling.handshake);

test("2probe is answered by 3probe, 5 completes, and the session goes on", async () => {
  const polling = await joinedSession(server, "polling");
  const ws = await probed(polling);
  ws.send("5");
  const session = sessionOn(ws, polling);
  await session.fence();
  session.destroy();
});

test("each 2probe is answered", async () => {
  const polling = await PollingSession.open(server);
  const ws = await probed(polling);
  ws.send("2probe");
  assert.equal(await ws.nextData(), "3probe");
  ws.destroy();
});

test("after the probe a GET gets exactly a noop", async () => {
  const polling = await PollingSession.open(server);
  const ws = await probed(polling);
  const response = await polling.get();
  assert.deepEqual([response.status, response.text], [200, "6"]);
  assert.equal((await polling.get()).text, "6");
  ws.destroy();
});

test("a GET that hung before the probe gets a noop", async () => {
  const polling = await PollingSession.open(server);
  const held = polling.get();
  const ws = await probed(polling);
  assert.equal((await held).text, "6");
  ws.destroy();
});

test("while the probe runs packets still go to polling", async () => {
  const polling = await joinedSession(server, "polling");
  const ws = await probed(polling);
  await polling.send('42["message","by polling"]');
  await polling.expect('42["message-back","by polling"]');
  assert.deepEqual(ws.pending, []);
  ws.send("5");
  const session = sessionOn(ws, polling);
  await session.fence();
  session.destroy();
});

test("5 completes the upgrade without a probe", async () => {
  const polling = await joinedSession(server, "polling");
  const ws = await polling.probe();
  ws.send("5");
  const session = sessionOn(ws, polling);
  await session.fence();
  session.destroy();
});

test("2probe, 5 and events in one segment", async () => {
  const polling = await joinedSession(server, "polling");
  const ws = await polling.probe();
  ws.send("2probe").send("5").send('42["message",1]').send('42["message",2]');
  assert.equal(await ws.nextData(), "3probe");
  const session = sessionOn(ws, polling);
  await session.expect('42["message-back",1]', '42["message-back",2]');
  session.destroy();
});

for (const wrong of ["2", "2prob", "2probe2", "3probe", "1", '42["message",1]', "garbage", "", Buffer.from([1, 2])]) {
  const name = typeof wrong === "string" ? JSON.stringify(wrong) : "a binary message";
  test(`${name} on a probing WebSocket closes it without a code; polling goes on`, async () => {
    const polling = await joinedSession(server, "polling");
    const ws = await polling.probe();
    ws.send(wrong);
    const end = await ws.ending();
    assert.deepEqual([end.code, end.clean], [1005, true]);
    await polling.fence();
    polling.destroy();
    ws.destroy();
  });
}

for (const [name, leave] of [
  ["closes", (ws) => ws.close(1000)],
  ["is reset", (ws) => ws.connection.reset()],
  ["goes without a close frame", (ws) => ws.connection.end()],
]) {
  test(`a probing WebSocket that ${name} does nothing to the session, and another may follow`, async () => {
    const polling = await joinedSession(server, "polling");
    const ws = await probed(polling);
    leave(ws);
    await polling.fence();
    const again = await eventually(async () => {
      const next = await polling.probe();
      next.send("2probe");
      return next.nextData().then(() => next, () => null);
    }, "a second probe");
    again.send("5");
    const session = sessionOn(again, polling);
    await session.fence();
    session.destroy();
    ws.destroy();
  });
}

test("a probe that goes silent is closed without a code; polling goes on", async () => {
  const polling = await joinedSession(hurried, "polling");
  const silent = await polling.probe();
  assert.equal((await silent.ending()).code, 1005);
  await polling.fence();
  const half = await probed(polling);
  assert.equal((await half.ending()).code, 1005);
  await polling.fence();
  polling.destroy();
  silent.destroy();
  half.destroy();
});

test("an upgrade that is completed in time is not ended by the upgrade timeout", async () => {
  const polling = await joinedSession(hurried, "polling");
  const session = await polling.upgrade();
  await new Promise((resolve) => setTimeout(resolve, upgrade_timeout_ms * 2));
  await session.fence();
  session.destroy();
});

test("if the session closes during the probe, the probing WebSocket is closed", async () => {
  const polling = await joinedSession(server, "polling");
  const ws = await probed(polling);
  await polling.send("1");
  await ws.ending();
  assertRefused(await request(server, { target: polling.target }), 1);
  ws.destroy();
});

test("a GET that is pending when 5 arrives gets 1", async () => {
  const polling = await joinedSession(server, "polling");
  const ws = await polling.probe();
  const held = polling.get();
  await new Promise((resolve) => setTimeout(resolve, 100));
  ws.send("5");
  const session = sessionOn(ws, polling);
  await session.fence();
  assert.equal((await held).text, "1");
  session.destroy();
});

test("a POST whose body still arrives when 5 comes ends, the session lives", async () => {
  const polling = await joinedSession(server, "polling");
  const post = await Connection.open(server);
  const headers = { "Content-Length": "100" };
  post.write(requestBytes({ method: "POST", target: polling.target, headers, body: "4" }));
  await new Promise((resolve) => setTimeout(resolve, 100));
  const session = await polling.upgrade();
  await session.fence();
  await post.takeAll();
  session.destroy();
});

test("after the upgrade GET and POST with the sid get 400 code 3, the session lives", async () => {
  const polling = await joinedSession(server, "polling");
  const session = await polling.upgrade();
  await session.fence();
  assertRefused(await polling.get(), 3);
  assertRefused(await polling.post("3"), 3);
  await session.fence();
  session.destroy();
});

test("what was queued for polling comes on the WebSocket first, in order", async () => {
  const polling = await joinedSession(server, "polling");
  await polling.send('42["flood",50]');
  const session = await polling.upgrade();
  await session.send('42["message","last"]');
  for (let i = 0; i < 50; i++) await session.expect(`42["flood",${i},""]`);
  await session.expect('42["message-back","last"]');
  session.destroy();
});

test("an upgrade in the middle of a flood loses nothing and keeps the order", async () => {
  const count = 1000;
  const polling = await joinedSession(server, "polling");
  const text = "x".repeat(200);
  await polling.send(`42["flood",${count},"${text}"]`);
  let expected = 0;
  const take = (packet) => {
    if (packet === "6") return;
    assert.equal(packet, `42["flood",${expected++},"${text}"]`);
  };
  (await polling.get()).text.split(RS).forEach(take);
  const ws = await probed(polling);
  (await polling.get()).text.split(RS).forEach(take);
  ws.send("5");
  while (expected < count) take(await ws.nextData());
  const session = sessionOn(ws, polling);
  await session.fence();
  session.destroy();
});

test("what the client sent by POST before 5 comes before what it sends after", async () => {
  const polling = await joinedSession(server, "polling");
  const ws = await probed(polling);
  for (let i = 0; i < 20; i++) await polling.send(`42["message",${i}]`);
  ws.send("5");
  for (let i = 20; i < 40; i++) ws.send(`42["message",${i}]`);
  for (let i = 0; i < 40; i++) assert.equal(await ws.nextData(), `42["message-back",${i}]`);
  ws.destroy();
});

test("a binary event whose header came by POST gets its attachment on the WebSocket", async () => {
  const polling = await joinedSession(server, "polling");
  const ws = await probed(polling);
  await polling.send('451-["message",{"_placeholder":true,"num":0}]');
  ws.send("5");
  ws.send(Buffer.from([1, 2]));
  assert.equal(await ws.nextData(), '451-["message-back",{"_placeholder":true,"num":0}]');
  assert.deepEqual(await ws.nextData(), Buffer.from([1, 2]));
  ws.destroy();
});
