// Socket.IO on Engine.IO revision 3, as clients of Socket.IO 1 and 2 speak it: section 12.4.

import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { disconnectReason, joinedSession, transports } from "../support/engine.mjs";
import { PollingSession3, WebSocketSession3, joinedSession3, openSession3 } from "../support/eio3.mjs";
import { slow } from "../support/clock.mjs";
import { startServer } from "../support/server.mjs";

const server = await startServer({ args: ["--eio3", "--connect-timeout", String(600 * slow)] });
after(() => server.stop());

const joined = (transport, options) => joinedSession3(server, transport, options);

async function ask(session, packet, answer) {
  await session.send(packet);
  await session.expect(answer);
}

test("over polling 40 is not in the handshake's body; it comes with the next GET", async () => {
  const session = await PollingSession3.open(server);
  assert.match((await session.get()).text, /^2:40/);
});

test("over WebSocket 40 follows the open packet", async () => {
  const session = await WebSocketSession3.open(server);
  assert.equal(await session.ws.nextData(), "40");
  session.destroy();
});

test("a refused main namespace: 44 with the message as a string, and no socket", async () => {
  const session = await openSession3(server, "websocket", { query: "&refuse=not%20%22you%22" });
  await session.expect('44"not \\"you\\""');
  await session.send("41");
  await session.ending();
});

test("who was refused and joins nothing is closed after the connect timeout", async () => {
  const session = await openSession3(server, "websocket", { query: "&refuse=no" });
  await session.expect('44"no"');
  assert.deepEqual(await session.ending(), []);
});

test("who was refused in the main namespace may still join another", async () => {
  const session = await openSession3(server, "polling", { query: "&refuse=no&data=why" });
  await session.expect('44"why"');
});

for (const transport of transports) {
  describe(`over ${transport}`, { concurrency: true }, () => {
    test("the main namespace is joined without a word of the client", async () => {
      const session = await joined(transport);
      await session.fence();
      session.destroy();
    });

    test("ids: of the session for /, and with the namespace before it for others", async () => {
      const session = await joined(transport);
      await ask(session, '421["rooms"]', `431[["${session.sid}"]]`);
      await session.send("40/custom,");
      await session.expect("40/custom,", '42/custom,["auth",{}]');
      await ask(session, '42/custom,2["rooms"]', `43/custom,2[["/custom#${session.sid}"]]`);
      session.destroy();
    });

    test("the query of a CONNECT is the auth, all strings, and is not in the reply", async () => {
      const session = await joined(transport);
      await session.send("40/custom?token=12&uid=a%20b%C3%A4&empty,");
      await session.expect("40/custom,", '42/custom,["auth",{"token":"12","uid":"a bä","empty":""}]');
      session.destroy();
    });

    test("other packets may carry a query too", async () => {
      const session = await joined(transport);
      await session.send("40/custom?a=1,");
      await session.expect("40/custom,", '42/custom,["auth",{"a":"1"}]');
      await ask(session, '42/custom?a=1,["message",1]', '42/custom,["message-back",1]');
      await ask(session, '42/custom?b=2,7["message-with-ack","x"]', '43/custom,7["x"]');
      await session.send("41/custom?a=1,");
      await session.fence();
      await session.send("40/custom,");
      await session.expect("40/custom,", '42/custom,["auth",{}]');
      session.destroy();
    });

    test("the handshake's query is unchanged, the auth apart from it", async () => {
      const session = await joined(transport, { query: "&a=1&b=x" });
      await session.send('421["handshake"]');
      const answer = await session.next();
      const [{ query, auth }] = JSON.parse(answer.slice(3));
      assert.deepEqual([query.a, query.b, query.EIO, auth], ["1", "x", "3", {}]);
      session.destroy();
    });

    test("a refusal without data is the message, with data the data", async () => {
      const session = await joined(transport);
      await ask(session, "40/custom?refuse=nope2,", '44/custom,"nope2"');
      await ask(session, "40/custom?refuse=no&data=why,", '44/custom,"why"');
      await session.fence();
      session.destroy();
    });

    test("an unknown namespace gets an object, without its query", async () => {
      const session = await joined(transport);
      await ask(session, "40/unknown,", '44/unknown,{"message":"Invalid namespace"}');
      await ask(session, "40/unknown?a=1,", '44/unknown,{"message":"Invalid namespace"}');
      await session.fence();
      session.destroy();
    });

    test("binary events and acks", async () => {
      const session = await joined(transport);
      const data = Buffer.from([1, 2, 3]);
      await session.send('451-["message",{"_placeholder":true,"num":0}]', data);
      await session.expect('451-["message-back",{"_placeholder":true,"num":0}]', data);
      await session.send('451-9["message-with-ack",{"_placeholder":true,"num":0}]', data);
      await session.expect('461-9[{"_placeholder":true,"num":0}]', data);
      session.destroy();
    });

    test("disconnect me: 41, and with the namespace for another", async () => {
      const session = await joined(transport);
      await session.send("40/custom,");
      await session.expect("40/custom,", '42/custom,["auth",{}]');
      await ask(session, '42/custom,["disconnect me",false]', "41/custom,");
      await session.fence();
      await ask(session, '42["disconnect me",false]', "41");
      session.destroy();
    });

    test("the client leaves a namespace and comes back under the same id", async () => {
      const session = await joined(transport);
      await session.send("40/custom,");
      await session.expect("40/custom,", '42/custom,["auth",{}]');
      await session.send("41/custom,");
      assert.equal(await disconnectReason(server, `/custom#${session.sid}`, "/custom"), "client namespace disconnect");
      await session.send("40/custom,");
      await session.expect("40/custom,", '42/custom,["auth",{}]');
      await ask(session, '42/custom,2["rooms"]', `43/custom,2[["/custom#${session.sid}"]]`);
      session.destroy();
    });

    test("a second CONNECT to the main namespace breaks the protocol", async () => {
      const session = await joined(transport);
      await session.send("40");
      assert.deepEqual(await session.ending(), []);
      session.destroy();
    });

    test("rooms are shared with clients of revision 4", async () => {
      const old = await joined(transport);
      const young = await joinedSession(server, transport);
      const room = `mixed ${old.sid}`;
      await ask(old, `421["join","${room}"]`, "431[]");
      await ask(young, `421["join","${room}"]`, "431[]");
      await young.send(`42["to room","${room}","hi"]`);
      for (const session of [old, young]) await session.expect('42["to room","hi"]');
      await young.send(`42["emit to",{"to":["${old.sid}"]},"to you",1]`);
      await old.expect('42["to you",1]');
      await old.send(`451-["emit to",{"to":["${room}"],"others":true},"bytes",{"_placeholder":true,"num":0}]`, Buffer.from([9]));
      await young.expect('451-["bytes",{"_placeholder":true,"num":0}]', Buffer.from([9]));
      old.destroy();
      young.destroy();
    });
  });
}
