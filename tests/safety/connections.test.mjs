// Connections that break at every possible place, and more of them than there is room for.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { attack, attacks } from "../support/attack.mjs";
import { eventually, sleep } from "../support/clock.mjs";
import { openFiles, resident_bytes } from "../support/cpu.mjs";
import { Connection, request, requestBytes } from "../support/http.mjs";
import { RawWebSocket, frameBytes, upgradeHeaders } from "../support/ws.mjs";
import { PollingSession, joinedSession, openSession } from "../support/engine.mjs";
import { betterThanReference, is_reference, startServer } from "../support/server.mjs";

const handshake = "/socket.io/?EIO=4&transport=polling";
const under_tools = Boolean(process.env.PARLEY_WRAP) || /asan|tsan/.test(process.env.PARLEY_SERVER ?? "");

attacks("connections that break", [], (server) => {
  /** Sends the bytes up to each cut on a connection of its own, and breaks that. */
  async function breakAt(bytes, cuts, how) {
    for (const cut of cuts) {
      const connection = await Connection.open(server());
      connection.write(bytes.subarray(0, cut));
      if (cut % 2) await sleep(1);
      if (how === "RST") connection.reset();
      else if (how === "FIN") connection.end();
      else connection.destroy();
      if (how === "FIN") setTimeout(() => connection.destroy(), 2000);
    }
  }

  /** About `count` places in `length` bytes, the first and the last ones among them. */
  const places = (length, count = 20) => {
    const cuts = new Set([0, 1, 2, length - 2, length - 1, length]);
    for (let i = 0; i < count; i++) cuts.add(Math.floor((length * i) / count));
    return [...cuts].filter((cut) => cut >= 0);
  };

  for (const how of ["RST", "FIN", "close"]) {
    test(`${how} at every stage of a handshake`, async () => {
      const bytes = requestBytes({ target: handshake });
      await breakAt(bytes, places(bytes.length), how);
    });

    test(`${how} at every stage of a POST`, async () => {
      const session = await PollingSession.open(server());
      const bytes = requestBytes({ method: "POST", target: session.target, body: '42["message",1]' });
      await breakAt(bytes, places(bytes.length, 10), how);
    });

    test(`${how} at every stage of an upgrade and the frames behind it`, async () => {
      const upgrade = requestBytes({ target: "/socket.io/?EIO=4&transport=websocket", headers: upgradeHeaders() });
      const frames = ["40", '42["message",1]', '421["message-with-ack",1]'].map((payload) => frameBytes({ payload }));
      const bytes = Buffer.concat([upgrade, ...frames]);
      await breakAt(bytes, places(bytes.length, 40), how);
    });

    test(`${how} at every stage of a refused upgrade`, async () => {
      for (const target of ["/socket.io/?EIO=4&transport=websocket&sid=x", "/nowhere", "/socket.io/?EIO=4&transport=abc"]) {
        const bytes = requestBytes({ target, headers: upgradeHeaders() });
        await breakAt(bytes, places(bytes.length, 6), how);
      }
    });

    test(`${how} at every stage of a probe; the polling session lives`, async () => {
      const session = await joinedSession(server(), "polling");
      const target = `/socket.io/?EIO=4&transport=websocket&sid=${session.sid}`;
      const upgrade = requestBytes({ target, headers: upgradeHeaders() });
      const bytes = Buffer.concat([upgrade, frameBytes({ payload: "2probe" })]);
      await breakAt(bytes, places(bytes.length, 12), how);
      await session.fence();
    });

    test(`${how} while much is on its way to the client`, async () => {
      for (const transport of ["websocket", "upgraded"]) {
        const session = await joinedSession(server(), transport);
        session.ws.connection.pause();
        await session.send(`42["flood",300,"${"x".repeat(1000)}"]`);
        await sleep(20);
        if (how === "RST") session.ws.connection.reset();
        else if (how === "FIN") session.ws.connection.end();
        session.destroy();
      }
    });
  }

  test("L27, CVE-2022-21676: a wrong frame right behind the upgrade request", async () => {
    for (const frame of [{ rsv: 7, payload: "x" }, { opcode: 3, payload: "x" }, { opcode: 8, payload: "x" }, { length: 2n ** 63n - 1n }]) {
      const session = await joinedSession(server(), "polling");
      const ws = await session.probe({ after: frameBytes(frame) });
      assert.equal(ws.response.status, 101);
      await ws.ending();
      await session.fence();
      ws.destroy();
    }
  });

  test("100 clients that connect, join and go at once, again and again", async () => {
    for (let round = 0; round < 3; round++) {
      const all = await Promise.all(
        Array.from({ length: 33 }, (_, i) => openSession(server(), ["polling", "websocket", "upgraded"][i % 3])),
      );
      await Promise.all(all.map((session) => session.join()));
      all.forEach((session, i) => {
        if (session.ws && i % 2) session.ws.connection.reset();
        session.destroy();
      });
    }
  });
});

describe("more than there is room for", { concurrency: 3 }, () => {
  const modes = ["websocket", "websocket"];

  attack("L4: --max-connections: others are refused at once, those inside are served; then there is room again",
    { args: ["--max-connections", "20"], modes, ...betterThanReference("has no such limit") },
    async ({ server, idle }) => {
      const all = await Promise.all(Array.from({ length: 100 }, () => Connection.open(server)));
      await idle();
      const refused = all.filter((connection) => connection.ended).length;
      assert.ok(refused >= 80, `${refused} refused`);
      all.forEach((connection) => connection.destroy());
      await eventually(async () => {
        const response = await request(server, { target: handshake }).catch(() => null);
        return response?.status === 200;
      }, "room for a new client");
    });

  attack("L4: few descriptors: no busy loop, no flood in the log, recovery",
    { wrap: ["prlimit", "--nofile=320:320"], modes, ...betterThanReference("has no reserve") },
    async ({ server, idle }) => {
      const all = await Promise.all(Array.from({ length: 400 }, () => Connection.open(server)));
      await idle();
      assert.ok(server.output().split("\n").length < 100, "the log is flooded");
      all.forEach((connection) => connection.destroy());
      await eventually(async () => {
        const response = await request(server, { target: handshake }).catch(() => null);
        return response?.status === 200;
      }, "room for a new client");
    });

  attack("L6: --http-descriptors: WebSockets leave them to HTTP, and when all are in use others are refused",
    { args: ["--http-descriptors", "256"], modes, ...betterThanReference("has no such limit") },
    async ({ server, idle }) => {
      const open = [];
      while (open.length < 300) open.push(...(await Promise.all(Array.from({ length: 50 }, () => openSession(server, "websocket")))));
      const all = await Promise.all(Array.from({ length: 300 }, () => Connection.open(server)));
      await idle();
      const refused = all.filter((connection) => connection.ended).length;
      assert.ok(refused >= 44 && refused < 100, `${refused} refused`);
      await Promise.all(open.map((session) => session.join()));
      open.forEach((session) => session.destroy());
      all.forEach((connection) => connection.destroy());
      await eventually(async () => {
        const response = await request(server, { target: handshake }).catch(() => null);
        return response?.status === 200;
      }, "room for a new client");
    });

  attack("L6: a generous limit of descriptors does not cost memory", {}, async ({ server }) => {
    if (!under_tools && !is_reference) {
      assert.ok(resident_bytes(server.pid) < 100e6, `${resident_bytes(server.pid)} bytes`);
    }
  });

  attack("descriptors are given back after 300 clients went", {}, async ({ server }) => {
    const before = openFiles(server.pid);
    for (let round = 0; round < 3; round++) {
      const all = await Promise.all(
        Array.from({ length: 100 }, (_, i) => (i % 2 ? openSession(server, "websocket") : Connection.open(server))),
      );
      all.forEach((one) => one.destroy());
    }
    await eventually(() => openFiles(server.pid) <= before + 10, "descriptors given back", undefined, 200);
  });

  attack("L11: half of 60 clients go while they are all written to", {}, async ({ server }) => {
    const sessions = await Promise.all(Array.from({ length: 60 }, () => joinedSession(server, "websocket")));
    for (const session of sessions) {
      await session.send('421["join","crowd"]');
    }
    const writer = await joinedSession(server, "websocket");
    for (let i = 0; i < 100; i++) {
      await writer.send(`42["to room","crowd","${i} ${"x".repeat(2000)}"]`);
      if (i % 3 === 0) {
        const session = sessions[Math.floor(i / 3)];
        if (i % 2) session.ws.connection.reset();
        else session.ws.close(1000);
      }
      if (i % 10 === 0) await sleep(2);
    }
    const rest = sessions.slice(40);
    for (const session of rest) {
      await session.expect("431[]");
      for (let i = 0; i < 100; i++) assert.match(await session.next(), new RegExp(`^42\\["to room","${i} `));
    }
    [...sessions, writer].forEach((session) => session.destroy());
  });

});

test("SIGTERM while clients are in every state: exit code 0", async () => {
  const server = await startServer();
  const session = await joinedSession(server, "polling");
  const held = await Connection.open(server);
  held.write(requestBytes({ target: session.target }));
  const behind = await Connection.open(server);
  const crowded = await joinedSession(server, "polling");
  behind.write(requestBytes({ target: crowded.target }));
  const half = await Connection.open(server);
  half.write("GET /socket.io/");
  const body = await Connection.open(server);
  const other = await PollingSession.open(server);
  body.write(requestBytes({ method: "POST", target: other.target, headers: { "Content-Length": "10" }, body: "4" }));
  const prober = await PollingSession.open(server);
  const probe = await prober.probe();
  const probed = await (await PollingSession.open(server)).probe();
  probed.send("2probe");
  const ws = await RawWebSocket.open(server, "/socket.io/?EIO=4&transport=websocket");
  ws.frame({ payload: "4", fin: false });
  const reader = await joinedSession(server, "websocket");
  reader.ws.connection.pause();
  await reader.send(`42["flood",300,"${"x".repeat(1000)}"]`);
  const closing = await joinedSession(server, "polling");
  await closing.send('42["disconnect me",true]');
  const asked = await joinedSession(server, "websocket");
  await asked.send('421["emit-with-ack",60000,"never answered"]');
  await asked.send('451-["message",{"_placeholder":true,"num":0}]');
  const idle = await Connection.open(server);
  await sleep(300);
  behind.write("GET /");
  await server.stop();
  [held, behind, half, body, idle, probe, probed, ws, reader, asked].forEach((one) => one.destroy());
});

for (const clients of ["websocket", "polling", "upgraded"]) {
  test(`SIGTERM while 30 clients over ${clients} write to each other: exit code 0`, async () => {
    const server = await startServer();
    const sessions = await Promise.all(Array.from({ length: 30 }, () => joinedSession(server, clients)));
    let going = true;
    const talk = sessions.map(async (session, i) => {
      while (going) {
        await session.send(`42["chat message","${i}"]`).catch(() => {});
        await sleep(5);
      }
    });
    const ends = sessions.map((session) => session.ending().catch(() => {}));
    await sleep(300);
    await server.stop();
    going = false;
    await Promise.all([...talk, ...ends]);
    sessions.forEach((session) => session.destroy());
  });
}
