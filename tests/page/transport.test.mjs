// The ways to the server: polling then WebSocket, polling alone, and back after the server was away.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import {
  conversation,
  enterRoom,
  hears,
  inRoom,
  join,
  messages,
  online,
  say,
  startPage,
  visit,
  visitAs,
} from "../support/page.mjs";

/* Replaced by the test that restarts it, at the same address. */
let server = await startPage();
after(() => server.stop(), { timeout: 120_000 });

test("a page upgrades to WebSocket and talks through it", async (t) => {
  let opened;
  const page = await visit(t, server, {
    before: (it) => {
      opened = it.waitForEvent("websocket");
    },
  });
  await join(page, "Ada");
  const ws = await opened;
  const sent = ws.waitForEvent("framesent", {
    predicate: ({ payload }) => String(payload).includes("over the wire"),
    timeout: 0,
  });
  // Until the probe is answered messages go by polling, so this one is repeated.
  let through = false;
  sent.then(
    () => (through = true),
    () => {},
  );
  for (let n = 0; !through && n < 300; n++) {
    await say(page, `over the wire ${n}`);
    await hears(page, `over the wire ${n}`);
  }
  assert.equal(through, true);
});

test("without WebSocket a page stays on polling and chats all the same", async (t) => {
  const sockets = [];
  const transports = new Set();
  const blocked = await visit(t, server, {
    before: async (page) => {
      page.on("websocket", (ws) => sockets.push(ws.url()));
      page.on("request", (request) => transports.add(new URL(request.url()).searchParams.get("transport")));
      await page.addInitScript(() => {
        delete window.WebSocket;
      });
    },
  });
  await join(blocked, "Polly");
  const ada = await visitAs(t, server, "Ada");
  for (let n = 0; n < 5; n++) {
    await say(ada, `to polling ${n}`);
    await hears(blocked, `to polling ${n}`);
    await say(blocked, `from polling ${n}`);
    await hears(ada, `from polling ${n}`);
  }
  assert.equal(await blocked.evaluate(() => typeof WebSocket), "undefined");
  assert.deepEqual(sockets, []);
  assert.deepEqual([...transports].filter(Boolean), ["polling"]);
});

test("after a restart of the server a page is back with its name, its rooms and its waiting message", async (t) => {
  const lost = /Failed to load resource|WebSocket connection to/;
  const ada = await visitAs(t, server, "Ada", { allow: lost });
  const bob = await visitAs(t, server, "Bob", { allow: lost });
  for (const page of [ada, bob]) await enterRoom(page, "Harbour");
  await say(ada, "before");
  await hears(bob, "before");

  await server.stop();
  for (const page of [ada, bob]) await page.locator('#banner[data-kind="lost"]').waitFor();
  await say(ada, "written while away");
  await ada.locator("#messages .pending", { hasText: "written while away" }).waitFor();

  server = await startPage("--port", String(server.port));
  for (const page of [ada, bob]) await online(page);
  await hears(bob, "written while away");
  await say(bob, "after");
  await hears(ada, "after");
  for (const page of [ada, bob]) {
    assert.deepEqual(await conversation(page), [
      ["Ada", "before"],
      ["Ada", "written while away"],
      ["Bob", "after"],
    ]);
    assert.equal(await messages(page, "written while away").count(), 1);
    await inRoom(page, "Harbour");
    await page.locator("#room-count", { hasText: "2 people here" }).waitFor();
  }
  assert.deepEqual(await ada.locator("#people .person-name").allTextContents(), ["Ada", "Bob"]);
});
