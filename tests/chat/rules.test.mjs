// What the chat refuses, in which order, and how fast one may be: docs/CHAT.md.

import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually, sleep } from "../support/clock.mjs";
import { chatForFile, freshRoom, guest, newId, person } from "../support/chat.mjs";

const server = await chatForFile();

test("the shape is checked before the name, the name before the values", async (t) => {
  const nameless = await guest(t, server);
  await nameless.isRefused("bad_request", "enter", { room: 7 });
  await nameless.isRefused("bad_request", "say", { room: "lobby", text: "x" });
  await nameless.isRefused("bad_request", "typing", { room: "lobby", on: 1 });
  await nameless.isRefused("no_name", "enter", { room: "" });
  await nameless.isRefused("no_name", "leave", { room: "a\nb" });
  await nameless.isRefused("no_name", "say", { room: "", text: "", id: "" });
  await nameless.isRefused("no_name", "typing", { room: "" });
});

test("the values are checked before the room", async (t) => {
  const ada = await person(t, server, "Ada");
  const room = freshRoom();
  await ada.isRefused("bad_text", "say", { room, text: "", id: "x" });
  await ada.isRefused("bad_id", "say", { room, text: "x", id: "" });
  await ada.isRefused("bad_room", "say", { room: "", text: "x", id: "x" });
  await ada.isRefused("not_in_room", "say", { room, text: "x", id: "x" });
  await ada.isRefused("bad_room", "typing", { room: " " });
});

test("binary values have the wrong type", async (t) => {
  const ada = await person(t, server, "Ada", ["lobby"]);
  const bytes = Buffer.from("lobby");
  await ada.isRefused("bad_request", "enter", bytes);
  await ada.isRefused("bad_request", "enter", { room: bytes });
  await ada.isRefused("bad_request", "say", { room: "lobby", text: bytes, id: newId() });
  await ada.isRefused("bad_request", "chat message", bytes);
});

test("an argument of more than 128 KiB counts as missing; a large one is well", async (t) => {
  const ada = await person(t, server, "Ada");
  await ada.isRefused("bad_request", "hello", { name: "Ada", more: "x".repeat(131_072) });
  await ada.does("hello", { name: "Ada", more: "x".repeat(100_000) });
});

test("without an ack a refused event is dropped in silence", async (t) => {
  const room = freshRoom();
  const ada = await person(t, server, "Ada", [room]);
  const bob = await person(t, server, "Bob", [room]);
  ada.tell("hello", { name: "" });
  ada.tell("say", { room, text: "", id: newId() });
  ada.tell("say", { room });
  ada.tell("no such event");
  ada.tell("say", { room, text: "this one comes", id: newId() });
  await bob.hears("message", { room, text: "this one comes" });
  assert.equal(bob.of("message", room).length, 1);
  assert.deepEqual(bob.of("message", room)[0].from, { id: ada.id, name: "Ada" });
});

test("further arguments and unknown members are ignored", async (t) => {
  const ada = await guest(t, server);
  const name = { name: "Ada", id: "mine", rooms: [{ deep: [1e300, -0.5, null] }] };
  assert.equal((await ada.ask("hello", name, "more", 1)).id, ada.id);
  const room = freshRoom();
  assert.equal((await ada.ask("enter", { room, seq: 9 }, [])).count, 1);
  const answer = await ada.ask("say", { room, text: "x", id: "m", seq: 99, time: 1, from: { id: "x" } }, 1);
  assert.equal(answer.seq, 1);
  const [, message] = await ada.hears("message", { room });
  assert.deepEqual(message.from, { id: ada.id, name: "Ada" });
});

test("lone halves of surrogate pairs become U+FFFD", async (t) => {
  const room = freshRoom();
  const ada = await person(t, server, "Ada", [room]);
  await ada.say(room, "a\ud83db");
  await ada.hears("message", { room, text: "a\ufffdb" });
});

/** Sends at once; what the refused ones say. */
async function flood(one, count, event, arg) {
  const answers = await Promise.all(Array.from({ length: count }, () => one.ask(event, arg())));
  const refused = answers.filter(({ ok }) => !ok).map(({ error }) => error);
  for (const error of refused) {
    assert.deepEqual([error.code, typeof error.message], ["too_fast", "string"]);
    assert.ok(Number.isInteger(error.retry_ms) && error.retry_ms > 0 && error.retry_ms <= 501, `${error.retry_ms}`);
  }
  return { passed: count - refused.length, refused };
}

for (const [event, burst, count] of [
  ["hello", 160, 220],
  ["leave", 160, 220],
  ["typing", 10, 40],
  ["chat message", 30, 90],
]) {
  test(`${event}: ${burst} at once, and after retry_ms the next`, async (t) => {
    const room = freshRoom();
    const ada = await person(t, server, "Ada", [room]);
    const arg = { hello: { name: "Ada" }, leave: { room: "elsewhere" }, typing: { room }, "chat message": "x" }[event];
    const { passed, refused } = await flood(ada, count, event, () => arg);
    const used = event === "hello" || event === "leave" ? 2 : 0;
    assert.ok(passed >= burst - used, `${passed} passed`);
    assert.ok(refused.length > 0, "nothing was refused");
    await sleep(refused.at(-1).retry_ms);
    assert.equal((await ada.ask(event, arg)).ok, true);
    const other = await person(t, server, "Other", [room]);
    assert.equal((await other.ask(event, arg)).ok, true, "others are not held back");
  });
}

test("messages, moves and typing have each their own rate", async (t) => {
  const room = freshRoom();
  const ada = await person(t, server, "Ada", [room]);
  await flood(ada, 40, "typing", () => ({ room }));
  await ada.say(room, "x");
  await flood(ada, 60, "say", () => ({ room, text: "x", id: newId() }));
  await ada.does("hello", { name: "Ada" });
});

test("typing over the rate is not passed on", async (t) => {
  const room = freshRoom();
  const ada = await person(t, server, "Ada", [room]);
  const bob = await person(t, server, "Bob", [room]);
  const { passed } = await flood(ada, 40, "typing", () => ({ room }));
  await ada.say(room, "a mark");
  await bob.hears("message", { room, text: "a mark" });
  assert.equal(bob.of("typing", room).length, passed);
});

test("a refused event counts for the rate", async (t) => {
  const ada = await person(t, server, "Ada");
  const codes = await Promise.all(Array.from({ length: 90 }, () => ada.ask("say", {})));
  const of = (code) => codes.filter(({ error }) => error.code === code).length;
  assert.ok(of("bad_request") >= 30, `${of("bad_request")} bad_request`);
  assert.ok(of("too_fast") > 0);
  assert.equal(of("bad_request") + of("too_fast"), 90);
});

test("what is refused is not kept", async (t) => {
  const room = freshRoom();
  const ada = await person(t, server, "Ada", [room]);
  const ids = Array.from({ length: 60 }, () => newId());
  const answers = await Promise.all(ids.map((id) => ada.ask("say", { room, text: id, id })));
  const taken = ids.filter((_, n) => answers[n].ok);
  const { messages } = await ada.does("enter", { room });
  assert.deepEqual(
    messages.map(({ id }) => id),
    taken,
  );
  await eventually(async () => (await ada.ask("say", { room, text: "x", id: newId() })).ok, "the next message");
});
