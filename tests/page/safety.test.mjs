// What others write is text, and the page keeps to its Content-Security-Policy.

import assert from "node:assert/strict";
import { test } from "node:test";
import { enterRoom, hears, inRoom, join, noticed, parleyForFile, say, visit, visitAs } from "../support/page.mjs";

const server = await parleyForFile("--news-stdin");
const image = "<img src=x onerror=window.bad=1>";
const script = "<script>window.bad=1</script>";

test("the policy allows what the page needs and no more", async (t) => {
  let response;
  const page = await visit(t, server, {
    before: (it) =>
      it.on("response", (got) => {
        if (new URL(got.url()).pathname === "/") response = got;
      }),
  });
  const headers = await response.allHeaders();
  const policy = headers["content-security-policy"] ?? "";
  assert.match(policy, /default-src 'self'/);
  assert.match(policy, /connect-src 'self' ws: wss:/);
  assert.doesNotMatch(policy, /unsafe|\*|data:/);
  assert.equal(headers["x-content-type-options"], "nosniff");
  await join(page, "Ada");
  assert.equal(
    await page.locator("[style], [onclick], style, script:not([src])").count(),
    await page.locator("#composer-text[style]").count(),
  );
});

test("markup in names, titles, messages and news is shown as it was written", async (t) => {
  const eve = await visitAs(t, server, image);
  const ada = await visitAs(t, server, "Ada");
  await enterRoom(eve, script);
  await ada.locator("#other-rooms .room", { hasText: script }).click();
  await inRoom(ada, script);
  await say(eve, script);
  await hears(ada, script);
  await say(eve, image);
  await hears(ada, image);
  const later = await visitAs(t, server, script);
  await enterRoom(later, script);
  await noticed(ada, `${script} joined`);
  await later.locator("#composer-text").pressSequentially("x");
  server.stdin.write(`${image}${script}\n`);

  for (const page of [eve, ada, later]) {
    await page.locator("#news .news-item", { hasText: `${image}${script}` }).waitFor();
    await page.locator("#people .person-name", { hasText: image }).waitFor();
    await page.locator("#people .person-name", { hasText: script }).waitFor();
    await page.locator("#messages .message-author", { hasText: image }).first().waitFor();
    assert.equal(await page.locator('img[src="x"], #app script').count(), 0);
    assert.equal(await page.evaluate(() => window.bad), undefined);
  }
});

test("web addresses become links, and nothing else does", async (t) => {
  const ada = await visitAs(t, server, "Ada");
  await enterRoom(ada, "Links");
  const text = 'see https://example.org/a?b=c&d="e", javascript:alert(1) and (http://example.org/x).';
  await say(ada, text);
  await hears(ada, text);
  const links = await ada
    .locator("#messages .message-text a")
    .evaluateAll((all) => all.map((a) => [a.getAttribute("href"), a.rel, a.target]));
  const rel = "noopener noreferrer nofollow";
  assert.deepEqual(links, [
    ["https://example.org/a?b=c&d=", rel, "_blank"],
    ["http://example.org/x", rel, "_blank"],
  ]);
});

test("a long name and a long word do not push others away", async (t) => {
  const ada = await visitAs(t, server, "W".repeat(32), { viewport: { width: 1280, height: 800 } });
  await enterRoom(ada, "M".repeat(80));
  await say(ada, "x".repeat(1000));
  await hears(ada, "x".repeat(1000));
  const width = await ada.evaluate(
    () => document.querySelector("#scroller").scrollWidth - document.querySelector("#scroller").clientWidth,
  );
  assert.equal(width, 0);
});
