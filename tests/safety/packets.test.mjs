// Odd and hostile Socket.IO: section 5.4 of the safety facts. What is merely malformed is in
// conformance/packets.test.mjs.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { attack, attacks } from "../support/attack.mjs";
import { resident_bytes } from "../support/cpu.mjs";
import { disconnectReason, joinedSession, openSession, transports } from "../support/engine.mjs";
import { betterThanReference, is_reference } from "../support/server.mjs";

const under_tools = Boolean(process.env.PARLEY_WRAP) || /asan|tsan/.test(process.env.PARLEY_SERVER ?? "");
const placeholder = (num) => `{"_placeholder":true,"num":${num}}`;

/** Sends; asserts that the session was closed, or lives on without any further answer. */
async function closedOrIgnored(session, ...packets) {
  await session.send(...packets);
  await session.send('42["message","still there"]').catch(() => {});
  const next = await session.next().catch(() => "closed");
  assert.ok(["closed", '42["message-back","still there"]'].includes(next), String(next).slice(0, 200));
  session.destroy();
}

attacks("odd packets", [], (server) => {
  for (const transport of transports) {
    for (const count of ["11", "1000", "2147483647", "2147483648", "4294967296", "4294967297", "18446744073709551617", "1000000000", "١"]) {
      test(`${count} attachments over ${transport}: closed, nothing reserved`, async () => {
        const session = await joinedSession(server(), transport);
        await session.send(`45${count}-["message",${placeholder(0)}]`);
        await session.ending();
        session.destroy();
      });
    }

    for (const num of ["-1", "1", "0.5", "1e99", "1e-1", '"0"', "null", "true", "[]", "{}", "18446744073709551616", "-0.5", "4294967296"]) {
      const options = ["0.5", "1e-1"].includes(num) ? betterThanReference("finds them in range") : {};
      test(`placeholder ${num} over ${transport}: closed`, options, async () => {
        const session = await joinedSession(server(), transport);
        await session.send(`451-["message",${placeholder(num)}]`, Buffer.from("x"));
        assert.deepEqual(await session.ending(), []);
        session.destroy();
      });
    }

    test(`10 attachments together over the limit of bytes, over ${transport}: closed`, betterThanReference("limits each alone"), async () => {
      const session = await joinedSession(server(), transport);
      const header = `4510-["message-with-ack",${Array.from({ length: 10 }, (_, i) => placeholder(i))}]`;
      await session.send(header);
      for (let i = 0; i < 10; i++) await session.send(Buffer.alloc(200_000)).catch(() => {});
      await session.ending();
      session.destroy();
    });

    for (const id of ["0".repeat(30) + "1", "9".repeat(30), "9007199254740992", "9223372036854775807", "9223372036854775808", "18446744073709551615", "18446744073709551616", "4294967296"]) {
      test(`ack id ${id} over ${transport}: exact, rounded as in JavaScript, or closed; never another's`, async () => {
        const session = await joinedSession(server(), transport);
        await session.send(`42${id}["message-with-ack"]`);
        const answer = await session.next().catch(() => "closed");
        const rounded = `43${Number(id).toLocaleString("fullwide", { useGrouping: false })}[]`;
        const exponent = `43${Number(id)}[]`;
        assert.ok(["closed", `43${BigInt(id)}[]`, rounded, exponent].includes(answer), answer);
        session.destroy();
      });

      test(`ack for id ${id} over ${transport}: ignored or closed`, async () => {
        const session = await joinedSession(server(), transport);
        const ask = async () => {
          await session.send('427["emit-with-ack",60000,"q"]');
          return /^42(\d+)\[/.exec(await session.next())[1];
        };
        const awaited = await ask();
        if (Number(awaited) === Number(id)) {
          await session.send(`43${awaited}[]`);
          await session.next();
          await ask();
        }
        await closedOrIgnored(session, `43${id}["not yours"]`);
      });
    }

    for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf", "error", "connection", ""]) {
      test(`event "${name}" over ${transport}: an unknown event, with and without ack, plain and binary`, async () => {
        const session = await joinedSession(server(), transport);
        await session.send(
          `42["${name}",1]`,
          `421["${name}",{"a":1}]`,
          `451-["${name}",${placeholder(0)}]`,
          Buffer.from("x"),
        );
        await session.fence();
        session.destroy();
      });
    }

    for (const depth of [10_000, 100_000, 400_000]) {
      for (const [shape, open, close] of [
        ["arrays", "[", "]"],
        ["objects", '{"a":', "}"],
      ]) {
        if (shape === "objects" && depth > 100_000) continue;
        test(`${depth} nested ${shape} over ${transport}: closed or taken, the stack is safe`, async () => {
          const session = await joinedSession(server(), transport);
          const value = `${open.repeat(depth)}${shape === "objects" ? "1" : ""}${close.repeat(depth)}`;
          await session.send(`42["unknown",${value}]`);
          await session.send("3").catch(() => {});
          session.destroy();
        });
      }
    }

    test(`200,000 nested brackets that are never closed, over ${transport}: closed`, async () => {
      const session = await joinedSession(server(), transport);
      await session.send(`42["unknown",${"[".repeat(200_000)}`);
      await session.ending();
      session.destroy();
    });

    test(`3000 unknown namespaces over ${transport}: each refused, or closed`, async () => {
      const session = await joinedSession(server(), transport);
      for (let i = 0; i < 3000; i += 100) {
        await session.send(...Array.from({ length: 100 }, (_, k) => `40/unknown-${i + k},`));
        for (let k = 0; k < 100; k++) {
          await session.expect(`44/unknown-${i + k},{"message":"Invalid namespace"}`);
        }
      }
      await session.fence();
      session.destroy();
    });

    test(`event, room and namespace of 100 KB over ${transport}`, async () => {
      const session = await joinedSession(server(), transport);
      const long = "x".repeat(100_000);
      await session.send(`42["${long}",1]`, `42["join","${long}"]`);
      await session.send(`40/${long},`);
      const answer = await session.next().catch(() => "closed");
      assert.ok(answer === "closed" || answer === `44/${long},{"message":"Invalid namespace"}`, answer.slice(0, 100));
      session.destroy();
    });

    test(`join and leave of 2000 rooms over ${transport}: all empty again`, async () => {
      const session = await joinedSession(server(), transport);
      for (let i = 0; i < 2000; i += 200) {
        await session.send(...Array.from({ length: 200 }, (_, k) => `42["join","room ${i + k}"]`));
      }
      for (let i = 0; i < 2000; i += 200) {
        await session.send(...Array.from({ length: 200 }, (_, k) => `42["leave","room ${i + k}"]`));
      }
      await session.send('421["rooms"]');
      await session.expect(`431[["${session.id}"]]`);
      session.destroy();
    });

    test(`a client that leaves in 2000 rooms over ${transport}`, async () => {
      const session = await joinedSession(server(), transport);
      for (let i = 0; i < 2000; i += 200) {
        await session.send(...Array.from({ length: 200 }, (_, k) => `42["join","room ${i + k}"]`));
      }
      await session.fence();
      await session.send("41");
      assert.equal(await disconnectReason(server(), session.id), "client namespace disconnect");
      session.destroy();
    });

    test(`CONNECT and DISCONNECT again and again over ${transport}`, betterThanReference("leaves a tick later"), async () => {
      const session = await openSession(server(), transport);
      const seen = new Set();
      const count = transport === "polling" ? 60 : 500;
      for (let i = 0; i < count; i++) {
        seen.add(await session.join());
        await session.send("41");
      }
      assert.equal(seen.size, count);
      session.destroy();
    });

    test(`refused by the middleware 300 times over ${transport}`, async () => {
      const session = await openSession(server(), transport);
      const count = transport === "polling" ? 50 : 300;
      for (let i = 0; i < count; i++) {
        await session.send('40{"refuse":"no","data":[1,2,3]}');
        await session.expect('44{"message":"no","data":[1,2,3]}');
      }
      await session.join();
      session.destroy();
    });

    for (const [name, packets] of [
      ["a byte order mark", ['42[\ufeff"message",1]']],
      ["text behind the array", ['42["message",1] x']],
      ["a comment", ['42["message",/* */1]']],
      ["NaN and Infinity", ['42["message",NaN]']],
      ["single quotes", ["42['message',1]"]],
      ["hexadecimal", ['42["message",0x10]']],
      ["a lone minus", ['42["message",-]']],
      ["1.", ['42["message",1.]']],
      [".1", ['42["message",.1]']],
      ["unquoted key", ['42["message",{a:1}]']],
      ["a NUL behind", ['42["message",1]\0']],
      ["a NUL before", ['42\0["message",1]']],
      ["a raw line break in a string", ['42["message","\n"]']],
      ["half an escape", ['42["message","\\u12"]']],
    ]) {
      test(`JSON with ${name} over ${transport}: closed`, async () => {
        const session = await joinedSession(server(), transport);
        await session.send(...packets);
        assert.deepEqual(await session.ending(), []);
        session.destroy();
      });
    }

    test(`numbers of all sizes over ${transport}: taken, or closed`, async () => {
      for (const number of ["1e400", "-1e400", "1e-400", "9".repeat(400), `0.${"1".repeat(400)}`, "1E+05", "123456789012345678901234567890"]) {
        const session = await joinedSession(server(), transport);
        await session.send(`42["message",${number}]`);
        const answer = await session.next().catch(() => "closed");
        if (answer !== "closed") {
          const [, value] = JSON.parse(answer.slice(2));
          assert.ok(value === Number(number) || value === null, answer);
        }
        session.destroy();
      }
    });

    test(`an object of 5000 keys, many alike, over ${transport}`, async () => {
      const session = await joinedSession(server(), transport);
      const keys = Array.from({ length: 5000 }, (_, i) => `"k${i % 100}":${i}`).join();
      await session.send(`42["message",{${keys}}]`);
      const [, value] = JSON.parse((await session.next()).slice(2));
      assert.equal(value.k99, 4999);
      session.destroy();
    });
  }

  test("an event for a socket that is gone: nobody gets it", async () => {
    const gone = await joinedSession(server(), "websocket");
    gone.destroy();
    const session = await joinedSession(server(), "websocket");
    await session.send(`42["to room","${gone.id}","x"]`);
    await session.fence();
    session.destroy();
  });

  test("questions that are never answered, then gone", async () => {
    for (const transport of transports) {
      const session = await joinedSession(server(), transport);
      await session.send(...Array.from({ length: 200 }, (_, i) => `42${i}["emit-with-ack",60000,"q"]`));
      await session.next();
      session.destroy();
    }
  });
});

describe("memory and rest", { concurrency: 2 }, () => {
  attack("10,000 unknown namespaces and event names: nothing is kept", {}, async ({ server, idle }) => {
    const session = await joinedSession(server, "websocket");
    const before = resident_bytes(server.pid);
    const tail = "y".repeat(500);
    for (let i = 0; i < 10_000; i += 100) {
      await session.send(...Array.from({ length: 100 }, (_, k) => `40/${i + k}-${tail},`));
      for (let k = 0; k < 100; k++) await session.next();
      await session.send(...Array.from({ length: 100 }, (_, k) => `42["${i + k}-${tail}",1]`));
    }
    await session.fence();
    await idle();
    const grown = resident_bytes(server.pid) - before;
    if (!under_tools && !is_reference) assert.ok(grown < 20e6, `${grown} bytes more`);
    session.destroy();
  });

  attack("5000 rooms come and go: nothing is kept", {}, async ({ server, idle }) => {
    const session = await joinedSession(server, "websocket");
    const churn = async (round) => {
      for (let i = 0; i < 5000; i += 250) {
        await session.send(...Array.from({ length: 250 }, (_, k) => `42["join","${round} ${i + k} ${"z".repeat(200)}"]`));
        await session.send(...Array.from({ length: 250 }, (_, k) => `42["leave","${round} ${i + k} ${"z".repeat(200)}"]`));
      }
      await session.fence();
    };
    await churn(0);
    const before = resident_bytes(server.pid);
    for (let round = 1; round < 5; round++) await churn(round);
    await idle();
    const grown = resident_bytes(server.pid) - before;
    if (!under_tools && !is_reference) assert.ok(grown < 15e6, `${grown} bytes more`);
    session.destroy();
  });

  attack("300 clients connect and join at once: all are served", {}, async ({ server }) => {
    const sessions = await Promise.all(
      Array.from({ length: 300 }, (_, i) => openSession(server, i % 2 ? "websocket" : "polling")),
    );
    await Promise.all(sessions.map((session) => session.join()));
    const writer = await joinedSession(server, "websocket");
    await writer.send('42["chat message","hello"]');
    await Promise.all(sessions.map((session) => session.expect('42["chat message","hello"]')));
    [...sessions, writer].forEach((session) => session.destroy());
  });
});
