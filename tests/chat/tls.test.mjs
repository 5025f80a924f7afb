// The program with a certificate: https, wss, a new certificate at SIGHUP, its health.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { certificate, certificateText, shownBy } from "../support/certificates.mjs";
import { eventually, nextEvent, slow, within } from "../support/clock.mjs";
import { modes, upgraded } from "../support/client.mjs";
import { freshRoom, person } from "../support/chat.mjs";
import { startParley } from "../support/server.mjs";

const own = certificate();
const run = (...args) => spawnSync(process.env.PARLEY_BIN, args, { encoding: "utf8", timeout: 20_000 * slow });

for (const mode of Object.keys(modes)) {
  test(`two people talk over TLS, ${mode}, and find the connection closed when it stops`, async (t) => {
    const server = await startParley({ args: own.args });
    assert.match(server.url, /^https:/);
    const room = freshRoom();
    const options = { mode, ca: readFileSync(own.cert), rejectUnauthorized: true };
    const ada = await person(t, server, "Ada", [room], options);
    const ben = await person(t, server, "Ben", [room], options);
    if (mode === "upgrade") await upgraded(ada.socket);
    await ada.say(room, "hello over TLS");
    await ben.hears("message", { text: "hello over TLS" });
    const gone = nextEvent(ada.socket, "disconnect");
    await server.stop();
    // A poll whose handshake is not done has nobody to tell it.
    assert.match((await gone)[0], mode === "polling" ? /^transport (close|error)$/ : /^transport close$/);
  });
}

test("SIGHUP has it read its certificate again; without TLS it ends the process as ever", async (t) => {
  const [next, used] = [certificate(), certificate()];
  const server = await startParley({ args: used.args });
  t.after(() => server.stop());
  const shown = () => shownBy(server);
  assert.equal(await shown(), certificateText(used));
  copyFileSync(next.key, used.key);
  process.kill(server.pid, "SIGHUP");
  await eventually(() => /error: the certificate stays as it was/.test(server.output()), "a word about the key");
  copyFileSync(next.cert, used.cert);
  process.kill(server.pid, "SIGHUP");
  await eventually(() => /new connections have the certificate as it is now/.test(server.output()), "a word about the certificate");
  assert.equal(await shown(), certificateText(next));

  const plain = await startParley();
  plain.kill("SIGHUP");
  assert.equal((await within(plain.exited, "end")).signal, "SIGHUP");
});

test("--check-health with --tls-cert asks over TLS", async () => {
  const server = await startParley({ args: own.args });
  const port = ["--port", String(server.port)];
  assert.equal(run("--check-health", ...port, ...own.args).status, 0);
  assert.equal(run("--check-health", ...port).status, 1);
  await server.stop();
  assert.equal(run("--check-health", ...port, ...own.args).status, 1);
});

for (const [what, args, words] of [
  ["--tls-cert alone", ["--tls-cert", own.cert], /cert_file and key_file go together/],
  ["a key that is not there", ["--tls-cert", own.cert, "--tls-key", "/nowhere"], /key_file \/nowhere: No such file/],
]) {
  test(`${what}: exit 1 and what is wrong`, () => {
    const { status, stdout, stderr } = run("--port", "0", ...args);
    assert.deepEqual([status, stdout], [1, ""]);
    assert.match(stderr, words);
  });
}
