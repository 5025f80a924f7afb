// A server for a test file.

import { after } from "node:test";
import { startServer } from "./server.mjs";

/** Starts a server for the whole file; it has to end with exit code 0. */
export async function serverForFile(...args) {
  const server = await startServer({ args });
  after(() => server.stop(), { timeout: 600_000 });
  return server;
}
