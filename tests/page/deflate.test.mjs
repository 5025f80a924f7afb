// The page over a WebSocket that deflates: Chromium offers permessage-deflate, and a server may grant it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { hears, join, parleyForFile, say, visit } from "../support/page.mjs";

const server = await parleyForFile("--deflate");
const long_text = "many words, many words, ".repeat(80).trim();

/** Opens the page; `granted` gets what the server answers to Chromium's offer. */
async function visitor(t, name) {
  let told;
  const granted = new Promise((resolve) => (told = resolve));
  const page = await visit(t, server, {
    before: async (it) => {
      const session = await it.context().newCDPSession(it);
      session.on("Network.webSocketHandshakeResponseReceived", ({ response }) => told(response.headers));
      await session.send("Network.enable");
    },
  });
  await join(page, name);
  return { page, granted };
}

test("Chromium is granted deflate without context takeover, and long texts come both ways", async (t) => {
  const [ada, bob] = [await visitor(t, "Ada"), await visitor(t, "Bob")];
  for (const { granted } of [ada, bob]) {
    const headers = Object.fromEntries(Object.entries(await granted).map(([name, value]) => [name.toLowerCase(), value]));
    assert.equal(headers["sec-websocket-extensions"], "permessage-deflate; server_no_context_takeover; client_no_context_takeover");
  }
  await say(ada.page, long_text);
  await hears(bob.page, long_text);
  await say(bob.page, `${long_text} äöü 😀`);
  await hears(ada.page, `${long_text} äöü 😀`);
  await say(ada.page, "short");
  await hears(bob.page, "short");
});
