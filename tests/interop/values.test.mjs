// What a server reads out of its arguments and what it makes, with either parser.

import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import msgpack from "socket.io-msgpack-parser";
import { nextEvent } from "../support/clock.mjs";
import { ask, connected, modes } from "../support/client.mjs";
import { startServer } from "../support/server.mjs";

const picture = Buffer.from([0, 255, 7]);
const whole = { id: "é\n", at: [1.5, -2, "more"], files: { picture, other: 1 }, limit: 3, more: [{}] };

// What is wrong with it, or missing, is null as an answer.
const wrong = [
  { ...whole, id: 7 },
  { ...whole, at: [1] },
  { ...whole, at: [1, "2"] },
  { ...whole, at: { 0: 1, 1: 2 } },
  { ...whole, files: {} },
  { ...whole, files: { picture: "bytes" } },
  { ...whole, files: null },
  { ...whole, limit: 1.5 },
  { ...whole, limit: 2 ** 31 },
  { ...whole, limit: "3" },
  "text",
  null,
];

const packed = [
  "text", "a\0b", -7, 2 ** 53, 0.5, true, false, null, { list: [1, null] }, [true], {},
  Buffer.from([1, 2]), { bytes: Buffer.alloc(0) }, [[], {}], { n: [Buffer.from("third")] }, null, null,
];

for (const [name, options] of [["json", {}], ["msgpack", { parser: msgpack }]]) {
  describe(`values, ${name}`, async () => {
    const server = await startServer({ args: ["--parser", name] });
    after(() => server.stop());

    for (const mode of Object.keys(modes)) {
      test(`an object is taken apart, ${mode}`, async () => {
        const socket = await connected(server, { mode, ...options });
        const expected = { id: "é\n", at: [-2, 1.5], pictures: [picture], limit: 3 };
        assert.deepEqual(await ask(socket, "take apart", whole), expected);
        for (const limit of [undefined, null]) {
          assert.deepEqual(await ask(socket, "take apart", { ...whole, limit }), { ...expected, limit: 10 });
        }
        for (const one of wrong) assert.equal(await ask(socket, "take apart", one), null, JSON.stringify(one));
        socket.disconnect();
      });

      test(`everything that a format can say, ${mode}`, async () => {
        const socket = await connected(server, { mode, ...options });
        const heard = nextEvent(socket, "packed");
        socket.emit("pack");
        assert.deepEqual(await heard, packed);
        socket.disconnect();
      });
    }
  });
}
