// permessage-deflate under attack: a little that inflates to much.

import assert from "node:assert/strict";
import { attack } from "../support/attack.mjs";
import { resident_bytes } from "../support/cpu.mjs";
import { engineio_path } from "../support/engine.mjs";
import { RawWebSocket, deflated, frameBytes } from "../support/ws.mjs";

const args = ["--options", '{"perMessageDeflate":true}'];
const under_tools = Boolean(process.env.PARLEY_WRAP) || /asan|tsan/.test(process.env.PARLEY_SERVER ?? "");

async function openEcho(server) {
  const ws = await RawWebSocket.open(server, `${engineio_path}?EIO=4&transport=websocket`, {
    headers: { "Sec-WebSocket-Extensions": "permessage-deflate" },
  });
  assert.match(ws.extensions, /^permessage-deflate/);
  await ws.nextData();
  return ws;
}

attack("bombs cost the limit at most, and others do not wait for them", { args }, async ({ server }) => {
  const bomb = frameBytes({ opcode: 2, payload: deflated(Buffer.alloc(100_000_000)), rsv: 4 });
  const large = frameBytes({ opcode: 2, payload: deflated(Buffer.alloc(1_000_000)), rsv: 4 });
  const warm = await openEcho(server);
  warm.connection.write(large);
  await warm.nextData();
  const before = resident_bytes(server.pid);
  for (let i = 0; i < 20; i++) {
    const ws = await openEcho(server);
    ws.connection.write(bomb);
    assert.equal((await ws.ending()).code, 1009);
    ws.destroy();
  }
  const many = await Promise.all(Array.from({ length: 10 }, () => openEcho(server)));
  for (const ws of many) ws.connection.write(Buffer.concat(Array.from({ length: 20 }, () => large)));
  for (const ws of many) for (let i = 0; i < 20; i++) assert.equal((await ws.nextData()).length, 1_000_000);
  if (!under_tools) assert.ok(resident_bytes(server.pid) - before < 40e6, `${resident_bytes(server.pid) - before} bytes more`);
  for (const ws of [warm, ...many]) ws.destroy();
});
