// The examples do what their first lines say, with the official client.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { after, describe, test } from "node:test";
import { Socket as Engine } from "engine.io-client";
import { build, of_a_build } from "../support/build.mjs";
import { nextEvent, within } from "../support/clock.mjs";
import { ask, client, collect, connected } from "../support/client.mjs";

const running = new Set();
after(() => running.forEach((child) => child.kill("SIGKILL")));

/** Starts an example on a free port; stop() presses Enter, ends its input, and wants exit code 0. */
async function example(name) {
  const child = spawn(path.join(build, "bin", `example-${name}`), ["0"], { stdio: ["pipe", "pipe", "inherit"] });
  running.add(child);
  const said = (await within(once(child.stdout, "data"), `${name}'s first line`)).toString();
  const port = Number(/listening on port (\d+)/.exec(said)[1]);
  return {
    url: `http://127.0.0.1:${port}`,
    type: (text) => child.stdin.write(text),
    async stop() {
      child.stdin.end("\n");
      assert.deepEqual(await within(once(child, "exit"), `${name}'s end`), [0, null]);
      running.delete(child);
    },
  };
}

/** A test with an example and so many clients of it. */
const shows = (fact, name, count, play) =>
  test(fact, async () => {
    const server = await example(name);
    const clients = await Promise.all(Array.from({ length: count }, () => connected(server)));
    await play(...clients, server);
    clients.forEach((socket) => socket.disconnect());
    await server.stop();
  });

describe("examples", { ...of_a_build, concurrency: 4 }, () => {
  shows("chat: everybody hears what one says", "chat", 2, async (a, b) => {
    const heard = [a, b].map((socket) => nextEvent(socket, "chat message"));
    a.emit("chat message", "hello", 1);
    assert.deepEqual(await Promise.all(heard), [["hello", 1], ["hello", 1]]);
  });

  shows("rooms: who is in the room hears, and learns who leaves", "rooms", 3, async (a, b, c) => {
    c.on("said", () => assert.fail("c is in no room"));
    await Promise.all([a, b].map((socket) => ask(socket, "join", "cats")));
    const heard = [a, b].map((socket) => nextEvent(socket, "said"));
    a.emit("say", "cats", "meow");
    assert.deepEqual(await Promise.all(heard), [["cats", a.id, "meow"], ["cats", a.id, "meow"]]);
    const left = nextEvent(b, "left");
    const { id } = a;
    a.disconnect();
    assert.deepEqual(await left, ["cats", id]);
    await ask(c, "join", "dogs"); // it has heard everything that was for it
  });

  shows("acks: the server answers, and is answered", "acks", 1, async (socket) => {
    assert.equal(await ask(socket, "add", 1, 2.5), 3.5);
    assert.equal(await ask(socket, "add", "one", 2), null);
    socket.once("how are you", (answer) => answer("well"));
    assert.deepEqual(await new Promise((resolve) => socket.emit("ask me", (...got) => resolve(got))), [null, "well"]);
    assert.equal(await ask(socket, "ask me"), "timed out"); // it listens no more
  });

  test("token: in comes who knows it, by name", async () => {
    const server = await example("token");
    const stranger = client(server, { auth: { token: "wrong" } });
    const refused = nextEvent(stranger, "connect_error");
    stranger.connect();
    const [error] = await refused;
    assert.equal(error.message, "not authorized");
    assert.deepEqual(error.data, { hint: "auth.token is wrong" });
    const ada = client(server, { auth: { token: "open sesame", name: "Ada" } });
    const welcome = nextEvent(ada, "welcome");
    ada.connect();
    assert.deepEqual(await welcome, ["Ada"]);
    [stranger, ada].forEach((socket) => socket.disconnect());
    await server.stop();
  });

  shows("embed_loop: a timer of the application's loop emits", "embed_loop", 1, async (socket) => {
    const [[first], [second]] = await collect(socket, "tick", 2);
    assert.equal(second, first + 1);
  });

  shows("binary: the others get the bytes, the sender what they are", "binary", 2, async (a, b) => {
    const bytes = Buffer.from("\x89PNG and more", "latin1");
    const file = nextEvent(b, "file");
    assert.deepEqual(await ask(a, "upload", "cat.png", bytes), { size: 13, magic: bytes.subarray(0, 4) });
    assert.deepEqual(await file, ["cat.png", bytes]);
    assert.match((await ask(a, "upload", "cat.png", "text")).error, /wanted/);
  });

  shows("thread: what is typed goes to everybody", "thread", 2, async (a, b, server) => {
    const heard = [a, b].map((socket) => collect(socket, "line", 2));
    server.type("one\ntwo ä\n");
    assert.deepEqual(await Promise.all(heard), [[["one"], ["two ä"]], [["one"], ["two ä"]]]);
  });

  test("echo: Engine.IO messages come back", async () => {
    const server = await example("echo");
    const socket = new Engine(server.url.replace("http", "ws"));
    const got = [];
    const done = new Promise((resolve) => socket.on("message", (data) => got.push(data) === 2 && resolve()));
    await within(new Promise((resolve) => socket.on("open", resolve)), "open");
    socket.send("hello");
    socket.send(Buffer.from([1, 2]));
    await within(done, "echo");
    assert.deepEqual(got, ["hello", Buffer.from([1, 2])]);
    socket.close();
    await server.stop();
  });
});
