// News: written to the server's standard input, read on every page.

import assert from "node:assert/strict";
import { test } from "node:test";
import { parleyForFile, visitAs } from "../support/page.mjs";

const server = await parleyForFile("--news-stdin");
const publish = (text) => server.stdin.write(`${text}\n`);
const item = (page, text) => page.locator("#news .news-item p").getByText(text, { exact: true });

test("news reach everybody, and who comes later", async (t) => {
  const ada = await visitAs(t, server, "Ada");
  const bob = await visitAs(t, server, "Bob");
  publish("The first news");
  for (const page of [ada, bob]) await item(page, "The first news").waitFor();
  publish("The second news, ünïcödé");
  for (const page of [ada, bob]) await item(page, "The second news, ünïcödé").waitFor();
  const late = await visitAs(t, server, "Late");
  await item(late, "The first news").waitFor();
  for (const page of [ada, bob, late]) {
    assert.deepEqual(await page.locator("#news .news-item p").allTextContents(), [
      "The second news, ünïcödé",
      "The first news",
    ]);
  }
});

test("news that a phone does not show are marked until they are looked at", async (t) => {
  const page = await visitAs(t, server, "Pia", { viewport: { width: 390, height: 844 } });
  publish("News for a phone");
  await page.locator("#side-dot").waitFor();
  await page.click("#show-side");
  await item(page, "News for a phone").waitFor();
  await page.locator("#side-dot").waitFor({ state: "hidden" });
});
