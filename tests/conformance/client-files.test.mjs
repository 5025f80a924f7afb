// The official client's bundles: section 19 of the protocol.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib";
import { assertRefused } from "../support/engine.mjs";
import { request } from "../support/http.mjs";
import { serverForFile } from "../support/suite.mjs";

const dist = new URL("../node_modules/socket.io-client/dist/", import.meta.url);
const { version } = JSON.parse(readFileSync(new URL("../package.json", dist)));
const server = await serverForFile("--client-dir", fileURLToPath(dist));
const bundles = ["socket.io.js", "socket.io.min.js", "socket.io.esm.min.js", "socket.io.msgpack.min.js"];
const decoders = { br: brotliDecompressSync, gzip: gunzipSync, deflate: inflateSync, undefined: (body) => body };
const get = (target, headers = {}, method = "GET") => request(server, { method, target, headers });

for (const name of bundles.flatMap((bundle) => [bundle, `${bundle}.map`])) {
  const type = name.endsWith(".map") ? "application/json" : "application/javascript";

  test(`${name} is the file of the client's package`, async () => {
    const response = await get(`/socket.io/${name}`);
    assert.equal(response.status, 200);
    assert.equal(response.headers["content-type"], `${type}; charset=utf-8`);
    assert.equal(response.headers["cache-control"], "public, max-age=0");
    assert.equal(response.headers.etag, `"${version}"`);
    assert.equal(response.headers["content-encoding"], undefined);
    assert.ok(response.body.equals(readFileSync(new URL(name, dist))), "other bytes than in the package");
  });
}

for (const encoding of ["gzip", "gzip, deflate, br", "identity"]) {
  test(`accepting ${encoding} the client gets the same bytes`, async () => {
    const response = await get("/socket.io/socket.io.min.js", { "Accept-Encoding": encoding });
    const used = response.headers["content-encoding"];
    assert.ok(used === undefined || encoding.includes(used), `got ${used}`);
    assert.ok(decoders[used](response.body).equals(readFileSync(new URL("socket.io.min.js", dist))));
  });
}

for (const tag of [`"${version}"`, `W/"${version}"`]) {
  test(`If-None-Match ${tag}: 304 without a body`, async () => {
    const response = await get("/socket.io/socket.io.js", { "If-None-Match": tag });
    assert.deepEqual([response.status, response.body.length], [304, 0]);
  });
}

test("another If-None-Match gets the file", async () => {
  assert.equal((await get("/socket.io/socket.io.js", { "If-None-Match": '"1.0.0"' })).status, 200);
});

test("the query is ignored", async () => {
  assert.equal((await get("/socket.io/socket.io.js?v=1&EIO=4")).status, 200);
});

test("HEAD gets the headers", async () => {
  const response = await get("/socket.io/socket.io.js", {}, "HEAD");
  assert.equal(response.status, 200);
  assert.equal(response.headers.etag, `"${version}"`);
});

for (const name of ["socket.io.foo.js", "socket.io.js.bak", "socket.io.js/", "package.json", "SOCKET.IO.JS"]) {
  test(`${name} is not served`, async () => {
    assertRefused(await get(`/socket.io/${name}`), 0);
  });
}

test("../package.json is not served", async () => {
  // A server that resolves the dots finds nothing of its own there.
  const response = await get("/socket.io/../package.json");
  assert.ok([400, 403, 404].includes(response.status), `status ${response.status}`);
  assert.doesNotMatch(response.text, /dependencies/);
});

test("the bundles are below /socket.io/ only", async () => {
  assertRefused(await get("/engine.io/socket.io.js"), 0);
  assert.equal((await get("/socket.io.js")).status, 404);
});
