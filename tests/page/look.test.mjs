// The page on a phone, in the dark, by keyboard and for screen readers.

import assert from "node:assert/strict";
import { test } from "node:test";
import { enterRoom, hears, online, parleyForFile, say, visit, visitAs } from "../support/page.mjs";
import { nameless, outside, weakTexts } from "../support/look.mjs";

const server = await parleyForFile("--news-stdin");
const focused = (page) => page.evaluate(() => document.activeElement.id || document.activeElement.className);

for (const width of [320, 360, 390, 834]) {
  test(`nothing is wider than a screen of ${width} pixels`, async (t) => {
    const page = await visit(t, server, { viewport: { width, height: 740 } });
    await page.locator("#join-form").waitFor();
    assert.deepEqual(await outside(page, "#join"), []);
    await page.fill("#join-name", "A name as long as they come: 32c");
    await page.click("#join-form button");
    await online(page);
    if (width < 720) await page.click("#show-rooms");
    await page.locator("#rooms").waitFor();
    await enterRoom(page, "A room with a title that does not fit on any phone that people carry about today");
    const text = `Aword${"g".repeat(200)} of ${width} and https://example.org/${"path/".repeat(30)}`;
    await say(page, text);
    await page.locator("#messages .message-text", { hasText: `of ${width} and` }).waitFor();
    assert.deepEqual(await outside(page, "#conversation"), []);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
    await page.click("#show-side");
    await page.locator("#people .person").first().waitFor();
    await page.locator("#side").evaluate((side) => Promise.all(side.getAnimations().map((slide) => slide.finished)));
    assert.deepEqual(await outside(page, "#side"), []);
  });
}

for (const colorScheme of ["light", "dark"]) {
  test(`every text can be read (contrast AA) in ${colorScheme}`, async (t) => {
    const page = await visit(t, server, { colorScheme });
    await page.locator("#join-form").waitFor();
    assert.deepEqual(await weakTexts(page), []);
    await page.fill("#join-name", "Ada");
    await page.press("#join-name", "Enter");
    const bob = await visitAs(t, server, "Bob");
    await enterRoom(bob, `Other ${colorScheme}`);
    server.stdin.write("News with https://example.org/link\n");
    await say(page, "Mine, with https://example.org/link");
    await hears(page, "Mine, with https://example.org/link");
    await page.locator("#news a").first().waitFor();
    await page.locator("#other-rooms .room").first().waitFor();
    assert.deepEqual(await weakTexts(page), []);
  });
}

test("the keyboard is enough", async (t) => {
  const page = await visit(t, server, { viewport: { width: 390, height: 844 } });
  await page.locator("#join-name:focus").waitFor();
  await page.keyboard.type("Kim");
  await page.keyboard.press("Enter");
  await page.locator("#composer-text:focus").waitFor();
  await page.keyboard.type("typed");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("twice");
  await page.keyboard.press("Enter");
  await hears(page, "typed\ntwice");

  await page.locator("#show-rooms").focus();
  await page.keyboard.press("Enter");
  await page.locator("#rooms .drawer-close:focus").waitFor();
  assert.equal(await page.locator("#conversation").evaluate((main) => main.inert), true);
  await page.keyboard.press("Escape");
  await page.locator("#show-rooms:focus").waitFor();
  assert.equal(await focused(page), "show-rooms");
  await page.locator("#rooms").waitFor({ state: "hidden" });
  const outline = await page.locator("#show-rooms").evaluate((button) => getComputedStyle(button).outlineStyle);
  assert.equal(outline, "solid");
});

test("every control has a name, and new messages are announced", async (t) => {
  const page = await visitAs(t, server, "Ada");
  const bob = await visitAs(t, server, "Bob");
  await enterRoom(bob, "Names");
  await enterRoom(page, "Names");
  await say(bob, "listen");
  await page.locator("#announcer", { hasText: "Bob: listen" }).waitFor({ state: "attached" });
  assert.deepEqual(await nameless(page), []);
  assert.equal(await page.locator("main, nav, aside").count(), 3);
});
