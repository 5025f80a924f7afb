// The build that is under test, and running tools on it.

import { execFile } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { slow } from "./clock.mjs";
import { is_reference, target } from "./server.mjs";

export const tree = fileURLToPath(new URL("../..", import.meta.url));

/** build/<preset>, from the path of the server in it. */
export const build = is_reference ? null : path.resolve(target, "../..");

/** Test options for what a build shows: there is none of the reference. */
export const of_a_build = is_reference ? { skip: "reference: no build" } : {};

/** Runs a command with arguments, gives its standard output; rejects with all that it said. */
export async function run(command, args, options = {}) {
  try {
    return (await promisify(execFile)(command, args, { timeout: 120_000 * slow, ...options })).stdout;
  } catch (error) {
    throw new Error(`${error.message}\n${error.stdout}`);
  }
}

/** The same for a line of the shell. */
export const shell = (line, options) => run("sh", ["-c", line], options);
