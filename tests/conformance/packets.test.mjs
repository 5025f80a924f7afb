// Socket.IO packets, byte for byte, over each transport: section 14 of the protocol.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { SessionClosed, disconnectReason, joinedSession, openSession, transports } from "../support/engine.mjs";
import { serverForFile } from "../support/suite.mjs";
import { betterThanReference, is_reference } from "../support/server.mjs";

const server = await serverForFile();
const bytes = (...values) => Buffer.from(values);
const placeholder = (num) => `{"_placeholder":true,"num":${num}}`;

// What a client sends when joined to / and /custom, and what it gets.
const exchanges = [
  ["event", ['42["message","foo"]'], ['42["message-back","foo"]']],
  ["event without arguments", ['42["message"]'], ['42["message-back"]']],
  ["event in a namespace", ['42/custom,["message","bar"]'], ['42/custom,["message-back","bar"]']],
  ["event for / spelt out", ['42/,["message",1]'], ['42["message-back",1]']],
  ["event with ack id 12", ['4212["message-with-ack","foo"]'], ['4312["foo"]']],
  ["event with ack id in a namespace", ['42/custom,13["message-with-ack","bar"]'], ['43/custom,13["bar"]']],
  ["ack without arguments", ['425["message-with-ack"]'], ["435[]"]],
  ["ack id 0", ['420["message-with-ack",1]'], ["430[1]"]],
  ["ack id with leading zeros", ['4201["message-with-ack",1]'], ["431[1]"]],
  ["ack id 2147483648", ['422147483648["message-with-ack"]'], ["432147483648[]"]],
  ["ack id 9007199254740991", ['429007199254740991["message-with-ack"]'], ["439007199254740991[]"]],
  ["space before the payload is ack id 0", ['42 ["message-with-ack",1]'], ["430[1]"]],
  ["space after the payload", ['42["message",1] '], ['42["message-back",1]']],
  ["spaces within the payload", ['42[ "message" , 1 ]'], ['42["message-back",1]']],
  ["escapes in the event name", ['42["m\\u0065ssage",1]'], ['42["message-back",1]']],
  [
    "all JSON values",
    ['42["message",null,true,false,0,-1,1.5,"",[],{},{"a":[{"b":null}]}]'],
    ['42["message-back",null,true,false,0,-1,1.5,"",[],{},{"a":[{"b":null}]}]'],
  ],
  ["text of all planes", ['42["message","ä€😀\u2028\u007f"]'], ['42["message-back","ä€😀\u2028\u007f"]']],
  [
    "binary event",
    [`451-["message",${placeholder(0)}]`, bytes(1, 2, 3, 4)],
    [`451-["message-back",${placeholder(0)}]`, bytes(1, 2, 3, 4)],
  ],
  [
    "two attachments in a namespace",
    [`452-/custom,["message",${placeholder(0)},${placeholder(1)}]`, bytes(1, 2), bytes(3, 4)],
    [`452-/custom,["message-back",${placeholder(0)},${placeholder(1)}]`, bytes(1, 2), bytes(3, 4)],
  ],
  [
    "binary event with ack gets a binary ack",
    [`452-789["message-with-ack",${placeholder(0)},${placeholder(1)}]`, bytes(1), bytes(2)],
    [`462-789[${placeholder(0)},${placeholder(1)}]`, bytes(1), bytes(2)],
  ],
  [
    "binary ack in a namespace",
    [`451-/custom,1["message-with-ack",${placeholder(0)}]`, bytes(9)],
    [`461-/custom,1[${placeholder(0)}]`, bytes(9)],
  ],
  [
    "nested placeholder",
    [`451-["message",{"a":[{"b":${placeholder(0)}}]}]`, bytes(255)],
    [`451-["message-back",{"a":[{"b":${placeholder(0)}}]}]`, bytes(255)],
  ],
  ["empty attachment", [`451-["message",${placeholder(0)}]`, bytes()], [`451-["message-back",${placeholder(0)}]`, bytes()]],
  [
    "placeholders in reverse order",
    [`452-["message",${placeholder(1)},${placeholder(0)}]`, bytes(1), bytes(2)],
    [`452-["message-back",${placeholder(0)},${placeholder(1)}]`, bytes(2), bytes(1)],
  ],
  [
    "the same placeholder twice",
    [`451-["message",${placeholder(0)},${placeholder(0)}]`, bytes(7)],
    is_reference
      ? [`452-["message-back",${placeholder(0)},${placeholder(1)}]`, bytes(7), bytes(7)]
      : [`451-["message-back",${placeholder(0)},${placeholder(0)}]`, bytes(7)],
  ],
  [
    "more attachments than placeholders",
    [`452-["message",${placeholder(0)}]`, bytes(1), bytes(2)],
    [`451-["message-back",${placeholder(0)}]`, bytes(1)],
  ],
  ["attachments without a placeholder", ['451-["message",1]', bytes(1)], ['42["message-back",1]']],
  [
    "ten attachments",
    [
      `4510-["message",${Array.from({ length: 10 }, (_, i) => placeholder(i))}]`,
      ...Array.from({ length: 10 }, (_, i) => bytes(i)),
    ],
    [
      `4510-["message-back",${Array.from({ length: 10 }, (_, i) => placeholder(i))}]`,
      ...Array.from({ length: 10 }, (_, i) => bytes(i)),
    ],
  ],
  ["a count that equals a whole number", [`451.0-["message",${placeholder(0)}]`, bytes(1)], [`451-["message-back",${placeholder(0)}]`, bytes(1)]],
  ["a placeholder in a plain event is a plain object", [`42["message",${placeholder(0)}]`], [`42["message-back",${placeholder(0)}]`]],
  [
    "_placeholder that is not true is a plain object",
    ['451-["message",{"_placeholder":false,"num":0}]', bytes(1)],
    ['42["message-back",{"_placeholder":false,"num":0}]'],
  ],
  ["an unknown event", ['42["nothing",1]'], []],
  ["an event named error", ['42["error","x"]'], []],
  ["events named as properties", ['42["__proto__",1]', '42["constructor"]', '42["toString"]', '42["hasOwnProperty"]'], []],
  ["event names connection and new_namespace", ['42["connection"]', '42["new_namespace"]'], []],
  ["an empty event name", ['42["",1]'], []],
  ["an event without payload", ["42"], []],
  ["an event without payload, with an ack id", ["421"], []],
  ["a number as the event name", ["42[1,2]", "42[1.5]", "42[-1]"], []],
  ["an ack without id", ['43["x"]'], []],
  ["an ack of an unknown id", ["4399[]", '4399["x"]', "430[]"], []],
  ["an ack without anything", ["43"], []],
  ["a binary ack of an unknown id", [`461-99[${placeholder(0)}]`, bytes(1)], []],
];

const closing = [
  ["CONNECT again", ["40"]],
  ["CONNECT again with auth", ['40{"a":1}']],
  ["CONNECT again in a namespace", ["40/custom,"]],
  ["CONNECT with an array", ["40[]"]],
  ["CONNECT with null", ["40null"]],
  ["CONNECT with a string", ['40"x"']],
  ["CONNECT with a comma only", ["40,"]],
  ["CONNECT with a name without slash", ["40a,"]],
  ["CONNECT with cut JSON", ['40{"a":']],
  ["DISCONNECT of a namespace not joined", ["41/random,"]],
  ["DISCONNECT with a payload", ["41{}"]],
  ["CONNECT_ERROR from a client", ['44{"message":"x"}']],
  ["CONNECT_ERROR string from a client", ['44"x"']],
  ["event for a namespace not joined", ['42/random,["message",1]']],
  ["event for a namespace not joined, with ack", ['42/random,1["message",1]']],
  ["ack for a namespace not joined", ["43/random,1[]"]],
  ["binary event for a namespace not joined", [`451-/random,["message",${placeholder(0)}]`, bytes(1)]],
  ["empty array", ["42[]"]],
  ["object", ["42{}"]],
  ["null", ["42null"]],
  ["string", ['42"x"']],
  ["null as name", ["42[null]"]],
  ["array as name", ['42[["a"]]']],
  ["object as name", ['42[{"a":1}]']],
  ["true as name", ["42[true]"]],
  ["cut array", ['42["x"']],
  ["two arrays", ['42["x"]["y"]']],
  ["text behind the array", ['42["x"]x']],
  ["trailing comma", ['42["x",]']],
  ["single quotes", ["42['x']"]],
  ["NaN", ['42["x",NaN]']],
  ["a comment", ['42["x"/**/]']],
  ["a number with a leading zero", ['42["x",01]']],
  ["a control character in a string", ['42["x","\u0001"]']],
  ["an unknown escape", ['42["x","\\q"]']],
  ["negative ack id", ['42-1["x"]']],
  ["fraction as ack id", ['421.5["x"]']],
  ["exponent as ack id", ['421e3["x"]']],
  ["letters before the payload", ['42abc["x"]']],
  ["a comma before the payload", ['42,["x"]']],
  ["namespace that swallows the payload", ['42/["x"]']],
  ["object as ack", ["431{}"]],
  ["string as ack", ['431"x"']],
  ["event name connect", ['42["connect"]']],
  ["event name connect_error", ['42["connect_error"]']],
  ["event name disconnect", ['42["disconnect"]']],
  ["event name disconnecting", ['42["disconnecting"]']],
  ["event name newListener", ['42["newListener"]']],
  ["event name removeListener", ['42["removeListener"]']],
  ["no attachment count", ['45["x"]']],
  ["attachment count 0", ['450-["x"]']],
  ["empty attachment count", ['45-["x"]']],
  ["attachment count a", ['45a-["x"]']],
  ["attachment count -1", ['45-1-["x"]']],
  ["attachment count 1.5", ['451.5-["x"]']],
  ["attachment count without dash", ['451["x"]']],
  ["attachment count without anything", ["46"]],
  ["11 attachments", [`4511-["message",${Array.from({ length: 11 }, (_, i) => placeholder(i))}]`]],
  ["2147483648 attachments", ['452147483648-["x"]']],
  ["10^30 attachments", ['451000000000000000000000000000000-["x"]']],
  ["text instead of the attachment", [`451-["message",${placeholder(0)}]`, '42["message",1]']],
  ["attachment without a header", [bytes(1, 2)]],
  ["one attachment too many", [`451-["nothing",${placeholder(0)}]`, bytes(1), bytes(2)]],
  ["placeholder out of range", [`451-["message",${placeholder(1)}]`, bytes(1)]],
  ["placeholder -1", [`451-["message",${placeholder(-1)}]`, bytes(1)]],
  ["placeholder as string", [`451-["message",${placeholder('"0"')}]`, bytes(1)]],
  ["placeholder null", [`451-["message",${placeholder("null")}]`, bytes(1)]],
  ["placeholder without num", ['451-["message",{"_placeholder":true}]', bytes(1)]],
  ["placeholder as event name", [`451-[${placeholder(0)}]`]],
  ["packet type 7", ["47"]],
  ["packet type 8", ['48["x"]']],
  ["packet type 9", ["49"]],
  ["packet type -1", ["4-1"]],
  ["packet type a", ["4abc"]],
  ["space before the type", ['4 2["x"]']],
  ["empty packet", ["4"]],
];

for (const transport of transports) {
  describe(`${transport}, joined to / and /custom`, () => {
    const joined = async () => {
      const session = await joinedSession(server, transport);
      await session.join("/custom");
      return session;
    };

    for (const [name, sent, expected] of exchanges) {
      test(`${name}: ${sent[0]}`, async () => {
        const session = await joined();
        await session.send(...sent);
        await session.expect(...expected);
        await session.fence();
        session.destroy();
      });
    }

    for (const [name, sent] of closing) {
      test(`${name} closes: ${sent.filter((one) => typeof one === "string").join(" ")}`, async () => {
        const session = await joined();
        await session.send(...sent);
        assert.deepEqual(await session.ending(), []);
        assert.match(session.end_of_session, /close 1005|close packet|HTTP 400/);
        session.destroy();
      });
    }

    test("an event after DISCONNECT closes", async () => {
      const session = await joined();
      await session.send("41");
      await session.fence("/custom,");
      await session.send('42["message",1]');
      assert.deepEqual(await session.ending(), []);
      session.destroy();
    });

    test("a very large ack id is rounded, or closes", async () => {
      const session = await joined();
      await session.send('4212345678901234567890["message-with-ack"]');
      const answer = await session.next().catch((error) => assert.ok(error instanceof SessionClosed, error));
      assert.ok([undefined, "4312345678901234567000[]", "4312345678901234567890[]"].includes(answer), answer);
      session.destroy();
    });

    test("JSON that packs the same value otherwise has the same value", async () => {
      const session = await joined();
      const values = "[1.0,1e3,1E+2,0.1,-0,1e21,12345678901234567890,\"\\u00e4\\/\\ud83d\\ude00\\u0000\\b\",{\"b\":1,\"a\":{\"a\":2}}]";
      await session.send(`42["message",${values}]`);
      const answer = await session.next();
      const [name, value] = JSON.parse(answer.slice(2));
      assert.deepEqual([name, value].map(normal), ["message-back", JSON.parse(values)].map(normal));
      await session.send(`42["message-with-ack",${values}]`);
      await session.fence();
      session.destroy();
    });

    test("a lone surrogate, an escaped NUL and a NUL in a key are kept", async () => {
      const session = await joined();
      const payload = '["\\ud800",{"a\\u0000b":"\\u0000"}]';
      await session.send(`42["message",${payload}]`);
      const [, back] = JSON.parse((await session.next()).slice(2));
      assert.deepEqual(back, JSON.parse(payload));
      session.destroy();
    });

    test("nesting of 1000 levels is fine", async () => {
      const session = await joined();
      const deep = "[".repeat(1000) + "]".repeat(1000);
      await session.send(`42["message",${deep}]`);
      await session.expect(`42["message-back",${deep}]`);
      session.destroy();
    });

    test("event and DISCONNECT in one burst", betterThanReference("runs no event of such a burst"), async () => {
      const session = await joined();
      const other = await joinedSession(server, "websocket");
      await session.send('42["chat message","bye"]', "41");
      await other.expect('42["chat message","bye"]');
      session.destroy();
      other.destroy();
    });
  });
}

/** As JSON.stringify writes it: no negative zero. */
const normal = (value) => JSON.parse(JSON.stringify(value));

test("a Socket.IO protocol violation on a WebSocket: forced close for every socket", async () => {
  const session = await joinedSession(server, "websocket");
  const custom = await session.join("/custom");
  await session.send("4abc");
  await session.ending();
  assert.equal(await disconnectReason(server, session.id), "forced close");
  assert.equal(await disconnectReason(server, custom, "/custom"), "forced close");
  session.destroy();
});

describe("nothing but CONNECT is taken before CONNECT", () => {
  for (const transport of transports) {
    for (const packet of ['42["message",1]', "41", "43", '421["x"]', "44", "41/custom,", '42/custom,["message",1]']) {
      test(`${packet} over ${transport} closes`, async () => {
        const session = await openSession(server, transport);
        await session.send(packet);
        assert.deepEqual(await session.ending(), []);
        session.destroy();
      });
    }
  }
});
