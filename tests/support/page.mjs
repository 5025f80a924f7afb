// The chat page in Chromium: one browser per test file, and what people do in it as functions.
//
//   CHROMIUM   path of the browser; /usr/bin/chromium by default
//
// A page fails its test when it logs an error, throws, or breaks its Content-Security-Policy.

import assert from "node:assert/strict";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { slow, within } from "./clock.mjs";
import { startParley } from "./server.mjs";

const patience_ms = 30_000 * slow;
const browser_args = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: browser_args,
  timeout: 120_000 * slow,
});
after(() => browser.close(), { timeout: 120_000 });

const web = fileURLToPath(new URL("../../web", import.meta.url));
const page_args = ["--web", `${web}/public`, "--client-dir", `${web}/node_modules/socket.io-client/dist`];

/** Starts a chat server that serves the page. */
export const startPage = (...args) => startParley({ args: [...page_args, ...args] });

/** The same for the whole file; it has to end with exit code 0. */
export async function parleyForFile(...args) {
  const server = await startPage(...args);
  after(() => server.stop(), { timeout: 120_000 * slow });
  return server;
}

/**
 * Opens the page as a new visitor: own storage, own connections.
 *
 * t        the test's context: the page is closed with the test, and what it complained of fails the test
 * options  of the browser context (viewport, colorScheme ...); besides those
 *          before  called with the page before it loads
 *          allow   a pattern for errors in the console that belong to the test
 */
export async function visit(t, server, { before, allow, path = "/", ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(patience_ms);
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(error.stack));
  page.on("console", (message) => {
    if (message.type() === "error" && !allow?.test(message.text())) complaints.push(message.text());
  });
  await page.exposeFunction("reportViolation", (text) => complaints.push(text));
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => {
      reportViolation(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
    });
  });
  t.after(async () => {
    await context.close();
    assert.deepEqual(complaints, [], "the page complained");
  });
  await before?.(page);
  await page.goto(server.url + path);
  return page;
}

/** Gives a name and waits until the page is in the lobby. */
export async function join(page, name) {
  await page.fill("#join-name", name);
  await page.press("#join-name", "Enter");
  await online(page);
}

/** visit() and join() in one. */
export async function visitAs(t, server, name, options) {
  const page = await visit(t, server, options);
  await join(page, name);
  return page;
}

export async function online(page) {
  await page.locator('#my-status[data-status="online"]').waitFor({ state: "attached" });
}

export async function enterRoom(page, title) {
  await page.fill("#enter-title", title);
  await page.press("#enter-title", "Enter");
  await inRoom(page, title);
}

/** Waits until the conversation shown is that of the room. */
export async function inRoom(page, title) {
  await page.waitForFunction((wanted) => document.querySelector("#room-title").textContent === wanted, title);
}

export async function showRoom(page, label) {
  await page.locator("#my-rooms .room", { has: page.getByText(label, { exact: true }) }).click();
  await inRoom(page, label);
}

export async function say(page, text) {
  await page.fill("#composer-text", text);
  await page.press("#composer-text", "Enter");
}

/** The messages with exactly this text; the ones that wait for an answer do not count. */
export function messages(page, text) {
  return page.locator("#messages .message:not(.pending) .message-text").getByText(text, { exact: true });
}

export async function hears(page, text) {
  await messages(page, text).first().waitFor();
}

/** The line that says who came, went or changed a name. */
export async function noticed(page, text) {
  await page.locator("#messages .notice", { hasText: text }).first().waitFor();
}

/** Authors and texts in the order shown: [["Ada", "hi"], ...]. */
export function conversation(page) {
  return page.locator("#messages").evaluate((list) => {
    let author = "";
    return Array.from(list.querySelectorAll(".message"), (message) => {
      author = message.querySelector(".message-author")?.textContent ?? author;
      return [author, message.querySelector(".message-text").textContent];
    });
  });
}

/** Starts to watch for a text that may be shown for a moment only; the promise resolves when it was there. */
export async function glimpse(page, selector, text) {
  const watch = await page.evaluateHandle(
    ([where, wanted]) => {
      const node = document.querySelector(where);
      const seen = new Promise((resolve) => {
        const look = () => node.textContent === wanted && resolve();
        new MutationObserver(look).observe(node, { childList: true, characterData: true, subtree: true });
        look();
      });
      return { seen };
    },
    [selector, text],
  );
  return {
    seen: () =>
      within(
        watch.evaluate(({ seen }) => seen),
        `"${text}" in ${selector}`,
        patience_ms / slow,
      ),
  };
}
