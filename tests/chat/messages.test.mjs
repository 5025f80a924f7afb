// Messages in rooms and the tutorial's string: docs/CHAT.md.

import assert from "node:assert/strict";
import { test } from "node:test";
import { chatForFile, freshRoom, guest, newId, person } from "../support/chat.mjs";

const server = await chatForFile();

for (const mode of ["polling", "websocket", "upgrade"]) {
  test(`a message comes to everybody in the room, the author too (${mode})`, async (t) => {
    const room = freshRoom();
    const ada = await person(t, server, "Ada", [room], { mode });
    const bob = await person(t, server, "Bob", [room], { mode });
    const far = await person(t, server, "Far", ["lobby"], { mode });
    const id = newId();
    const before = Date.now();
    const answer = await ada.say(room, "hi", id);
    assert.deepEqual(answer, { ok: true, room, id, seq: 1, time: answer.time });
    assert.ok(Number.isInteger(answer.time) && Math.abs(answer.time - before) < 60_000);
    const message = { room, id, seq: 1, from: { id: ada.id, name: "Ada" }, text: "hi", time: answer.time };
    for (const one of [ada, bob]) {
      await one.hears("message", { id });
      assert.deepEqual(one.of("message", room), [message]);
    }
    await bob.does("enter", { room: "lobby" });
    await bob.say("lobby", `mark ${id}`);
    await far.hears("message", { text: `mark ${id}` });
    assert.deepEqual(far.of("message", room), []);
    assert.deepEqual((await far.does("enter", { room })).messages, [message]);
  });
}

test("the same id again is stored once and gets the first answer", async (t) => {
  const room = freshRoom();
  const ada = await person(t, server, "Ada", [room]);
  const bob = await person(t, server, "Bob", [room]);
  const id = newId();
  const first = await ada.say(room, "once", id);
  assert.deepEqual(await ada.say(room, "once", id), first);
  const again = await person(t, server, "Ada", [room]);
  assert.deepEqual(await again.say(room, "once", id), first, "from a new connection, too");
  assert.equal((await ada.say(room, "next")).seq, 2);
  await bob.hears("message", { room, text: "next" });
  assert.deepEqual(
    bob.of("message", room).map(({ text }) => text),
    ["once", "next"],
  );
});

test("an id is of its room only", async (t) => {
  const rooms = [freshRoom(), freshRoom()];
  const ada = await person(t, server, "Ada", rooms);
  const id = newId();
  for (const room of rooms) assert.equal((await ada.say(room, "x", id)).seq, 1);
});

test("messages of a room come to all in the order of seq", async (t) => {
  const room = freshRoom();
  const people = await Promise.all(["Ada", "Bob", "Eve"].map((name) => person(t, server, name, [room])));
  await Promise.all(people.flatMap((one) => Array.from({ length: 20 }, (_, n) => one.say(room, `${n}`))));
  for (const one of people) {
    await one.hears("message", { room, seq: 60 });
    const seqs = one.of("message", room).map(({ seq }) => seq);
    assert.deepEqual(
      seqs,
      Array.from({ length: 60 }, (_, n) => n + 1),
    );
    const own = one.of("message", room).filter(({ from }) => from.id === one.id);
    assert.deepEqual(
      own.map(({ text }) => text),
      Array.from({ length: 20 }, (_, n) => `${n}`),
    );
  }
});

test("the last 100 messages are kept", async (t) => {
  const room = freshRoom();
  const people = await Promise.all(Array.from({ length: 5 }, (_, n) => person(t, server, `P${n}`, [room])));
  for (const one of people) await Promise.all(Array.from({ length: 25 }, (_, n) => one.say(room, `${n}`)));
  const { messages } = await people[0].does("enter", { room });
  assert.deepEqual(
    messages.map(({ seq }) => seq),
    Array.from({ length: 100 }, (_, n) => n + 26),
  );
});

test("a room keeps 256 KB of text at most", async (t) => {
  const room = freshRoom();
  const ada = await person(t, server, "Ada", [room]);
  for (let n = 0; n < 20; n++) await ada.say(room, "😀".repeat(4000));
  const { messages } = await ada.does("enter", { room });
  assert.equal(messages.length, 16);
  assert.equal(messages.at(-1).seq, 20);
});

test("texts keep to their limits and arrive as they were", async (t) => {
  const room = freshRoom();
  const ada = await person(t, server, "Ada", [room]);
  for (const text of ["", "x".repeat(4001), "😀".repeat(4001)])
    await ada.isRefused("bad_text", "say", { room, text, id: newId() });
  for (const text of [" spaces \n\t", "\u0001\u202e", "x".repeat(4000), "😀".repeat(4000), '"\\/', "null"]) {
    const { seq } = await ada.say(room, text);
    assert.equal((await ada.hears("message", { room, seq }))[1].text, text);
  }
  for (const id of ["", "x".repeat(65), "a b", "ä", "a.b"])
    await ada.isRefused("bad_id", "say", { room, text: "x", id });
  await ada.say(room, "x", `${"A_-9".repeat(16)}`);
  await ada.isRefused("not_in_room", "say", { room: freshRoom(), text: "x", id: newId() });
  await ada.isRefused("not_in_room", "typing", { room: freshRoom() });
});

test("ten messages a second, thirty at once", async (t) => {
  const room = freshRoom();
  const ada = await person(t, server, "Ada", [room]);
  const answers = await Promise.all(
    Array.from({ length: 200 }, () => ada.ask("say", { room, text: "x", id: newId() })),
  );
  const refused = answers.filter(({ ok }) => !ok);
  assert.ok(answers.slice(0, 30).every(({ ok }) => ok));
  assert.ok(refused.length > 0 && refused.length <= 170, `${refused.length} refused`);
  for (const { error } of refused) {
    assert.equal(error.code, "too_fast");
    assert.ok(Number.isInteger(error.retry_ms) && error.retry_ms > 0 && error.retry_ms <= 1000, `${error.retry_ms}`);
  }
  await new Promise((resolve) => setTimeout(resolve, refused.at(-1).error.retry_ms + 100));
  await ada.say(room, "after a pause");
  const bob = await person(t, server, "Bob", [room]);
  await bob.say(room, "others are not held back");
});

test("a room that is empty keeps its messages", async (t) => {
  const room = freshRoom();
  const ada = await person(t, server, "Ada", [room]);
  await ada.say(room, "kept");
  await ada.does("leave", { room });
  assert.deepEqual(
    (await ada.does("enter", { room })).messages.map(({ text }) => text),
    ["kept"],
  );
});

test("a room named like somebody's id does not reach them", async (t) => {
  const ada = await person(t, server, "Ada");
  const eve = await person(t, server, "Eve");
  const fakes = [ada.id, "named", "guests", "room:lobby"];
  for (const room of fakes) {
    await eve.does("enter", { room });
    await eve.say(room, "stray");
  }
  await eve.does("enter", { room: "lobby" });
  await ada.does("enter", { room: "lobby" });
  await eve.say("lobby", "mark of strays");
  await ada.hears("message", { text: "mark of strays" });
  for (const room of fakes) assert.deepEqual(ada.of("message", room), []);
});

test("the tutorial's string goes to all without a name, and to the lobby as a message, once each", async (t) => {
  const one = await guest(t, server);
  const two = await guest(t, server);
  const ada = await person(t, server, "Ada", ["lobby"]);
  one.tell("chat message", " from a guest ");
  for (const each of [one, two]) await each.hears("chat message", " from a guest ");
  const [, message] = await ada.hears("message", { text: " from a guest " });
  assert.deepEqual(message.from, { id: one.id, name: "Guest", guest: true });
  assert.match(message.id, /^[A-Za-z0-9_-]{1,64}$/);
  await ada.say("lobby", "from Ada");
  assert.equal((await ada.ask("chat message", "in the old words")).ok, true);
  const texts = [" from a guest ", "from Ada", "in the old words"];
  for (const each of [one, two]) {
    await each.hears("chat message", "in the old words");
    assert.deepEqual(
      each.heard.filter(([, text]) => texts.includes(text) || typeof text !== "string"),
      texts.map((text) => ["chat message", text]),
    );
  }
  await ada.hears("message", { text: "in the old words", from: { id: ada.id, name: "Ada" } });
  assert.deepEqual(
    ada
      .of("message", "lobby")
      .map(({ text }) => text)
      .filter((text) => texts.includes(text)),
    texts,
  );
  assert.equal(
    ada.heard.some(([event]) => event === "chat message"),
    false,
  );
});

test("a name ends the tutorial's strings", async (t) => {
  const late = await guest(t, server);
  const other = await guest(t, server);
  await late.does("hello", { name: "Late" });
  other.tell("chat message", "after the name");
  await other.hears("chat message", "after the name");
  const { messages } = await late.does("enter", { room: "lobby" });
  assert.ok(messages.some(({ text }) => text === "after the name"));
  assert.deepEqual(
    late.heard.filter(([event]) => event === "chat message"),
    [],
  );
});

test("a tutorial string over the limits is refused", async (t) => {
  const one = await guest(t, server);
  await one.isRefused("bad_text", "chat message", "");
  await one.isRefused("bad_text", "chat message", "x".repeat(4001));
  await one.isRefused("bad_request", "chat message", 7);
  await one.isRefused("bad_request", "chat message");
});
