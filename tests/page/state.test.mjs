// What the page knows of rooms and messages, without a browser.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LOBBY, State } from "../../web/public/js/state.js";
import { initials, nameList } from "../../web/public/js/format.js";
import { checkName, checkTitle, textOver } from "../../web/public/js/limits.js";

const ada = { id: "a", name: "Ada" };
const bob = { id: "b", name: "Bob" };
const message = (seq, from, time = seq) => ({ room: LOBBY, id: `m${seq}`, seq, from, text: `text ${seq}`, time });
const answer = (messages, people = [ada, bob]) => ({ room: LOBBY, count: people.length, people, messages });
const shown = (room) => room.items.map((item) => (item.kind === "message" ? item.id : item.verb));

function inLobby(messages = []) {
  const state = new State();
  state.addRoom(LOBBY);
  state.named({ ...ada, rooms: [] });
  state.entered(answer(messages));
  return state;
}

test("a message that comes as an event and in the answer is taken once", () => {
  const state = new State();
  state.addRoom(LOBBY);
  state.message(message(2, bob));
  state.entered(answer([message(1, bob), message(2, bob)]));
  assert.deepEqual(shown(state.room), ["m1", "m2"]);
});

test("an own message waits at the end and takes its place with the answer", () => {
  const state = inLobby();
  state.pending({ ...message(0, ada, 5), id: "mine", seq: undefined });
  state.message(message(1, bob));
  assert.deepEqual(shown(state.room), ["m1", "mine"]);
  state.said({ room: LOBBY, id: "mine", seq: 2, time: 9 });
  state.message(message(3, bob, 10));
  state.message({ ...message(2, ada, 9), id: "mine" });
  assert.deepEqual(shown(state.room), ["m1", "mine", "m3"]);
  assert.deepEqual(state.room.waiting(), []);
});

test("an own message in the answer to enter is no longer waiting", () => {
  const state = inLobby();
  state.pending({ ...message(1, ada), id: "mine" });
  state.connectionLost();
  state.entered(answer([{ ...message(1, ada), id: "mine" }]));
  assert.deepEqual(state.room.waiting(), []);
  assert.deepEqual(shown(state.room), ["mine"]);
});

test("presence that comes before the answer to enter is applied after it, without a line", () => {
  const state = new State();
  state.addRoom(LOBBY);
  state.presence({ room: LOBBY, who: bob, count: 1 }, "left");
  state.entered(answer([], [ada, bob]));
  assert.deepEqual([...state.room.people.keys()], ["a"]);
  assert.equal(state.room.count, 1);
  assert.deepEqual(state.room.items, []);
});

test("people who join one after the other share a line, above what is waiting", () => {
  const state = inLobby([message(1, bob)]);
  state.pending({ ...message(2, ada), id: "mine" });
  for (const id of ["c", "d"]) state.presence({ room: LOBBY, who: { id, name: id }, count: 3 }, "joined");
  assert.deepEqual(shown(state.room), ["m1", "joined", "mine"]);
  assert.deepEqual(
    state.room.items[1].people.map(({ id }) => id),
    ["c", "d"],
  );
});

test("our own earlier connection comes and goes without a line", () => {
  const state = inLobby();
  state.named({ id: "a2", name: "Ada", rooms: [] });
  state.entered(answer([], [ada, { id: "a2", name: "Ada" }]));
  state.presence({ room: LOBBY, who: ada, count: 1 }, "left");
  assert.deepEqual(state.room.items, []);
  assert.deepEqual([...state.room.people.keys()], ["a2"]);
});

test("what was said while we were away is unread, what was said before we first came is not", () => {
  const state = inLobby([message(1, bob)]);
  assert.equal(state.unread, 0);
  state.setWatching(false);
  state.connectionLost();
  state.entered(answer([message(1, bob), message(2, bob)]));
  assert.equal(state.unread, 1);
  assert.equal(state.room.newFrom, "m2");
  state.setWatching(true);
  assert.equal(state.unread, 0);
});

test("messages are kept in bounds", () => {
  const state = inLobby();
  for (let seq = 1; seq <= 700; seq++) state.message(message(seq, bob));
  assert.equal(state.room.items.length, 500);
  assert.equal(state.room.messages.size, 500);
  assert.equal(state.room.items[0].id, "m201");
});

test("a room without people leaves the list", () => {
  const state = inLobby();
  state.setDirectory({ room: "tea", people: 2 });
  assert.equal(state.directory.get("tea"), 2);
  state.setDirectory({ room: "tea", people: 0 });
  assert.equal(state.directory.has("tea"), false);
});

test("news come once and in bounds", () => {
  const state = new State();
  state.newsHistory([{ id: 1, text: "one", time: 1 }]);
  for (let id = 1; id <= 60; id++) state.newsItem({ id, text: String(id), time: id });
  assert.deepEqual([state.news.length, state.news.at(-1).id], [50, 60]);
});

test("listeners hear of several changes once", async () => {
  const state = inLobby();
  await new Promise(setImmediate);
  let told = 0;
  state.on("messages people", () => (told += 1));
  const once = new Promise((resolve) => state.on("messages", resolve));
  for (let seq = 1; seq <= 5; seq++) state.message(message(seq, bob));
  state.presence({ room: LOBBY, who: bob, count: 1 }, "left");
  await once;
  assert.equal(told, 1);
});

test("limits are those of the contract", () => {
  assert.equal(checkName(" \tAda ").value, "Ada");
  assert.equal(checkName("😀".repeat(32)).value, "😀".repeat(32));
  for (const bad of ["", " \t ", "x".repeat(33), "a\u202eb", "a\nb"])
    assert.ok(checkName(bad).error, JSON.stringify(bad));
  assert.equal(checkTitle("x".repeat(80)).value.length, 80);
  assert.ok(checkTitle("x".repeat(81)).error);
  assert.equal(textOver("😀".repeat(4000)), 0);
  assert.equal(textOver("x".repeat(4003)), 3);
});

test("names are put in a few words", () => {
  assert.equal(nameList(["Ada"]), "Ada");
  assert.equal(nameList(["Ada", "Bob"]), "Ada and Bob");
  assert.equal(nameList(["Ada", "Bob", "Eve"]), "Ada, Bob and Eve");
  assert.equal(nameList(["Ada", "Bob", "Eve", "Kim"]), "Ada, Bob and 2 others");
  assert.equal(initials("Ada Lovelace"), "AL");
  assert.equal(initials("<b>"), "B");
  assert.equal(initials("😀"), "😀");
});
