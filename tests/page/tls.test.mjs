// The page over https: it finds its way to wss by itself.

import assert from "node:assert/strict";
import { test } from "node:test";
import { certificate } from "../support/certificates.mjs";
import { hears, join, parleyForFile, say, visit } from "../support/page.mjs";

const server = await parleyForFile(...certificate().args);

test("two pages over https talk through wss", async (t) => {
  let opened;
  const ada = await visit(t, server, {
    ignoreHTTPSErrors: true,
    before: (page) => {
      opened = page.waitForEvent("websocket");
    },
  });
  await join(ada, "Ada");
  assert.match((await opened).url(), /^wss:/);
  const ben = await visit(t, server, { ignoreHTTPSErrors: true });
  await join(ben, "Ben");
  await say(ada, "is it secret");
  await hears(ben, "is it secret");
  await say(ben, "it is");
  await hears(ada, "it is");
});
