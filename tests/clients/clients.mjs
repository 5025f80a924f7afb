// The clients that are tested: how each is installed and started, and what it cannot do.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const cache = path.join(here, "../../build/clients");
// Facts that some clients have not.  A client that does not tell its transport is watched from outside.
const auth = "its auth payload arrives";
const query = "its query arrives";
const upgrade = "upgrades to WebSocket";

const only = process.env.PARLEY_CLIENTS?.split(",");

function runs(command, ...args) {
  try {
    execFileSync(command, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Runs a command of an installation; what it printed is shown only if it fails. */
function quietly(command, args, options = {}) {
  try {
    execFileSync(command, args, { stdio: "pipe", maxBuffer: 1e8, timeout: 480_000, ...options });
  } catch (error) {
    const said = `${error.stdout ?? ""}${error.stderr ?? ""}`;
    throw new Error(`${command} ${args.join(" ")}: ${error.message}\n${said.slice(-10_000)}`);
  }
}

/**
 * Installs what is in the folder of a language into a folder of the cache, once for each content.
 *
 * install  called with both folders
 */
function prepared(language, name, install) {
  const from = path.join(here, language);
  const to = path.join(cache, name);
  const hash = createHash("sha256");
  for (const file of readdirSync(from, { recursive: true }).sort()) {
    if (/\.(txt|xml|toml|java|rs)$/.test(file)) hash.update(readFileSync(path.join(from, file)));
  }
  const sum = hash.digest("hex");
  const stamp = path.join(to, ".sum");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === sum) return to;
  mkdirSync(to, { recursive: true });
  install(from, to);
  writeFileSync(stamp, sum);
  return to;
}

/** Installs a client.  Gives what went wrong, if anything did. */
export function install(client) {
  try {
    client.prepare?.();
  } catch (error) {
    return error.message;
  }
}

function js(version) {
  return {
    name: `JS socket.io-client ${version}`,
    engine: version === "2" ? "3" : "4",
    command: (...args) => [process.execPath, path.join(here, "js/client.mjs"), version, ...args],
    offers_deflate: true,
    limits: () => ({ [version === "2" ? auth : query]: null }),
  };
}

function python(name, file) {
  return {
    name: `Python ${name}`,
    engine: "4",
    prepare() {
      const venv = prepared("python", "python", (from, to) => {
        quietly("python3", ["-m", "venv", to]);
        const pip = ["-m", "pip", "install", "--quiet", "--no-deps", "-r"];
        quietly(path.join(to, "bin/python"), [...pip, path.join(from, "requirements.txt")]);
      });
      this.command = (...args) => [
        path.join(venv, "bin/python"),
        "-B",
        path.join(here, "python", file),
        ...args,
      ];
    },
    limits: () => ({ [query]: null }),
    // It does not wait until its farewell is sent; the blocking one may even send only its beginning.
    leaves: file.startsWith("sync")
      ? /^(client namespace disconnect|transport close|ping timeout)$/
      : /^(client namespace disconnect|transport close)$/,
  };
}

function java(version) {
  const old = version.startsWith("1");
  return {
    name: `Java socket.io-client ${version}`,
    engine: old ? "3" : "4",
    missing: ["mvn", "javac"].every((tool) => runs(tool, "-version")) ? false : "needs javac and mvn",
    prepare() {
      const folder = prepared("java", `java-${version}`, (from, to) => {
        const gather = ["dependency:copy-dependencies", `-DoutputDirectory=${to}`];
        const pom = path.join(from, "pom.xml");
        quietly("mvn", ["-q", "-B", "-f", pom, `-Dclient.version=${version}`, ...gather]);
        const compile = ["-encoding", "UTF-8", "-cp", path.join(to, "*"), "-d", to];
        quietly("javac", [...compile, path.join(from, "Client.java")]);
      });
      const path_of_classes = [folder, path.join(folder, "*")].join(":");
      const options = ["-Dfile.encoding=UTF-8", "-XX:TieredStopAtLevel=1"];
      this.command = (...args) => ["java", ...options, "-cp", path_of_classes, "Client", version, ...args];
    },
    limits: () => ({ [old ? auth : query]: null, [upgrade]: null }),
  };
}

function rust() {
  const missing = [["cargo", "--version"], ["pkg-config", "--exists", "openssl"]].some((tool) => !runs(...tool));
  return {
    name: "Rust rust_socketio 0.6.0",
    engine: "4",
    missing: missing && "needs cargo and libssl-dev",
    prepare() {
      const folder = prepared("rust", "rust", (from, to) => {
        for (const part of ["Cargo.toml", "src"]) {
          cpSync(path.join(from, part), path.join(to, part), { recursive: true });
        }
        quietly("cargo", ["build", "--quiet"], { cwd: to });
      });
      this.command = (...args) => [path.join(folder, "target/debug/client"), ...args];
    },
    // Its pong may overtake a message that is still on its way: two POSTs at a time end a session.
    mayFail: /IncompleteHttp\(400\)/,
    limits(transport) {
      const no_binary = transport === "polling" ? false : "it takes no binary over WebSocket";
      return {
        [query]: null,
        [upgrade]: null,
        "exchanges binary": no_binary,
        "gets acks with binary": no_binary,
        "answers the server's acks with text, JSON and binary": "it answers no acks",
      };
    },
  };
}

export const clients = [
  js("4"),
  js("3"),
  js("2"),
  java("2.1.2"),
  java("1.0.2"),
  python("python-socketio, asyncio", "asyncio_client.py"),
  python("python-socketio, blocking", "sync_client.py"),
  rust(),
].filter(({ name }) => !only || only.some((word) => name.toLowerCase().includes(word)));
