// Starts the server under test: the process that PARLEY_SERVER (or PARLEY_BIN) names, on a port of its own.
//
//   PARLEY_SERVER   path of sio-conformance, or `reference` (the default) for tests/reference/server.mjs
//   PARLEY_BIN      path of the chat server, for startParley
//   PARLEY_WORKERS  given on as `--workers N`
//   PARLEY_WRAP     a command to run the server under, such as `valgrind --error-exitcode=99`
//   PARLEY_TLS      1: over TLS, with a certificate that is made for it
//   PARLEY_SLOW     how much longer to wait for everything

import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import path from "node:path";
import { certificate } from "./certificates.mjs";
import { within } from "./clock.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const reference_script = path.join(here, "../reference/server.mjs");
const running = new Set();

process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

const tls_args = process.env.PARLEY_TLS === "1" ? certificate().args : [];
// Nobody has signed it.
if (tls_args.length) process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";

/** What the tests run against when nothing is said: the reference. */
export const target = process.env.PARLEY_SERVER || "reference";
export const is_reference = target === "reference";

/** Test options for a fact in which our server does better: skipped on the reference. */
export const betterThanReference = (why) => (is_reference ? { skip: `reference: ${why}` } : {});

/**
 * Starts the server that PARLEY_SERVER names, on an ephemeral port, and waits until it listens.
 *
 * args  options besides --port and --workers, as strings
 * env   more environment
 * wrap  a command in front of the server's, before that of PARLEY_WRAP, as an array
 *
 * Gives { url, host, port, pid, output(), stop(), kill() }.  stop() sends SIGTERM and waits for exit
 * code 0; it rejects with the server's output otherwise.  A server still alive when the test process
 * ends is killed.
 */
export function startServer({ args = [], env = {}, wrap = [] } = {}) {
  const command = is_reference ? [process.execPath, reference_script] : [path.resolve(target)];
  return start(command, args, env, wrap);
}

/** The same for the chat server that PARLEY_BIN names. */
export function startParley({ args = [], env = {} } = {}) {
  if (!process.env.PARLEY_BIN) throw new Error("PARLEY_BIN must name the chat server's binary");
  return start([path.resolve(process.env.PARLEY_BIN)], args, env);
}

async function start(command, args, env, wrap_first = []) {
  const wrap = is_reference && command[1] === reference_script ? "" : process.env.PARLEY_WRAP || "";
  const workers = process.env.PARLEY_WORKERS ? ["--workers", process.env.PARLEY_WORKERS] : [];
  const line = [...wrap_first, ...wrap.split(" ").filter(Boolean), ...command, "--port", "0", ...workers, ...tls_args, ...args];
  const child = spawn(line[0], line.slice(1), {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  running.add(child);

  let output = "";
  let stopping = false;
  let announce;
  const listening = new Promise((resolve) => (announce = resolve));
  const exited = once(child, "close").then(([code, signal]) => {
    running.delete(child);
    return { code, signal };
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8");
    stream.on("data", (text) => {
      output += text;
      const found = /^.*listening on (https?:\/\/\S+)/m.exec(output);
      if (found && output.indexOf("\n", found.index) >= 0) announce(found[1]);
    });
  }
  // A forgotten server must not keep the test process alive.
  child.unref();
  for (const stream of child.stdio) stream.unref?.();

  const tail = () => `\n--- output of ${command[0]} ---\n${output.slice(-20_000)}`;
  const refused = exited.then(({ code, signal }) => {
    throw new Error(`server ended at once (code ${code}, signal ${signal})${tail()}`);
  });
  refused.catch(() => {});
  let url;
  try {
    url = new URL(await within(Promise.race([listening, refused]), "line `listening on`", 30_000));
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }

  return {
    url: url.origin,
    host: url.hostname,
    port: Number(url.port),
    pid: child.pid,
    stdin: child.stdin,
    exited,
    output: () => output,
    kill(signal = "SIGKILL") {
      stopping = true;
      child.kill(signal);
    },
    async stop() {
      child.ref();
      // A second signal would ask for an end at once.
      if (!stopping && child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
      stopping = true;
      let end;
      try {
        end = await within(exited, "exit after SIGTERM", 15_000);
      } catch (error) {
        child.kill("SIGKILL");
        throw new Error(error.message + tail());
      }
      if (end.code !== 0) {
        throw new Error(`server ended with code ${end.code}, signal ${end.signal}${tail()}`);
      }
    },
  };
}
