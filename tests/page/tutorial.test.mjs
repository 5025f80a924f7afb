// The classic tutorial page beside the full page: one string event each way.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import {
  conversation,
  enterRoom,
  hears,
  messages,
  parleyForFile,
  say,
  showRoom,
  visit,
  visitAs,
} from "../support/page.mjs";

const server = await parleyForFile();
const body = await readFile(new URL("fixtures/tutorial.html", import.meta.url), "utf8");

async function tutorial(t) {
  const page = await visit(t, server, {
    path: "/tutorial",
    // A page that the test itself serves has no address: Chromium then asks before it may talk to this machine.
    permissions: ["local-network-access"],
    before: (it) =>
      it.route("**/tutorial", (route) => route.fulfill({ contentType: "text/html; charset=utf-8", body })),
  });
  await page.waitForFunction(() => document.title === "connected");
  return page;
}

async function write(page, text) {
  await page.fill("#input", text);
  await page.press("#input", "Enter");
}

const lines = (page) => page.locator("#messages li").allTextContents();
const line = (page, text) => page.locator("#messages li").getByText(text, { exact: true }).first().waitFor();

test("tutorial pages hear each other and themselves, the string as it was", async (t) => {
  const one = await tutorial(t);
  const two = await tutorial(t);
  await write(one, "hello <b>there</b>");
  for (const page of [one, two]) await line(page, "hello <b>there</b>");
  await write(two, " spaces kept ");
  for (const page of [one, two])
    await page.waitForFunction(() => document.querySelectorAll("#messages li").length === 2);
  for (const page of [one, two]) assert.deepEqual(await lines(page), ["hello <b>there</b>", " spaces kept "]);
});

test("the tutorial page and the lobby of the full page hear each other, once", async (t) => {
  const ada = await visitAs(t, server, "Ada");
  const guest = await tutorial(t);
  await write(guest, "from the tutorial");
  await hears(ada, "from the tutorial");
  await say(ada, "from the page");
  await line(guest, "from the page");
  await write(guest, "and back");
  await hears(ada, "and back");
  await line(guest, "and back");

  assert.deepEqual(await lines(guest), ["from the tutorial", "from the page", "and back"]);
  for (const text of ["from the tutorial", "from the page", "and back"])
    assert.equal(await messages(ada, text).count(), 1);
  const authors = (await conversation(ada)).slice(-3).map(([author]) => author);
  assert.match(authors[0], /^Guest \S{4}$/);
  assert.deepEqual(authors, [authors[0], "Ada", authors[0]]);
});

test("other rooms are not for tutorial pages", async (t) => {
  const ada = await visitAs(t, server, "Ada");
  const guest = await tutorial(t);
  await enterRoom(ada, "Private");
  await say(ada, "not for guests");
  await hears(ada, "not for guests");
  await showRoom(ada, "Lobby");
  await say(ada, "for all");
  await line(guest, "for all");
  assert.deepEqual(await lines(guest), ["for all"]);
});
