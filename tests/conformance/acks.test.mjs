// Acks that the server asks for, rooms and targets: section 16 of the protocol.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { joinedSession, transports } from "../support/engine.mjs";
import { serverForFile } from "../support/suite.mjs";
import { slow } from "../support/clock.mjs";

const server = await serverForFile();
const bytes = (...values) => Buffer.from(values);

/** Takes an event that wants an ack: gives its id. */
async function asked(session, event, namespace = "") {
  const packet = await session.next();
  const found = /^42((?:\/[^,]+,)?)(\d+)(\[.*\])$/.exec(packet);
  assert.ok(found, packet);
  assert.deepEqual([found[1], found[3]], [namespace, event]);
  return found[2];
}

for (const transport of transports) {
  describe(transport, () => {
    for (const namespace of ["", "/custom,"]) {
      test(`the client's ack comes to the server in namespace "${namespace}"`, async () => {
        const session = await joinedSession(server, transport);
        await session.join("/custom");
        await session.send(`42${namespace}5["emit-with-ack",20000,"question","a",{"b":1}]`);
        const id = await asked(session, '["question","a",{"b":1}]', namespace);
        await session.send(`43${namespace}${id}["answer",[1,2]]`);
        await session.expect(`43${namespace}5[null,"answer",[1,2]]`);
        session.destroy();
      });
    }

    test("an ack without data, and one without arguments", async () => {
      const session = await joinedSession(server, transport);
      await session.send('421["emit-with-ack",0,"q"]');
      await session.send(`43${await asked(session, '["q"]')}`);
      await session.expect("431[null]");
      await session.send('422["emit-with-ack",0,"q"]');
      await session.send(`43${await asked(session, '["q"]')}[]`);
      await session.expect("432[null]");
      session.destroy();
    });

    test("the second ack of an id is ignored", async () => {
      const session = await joinedSession(server, transport);
      await session.send('421["emit-with-ack",20000,"q"]');
      const id = await asked(session, '["q"]');
      await session.send(`43${id}[1]`, `43${id}[2]`);
      await session.expect("431[null,1]");
      await session.fence();
      session.destroy();
    });

    test("each question has its own id, answers may come in any order", async () => {
      const session = await joinedSession(server, transport);
      await session.send('421["emit-with-ack",20000,"q",1]', '422["emit-with-ack",20000,"q",2]');
      const first = await asked(session, '["q",1]');
      const second = await asked(session, '["q",2]');
      assert.notEqual(first, second);
      await session.send(`43${second}["two"]`, `43${first}["one"]`);
      await session.expect('432[null,"two"]', '431[null,"one"]');
      session.destroy();
    });

    test("an ack of another socket's question is ignored", async () => {
      const session = await joinedSession(server, transport);
      const other = await joinedSession(server, "websocket");
      await session.send('421["emit-with-ack",20000,"q"]');
      const id = await asked(session, '["q"]');
      await other.send(`43${id}["stolen"]`);
      await other.fence();
      await session.fence();
      await session.send(`43${id}["mine"]`);
      await session.expect('431[null,"mine"]');
      session.destroy();
      other.destroy();
    });

    test("no ack in time: operation has timed out; a late one is ignored", async () => {
      const session = await joinedSession(server, transport);
      await session.send(`421["emit-with-ack",${200 * slow},"q"]`);
      const id = await asked(session, '["q"]');
      await session.expect('431["operation has timed out"]');
      await session.send(`43${id}["late"]`);
      await session.fence();
      session.destroy();
    });

    test("binary in question and answer", async () => {
      const session = await joinedSession(server, transport);
      await session.send('451-1["emit-with-ack",20000,"q",{"_placeholder":true,"num":0}]', bytes(1, 2));
      const header = await session.next();
      const found = /^451-(\d+)\["q",\{"_placeholder":true,"num":0\}\]$/.exec(header);
      assert.ok(found, header);
      await session.expect(bytes(1, 2));
      await session.send(`461-${found[1]}[{"_placeholder":true,"num":0}]`, bytes(3));
      await session.expect('461-1[null,{"_placeholder":true,"num":0}]', bytes(3));
      session.destroy();
    });

    test("events that want no ack get none", async () => {
      const session = await joinedSession(server, transport);
      await session.send('42["message-with-ack",1]', '42["join","somewhere"]');
      await session.fence();
      session.destroy();
    });

    test("user data is kept for the socket", async () => {
      const session = await joinedSession(server, transport);
      await session.send('421["get data"]');
      await session.expect("431[null]");
      await session.send('422["set data",{"name":"ä","n":[1]}]');
      await session.expect("432[]");
      await session.send('423["get data"]');
      await session.expect('433[{"name":"ä","n":[1]}]');
      session.destroy();
    });
  });
}

describe("who gets it", () => {
  const names = ["a", "b", "c", "d"];

  /** Four clients over the three transports: a in room one, b in one and two, c in two, d in none. */
  async function crowd(namespace = "") {
    const rooms = { a: ["one"], b: ["one", "two"], c: ["two"], d: [] };
    const made = {};
    for (const [i, name] of names.entries()) {
      made[name] = await joinedSession(server, transports[i % 3]);
      if (namespace) made[name].id = await made[name].join("/custom");
      for (const room of rooms[name]) {
        await made[name].send(`42${namespace}1["join","${room}"]`);
        await made[name].expect(`43${namespace}1[]`);
      }
    }
    return made;
  }

  for (const namespace of ["", "/custom,"]) {
    const nsp = namespace || "/";
    const targets = [
      ["nobody named: everybody", {}, "abcd"],
      ["to one, the sender too", { to: ["one"] }, "ab"],
      ["to two", { to: ["two"] }, "bc"],
      ["to one and two: each once", { to: ["one", "two"] }, "abc"],
      ["to an unknown room", { to: ["nowhere"] }, ""],
      ["except one", { except: ["one"] }, "cd"],
      ["to one except two", { to: ["one"], except: ["two"] }, "a"],
      ["to one and two except two", { to: ["one", "two"], except: ["two"] }, "a"],
      ["others", { others: true }, "bcd"],
      ["others in one", { others: true, to: ["one"] }, "b"],
      ["others except two", { others: true, except: ["two"] }, "d"],
      ["this server only", { local: true, to: ["one"] }, "ab"],
    ];
    for (const [name, target, receivers] of targets) {
      test(`${nsp}: ${name}`, async () => {
        const clients = await crowd(namespace);
        await clients.a.send(`42${namespace}["emit to",${JSON.stringify(target)},"news",1]`);
        for (const one of names) {
          if (receivers.includes(one)) await clients[one].expect(`42${namespace}["news",1]`);
        }
        await Promise.all(names.map((one) => clients[one].fence(namespace)));
        names.forEach((one) => clients[one].destroy());
      });
    }
  }

  test("to a socket's id, and to one's own id among the others", async () => {
    const clients = await crowd();
    await clients.a.send(`42["emit to",{"to":["${clients.c.id}"]},"news",1]`);
    await clients.c.expect('42["news",1]');
    await clients.a.send(`42["emit to",{"others":true,"to":["${clients.a.id}"]},"news",2]`);
    await Promise.all(names.map((one) => clients[one].fence()));
    names.forEach((one) => clients[one].destroy());
  });

  test("binary to a room comes to each transport as it should", async () => {
    const clients = await crowd();
    const header = '451-["emit to",{"to":["one","two"]},"file",{"_placeholder":true,"num":0}]';
    await clients.d.send(header, bytes(1, 2, 3));
    for (const one of ["a", "b", "c"]) {
      await clients[one].expect('451-["file",{"_placeholder":true,"num":0}]', bytes(1, 2, 3));
    }
    await Promise.all(names.map((one) => clients[one].fence()));
    names.forEach((one) => clients[one].destroy());
  });

  test("chat message goes to everybody, broadcast to everybody else", async () => {
    const clients = await crowd();
    await clients.a.send('42["chat message","hi"]');
    for (const one of names) await clients[one].expect('42["chat message","hi"]');
    await clients.a.send('42["broadcast","x",1]');
    for (const one of ["b", "c", "d"]) await clients[one].expect('42["broadcast","x",1]');
    await Promise.all(names.map((one) => clients[one].fence()));
    names.forEach((one) => clients[one].destroy());
  });

  test("namespaces do not mix", async () => {
    const clients = await crowd();
    const custom = await joinedSession(server, "websocket");
    await custom.join("/custom");
    await custom.send('42/custom,1["join","one"]');
    await custom.expect("43/custom,1[]");
    await clients.a.send('42["to room","one","for /"]');
    await clients.a.expect('42["to room","for /"]');
    await clients.b.expect('42["to room","for /"]');
    await custom.fence("/custom,");
    await custom.send('42/custom,["to room","one","for /custom"]');
    await custom.expect('42/custom,["to room","for /custom"]');
    await Promise.all(names.map((one) => clients[one].fence()));
    names.forEach((one) => clients[one].destroy());
    custom.destroy();
  });

  test("who left a room, or the server, gets nothing more", async () => {
    const clients = await crowd();
    await clients.b.send('421["leave","one"]');
    await clients.b.expect("431[]");
    await clients.d.send('42["to room","one","x"]');
    await clients.a.expect('42["to room","x"]');
    await clients.b.fence();
    await clients.a.send("41");
    await clients.d.fence();
    await clients.d.send('42["to room","one","y"]');
    await clients.d.fence();
    await clients.a.join();
    await clients.d.send('42["to room","one","z"]');
    await clients.d.fence();
    await clients.a.fence();
    names.forEach((one) => clients[one].destroy());
  });

  test("a socket's rooms: its own id, what it joined, each once", async () => {
    const session = await joinedSession(server, "websocket");
    for (const room of ["one", "one", "__proto__", "ä😀", ""]) {
      await session.send(`421["join",${JSON.stringify(room)}]`);
      await session.expect("431[]");
    }
    await session.send('422["rooms"]');
    const [rooms] = JSON.parse((await session.next()).slice(3));
    assert.deepEqual(rooms.sort(), [session.id, "one", "__proto__", "ä😀", ""].sort());
    session.destroy();
  });
});

test("volatile events are dropped for a client without a pending GET, and come to one that waits", async () => {
  const session = await joinedSession(server, "polling");
  await session.send('421["volatile flood",50]');
  // The ack is queued; of the events none was, since no GET was pending.
  assert.equal(await session.next(), "431[50]");
  await session.fence();
  const socket = await joinedSession(server, "websocket");
  await socket.send('421["volatile flood",1]');
  await socket.expect('42["volatile flood",0,""]', "431[1]");
  session.destroy();
  socket.destroy();
});
