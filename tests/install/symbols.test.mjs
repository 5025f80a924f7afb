// What the library shows, keeps and calls, read from its symbols.

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { build, of_a_build, run, tree } from "../support/build.mjs";

const headers = path.join(tree, "server/include/sio");
const library = (name) => path.join(build, "lib", name);
const symbols = async (...args) => (await run("nm", args)).split("\n").filter(Boolean).map((line) => line.split(/\s+/));
const sorted = (names) => [...new Set(names)].sort();

/** Functions that the public headers declare. */
async function declared() {
  const names = [];
  for (const header of await readdir(headers)) {
    const text = await readFile(path.join(headers, header), "utf8");
    for (const [, name] of text.matchAll(/^SIO_API [^;(]*?\b(sio_\w+)\(/gm)) names.push(name);
  }
  return sorted(names);
}

test("the shared library shows what the headers declare, and nothing else", of_a_build, async () => {
  const shown = (await symbols("-D", "--defined-only", library("libsio.so"))).map(([, , name]) => name);
  assert.deepEqual(sorted(shown), await declared());
});

test("its soname has a version", of_a_build, async () => {
  assert.match(await run("readelf", ["-d", library("libsio.so")]), /SONAME.*\[libsio\.so\.0\]/);
});

test("every name in the static library begins with sio_", of_a_build, async () => {
  const names = (await symbols("--defined-only", "--extern-only", library("libsio.a"))).map(([, , name]) => name);
  assert.deepEqual(sorted(names.filter((name) => name && !name.startsWith("sio_"))), []);
});

/** All that is writable, and why it may be: none of it belongs to one server. */
const state = {
  process_key: "the random key of hash tables, drawn before main() and then only read",
  close: "a constant frame; its count of references is never changed",
  close_N: "the same", close_empty: "the same", noop: "the same", ping: "the same", pong: "the same", probe: "the same",
  closed_mark: "only its address counts",
  logging: "the servers that hear of libwebsockets' log, of which a process has one", log_lock: "their lock",
  context_lock: "libwebsockets makes and ends its contexts one at a time",
  place_: "lines of log in this second, from one place of the code", places: "the same",
  hooked: "allocations that a test lets fail", fail_after: "the same", left: "the same", asked: "the same",
  here: "of a thread: the workers that run on it",
  pool: "of a thread: random bytes for ids", pool_left: "the same",
  fields: "of a thread: the headers of an answer that is being written",
};

test("the library keeps no state of its own but what is listed here", of_a_build, async () => {
  const table = await run("objdump", ["-t", library("libsio.so")]);
  const names = [...table.matchAll(/ \.(?:data|bss|tdata|tbss)\t[0-9a-f]+ +(?:\.hidden )?(\S+)$/gm)]
    .map(([, name]) => name.replace(/\.lto_priv.*|\.\d+$/g, "").replace(/\.\d+$/, "").replace(/_\d{4}$/, "_N"))
    .filter((name) => !/^(\.|__|_edata|_end|completed$)/.test(name));
  assert.deepEqual(sorted(names), sorted(Object.keys(state)));
});

/** Functions that end the process, print, or change it for everybody; and those that may be there. */
const forbidden = [
  /^(_?exit|_Exit|quick_exit|abort|raise|kill|__assert.*|atexit|on_exit|fork|system|popen|exec.*)$/,
  /^(__)?(v|f|vf|d|vd)?printf(_chk)?$/, /^(stdout|stderr|stdin|f?puts|f?putc|putchar|fwrite|write|perror|psignal|v?syslog|openlog)$/,
  /^(set|put|unset|clear)env$|^(signal|sigaction|pthread_sigmask|sigprocmask|setlocale|uselocale|umask|chdir|setrlimit|srand|random|rand)$/,
];
const allowed = {
  setrlimit: "lowered and set back while a context is made: libwebsockets takes memory for each descriptor that is allowed",
};

test("the library never exits or prints, and leaves the process as it is", of_a_build, async () => {
  const called = (await symbols("-D", "--undefined-only", library("libsio.so"))).map((row) => row.at(-1).split("@")[0]);
  const found = called.filter((name) => forbidden.some((pattern) => pattern.test(name)));
  // A Debug build has its assertions.
  assert.deepEqual(sorted(found.filter((name) => name !== "__assert_fail")), Object.keys(allowed));
});
