// Peers in other languages: how each is built in build/peers, and started. What they run is their own
// process, no wrapper's, because CPU and memory are taken of it.

import path from "node:path";
import { fileURLToPath } from "node:url";
import { classes, prepared, quietly, runs, venv } from "../support/install.mjs";

const sources = fileURLToPath(new URL("peers/", import.meta.url));
const builds = fileURLToPath(new URL("../../build/peers/", import.meta.url));
const folders = (language) => [path.join(sources, language), path.join(builds, language)];
const needs = (...tools) => tools.every((tool) => runs(...tool)) ? false : `needs ${tools.map(([name]) => name).join(" and ")}`;

function python() {
  const [from, to] = folders("python");
  return {
    name: "python-socketio",
    get missing() {
      return needs(["python3", "--version"]);
    },
    prepare: () => venv(from, to),
    command: [path.join(to, "bin/python"), "-B", path.join(from, "peer.py")],
  };
}

function rust() {
  const [from, to] = folders("rust");
  const build = ["build", "--quiet", "--release", "--locked", "--target-dir", to];
  return {
    name: "socketioxide",
    get missing() {
      return needs(["cargo", "--version"]);
    },
    prepare: () => prepared(from, to, () => quietly("cargo", build, { cwd: from })),
    command: [path.join(to, "release/peer")],
  };
}

function java() {
  const [from, to] = folders("java");
  return {
    name: "netty-socketio",
    get missing() {
      return needs(["mvn", "--version"], ["javac", "-version"]);
    },
    prepare: () => classes(from, to, "Peer.java"),
    built: path.join(to, "Peer.class"),
    command: ["java", "-cp", [to, path.join(to, "*")].join(":"), "Peer"],
    // A handler gets bytes or anything else, as it says beforehand; a connection ends after each answer.
    what: /^(?!binary|polling)/,
    load: ["--warm-ms", "5000"], // until what is hot is compiled
  };
}

function go() {
  const [from, to] = folders("go");
  const build = ["build", "-trimpath", "-o", path.join(to, "peer"), "."];
  return {
    name: "Go",
    get missing() {
      return needs(["go", "version"]);
    },
    prepare: () => prepared(from, to, () => quietly("go", build, { cwd: from })),
    command: [path.join(to, "peer")],
  };
}

export const foreign = [python(), rust(), java(), go()];
