// Odd and hostile HTTP: section 5.1 of the safety facts, and what lws takes for good that is not.

import assert from "node:assert/strict";
import { test } from "node:test";
import { assertRefusal, attacks, ended } from "../support/attack.mjs";
import { Connection, exchange, request, requestBytes } from "../support/http.mjs";
import { RawWebSocket, upgradeHeaders } from "../support/ws.mjs";
import { PollingSession, assertRefused, joinedSession } from "../support/engine.mjs";
import { sleep } from "../support/clock.mjs";
import { betterThanReference, startServer } from "../support/server.mjs";

const secret = "5ekret-must-not-be-logged";
const handshake = "/socket.io/?EIO=4&transport=polling";

async function assertQuiet(server) {
  const output = server.output();
  assert.ok(!output.includes(secret), "the log has what a client sent");
  assert.ok(output.split("\n").length < 300, `${output.split("\n").length} lines of log`);
}

attacks(
  "odd requests",
  [],
  (server) => {
    /** Sends bytes; gives everything that came until the server ended the connection. */
    async function answer(bytes) {
      const connection = await Connection.open(server());
      connection.write(bytes);
      return ended(connection);
    }

    for (const [size, length] of [
      ["8 KB", 8_000],
      ["15 KB", 15_000],
    ]) {
      test(`header block of ${size}: served, browsers carry big cookies`, async () => {
        const headers = { Cookie: `a=${"x".repeat(length)}` };
        assert.equal((await request(server(), { target: handshake, headers })).status, 200);
      });
    }

    for (const [size, length] of [
      ["24 KB", 24_000],
      ["64 KB", 64_000],
      ["1 MB", 1_000_000],
    ]) {
      test(`L26: header block of ${size}: 431 or the end`, async () => {
        const text = await answer(requestBytes({ target: handshake, headers: { Cookie: `a=${"x".repeat(length)}` } }));
        assertRefusal(text, [400, 431]);
      });

      test(`L26: ${size} of small headers: 431 or the end`, async () => {
        const lines = Array.from({ length: length / 20 }, (_, i) => `X-Header-${i}: 123456\r\n`).join("");
        assertRefusal(await answer(`GET ${handshake} HTTP/1.1\r\nHost: a\r\n${lines}\r\n`), [400, 431]);
      });
    }

    test("L26: URL of 64 KB: 414, 431 or the end", async () => {
      assertRefusal(await answer(`GET ${handshake}&x=${"y".repeat(64_000)} HTTP/1.1\r\nHost: a\r\n\r\n`), [400, 414, 431]);
    });

    test("URL of 4 KB: served", async () => {
      assert.equal((await request(server(), { target: `${handshake}&x=${"y".repeat(4000)}` })).status, 200);
    });

    for (const length of ["-1", "+5", "0x10", "5 5", "5,5", "1e1", "5.0", "99999999999999999999", "18446744073709551621", "abc", ""]) {
      test(`L14: Content-Length "${length}": 4xx and the end, no wait for a body`, async () => {
        const session = await PollingSession.open(server());
        const text = await answer(`POST ${session.target} HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`);
        assertRefusal(text, [400, 411, 413]);
      });
    }

    test("L14: two different Content-Lengths: 400 and the end", async () => {
      const session = await joinedSession(server(), "polling");
      const text = await answer(
        `POST ${session.target} HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 20\r\n\r\n42["message",1]xxxxx`,
      );
      assertRefusal(text, [400]);
      await session.fence();
    });

    test("L14: Content-Length and chunked together: 400 and the end", async () => {
      const session = await joinedSession(server(), "polling");
      const text = await answer(
        `POST ${session.target} HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      );
      assertRefusal(text, [400]);
      await session.fence();
    });

    const chunks = (text) => `POST TARGET HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${text}`;

    for (const piece of [1, 7, 10_000]) {
      test(`L16: a chunked POST is decoded, sent by ${piece} bytes; its framing reaches nobody`, async () => {
        const session = await joinedSession(server(), "polling");
        const connection = await Connection.open(server());
        const body = '42["message","one"]\x1e42["message","two"]';
        const bytes = chunks(`${(19).toString(16)}\r\n${body.slice(0, 19)}\r\n14;x=y\r\n${body.slice(19)}\r\n0\r\nX: y\r\n\r\n`).replace("TARGET", session.target);
        for (let at = 0; at < bytes.length; at += piece) {
          connection.write(bytes.slice(at, at + piece));
          await sleep(0);
        }
        assert.equal((await connection.response()).text, "ok");
        await session.expect('42["message-back","one"]', '42["message-back","two"]');
        await session.fence();
        connection.destroy();
      });
    }

    for (const [name, text] of [["a size that is none", "x\r\n"], ["a chunk without its end", "1\r\n3X0\r\n\r\n"], ["a size without end", "1".repeat(40)], ["a line without CR", "1\n3\n0\n\n"]]) {
      test(`L16: ${name}: refused and ended, and the session with it`, async () => {
        const session = await joinedSession(server(), "polling");
        assertRefusal(await answer(chunks(text).replace("TARGET", session.target)), [400]);
        await session.ending();
      });
    }

    test("L16: chunks over the limit: 413, the session stays", async () => {
      const session = await joinedSession(server(), "polling");
      const connection = await Connection.open(server());
      connection.write(chunks("").replace("TARGET", session.target));
      const size = 60_000;
      for (let sent = 0; sent <= 1_000_000 && !connection.ended; sent += size) {
        connection.write(`${size.toString(16)}\r\n${"x".repeat(size)}\r\n`);
        await sleep(0);
      }
      assert.equal((await connection.response()).status, 413);
      connection.destroy();
      await session.fence();
    });

    test("L16: what follows a chunked body is no request", async () => {
      const session = await joinedSession(server(), "polling");
      const text = await answer(
        chunks(`1\r\n3\r\n0\r\n\r\nGET ${handshake}&a=1 HTTP/1.1\r\nHost: a\r\n\r\n`).replace("TARGET", session.target),
      );
      assert.match(text, /^HTTP\/1\.1 200 OK\r\n/);
      assert.equal(text.match(/HTTP\/1\.1 /g).length, 1);
      await session.fence();
    });

    for (const coding of ["gzip, chunked", "identity", "chunked, chunked", "xchunked", " chunked\t"]) {
      test(`L16: Transfer-Encoding "${coding}" does not get through`, async () => {
        const session = await joinedSession(server(), "polling");
        const connection = await Connection.open(server());
        connection.write(
          `POST ${session.target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: ${coding}\r\n\r\n0\r\n\r\n`,
        );
        // Node decodes what ends with "chunked": the body is empty then.
        const text = await ended(connection);
        assert.doesNotMatch(text, /^HTTP\/1\.1 5(?!01)/);
      });
    }

    test(
      "L15: POST without a length: 411 and the end; what follows is no body",
      betterThanReference("takes it as an empty body, which ends the session"),
      async () => {
        const session = await joinedSession(server(), "polling");
        const text = await answer(
          `POST ${session.target} HTTP/1.1\r\nHost: a\r\n\r\nGET ${handshake}&a=1 HTTP/1.1\r\nHost: a\r\n\r\n`,
        );
        assertRefusal(text, [400, 411]);
        assert.equal(text.match(/HTTP\/1\.1 /g)?.length ?? 0, text ? 1 : 0);
        await session.fence();
      },
    );

    test("L15: a GET with a body: its bytes are not the next request", async () => {
      const inner = `GET ${handshake} HTTP/1.1\r\nHost: a\r\n\r\n`;
      const connection = await Connection.open(server());
      connection.write(
        `GET /nothing HTTP/1.1\r\nHost: a\r\nContent-Length: ${inner.length}\r\n\r\n${inner}` +
          "GET /nothing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
      );
      const text = await ended(connection);
      assert.doesNotMatch(text, /"sid"/);
    });

    test("50 GETs in one segment: 50 answers in order, or the end", async () => {
      const connection = await Connection.open(server());
      const one = (i) => requestBytes({ target: i % 2 ? "/nothing" : "/socket.io/?EIO=4&transport=polling&sid=x" });
      connection.write(Buffer.concat(Array.from({ length: 50 }, (_, i) => one(i))));
      for (let i = 0; i < 50; i++) {
        const response = await connection.response();
        if (i % 2) assert.equal(response.status, 404);
        else assertRefused(response, 1);
      }
      connection.destroy();
    });

    test("POSTs in one segment: answered in order, or the end; none is taken twice", async () => {
      const session = await joinedSession(server(), "websocket");
      const posts = await joinedSession(server(), "polling");
      await session.send('421["join","pipeline"]');
      await session.expect("431[]");
      const connection = await Connection.open(server());
      const post = (i) =>
        requestBytes({ method: "POST", target: posts.target, body: `42["to room","pipeline","${i}"]` });
      connection.write(Buffer.concat([post(1), post(2), post(3)]));
      connection.end();
      const text = await ended(connection);
      assert.doesNotMatch(text, /HTTP\/1\.1 [35]/);
      const other = await joinedSession(server(), "websocket");
      await other.send('42["to room","pipeline","end"]');
      const got = [];
      for (;;) {
        const packet = await session.next();
        if (packet === '42["to room","end"]') break;
        got.push(packet);
      }
      assert.deepEqual(got, ["1", "2", "3"].map((i) => `42["to room","${i}"]`).slice(0, got.length));
      assert.ok(got.length >= (text.match(/ok/g)?.length ?? 0), text);
      session.destroy();
      other.destroy();
    });

    for (const line of ["CONNECT / HTTP/1.1", "CONNECT example.com:443 HTTP/1.1"]) {
      test(`L13: ${line}: refused and ended, no tunnel`, async () => {
        const connection = await Connection.open(server());
        connection.write(`${line}\r\nHost: a\r\n\r\n`);
        connection.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        assertRefusal(await ended(connection));
      });
    }

    for (const target of [`http://other.example${handshake}`, "http://other.example/", "//other.example/x", "*", "other.example:80"]) {
      test(`GET ${target}: never proxied`, async () => {
        const text = await answer(`GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
        const found = /^HTTP\/1\.[01] (\d{3})/.exec(text);
        assert.ok(text === "" || ["200", "400", "403", "404", "405"].includes(found?.[1]), text.slice(0, 100));
      });
    }

    for (const path of [
      "/../../etc/passwd",
      "/%2e%2e/%2e%2e/etc/passwd",
      "/%252e%252e/etc/passwd",
      "/..%2f..%2fetc/passwd",
      "/..%5c..%5cetc/passwd",
      "/static/..;/../etc/passwd",
      "/socket.io/../../../../../../etc/passwd",
      "/socket.io/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
      "/socket.io/socket.io.js/../../../../../etc/passwd",
      "/socket.io/..%00/socket.io.js",
      "/./././etc/passwd",
      "/socket.io//etc/passwd",
    ]) {
      test(`L25: ${path}: nothing of the file system`, async () => {
        const text = await answer(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
        assertRefusal(text);
        assert.doesNotMatch(text, /root:|^Location:/im);
      });
    }

    for (const injected of [
      "%0aX-Injected:%20yes",
      "%0d%0aX-Injected:%20yes",
      "%0dX-Injected:%20yes",
      "%0aX-Injected:%20yes%0a",
      "%0aContent-Length:%20500",
      "%0d%0a%0d%0aGET%20/%20HTTP/1.1",
      "%00",
    ]) {
      test(`L28: ${injected} in the target makes no header line`, async () => {
        const connection = await Connection.open(server());
        const target = `${handshake}&x=a${injected}`;
        connection.write(requestBytes({ target }));
        connection.write(requestBytes({ target: "/nothing", headers: { Connection: "close" } }));
        const text = await ended(connection);
        if (!/^HTTP\/1\.1 200/.test(text)) return assertRefusal(text);
        const session = await PollingSession.open(server(), { query: `&x=a${injected}` });
        await session.join();
        await session.send('421["handshake"]');
        const [{ headers }] = JSON.parse((await session.next()).slice(3));
        assert.equal(headers["x-injected"], undefined);
        assert.equal(headers["content-length"], undefined);
        assert.match(text, /HTTP\/1\.1 404/);
      });
    }

    for (const [name, path] of [
      ["in the path", `/socket.io/%0d%0aX-Injected:%20yes/?EIO=4&transport=polling`],
      ["in the path, LF alone", `/%0aX-Injected:%20yes`],
    ]) {
      test(`L28: escaped line breaks ${name}`, async () => {
        const text = await answer(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
        assert.doesNotMatch(text, /^X-Injected/im);
      });
    }

    for (const [name, bytes] of [
      ["no version", `GET ${handshake}\r\n\r\n`],
      ["HTTP/2.0", `GET ${handshake} HTTP/2.0\r\nHost: a\r\n\r\n`],
      ["HTTP/1.2", `GET ${handshake} HTTP/1.2\r\nHost: a\r\n\r\n`],
      ["HTTP/9", `GET ${handshake} HTTP/9\r\nHost: a\r\n\r\n`],
      ["lower case version", `GET ${handshake} http/1.1\r\nHost: a\r\n\r\n`],
      ["no Host in HTTP/1.1", `GET ${handshake} HTTP/1.1\r\n\r\n`],
      ["garbage", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 this is TLS\r\n\r\n"],
      ["NULs", Buffer.alloc(100)],
      ["an unknown method", "FOO / HTTP/1.1\r\nHost: a\r\n\r\n"],
      ["PRI of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"],
      ["a colon at the start of a header", `GET ${handshake} HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n`],
      ["a header with a NUL", `GET ${handshake} HTTP/1.1\r\nHost: a\r\nX-A: a\0b\r\n\r\n`],
    ]) {
      test(
        `a request with ${name}: refused, or answered as another request would be`,
        async () => {
          const connection = await Connection.open(server());
          connection.write(bytes);
          connection.write("\r\n\r\n");
          connection.end();
          const text = await ended(connection);
          assert.doesNotMatch(text, /^HTTP\/1\.[01] (101|5)/);
        },
      );
    }

    test("L29: a long argument does not hide the sid behind it", async () => {
      const session = await PollingSession.open(server());
      const target = `/socket.io/?x=${"y".repeat(3000)}&EIO=4&transport=polling&sid=${session.sid}`;
      assert.equal((await request(server(), { method: "POST", target, body: "40" })).text, "ok");
    });

    test("L29: keys are not matched by their beginnings", async () => {
      const target = "/socket.io/?EIO4=3&EIOx=3&transportx=foo&sidx=nobody&si=x&EIO=4&transport=polling&sid";
      assert.equal((await request(server(), { target })).status, 200);
    });

    test("L21: a comma in the query stays where it is", async () => {
      const session = await PollingSession.open(server(), { query: "&a=1,2&b=%2C&c=x%26y%3Dz" });
      await session.join();
      await session.send('421["handshake"]');
      const [{ query }] = JSON.parse((await session.next()).slice(3));
      assert.deepEqual([query.a, query.b, query.c, query.y], ["1,2", ",", "x&y=z", undefined]);
    });

    test("L21: headers given twice, and cookies, come as Node gives them", async () => {
      const headers = {
        Cookie: ["a=1; b=2", "c=3"],
        "X-Two": ["one", "two"],
        "User-Agent": "Test/1.0",
      };
      const ws = await RawWebSocket.open(server(), "/socket.io/?EIO=4&transport=websocket", { headers });
      await ws.next();
      ws.send("40");
      await ws.next();
      await ws.next();
      ws.send('421["handshake"]');
      const [got] = JSON.parse((await ws.nextData()).slice(3));
      assert.equal(got.headers.cookie, "a=1; b=2; c=3");
      assert.match(got.headers["x-two"], /^one(, two)?$/);
      assert.equal(got.headers["user-agent"], "Test/1.0");
      ws.destroy();
    });

    for (const upgrade of ["h2c", "websocket2", "WebSocket, h2c", "foo", "tls/1.0", ""]) {
      test(`L12: Upgrade "${upgrade}" does not switch to anything`, async () => {
        const connection = await Connection.open(server());
        const headers = { ...upgradeHeaders(), Upgrade: upgrade, "HTTP2-Settings": "AAMAAABkAARAAAAAAAIAAAAA" };
        connection.write(requestBytes({ target: "/socket.io/?EIO=4&transport=websocket", headers }));
        connection.end();
        assert.doesNotMatch(await ended(connection), /^HTTP\/1\.1 101/);
      });

      test(`L27: Upgrade "${upgrade}" as the second request of a connection`, async () => {
        for (const target of ["/nothing", "/socket.io/?EIO=4&transport=websocket", handshake]) {
          const connection = await Connection.open(server());
          connection.write(requestBytes({ target: handshake, headers: { "X-One": "a".repeat(500) } }));
          assert.equal((await connection.response()).status, 200);
          connection.write(requestBytes({ target, headers: { ...upgradeHeaders(), Upgrade: upgrade } }));
          connection.write(requestBytes({ target }));
          connection.end();
          assert.doesNotMatch(await ended(connection), /HTTP\/1\.1 101/);
        }
      });
    }

    test("L27: a good upgrade as the second request of a connection works", async () => {
      const connection = await Connection.open(server());
      connection.write(requestBytes({ target: handshake }));
      assert.equal((await connection.response()).status, 200);
      const ws = await RawWebSocket.open(server(), "/socket.io/?EIO=4&transport=websocket", { connection });
      assert.equal(ws.response.status, 101);
      assert.match(await ws.nextData(), /^0\{/);
      ws.destroy();
    });

    test("L27: refused upgrades one after the other, on kept-alive connections", async () => {
      for (let i = 0; i < 30; i++) {
        const connection = await Connection.open(server());
        for (const target of ["/socket.io/?EIO=4&transport=websocket&sid=x", "/nowhere", "/socket.io/?EIO=4&transport=abc"]) {
          if (connection.ended) break;
          connection.write(requestBytes({ target, headers: upgradeHeaders() }));
        }
        connection.end();
        assert.doesNotMatch(await ended(connection), /HTTP\/1\.1 101/);
      }
    });

    for (const [name, options] of [
      ["POST", { method: "POST", headers: { "Content-Length": "0" } }],
      ["PUT", { method: "PUT", headers: { "Content-Length": "0" } }],
      ["key x", { headers: { "Sec-WebSocket-Key": "x" } }],
      ["no key", { headers: { "Sec-WebSocket-Key": undefined } }],
      ["a key of 23 characters", { headers: { "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=" } }],
      ["a key that is no base64", { headers: { "Sec-WebSocket-Key": "!!!!!!!!!!!!!!!!!!!!!!==" } }],
      ["no version", { headers: { "Sec-WebSocket-Version": undefined } }],
      ["version 12", { headers: { "Sec-WebSocket-Version": "12" } }],
    ]) {
      test(`L30: WebSocket request with ${name}: no 101`, async () => {
        const ws = await RawWebSocket.open(server(), "/socket.io/?EIO=4&transport=websocket", options);
        assert.equal(ws.response.status, 400);
        ws.destroy();
      });
    }

    test("L30: WebSocket request in HTTP/1.0: no 101", betterThanReference("takes it"), async () => {
      const ws = await RawWebSocket.open(server(), "/socket.io/?EIO=4&transport=websocket", { version: "1.0" });
      assert.notEqual(ws.response.status, 101);
      ws.destroy();
    });

    test('L30: WebSocket request with "Connection: u": no 101', async () => {
      const connection = await Connection.open(server());
      const headers = { ...upgradeHeaders(), Connection: "u" };
      connection.write(requestBytes({ target: "/socket.io/?EIO=4&transport=websocket", headers }));
      connection.end();
      assert.doesNotMatch(await ended(connection), /HTTP\/1\.1 101/);
    });

    test("L30: WebSocket request for a foreign path: no 101", async () => {
      for (const target of ["/", "/socket.io", "/socket.iox/?EIO=4&transport=websocket", "/foo/socket.io/?EIO=4&transport=websocket"]) {
        const connection = await Connection.open(server());
        connection.write(requestBytes({ target, headers: upgradeHeaders() }));
        connection.end();
        assert.doesNotMatch(await ended(connection), /HTTP\/1\.1 101/);
      }
    });

    test("L30: an unknown subprotocol is no reason to hang up", async () => {
      const headers = { "Sec-WebSocket-Protocol": "chat.v9" };
      const ws = await RawWebSocket.open(server(), "/socket.io/?EIO=4&transport=websocket", { headers });
      assert.equal(ws.response.status, 101);
      ws.destroy();
    });

    for (const protocol of ["a\tb", 'a"b', "a b", ",", "a,,b", "x".repeat(3000)]) {
      test(`L30: subprotocol ${JSON.stringify(protocol.slice(0, 10))}: taken as it may be or refused, never cut into headers`, async () => {
        const headers = { "Sec-WebSocket-Protocol": protocol };
        const ws = await RawWebSocket.open(server(), "/socket.io/?EIO=4&transport=websocket", { headers });
        assert.ok([101, 400, 431].includes(ws.response.status), `status ${ws.response.status}`);
        ws.destroy();
      });
    }

    for (const j of ["0;alert(1)//", "../", "%3Cscript%3E", "9".repeat(500), ""]) {
      test(`JSONP with j=${j.slice(0, 20)}: digits only, or refused`, async () => {
        const response = await request(server(), { target: `${handshake}&j=${j}` });
        assert.doesNotMatch(response.text, /alert|\.\.\/|<script/);
        if (response.status === 200 && response.text.startsWith("___eio")) {
          assert.match(response.text, /^___eio\[\d*\]\("/);
        }
      });
    }

    test("L22: what clients send is not in the log, and the log stays short", async () => {
      const cookie = { Cookie: `token=${secret}`, Authorization: secret };
      await request(server(), { target: `${handshake}&token=${secret}`, headers: cookie });
      await request(server(), { target: `/socket.io/?EIO=4&transport=polling&sid=${secret}`, headers: cookie });
      await request(server(), { target: `/${secret}`, headers: cookie });
      for (let i = 0; i < 200; i++) {
        const connection = await Connection.open(server());
        connection.write(`GET /socket.io/?${secret} HTTP/7.7\r\n${secret}: ${secret}\r\n\r\n`);
        connection.end();
        await ended(connection);
      }
      const session = await joinedSession(server(), "websocket", { token: secret });
      await session.send(`42["message","${secret}"]`, `42["${secret}`);
      await session.ending();
      session.destroy();
    });

    test("500 connections that come and go", async () => {
      for (let round = 0; round < 10; round++) {
        const all = await Promise.all(Array.from({ length: 50 }, () => Connection.open(server())));
        all.forEach((connection, i) => (i % 2 ? connection.destroy() : connection.reset()));
      }
      assert.equal((await exchange(server(), requestBytes({ target: handshake }))).status, 200);
    });
  },
  { check: assertQuiet },
);

test("with CORS: no Origin makes a header line, and odd ones are refused or not reflected", async () => {
  const server = await startServer({ args: process.env.PARLEY_SERVER === "reference" ? [] : ["--cors", "true"] });
  for (const origin of ["http://a.example", "null", "http://a\tb", "a,b", "\x01", "http://ä.example", "x".repeat(5000)]) {
    const connection = await Connection.open(server);
    connection.write(
      Buffer.from(`GET ${handshake} HTTP/1.1\r\nHost: a\r\nOrigin: ${origin}\r\nConnection: close\r\n\r\n`, "latin1"),
    );
    const text = await ended(connection);
    const lines = text.split("\r\n").filter((line) => /^access-control-allow-origin:/i.test(line));
    assert.ok(lines.length <= 1);
    if (lines.length) assert.doesNotMatch(lines[0], /[\0-\x08\x0a-\x1f\x7f]/);
  }
  await server.stop();
});
