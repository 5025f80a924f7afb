// Odd and hostile Engine.IO: section 5.2 of the safety facts.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { attack, attacks } from "../support/attack.mjs";
import { sleep } from "../support/clock.mjs";
import { resident_bytes } from "../support/cpu.mjs";
import { Connection, request, requestBytes } from "../support/http.mjs";
import { PollingSession, RS, assertRefused, engineio_path, joinedSession, openSession, transports } from "../support/engine.mjs";
import { is_reference } from "../support/server.mjs";

const under_tools = Boolean(process.env.PARLEY_WRAP) || /asan|tsan/.test(process.env.PARLEY_SERVER ?? "");

attacks("odd packets", [], (server) => {
  for (const [name, bytes] of [
    ["a byte 0xff", [0x34, 0xff, 0x41]],
    ["an overlong character", [0x34, 0xc0, 0xaf]],
    ["a surrogate", [0x34, 0xed, 0xa0, 0x80]],
    ["a cut character", [0x34, 0xe2, 0x82]],
    ["above U+10FFFF", [0x34, 0xf4, 0x90, 0x80, 0x80]],
  ]) {
    test(`invalid UTF-8 in a polling body, ${name}: U+FFFD or closed, raw bytes are never passed on`, async () => {
      const session = await PollingSession.open(server(), { path: engineio_path });
      assert.equal((await session.post(Buffer.from(bytes))).status, 200);
      const response = await session.get();
      if (response.status === 200 && response.text !== "1") {
        assert.ok(response.text.startsWith("4"));
        assert.ok(response.body.includes(Buffer.from("\ufffd")), response.body.toString("hex"));
        new TextDecoder("utf-8", { fatal: true }).decode(response.body);
      }
    });

    test(`invalid UTF-8 in an event over polling, ${name}: others hear no raw bytes`, async () => {
      const session = await joinedSession(server(), "polling");
      const other = await joinedSession(server(), "websocket");
      await other.send('421["join","utf8"]');
      await other.expect("431[]");
      const body = Buffer.concat([
        Buffer.from('42["to room","utf8","'),
        Buffer.from(bytes.slice(1)),
        Buffer.from('"]'),
      ]);
      await session.post(body);
      // A raw byte would make the WebSocket's text invalid, and this reader would not notice: look.
      await other.send('42["to room","utf8","end"]');
      for (;;) {
        const packet = await other.next();
        if (packet === '42["to room","end"]') break;
        assert.match(packet, /^42\["to room",".*\ufffd.*"\]$/);
      }
      other.destroy();
      session.destroy();
    });
  }

  for (const type of ["9", "z", "\0", "\x7f", "é", " ", "-1", "B"]) {
    for (const transport of transports) {
      test(`packet type ${JSON.stringify(type)} over ${transport}: closed`, async () => {
        const session = await openSession(server(), transport, { path: engineio_path });
        await session.send(type);
        await session.ending();
        session.destroy();
      });
    }
  }

  for (const [name, body] of [
    ["= inside", "bAQ==ID=="],
    ["padding only", "b===="],
    ["line breaks only", "b\n\r\n"],
    ["NULs", "bA\0Q\0I\0D"],
    ["high bytes", Buffer.from([0x62, 0xff, 0xfe, 0x41, 0x51])],
    ["one left over", "bAQIDB"],
    ["1 MB less a little", `b${"A".repeat(999_000)}`],
  ]) {
    test(`base64 with ${name}: read leniently, or closed`, async () => {
      const session = await PollingSession.open(server(), { path: engineio_path });
      assert.equal((await session.post(body)).status, 200);
      const response = await session.get();
      assert.equal(response.status === 200 || response.status === 400, true);
      session.destroy();
    });
  }

  test("40,000 packets in one payload: others are served in between", async () => {
    const session = await joinedSession(server(), "polling");
    const body = Array.from({ length: 40_000 }, () => '42["unknown"]').join(RS);
    const other = await joinedSession(server(), "websocket");
    const posted = session.post(body);
    for (let i = 0; i < 20; i++) await other.fence();
    assert.equal((await posted).text, "ok");
    await session.fence();
    other.destroy();
  });

  test("200,000 empty packets: the first ends it", async () => {
    const session = await joinedSession(server(), "polling");
    assert.equal((await session.post(RS.repeat(200_000))).text, "ok");
    assertRefused(await request(server(), { target: session.target }), 1);
  });

  test("10,000 pongs", async () => {
    for (const transport of transports) {
      const session = await joinedSession(server(), transport);
      for (let i = 0; i < 10; i++) await session.send(...Array.from({ length: 1000 }, () => "3"));
      await session.fence();
      session.destroy();
    }
  });

  test("10,000 noops, opens and upgrades on an open session", async () => {
    for (const transport of transports) {
      const session = await joinedSession(server(), transport);
      await session.send(...Array.from({ length: 3333 }, () => ["6", "0", "5"]).flat());
      await session.fence();
      session.destroy();
    }
  });

  test("50 WebSockets for one sid: the session lives, and at most one of them", async () => {
    const session = await joinedSession(server(), "polling");
    const probes = await Promise.all(Array.from({ length: 50 }, () => session.probe()));
    for (const probe of probes) probe.send("2probe");
    const answers = await Promise.all(probes.map((probe) => probe.next().then(() => 1, () => 0)));
    assert.ok(answers.reduce((sum, one) => sum + one) <= 1);
    await session.fence();
    probes.forEach((probe) => probe.destroy());
    await session.fence();
  });

  test("upgrades that are completed twice, and by the wrong one", async () => {
    const session = await joinedSession(server(), "polling");
    const upgraded = await session.upgrade();
    await upgraded.fence();
    await upgraded.send("5", "5", "5");
    const late = await session.probe();
    late.send("2probe").send("5").send('42["chat message","stolen"]');
    await late.ending();
    await upgraded.fence();
    upgraded.destroy();
    late.destroy();
  });

  test("GET and POST for a session in every order", async () => {
    for (const order of ["GG", "PP", "GP", "PG", "GPG", "PGP", "GGG"]) {
      const session = await joinedSession(server(), "polling");
      const all = await Promise.all(
        [...order].map(async (kind) => {
          const connection = await Connection.open(server());
          connection.write(
            kind === "G"
              ? requestBytes({ target: session.target })
              : requestBytes({ method: "POST", target: session.target, body: "3" }),
          );
          return connection;
        }),
      );
      await sleep(20);
      await request(server(), { method: "POST", target: session.target, body: "1" });
      const statuses = await Promise.all(all.map((connection) => connection.response().then(({ status }) => status, () => 0)));
      assert.ok(statuses.every((status) => [0, 200, 400].includes(status)), statuses.join());
      all.forEach((connection) => connection.destroy());
    }
  });

  test("someone else's sid is of no use without knowing all of it", async () => {
    const session = await joinedSession(server(), "polling");
    for (const sid of [session.sid.slice(0, 19), `${session.sid}A`, session.sid.toLowerCase(), `${session.sid.slice(0, 15)}AAAAA`]) {
      if (sid === session.sid) continue;
      assertRefused(await request(server(), { target: `/socket.io/?EIO=4&transport=polling&sid=${sid}` }), 1);
    }
    await session.fence();
  });

  test("session ids have 88 random bits at least", async () => {
    const sids = [];
    for (let i = 0; i < 50; i++) sids.push((await PollingSession.open(server())).sid);
    const random = sids.map((sid) => Buffer.from(sid, "base64url").subarray(0, 11));
    for (let bit = 0; bit < 88; bit++) {
      const ones = random.filter((bytes) => bytes[bit >> 3] & (1 << (bit & 7))).length;
      // Of 50 throws of a coin fewer than 5 or more than 45 alike: never.
      assert.ok(ones >= 5 && ones <= 45, `bit ${bit}: ${ones} of 50`);
    }
  });

  test("sids of the shape of ours, with every worker's number, are unknown", async () => {
    for (let i = 0; i < 64; i++) {
      const bytes = Buffer.alloc(15, i);
      bytes[11] = i * 4;
      const sid = bytes.toString("base64url");
      assertRefused(await request(server(), { target: `/socket.io/?EIO=4&transport=polling&sid=${sid}` }), 1);
    }
  });
});

describe("memory and rest", { concurrency: 3 }, () => {
  attack("2000 handshakes that never poll again: forgotten, memory back", {
    args: ["--ping-interval", "500", "--ping-timeout", "20000", "--connect-timeout", "1500"],
  }, async ({ server, idle }) => {
    const target = "/socket.io/?EIO=4&transport=polling";
    const connection = await Connection.open(server);
    const ask = async (count) => {
      for (let i = 0; i < count; i++) {
        connection.write(requestBytes({ target }));
        assert.equal((await connection.response()).status, 200);
      }
    };
    await ask(500);
    const before = resident_bytes(server.pid);
    for (let round = 0; round < 4; round++) {
      await ask(500);
      await sleep(500);
    }
    await idle();
    const grown = resident_bytes(server.pid) - before;
    if (!under_tools && !is_reference) assert.ok(grown < 30e6, `${grown} bytes more`);
    connection.destroy();
  });

  attack("sessions that close in every way leave nothing running", {}, async ({ server, idle }) => {
    const ways = [
      (session) => session.send("1"),
      (session) => session.send("x"),
      (session) => session.send("41"),
      (session) => session.send('42["disconnect me",true]'),
      (session) => session.send("4abc"),
      (session) => session.destroy(),
    ];
    for (const transport of transports) {
      for (const way of ways) {
        const session = await joinedSession(server, transport);
        await way(session);
        session.destroy();
      }
    }
    await idle();
  });

  attack("an upgrade in the middle of a flood both ways, 10 times", {}, async ({ server }) => {
    for (let round = 0; round < 10; round++) {
      const polling = await joinedSession(server, "polling");
      await polling.send(`42["flood",300,"${"x".repeat(500)}"]`);
      const session = await polling.upgrade();
      for (let i = 0; i < 50; i++) await session.send(`42["message",${i}]`);
      let flood = 0;
      let back = 0;
      while (flood < 300 || back < 50) {
        const packet = await session.next();
        if (packet.startsWith('42["flood"')) assert.ok(packet.startsWith(`42["flood",${flood++},`), packet.slice(0, 30));
        else assert.equal(packet, `42["message-back",${back++}]`);
      }
      session.destroy();
    }
  });

  attack("500 polls held at once: idle, and each is served", {}, async ({ server, idle }) => {
    const sessions = [];
    for (let i = 0; i < 500; i++) {
      const session = await PollingSession.open(server);
      await session.join();
      sessions.push(session);
    }
    const held = sessions.map((session) => session.get());
    await sleep(300);
    await idle();
    const writer = await joinedSession(server, "websocket");
    await writer.send('42["chat message","to all"]');
    for (const response of await Promise.all(held)) assert.equal(response.text, '42["chat message","to all"]');
    sessions.forEach((session) => session.destroy());
    writer.destroy();
  });
});
