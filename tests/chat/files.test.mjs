// The page's files as parley serves them.

import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { chatForFile } from "../support/chat.mjs";
import { exchange, request } from "../support/http.mjs";

const web = fileURLToPath(new URL("../../web/public/", import.meta.url));
const client_dir = fileURLToPath(new URL("../node_modules/socket.io-client/dist/", import.meta.url));
const secret = "this is not for the world";
const outside = await mkdtemp(path.join(tmpdir(), "parley-"));
const odd = path.join(outside, "site");
await mkdir(path.join(odd, "sub"), { recursive: true });
await writeFile(path.join(outside, "secret.txt"), secret);
await writeFile(path.join(odd, "index.html"), "<!doctype html><title>odd</title>");
await writeFile(path.join(odd, ".hidden"), secret);
await writeFile(path.join(odd, "sub", "a b ü.txt"), "plain");
await symlink("../secret.txt", path.join(odd, "link.txt"));
await symlink("..", path.join(odd, "up"));
after(() => rm(outside, { recursive: true }));

const page = await chatForFile("--web", web, "--client-dir", client_dir);
const site = await chatForFile("--web", odd);
const bare = await chatForFile();
const get = (target, headers = {}, method = "GET", server = page) => request(server, { method, target, headers });

const types = {
  "index.html": "text/html; charset=utf-8",
  "css/base.css": "text/css; charset=utf-8",
  "js/app.js": /^(text|application)\/javascript; charset=utf-8$/,
  "favicon.svg": "image/svg+xml",
};

for (const [name, type] of Object.entries(types)) {
  test(`/${name} comes whole, with its type, an ETag and the page's rules`, async () => {
    const { status, headers, body } = await get(`/${name}`);
    assert.equal(status, 200);
    if (type instanceof RegExp) assert.match(headers["content-type"], type);
    else assert.ok(headers["content-type"].startsWith(type), headers["content-type"]);
    assert.ok(body.equals(await readFile(path.join(web, name))));
    assert.match(headers.etag, /^(W\/)?"[^"]+"$/);
    assert.equal(headers["cache-control"], "public, max-age=0");
    assert.equal(headers["x-content-type-options"], "nosniff");
    assert.equal(headers["referrer-policy"], "no-referrer");
    assert.equal(headers["content-length"], String(body.length));
  });
}

test("the Content-Security-Policy lets in what the page itself brings, and nothing else", async () => {
  const { headers } = await get("/");
  const rules = headers["content-security-policy"].split(/ *; */);
  for (const rule of ["default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"])
    assert.ok(rules.includes(rule), rule);
  assert.doesNotMatch(headers["content-security-policy"], /unsafe|https?:|\*|data:/);
});

test("/ is the page", async () => {
  const [root, index] = [await get("/"), await get("/index.html")];
  assert.deepEqual([root.status, root.text], [200, index.text]);
  assert.equal((await get("/?name=Ada")).text, index.text);
});

test("who has a file already gets 304", async () => {
  const { etag } = (await get("/")).headers;
  for (const tags of [etag, `"other", W/${etag}`, "*"]) {
    const again = await get("/", { "If-None-Match": tags });
    assert.deepEqual([again.status, again.body.length, again.headers.etag], [304, 0, etag]);
  }
  assert.equal((await get("/", { "If-None-Match": '"other"' })).status, 200);
});

test("gzip for those who take it", async () => {
  const plain = await get("/js/app.js");
  const packed = await get("/js/app.js", { "Accept-Encoding": "gzip" });
  assert.equal(packed.headers["content-encoding"], "gzip");
  assert.equal(packed.headers.vary, "Accept-Encoding");
  assert.equal(gunzipSync(packed.body).toString(), plain.text);
});

test("HEAD has the headers of GET", async () => {
  const [whole, head] = [await get("/index.html"), await get("/index.html", {}, "HEAD")];
  assert.deepEqual([head.status, head.body.length], [200, 0]);
  for (const name of ["content-length", "content-type", "etag", "content-security-policy"])
    assert.equal(head.headers[name], whole.headers[name]);
});

test("files are only read", async () => {
  for (const method of ["POST", "PUT", "DELETE"]) {
    const { status, headers } = await request(page, { method, target: "/index.html", body: "x" });
    assert.deepEqual([status, headers.allow], [405, "GET, HEAD"]);
  }
});

test("the client's bundle is there for the page", async () => {
  const { status, body } = await get("/socket.io/socket.io.esm.min.js");
  assert.equal(status, 200);
  assert.ok(body.equals(await readFile(path.join(client_dir, "socket.io.esm.min.js"))));
});

test("without --web there is no page, and the chat works", async () => {
  assert.equal((await get("/", {}, "GET", bare)).status, 404);
  assert.equal((await get("/socket.io/socket.io.js", {}, "GET", bare)).status, 400);
  assert.equal((await get("/socket.io/?EIO=4&transport=polling", {}, "GET", bare)).status, 200);
});

test("names are decoded once", async () => {
  assert.equal((await get("/sub/a%20b%20%C3%BC.txt", {}, "GET", site)).text, "plain");
  for (const target of ["/sub/a%2520b%20%C3%BC.txt", "/index.html%", "/index.html%4"]) {
    const { status } = await get(target, {}, "GET", site);
    assert.ok(status === 404 || status === 403, `${target}: ${status}`);
  }
  assert.equal((await get("/%69ndex.html", {}, "GET", site)).status, 200);
});

for (const target of [
  "/../secret.txt",
  "/sub/../../secret.txt",
  "/%2e%2e/secret.txt",
  "/..%2fsecret.txt",
  "/%2e%2e%2fsecret.txt",
  "/..%5csecret.txt",
  "/..\\secret.txt",
  "/....//secret.txt",
  "/./../secret.txt",
  "//secret.txt",
  `/${outside}/secret.txt`,
  "/link.txt",
  "/up/secret.txt",
  "/.hidden",
  "/sub/../.hidden",
  "/sub",
  "/sub/",
  "/index.html/",
  "/index.html/../.hidden",
  "/INDEX.HTML",
  "/%c0%ae%c0%ae/secret.txt",
  "/etc/passwd",
  "//etc/passwd",
  `/${"a/".repeat(2000)}`,
]) {
  test(`GET ${target.slice(0, 60)}: 404`, async () => {
    const head = `GET ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
    const { status, text } = await exchange(site, head);
    assert.equal(status, 404, text);
    assert.doesNotMatch(text, new RegExp(secret));
  });
}
