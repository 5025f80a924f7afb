// Events from worker to worker, as the official client asks for them.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { slow } from "../support/clock.mjs";
import { ask, collect, connected, modes } from "../support/client.mjs";
import { betterThanReference } from "../support/server.mjs";
import { serverForFile } from "../support/suite.mjs";

const server = await serverForFile();
const others = Number(process.env.PARLEY_WORKERS || 1) - 1;
const apart = betterThanReference("serverSideEmit needs a cluster");

for (const mode of Object.keys(modes)) {
  describe(mode, { concurrency: true }, () => {
    test("each of the other workers hears it once", apart, async () => {
      const socket = await connected(server, { mode });
      for (const value of ["text", { deep: [1, "é"] }, Buffer.from([0, 1, 255])]) {
        const told = collect(socket, "told", others + 1);
        socket.emit("tell servers", value);
        // Of the others, one or none more could have been before this.
        await ask(socket, "ask servers", 0, "fence");
        socket.emit("emit to", { to: [socket.id] }, "told", "end");
        assert.deepEqual(await told, [...Array(others).fill([value]), ["end"]]);
      }
      socket.disconnect();
    });

    test("each of the other workers answers once", apart, async () => {
      const socket = await connected(server, { mode });
      const value = { deep: [1, "é"] };
      assert.deepEqual(await ask(socket, "ask servers", 0, value), [null, Array(others).fill(value)]);
      socket.disconnect();
    });

    test("who does not answer is waited for until the timeout", apart, async () => {
      const socket = await connected(server, { mode });
      const error = others > 0 ? "operation has timed out" : null;
      assert.deepEqual(await ask(socket, "ask servers", 200 * slow, "silence"), [error, []]);
      socket.disconnect();
    });
  });
}
