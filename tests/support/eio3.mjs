// Engine.IO revision 3 spoken by hand: length-prefixed payloads, a type byte before binary.

import assert from "node:assert/strict";
import { PollingSession, WebSocketSession, socketio_path } from "./engine.mjs";
import { RawWebSocket } from "./ws.mjs";

/** Packets as one string payload; JavaScript's length is what the prefix counts. */
export const encode3 = (...packets) =>
  packets.map((packet) => (typeof packet === "string" ? packet : `b4${Buffer.from(packet).toString("base64")}`))
    .map((text) => `${text.length}:${text}`)
    .join("");

/** The packets of a string payload. */
export function decode3(payload) {
  const packets = [];
  for (let rest = payload; rest !== ""; ) {
    const colon = rest.indexOf(":");
    const length = Number(rest.slice(0, colon));
    const text = rest.slice(colon + 1, colon + 1 + length);
    assert.equal(text.length, length, `not a string payload: ${payload}`);
    if (length > 0) packets.push(text.startsWith("b4") ? Buffer.from(text.slice(2), "base64") : text);
    rest = rest.slice(colon + 1 + length);
  }
  return packets;
}

/** Packets as one binary payload. */
export function encodeBinary3(...packets) {
  const pieces = packets.map((packet) => {
    const is_text = typeof packet === "string";
    const data = is_text ? Buffer.from(packet) : Buffer.concat([Buffer.from([4]), packet]);
    const digits = [...String(data.length)].map(Number);
    return Buffer.concat([Buffer.from([is_text ? 0 : 1, ...digits, 255]), data]);
  });
  return Buffer.concat(pieces);
}

/** The packets of a binary payload. */
export function decodeBinary3(payload) {
  const packets = [];
  for (let at = 0; at < payload.length; ) {
    const end = payload.indexOf(255, at);
    const length = Number([...payload.subarray(at + 1, end)].join(""));
    const data = payload.subarray(end + 1, end + 1 + length);
    assert.equal(data.length, length);
    packets.push(payload[at] === 0 ? data.toString("utf8") : data.subarray(1));
    at = end + 1 + length;
  }
  return packets;
}

export class PollingSession3 extends PollingSession {
  static async open(server, { path = socketio_path, query = "" } = {}) {
    const session = new PollingSession3(server, path, query);
    const response = await session.get();
    assert.equal(response.status, 200, response.text);
    session.handshake_response = response;
    const [open, ...rest] = session.decode(response);
    assert.equal(open[0], "0");
    assert.deepEqual(rest, [], "the handshake's body is the open packet alone");
    session.handshake = JSON.parse(open.slice(1));
    session.sid = session.handshake.sid;
    return session;
  }

  decode(response) {
    const is_binary = response.headers["content-type"] === "application/octet-stream";
    return is_binary ? decodeBinary3(response.body) : decode3(response.text);
  }

  get target() {
    const sid = this.sid ? `&sid=${this.sid}` : "";
    return `${this.path}?EIO=3&transport=polling${sid}${this.query}`;
  }

  async send(...packets) {
    const response = await this.post(encode3(...packets));
    assert.deepEqual([response.status, response.text], [200, "ok"]);
  }

  take(packets) {
    if (packets.at(-1) === "1") {
      packets.pop();
      this.is_closed = "close packet";
    }
    this.queue.push(...packets.filter((packet) => packet !== "6"));
  }

  async receive(ms) {
    if (this.is_closed) return super.receive(ms);
    const response = await this.get({ ms });
    if (response.status === 200) this.take(this.decode(response));
    else this.is_closed = `HTTP ${response.status} ${response.text}`;
  }

  probe(options) {
    const target = `${this.path}?EIO=3&transport=websocket&sid=${this.sid}${this.query}`;
    return RawWebSocket.open(this.server, target, options);
  }

  async upgrade() {
    const ws = await this.probe();
    ws.send("2probe");
    assert.equal(await ws.nextData(), "3probe");
    ws.send("5");
    const session = new WebSocketSession3(ws, this.handshake);
    session.transport = "upgraded";
    session.polling = this;
    session.queue.push(...this.queue.splice(0));
    return session;
  }
}

export class WebSocketSession3 extends WebSocketSession {
  static async open(server, { path = socketio_path, query = "" } = {}) {
    const ws = await RawWebSocket.open(server, `${path}?EIO=3&transport=websocket${query}`);
    assert.equal(ws.response.status, 101, ws.response.text);
    const open = await ws.nextData();
    assert.equal(open[0], "0");
    return new WebSocketSession3(ws, JSON.parse(open.slice(1)));
  }

  async send(...packets) {
    for (const packet of packets) {
      this.ws.send(typeof packet === "string" ? packet : Buffer.concat([Buffer.from([4]), packet]));
    }
  }

  async receive(ms) {
    await super.receive(ms);
    const packet = this.queue.pop();
    if (packet === undefined) return;
    if (typeof packet !== "string") assert.equal(packet[0], 4, "the type byte of a message");
    this.queue.push(typeof packet === "string" ? packet : packet.subarray(1));
  }
}

export async function openSession3(server, transport = "websocket", options) {
  if (transport === "websocket") return WebSocketSession3.open(server, options);
  const session = await PollingSession3.open(server, options);
  return transport === "upgraded" ? session.upgrade() : session;
}

/** A session that has heard of its main namespace: the server joins it by itself. */
export async function joinedSession3(server, transport, options) {
  const session = await openSession3(server, transport, options);
  await session.expect("40", '42["auth",{}]');
  return session;
}

/** What a JSONP answer calls: its index as text, and the payload. */
export function runJsonp(text) {
  const found = /^___eio\[(\d*)\]\((.*)\);$/s.exec(text);
  assert.ok(found, `not a JSONP answer: ${text}`);
  assert.doesNotMatch(text, /[\u2028\u2029\n]/);
  return { index: found[1], payload: JSON.parse(found[2]) };
}
