// People in the lobby and in rooms.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  conversation,
  enterRoom,
  glimpse,
  hears,
  inRoom,
  join,
  messages,
  noticed,
  parleyForFile,
  say,
  showRoom,
  visit,
  visitAs,
} from "../support/page.mjs";

const server = await parleyForFile();

test("two people chat in the lobby", async (t) => {
  const ada = await visitAs(t, server, "Ada");
  const bob = await visitAs(t, server, "Bob");
  await say(ada, "Is anybody here?");
  await hears(bob, "Is anybody here?");
  await say(bob, "I am.");
  await hears(ada, "I am.");
  await say(ada, "Good\nto see you");
  await hears(bob, "Good\nto see you");
  for (const page of [ada, bob]) {
    assert.deepEqual((await conversation(page)).slice(-3), [
      ["Ada", "Is anybody here?"],
      ["Bob", "I am."],
      ["Ada", "Good\nto see you"],
    ]);
  }
});

test("what is said in a room stays in the room", async (t) => {
  const ada = await visitAs(t, server, "Ada");
  const bob = await visitAs(t, server, "Bob");
  const eve = await visitAs(t, server, "Eve");
  await enterRoom(ada, "Tea");
  await bob.locator("#other-rooms .room", { hasText: "Tea" }).click();
  await inRoom(bob, "Tea");
  await say(ada, "only for the tea room");
  await hears(bob, "only for the tea room");
  await showRoom(ada, "Lobby");
  await say(ada, "for the lobby, afterwards");
  await hears(eve, "for the lobby, afterwards");
  assert.equal(await messages(eve, "only for the tea room").count(), 0);
  assert.equal(await messages(bob, "for the lobby, afterwards").count(), 0);
});

test("a room is found by its name whatever the case", async (t) => {
  const ada = await visitAs(t, server, "Ada");
  const bob = await visitAs(t, server, "Bob");
  await enterRoom(ada, "Garden");
  await bob.locator("#other-rooms .room", { hasText: "Garden" }).waitFor();
  await bob.fill("#enter-title", "  garden ");
  await bob.press("#enter-title", "Enter");
  await inRoom(bob, "Garden");
});

test("who comes, goes and changes a name is seen", async (t) => {
  const ada = await visitAs(t, server, "Ada");
  await enterRoom(ada, "Doorway");
  const bob = await visitAs(t, server, "Bob");
  await enterRoom(bob, "Doorway");
  await noticed(ada, "Bob joined");
  await ada.locator("#people .person-name", { hasText: "Bob" }).waitFor();
  await ada.locator("#room-count", { hasText: "2 people here" }).waitFor();
  assert.deepEqual(await bob.locator("#people .person-name").allTextContents(), ["Bob", "Ada"]);

  await bob.click("#rename");
  await bob.fill("#rename-name", "Robert");
  await bob.press("#rename-name", "Enter");
  await noticed(ada, "Bob is now Robert");
  await ada.locator("#people .person-name", { hasText: "Robert" }).waitFor();

  await bob.click("#leave-room");
  await inRoom(bob, "Lobby");
  await noticed(ada, "Robert left");
  await ada.locator("#room-count", { hasText: "1 person here" }).waitFor();
  assert.deepEqual(await ada.locator("#people .person-name").allTextContents(), ["Ada"]);
});

test("closing the page is leaving", async (t) => {
  const ada = await visitAs(t, server, "Ada");
  await enterRoom(ada, "Exit");
  const carol = await visitAs(t, server, "Carol");
  await enterRoom(carol, "Exit");
  await noticed(ada, "Carol joined");
  await carol.close();
  await noticed(ada, "Carol left");
});

test("typing is seen in that room only and ends with the message", async (t) => {
  const ada = await visitAs(t, server, "Ada");
  const bob = await visitAs(t, server, "Bob");
  await enterRoom(ada, "Desk");
  await enterRoom(bob, "Desk");
  await noticed(ada, "Bob joined");
  const eve = await visitAs(t, server, "Eve");
  const elsewhere = await glimpse(eve, "#typing-text", "Bob is typing");
  let strayed = false;
  elsewhere.seen().then(
    () => (strayed = true),
    () => {},
  );

  const typing = await glimpse(ada, "#typing-text", "Bob is typing");
  let seen = false;
  const done = typing.seen().finally(() => (seen = true));
  // The event is volatile: one may be lost, so Bob types on, as people do.
  while (!seen) await bob.locator("#composer-text").pressSequentially("thinking ", { delay: 50 });
  await done;
  await say(bob, "a thought");
  await hears(ada, "a thought");
  await ada.locator('#typing[data-on="no"]').waitFor();
  await showRoom(ada, "Lobby");
  await say(ada, "typing is over");
  await hears(eve, "typing is over");
  assert.equal(strayed, false);
});

test("a late comer gets the last messages of a room", async (t) => {
  const ada = await visitAs(t, server, "Ada");
  await enterRoom(ada, "Archive");
  for (const text of ["first", "second", "third"]) {
    await say(ada, text);
    await hears(ada, text);
  }
  const late = await visitAs(t, server, "Late");
  await enterRoom(late, "Archive");
  await hears(late, "third");
  assert.deepEqual(await conversation(late), [
    ["Ada", "first"],
    ["Ada", "second"],
    ["Ada", "third"],
  ]);
  assert.equal(await late.locator("#messages .message-author").count(), 1, "one group for one author");
});

test("messages in another room are counted until it is shown", async (t) => {
  const ada = await visitAs(t, server, "Ada");
  const bob = await visitAs(t, server, "Bob");
  await enterRoom(ada, "Counter");
  await enterRoom(bob, "Counter");
  await showRoom(bob, "Lobby");
  await say(ada, "one");
  await say(ada, "two");
  const entry = bob.locator("#my-rooms .room", { hasText: "Counter" });
  await entry.locator(".badge", { hasText: "2" }).waitFor();
  await bob.waitForFunction(() => document.title === "(2) Lobby · Parley");
  await entry.click();
  await hears(bob, "two");
  await bob.locator(".new-rule").waitFor();
  await entry.locator(".badge").waitFor({ state: "detached" });
  await bob.waitForFunction(() => document.title === "Counter · Parley");
});

test("a name that cannot be is refused with a reason", async (t) => {
  const page = await visit(t, server);
  await page.fill("#join-name", "   ");
  await page.press("#join-name", "Enter");
  await page.locator("#join-error", { hasText: "cannot be empty" }).waitFor();
  await page.fill("#join-name", "x".repeat(33));
  await page.press("#join-name", "Enter");
  await page.locator("#join-error", { hasText: "32 characters" }).waitFor();
  await join(page, "😀".repeat(32));
});

test("a text of 4000 characters goes, a longer one is held back", async (t) => {
  const ada = await visitAs(t, server, "Ada");
  await enterRoom(ada, "Long");
  await say(ada, "😀".repeat(4001));
  await ada.locator("#composer-note", { hasText: "Too long by 1." }).waitFor();
  await say(ada, "😀".repeat(4000));
  await hears(ada, "😀".repeat(4000));
  assert.equal(await ada.inputValue("#composer-text"), "");
});

test("a reload keeps name, rooms and the room shown", async (t) => {
  const ada = await visitAs(t, server, "Ada Reload");
  await enterRoom(ada, "Shelf");
  await say(ada, "still here");
  await hears(ada, "still here");
  await ada.reload();
  await inRoom(ada, "Shelf");
  await hears(ada, "still here");
  assert.equal(await ada.locator("#my-name").textContent(), "Ada Reload");
});

test("leaving the chat brings the first screen back", async (t) => {
  const ada = await visitAs(t, server, "Ada");
  const gone = await visitAs(t, server, "Gone");
  await noticed(ada, "Gone");
  await gone.click("#quit");
  await gone.locator("#join-form").waitFor();
  assert.equal(await gone.inputValue("#join-name"), "Gone");
  await noticed(ada, "Gone left");
  await gone.reload();
  await gone.locator("#join-form").waitFor();
});
