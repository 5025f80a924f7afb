// The namespace /news: docs/CHAT.md.

import assert from "node:assert/strict";
import { test } from "node:test";
import { chatForFile, guest } from "../support/chat.mjs";

const server = await chatForFile("--news-stdin");
const reader = (t, mode = "websocket") => guest(t, server, { namespace: "/news", mode });
const write = (bytes) => server.stdin.write(bytes);
const items = (one) => one.heard.flatMap(([event, arg]) => (event === "history" ? arg : [arg]));

test("history first, empty at the beginning; then each line is an item", async (t) => {
  const one = await reader(t);
  assert.deepEqual((await one.hears("history", []))[1], []);
  write("first\n\nsecond ünïcödé\n");
  await one.hears("news", { text: "second ünïcödé" });
  assert.deepEqual(
    items(one).map(({ id, text }) => [id, text]),
    [
      [1, "first"],
      [2, "second ünïcödé"],
    ],
  );
  for (const mode of ["polling", "upgrade"]) {
    const late = await reader(t, mode);
    assert.deepEqual((await late.hears("history", []))[1], items(one));
    assert.equal(late.heard.length, 1);
  }
});

test("clients only listen", async (t) => {
  const one = await reader(t);
  const other = await reader(t);
  await one.isRefused("read_only", "news", { text: "mine" });
  await one.isRefused("read_only", "chat message", "x");
  one.tell("news", { text: "mine" });
  await one.isRefused("read_only", "mark");
  write("a mark\n");
  await other.hears("news", { text: "a mark" });
  assert.equal(
    other.heard.some(([, arg]) => arg.text === "mine"),
    false,
  );
});

test("long lines are cut at 4000 characters, lines that are not UTF-8 are skipped", async (t) => {
  const one = await reader(t);
  write("😀".repeat(5000) + "\n");
  write(Buffer.from([0x62, 0x61, 0x64, 0xff, 0xfe, 0x0a]));
  write("after the bad line\n");
  await one.hears("news", { text: "after the bad line" });
  const fresh = one.heard.filter(([event]) => event === "news").map(([, arg]) => arg.text);
  assert.deepEqual(fresh, ["😀".repeat(4000), "after the bad line"]);
});

test("fifty items are kept", async (t) => {
  const one = await reader(t);
  for (let n = 1; n <= 60; n++) write(`item ${n}\n`);
  await one.hears("news", { text: "item 60" });
  const late = await reader(t);
  const [, history] = await late.hears("history", []);
  assert.deepEqual(
    history.map(({ text }) => text),
    Array.from({ length: 50 }, (_, n) => `item ${n + 11}`),
  );
  const ids = history.map(({ id }) => id);
  assert.deepEqual(
    ids,
    ids.map((_, n) => ids[0] + n),
  );
});

test("the last line needs no end, and the end of the input does not end the server", async (t) => {
  const other = await chatForFile("--news-stdin");
  const one = await guest(t, other, { namespace: "/news", mode: "websocket" });
  other.stdin.write("with an end of two\r\n\r\n");
  other.stdin.end("\ufeffthe last, cut \u0000 nowhere");
  await one.hears("news", { text: "\ufeffthe last, cut \u0000 nowhere" });
  assert.deepEqual(
    one.heard.filter(([event]) => event === "news").map(([, { id, text }]) => [id, text]),
    [
      [1, "with an end of two"],
      [2, "\ufeffthe last, cut \u0000 nowhere"],
    ],
  );
  const late = await guest(t, other, { namespace: "/news", mode: "websocket" });
  assert.equal((await late.hears("history", []))[1].length, 2);
});

test("input that ends amid a character is skipped", async (t) => {
  const other = await chatForFile("--news-stdin");
  const one = await guest(t, other, { namespace: "/news", mode: "websocket" });
  other.stdin.end(Buffer.from("whole\nhalf \xc3", "latin1"));
  await one.hears("news", { text: "whole" });
  await one.isRefused("read_only", "mark");
  assert.equal(one.heard.filter(([event]) => event === "news").length, 1);
});
