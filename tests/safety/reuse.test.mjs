// A connection that is used again: its requests differ in length, and lws keeps each head in the memory of the last.

import assert from "node:assert/strict";
import http from "node:http";
import https from "node:https";
import { test } from "node:test";
import { serverForFile } from "../support/suite.mjs";

const server = await serverForFile();
const { Agent, get: ask } = server.url.startsWith("https:") ? https : http;

/* Numbers that are the same in each run. */
function sequence(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >> 8) % below;
  };
}

function get(agent, path, headers) {
  return new Promise((resolve, reject) => {
    const request = ask(server.url + path, { agent, headers }, (response) => {
      response.resume();
      response.on("end", () => resolve({ status: response.statusCode, reused: request.reusedSocket }));
    });
    request.on("error", reject);
  });
}

test("hundreds of requests of all lengths on one connection are read alike", async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const random = sequence(7);
  const word = (longest) => "x".repeat(1 + random(longest));
  let reused = 0;
  try {
    for (let n = 0; n < 400; n++) {
      const pieces = Array.from({ length: random(6) }, (_, i) => `&q${i}=${word(40)}`).join("");
      const headers = { "user-agent": word(90), accept: word(30), "sec-ch-ua-platform": word(20) };
      for (let i = random(5); i > 0; i--) headers[`x-${word(30)}`] = word(60);
      const path = random(3) === 0 ? `/nothing/${word(60)}` : `/socket.io/?EIO=4&transport=polling${pieces}`;
      const response = await get(agent, path, headers);
      assert.equal(
        response.status,
        path.startsWith("/nothing") ? 404 : 200,
        `request ${n}: ${path} ${JSON.stringify(headers)}`,
      );
      reused += response.reused ? 1 : 0;
    }
  } finally {
    agent.destroy();
  }
  assert.equal(reused, 399);
});
