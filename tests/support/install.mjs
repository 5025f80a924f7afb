// Programs in other languages that tests and bench talk to: built once for each content of their folder.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

/** True if the command runs and ends well. */
export function runs(command, ...args) {
  try {
    execFileSync(command, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Runs a command of an installation; what it printed is shown only if it fails. */
export function quietly(command, args, options = {}) {
  try {
    execFileSync(command, args, { stdio: "pipe", maxBuffer: 1e8, timeout: 480_000, ...options });
  } catch (error) {
    const said = `${error.stdout ?? ""}${error.stderr ?? ""}`;
    throw new Error(`${command} ${args.join(" ")}: ${error.message}\n${said.slice(-10_000)}`);
  }
}

/**
 * Installs what is in the folder `from` into the folder `to`, once for each content.
 *
 * install  called with both folders
 */
export function prepared(from, to, install) {
  const hash = createHash("sha256");
  for (const file of readdirSync(from, { recursive: true }).sort()) {
    if (/\.(txt|xml|toml|lock|java|rs|go|mod|sum)$/.test(file)) hash.update(readFileSync(path.join(from, file)));
  }
  const sum = hash.digest("hex");
  const stamp = path.join(to, ".sum");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === sum) return to;
  mkdirSync(to, { recursive: true });
  install(from, to);
  writeFileSync(stamp, sum);
  return to;
}

/** Calls prepare of what is to be installed, if it has one.  Gives what went wrong, if anything did. */
export function install(what) {
  try {
    what.prepare?.();
  } catch (error) {
    return error.message;
  }
}

/**
 * Installs each of { name, missing, prepare() } and says how it went; what it misses is no failure.
 * Gives how many failed.
 */
export function installAll(list) {
  let failed = 0;
  for (const what of list) {
    const start = Date.now();
    const problem = what.missing || install(what);
    if (problem && !what.missing) failed++;
    console.log(`${what.name}: ${problem || `ready after ${Date.now() - start} ms`}`);
  }
  return failed;
}

/** A folder's venv with exactly what its requirements.txt lists. */
export function venv(from, to) {
  return prepared(from, to, () => {
    quietly("python3", ["-m", "venv", to]);
    const pip = ["-m", "pip", "install", "--quiet", "--no-deps", "-r"];
    quietly(path.join(to, "bin/python"), [...pip, path.join(from, "requirements.txt")]);
  });
}

/** The jars that a folder's pom.xml asks for, and the folder's one class, compiled. */
export function classes(from, to, file, ...options) {
  return prepared(from, to, () => {
    const gather = ["dependency:copy-dependencies", `-DoutputDirectory=${to}`];
    quietly("mvn", ["-q", "-B", "-f", path.join(from, "pom.xml"), ...options, ...gather]);
    const compile = ["-encoding", "UTF-8", "-cp", path.join(to, "*"), "-d", to];
    quietly("javac", [...compile, path.join(from, file)]);
  });
}
