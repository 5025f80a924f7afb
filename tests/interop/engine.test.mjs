// The official Engine.IO client against the raw echo server.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Socket } from "engine.io-client";
import { nextEvent } from "../support/clock.mjs";
import { modes } from "../support/client.mjs";
import { serverForFile } from "../support/suite.mjs";

const server = await serverForFile();

for (const [mode, options] of Object.entries(modes)) {
  describe(mode, () => {
    test("text and binary come back as they were, in order", async () => {
      const socket = new Socket(server.url, { path: "/engine.io/", rejectUnauthorized: false, ...options });
      await nextEvent(socket, "open");
      const sent = ["hello", Buffer.from([1, 2, 3]), "", "ä😀", Buffer.alloc(5000, 7), "end"];
      const got = [];
      const done = new Promise((resolve) => {
        socket.on("message", (data) => {
          // The client gives an empty text as undefined.
          got.push(typeof (data ?? "") === "string" ? (data ?? "") : Buffer.from(data));
          if (data === "end") resolve();
        });
      });
      sent.forEach((data) => socket.send(data));
      await done;
      assert.deepEqual(got, sent);
      const closed = nextEvent(socket, "close");
      socket.close();
      assert.equal((await closed)[0], "forced close");
    });

    test("500 messages through the upgrade keep their order", async () => {
      const socket = new Socket(server.url, { path: "/engine.io/", rejectUnauthorized: false, ...options });
      const got = [];
      const done = new Promise((resolve) => {
        socket.on("message", (data) => {
          got.push(Number(data));
          if (got.length === 500) resolve();
        });
      });
      socket.on("open", async () => {
        for (let i = 0; i < 500; i++) {
          socket.send(String(i));
          if (i % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 3));
        }
      });
      await done;
      assert.deepEqual(got, Array.from({ length: 500 }, (_, i) => i));
      socket.close();
    });
  });
}
