// Names, rooms, who is there: docs/CHAT.md.

import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "../support/clock.mjs";
import { chatForFile, freshRoom, guest, person } from "../support/chat.mjs";

const server = await chatForFile();

test("hello gives the id of the socket, the name without its spaces, and the rooms", async (t) => {
  const room = freshRoom();
  const ada = await person(t, server, "Ada", [room]);
  const bob = await guest(t, server);
  const answer = await bob.does("hello", { name: " \tBob " });
  assert.deepEqual(Object.keys(answer).sort(), ["id", "name", "ok", "rooms"]);
  assert.deepEqual([answer.id, answer.name], [bob.id, "Bob"]);
  assert.deepEqual(
    answer.rooms.find((entry) => entry.room === room),
    { room, people: 1 },
  );
  assert.ok(ada.id !== bob.id);
});

test("enter answers with those inside and tells the others", async (t) => {
  const room = freshRoom();
  const ada = await person(t, server, "Ada", [room]);
  const bob = await person(t, server, "Bob");
  const answer = await bob.does("enter", { room: ` ${room}\t` });
  assert.deepEqual(answer, {
    ok: true,
    room,
    count: 2,
    people: answer.people,
    messages: [],
  });
  const names = answer.people.map(({ id, name }) => [id, name]).sort();
  assert.deepEqual(
    names,
    [
      [ada.id, "Ada"],
      [bob.id, "Bob"],
    ].sort(),
  );
  await ada.hears("entered", { room });
  assert.deepEqual(ada.of("entered", room), [{ room, who: { id: bob.id, name: "Bob" }, count: 2 }]);

  assert.equal((await bob.does("enter", { room })).count, 2);
  await bob.say(room, "a mark");
  await ada.hears("message", { text: "a mark" });
  assert.equal(ada.of("entered", room).length, 1, "who is inside already enters in silence");
  assert.deepEqual(bob.of("entered", room), []);
});

test("leave tells the others, and leaving again is well", async (t) => {
  const room = freshRoom();
  const ada = await person(t, server, "Ada", [room]);
  const bob = await person(t, server, "Bob", [room]);
  assert.deepEqual(await bob.does("leave", { room }), { ok: true, room });
  assert.deepEqual(await bob.does("leave", { room }), { ok: true, room });
  await ada.hears("left", { room });
  await ada.say(room, "alone");
  await ada.hears("message", { text: "alone" });
  assert.deepEqual(ada.of("left", room), [{ room, who: { id: bob.id, name: "Bob" }, count: 1 }]);
  assert.deepEqual(bob.of("message", room), []);
});

test("a lost connection leaves every room", async (t) => {
  const rooms = [freshRoom(), freshRoom()];
  const ada = await person(t, server, "Ada", rooms);
  const bob = await person(t, server, "Bob", rooms);
  bob.socket.disconnect();
  for (const room of rooms) await ada.hears("left", { room, who: { id: bob.id }, count: 1 });
});

test("everybody with a name hears how many are in a room; nobody without", async (t) => {
  const room = freshRoom();
  const far = await person(t, server, "Far");
  const nameless = await guest(t, server);
  const ada = await person(t, server, "Ada", [room]);
  await far.hears("room", { room, people: 1 });
  await ada.does("leave", { room });
  await far.hears("room", { room, people: 0 });
  assert.equal(
    (await far.does("hello", { name: "Far" })).rooms.some((entry) => entry.room === room),
    false,
  );
  await ada.does("enter", { room: "lobby" });
  await ada.say("lobby", `mark of ${room}`);
  await nameless.hears("chat message", `mark of ${room}`);
  assert.deepEqual(
    nameless.heard.filter(([event]) => event !== "chat message"),
    [],
  );
});

test("a change of name is told once to all who share a room", async (t) => {
  const rooms = [freshRoom(), freshRoom()];
  const ada = await person(t, server, "Ada", rooms);
  const far = await person(t, server, "Far");
  const bob = await person(t, server, "Bob", rooms);
  await bob.does("hello", { name: "Robert" });
  await bob.say(rooms[0], "a mark");
  const [, message] = await ada.hears("message", { text: "a mark" });
  assert.deepEqual(message.from, { id: bob.id, name: "Robert" });
  const renamed = (who) => who.heard.filter(([event]) => event === "renamed").map(([, arg]) => arg);
  assert.deepEqual(renamed(ada), [{ who: { id: bob.id, name: "Robert" }, was: "Bob" }]);
  assert.deepEqual([...renamed(bob), ...renamed(far)], []);
  const { people } = await ada.does("enter", { room: rooms[1] });
  assert.deepEqual(people.map(({ name }) => name).sort(), ["Ada", "Robert"]);
});

test("typing goes to the others in the room", async (t) => {
  const room = freshRoom();
  const ada = await person(t, server, "Ada", [room]);
  const bob = await person(t, server, "Bob", [room]);
  assert.deepEqual(await bob.ask("typing", { room }), { ok: true });
  // Volatile: one may be lost, so Bob types on, slower than the limit.
  const typed = (arg) =>
    eventually(
      () => bob.tell("typing", arg) && ada.of("typing", room).find(({ on }) => on === (arg.on ?? true)),
      "typing",
      undefined,
      600,
    );
  assert.deepEqual(await typed({ room }), { room, who: { id: bob.id, name: "Bob" }, on: true });
  assert.deepEqual(await typed({ room, on: false }), { room, who: { id: bob.id, name: "Bob" }, on: false });
  assert.deepEqual(bob.of("typing", room), []);
});

test("what needs a name is refused without", async (t) => {
  const nameless = await guest(t, server);
  await nameless.isRefused("no_name", "enter", { room: "lobby" });
  await nameless.isRefused("no_name", "leave", { room: "lobby" });
  await nameless.isRefused("no_name", "say", { room: "lobby", text: "x", id: "x" });
  await nameless.isRefused("no_name", "typing", { room: "lobby" });
});

test("names and titles keep to their rules", async (t) => {
  const ada = await guest(t, server);
  const ill = [
    "",
    " \t ",
    "a\u0000b",
    "a\nb",
    "a\u007fb",
    "a\u0085b",
    "a\u2028b",
    "a\u202eb",
    "a\u2067b",
    "\u3000\u200b\u2060",
  ];
  for (const name of [...ill, "x".repeat(33), "😀".repeat(33)]) await ada.isRefused("bad_name", "hello", { name });
  assert.equal((await ada.does("hello", { name: ` ${"😀".repeat(32)} ` })).name, "😀".repeat(32));
  for (const room of [...ill, "x".repeat(81)]) await ada.isRefused("bad_room", "enter", { room });
  for (const room of ["é".repeat(80), "😀".repeat(80)]) assert.equal((await ada.does("enter", { room })).room, room);
});

test("arguments of another shape are refused", async (t) => {
  const ada = await person(t, server, "Ada", ["lobby"]);
  for (const arg of [undefined, null, 1, "Ada", ["Ada"], {}, { name: 1 }, { name: null }, { name: ["Ada"] }]) {
    if (arg === undefined) await ada.isRefused("bad_request", "hello");
    else await ada.isRefused("bad_request", "hello", arg);
  }
  await ada.isRefused("bad_request", "enter", { room: 7 });
  await ada.isRefused("bad_request", "say", { room: "lobby", text: "no id" });
  await ada.isRefused("bad_request", "say", { room: "lobby", text: { a: 1 }, id: "x" });
  await ada.isRefused("bad_request", "typing", { room: "lobby", on: "yes" });
  await ada.isRefused("bad_request", "chat message", { text: "x" });
  await ada.isRefused("unknown_event", "no such event", {});
  await ada.does("hello", { name: "Ada", more: "is ignored" });
});

test("128 rooms and no more", async (t) => {
  const ada = await person(t, server, "Ada");
  const rooms = Array.from({ length: 128 }, () => freshRoom("many"));
  const answers = await Promise.all(rooms.map((room) => ada.ask("enter", { room })));
  assert.deepEqual(
    answers.filter(({ ok }) => !ok),
    [],
  );
  await ada.isRefused("too_many_rooms", "enter", { room: freshRoom() });
  assert.equal((await ada.does("enter", { room: rooms[0] })).count, 1, "a room that one is in still answers");
  await ada.does("leave", { room: rooms[0] });
  await ada.does("enter", { room: freshRoom() });
});
