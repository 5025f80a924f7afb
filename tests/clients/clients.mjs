// The clients that are tested: how each is installed and started, and what it cannot do.

import { cpSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { classes, prepared, quietly, runs, venv } from "../support/install.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const cache = path.join(here, "../../build/clients");
// Facts that some clients have not.  A client that does not tell its transport is watched from outside.
const auth = "its auth payload arrives";
const query = "its query arrives";
const upgrade = "upgrades to WebSocket";

const only = process.env.PARLEY_CLIENTS?.split(",");

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
      const folder = venv(path.join(here, "python"), path.join(cache, "python"));
      this.command = (...args) => [
        path.join(folder, "bin/python"),
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
      const to = path.join(cache, `java-${version}`);
      const folder = classes(path.join(here, "java"), to, "Client.java", `-Dclient.version=${version}`);
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
      const folder = prepared(path.join(here, "rust"), path.join(cache, "rust"), (from, to) => {
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
