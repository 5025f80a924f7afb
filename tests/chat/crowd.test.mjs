// Many rooms and many people: docs/CHAT.md.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { nextEvent, slow, within } from "../support/clock.mjs";
import { connected } from "../support/client.mjs";
import { chatForFile, freshRoom, guest, person } from "../support/chat.mjs";
import { startProxy } from "../support/proxy.mjs";
import { startParley } from "../support/server.mjs";

const server = await chatForFile();

test("a change of name is told once, however many rooms are shared", async (t) => {
  for (const count of [1, 8, 9, 20]) {
    const rooms = Array.from({ length: count }, () => freshRoom());
    const ada = await person(t, server, "Ada", rooms);
    const bob = await person(t, server, "Bob", rooms);
    const eve = await person(t, server, "Eve", rooms.slice(0, 1));
    const far = await person(t, server, "Far", [freshRoom()]);
    await bob.does("hello", { name: "Robert" });
    await bob.say(rooms[0], "a mark");
    const told = [{ who: { id: bob.id, name: "Robert" }, was: "Bob" }];
    for (const one of [ada, eve]) {
      await one.hears("message", { text: "a mark" });
      assert.deepEqual(
        one.heard.filter(([event]) => event === "renamed").map(([, arg]) => arg),
        told,
        `${count} rooms`,
      );
    }
    for (const one of [bob, far]) {
      await one.does("hello", { name: "Same" });
      assert.deepEqual(
        one.heard.filter(([event, arg]) => event === "renamed" && arg.who.name === "Robert"),
        [],
      );
    }
  }
});

test("the same name again is no change, and the rooms stay", async (t) => {
  const room = freshRoom();
  const ada = await person(t, server, "Ada", [room]);
  const bob = await person(t, server, "Bob", [room]);
  assert.equal((await bob.does("hello", { name: " Bob " })).name, "Bob");
  await bob.say(room, "a mark");
  await ada.hears("message", { text: "a mark" });
  assert.equal(
    ada.heard.some(([event]) => event === "renamed"),
    false,
  );
});

test("a connection that is cut leaves every room", async (t) => {
  const proxy = await startProxy(server);
  t.after(() => proxy.stop());
  const rooms = Array.from({ length: 10 }, () => freshRoom());
  const ada = await person(t, server, "Ada", rooms);
  const bob = await person(t, proxy, "Bob", rooms, { mode: "websocket", reconnection: false });
  proxy.cut();
  for (const room of rooms) {
    await ada.hears("left", { room });
    assert.deepEqual(ada.of("left", room), [{ room, who: { id: bob.id, name: "Bob" }, count: 1 }]);
    await ada.hears("room", { room, people: 1 });
  }
  const { people } = await ada.does("enter", { room: rooms[0] });
  assert.deepEqual(people, [{ id: ada.id, name: "Ada" }]);
});

test("a client that comes back goes back to 128 rooms at once", async (t) => {
  const rooms = Array.from({ length: 128 }, () => freshRoom());
  const ada = await guest(t, server);
  for (let round = 0; round < 2; round++) {
    await ada.does("hello", { name: "Ada" });
    const answers = await Promise.all(rooms.map((room) => ada.does("enter", { room })));
    assert.deepEqual(
      answers.map(({ room, count }) => [room, count]),
      rooms.map((room) => [room, 1]),
    );
    if (round === 1) break;
    const back = nextEvent(ada.socket, "connect");
    ada.socket.io.engine.close();
    await back;
  }
});

test("four full rooms can be entered at once", async (t) => {
  const rooms = Array.from({ length: 4 }, () => freshRoom());
  for (const room of rooms) {
    const writer = await person(t, server, "Writer", [room]);
    for (let n = 0; n < 16; n++) await writer.say(room, "😀".repeat(4000));
  }
  for (const mode of ["polling", "websocket"]) {
    const ada = await person(t, server, "Ada", [], { mode, reconnection: false });
    const answers = await Promise.all(rooms.map((room) => ada.does("enter", { room })));
    assert.deepEqual(
      answers.map(({ messages }) => messages.length),
      [16, 16, 16, 16],
    );
  }
});

test("guests of the tutorial are not among the people", async (t) => {
  const nameless = await guest(t, server);
  assert.equal((await nameless.ask("chat message", "hi")).room, "lobby");
  const ada = await person(t, server, "Ada");
  const { count, people } = await ada.does("enter", { room: "lobby" });
  assert.deepEqual([count, people], [1, [{ id: ada.id, name: "Ada" }]]);
});

test("enter lists 500 people, the caller among them, and counts all", { skip: slow > 1 && "slow" }, async (t) => {
  const room = freshRoom();
  const all = await Promise.all(Array.from({ length: 502 }, () => connected(server, { mode: "websocket" })));
  after(() => all.forEach((socket) => socket.disconnect()));
  const ask = (socket, event, arg) => within(socket.emitWithAck(event, arg), event, 60_000);
  const [first, ...others] = all;
  await ask(first, "hello", { name: "First" });
  await ask(first, "enter", { room });
  for (const socket of others) {
    socket.emit("hello", { name: "One of many" });
    socket.emit("enter", { room });
  }
  await Promise.all(others.map((socket) => ask(socket, "leave", { room: "elsewhere" })));
  const { count, people } = await ask(first, "enter", { room });
  assert.deepEqual([count, people.length], [502, 500]);
  assert.equal(people.filter(({ id }) => id === first.id).length, 1);
  assert.equal(new Set(people.map(({ id }) => id)).size, 500);
  all.forEach((socket) => socket.disconnect());
});

test("a thousand rooms; the longest empty one makes place, with its messages", async (t) => {
  const full = await startParley();
  t.after(() => full.stop());
  const people = await Promise.all(Array.from({ length: 8 }, (_, n) => person(t, full, `P${n}`)));
  const rooms = Array.from({ length: 1000 }, () => freshRoom());
  await Promise.all(rooms.map((room, n) => people[n >> 7].does("enter", { room })));
  const late = await person(t, full, "Late");
  await late.isRefused("too_many_rooms", "enter", { room: freshRoom() });
  assert.equal((await late.ask("chat message", "no place for the lobby")).error.code, "too_many_rooms");
  await late.does("enter", { room: rooms[5] });
  assert.equal((await late.does("hello", { name: "Late" })).rooms.length, 500);

  const [ada] = people;
  const [first, second] = rooms;
  await ada.say(first, "to be forgotten");
  await ada.say(second, "to be kept");
  await ada.does("leave", { room: first });
  await ada.does("leave", { room: second });
  await late.does("enter", { room: freshRoom() });
  const texts = async (room) => (await ada.does("enter", { room })).messages.map(({ text }) => text);
  assert.deepEqual(await texts(second), ["to be kept"]);
  await late.isRefused("too_many_rooms", "enter", { room: first });
  await ada.does("leave", { room: second });
  assert.deepEqual(await texts(first), []);
  assert.equal((await ada.say(first, "anew")).seq, 1);
});
