// Engine.IO revision 4 spoken by hand: the same session over polling, WebSocket, or upgraded.

import assert from "node:assert/strict";
import { Connection, ConnectionClosed, requestBytes } from "./http.mjs";
import { RawWebSocket } from "./ws.mjs";
import { patience_ms } from "./clock.mjs";

export const RS = "\x1e";
export const transports = ["polling", "websocket", "upgraded"];
export const socketio_path = "/socket.io/";
export const engineio_path = "/engine.io/";

export const errors = [
  '{"code":0,"message":"Transport unknown"}',
  '{"code":1,"message":"Session ID unknown"}',
  '{"code":2,"message":"Bad handshake method"}',
  '{"code":3,"message":"Bad request"}',
  '{"code":4,"message":"Forbidden"}',
  '{"code":5,"message":"Unsupported protocol version"}',
];

/** Asserts that a plain HTTP request was refused with error `code`, byte for byte. */
export function assertRefused(response, code) {
  assert.deepEqual([response.status, response.text], [code === 4 ? 403 : 400, errors[code]]);
  assert.equal(response.headers["content-type"], "application/json");
}

/** Asserts that an upgrade request was refused with the message of error `code`. */
export function assertUpgradeRefused(ws, code) {
  assert.deepEqual([ws.response.status, ws.response.text], [400, JSON.parse(errors[code]).message]);
  assert.match(ws.response.headers.connection, /close/i);
}

/** One kept-alive HTTP connection at a time, renewed when the server has ended it. */
class Client {
  #server;
  #connection = null;

  constructor(server) {
    this.#server = server;
  }

  async ask(options) {
    const reused = this.#connection !== null && !this.#connection.ended;
    if (!reused) this.#connection = await Connection.open(this.#server);
    const connection = this.#connection;
    connection.write(requestBytes(options));
    try {
      const response = await connection.response(options);
      if (/close/i.test(response.headers.connection ?? "")) this.drop();
      return response;
    } catch (error) {
      if (!(error instanceof ConnectionClosed) || !reused || connection.pending.length) throw error;
      this.#connection = null;
      return this.ask(options);
    }
  }

  drop() {
    this.#connection?.destroy();
    this.#connection = null;
  }
}

export class SessionClosed extends Error {
  constructor(how) {
    super(`the session is closed (${how})`);
    this.name = "SessionClosed";
  }
}

/** What of a session does not depend on its transport. */
class Session {
  queue = [];
  answers_pings = true;

  /** The next packet but noops (and pings, which are answered): a string, or a Buffer if binary. */
  async next(ms = patience_ms) {
    for (;;) {
      while (this.queue.length === 0) await this.receive(ms);
      const packet = this.queue.shift();
      if (packet === "2" && this.answers_pings) await this.send("3");
      else if (packet !== "6") return packet;
    }
  }

  /** Asserts what the next packets are. */
  async expect(...packets) {
    for (const packet of packets) assert.deepEqual(await this.next(), packet);
  }

  /** Sends an echo request and asserts that nothing else comes before the answer. */
  async fence(namespace = "") {
    const token = `fence ${++fences}`;
    await this.send(`42${namespace}["message","${token}"]`);
    await this.expect(`42${namespace}["message-back","${token}"]`);
  }

  /** Waits for the end of the session; gives the packets that came before it. */
  async ending(ms = patience_ms) {
    const rest = [];
    try {
      for (;;) rest.push(await this.next(ms));
    } catch (error) {
      if (!(error instanceof SessionClosed)) throw error;
      this.end_of_session = error.message;
    }
    return rest;
  }

  /** CONNECT to a namespace; gives the socket id. */
  async join(namespace = "/", auth) {
    const prefix = namespace === "/" ? "" : `${namespace},`;
    await this.send(`40${prefix}${auth === undefined ? "" : JSON.stringify(auth)}`);
    const reply = await this.next();
    assert.ok(reply.startsWith(`40${prefix}{`), `CONNECT was answered by ${reply}`);
    await this.expect(`42${prefix}["auth",${JSON.stringify(auth ?? {})}]`);
    return JSON.parse(reply.slice(2 + prefix.length)).sid;
  }
}

let fences = 0;

const encode = (packet) =>
  typeof packet === "string" ? packet : `b${Buffer.from(packet).toString("base64")}`;
const decode = (text) =>
  text.startsWith("b") ? Buffer.from(text.slice(1), "base64") : text;

export class PollingSession extends Session {
  transport = "polling";

  static async open(server, { path = socketio_path, query = "" } = {}) {
    const session = new PollingSession(server, path, query);
    const response = await session.get();
    assert.equal(response.status, 200, response.text);
    session.handshake_response = response;
    const [open, ...rest] = response.text.split(RS);
    assert.equal(open[0], "0");
    session.handshake = JSON.parse(open.slice(1));
    session.sid = session.handshake.sid;
    session.queue.push(...rest.map(decode));
    return session;
  }

  constructor(server, path, query) {
    super();
    this.server = server;
    this.path = path;
    this.query = query;
    this.gets = new Client(server);
    this.posts = new Client(server);
  }

  get target() {
    const sid = this.sid ? `&sid=${this.sid}` : "";
    return `${this.path}?EIO=4&transport=polling${sid}${this.query}`;
  }

  get(options = {}) {
    return this.gets.ask({ target: this.target, ...options });
  }

  post(body, headers = { "Content-Type": "text/plain;charset=UTF-8" }) {
    return this.posts.ask({ method: "POST", target: this.target, headers, body });
  }

  async send(...packets) {
    const response = await this.post(packets.map(encode).join(RS));
    assert.deepEqual([response.status, response.text], [200, "ok"]);
  }

  async receive(ms) {
    if (this.is_closed) throw new SessionClosed(this.is_closed);
    const response = await this.get({ ms });
    if (response.status !== 200) {
      this.is_closed = `HTTP ${response.status} ${response.text}`;
      throw new SessionClosed(this.is_closed);
    }
    const packets = response.text.split(RS).map(decode);
    if (packets.at(-1) === "1") {
      packets.pop();
      this.is_closed = "close packet";
      if (packets.every((packet) => packet === "6")) throw new SessionClosed(this.is_closed);
    }
    this.queue.push(...packets);
  }

  /** Opens a WebSocket with the sid of this session. */
  probe(options) {
    return RawWebSocket.open(
      this.server,
      `${this.path}?EIO=4&transport=websocket&sid=${this.sid}`,
      options,
    );
  }

  /** Moves this session to a WebSocket. */
  async upgrade() {
    const ws = await this.probe();
    ws.send("2probe");
    assert.equal(await ws.nextData(), "3probe");
    ws.send("5");
    const session = new WebSocketSession(ws, this.handshake);
    session.transport = "upgraded";
    session.polling = this;
    session.queue.push(...this.queue.splice(0));
    return session;
  }

  destroy() {
    this.gets.drop();
    this.posts.drop();
  }
}

export class WebSocketSession extends Session {
  transport = "websocket";

  static async open(server, { path = socketio_path, query = "" } = {}) {
    const ws = await RawWebSocket.open(server, `${path}?EIO=4&transport=websocket${query}`);
    assert.equal(ws.response.status, 101, ws.response.text);
    const open = await ws.nextData();
    assert.equal(open[0], "0");
    return new WebSocketSession(ws, JSON.parse(open.slice(1)));
  }

  constructor(ws, handshake) {
    super();
    this.ws = ws;
    this.handshake = handshake;
    this.sid = handshake.sid;
  }

  async send(...packets) {
    for (const packet of packets) this.ws.send(packet);
  }

  async receive(ms) {
    try {
      const message = await this.ws.next(ms);
      if (message.type === "text" || message.type === "binary") this.queue.push(message.data);
    } catch (error) {
      if (!(error instanceof ConnectionClosed)) throw error;
      const { code } = await this.ws.ending();
      throw new SessionClosed(`WebSocket close ${code}`);
    }
  }

  destroy() {
    this.polling?.destroy();
    this.ws.destroy();
  }
}

/** Opens a session over one of `transports`. */
export async function openSession(server, transport = "websocket", options) {
  if (transport === "websocket") return WebSocketSession.open(server, options);
  const session = await PollingSession.open(server, options);
  return transport === "upgraded" ? session.upgrade() : session;
}

/** Opens a session, joined to `/`. */
export async function joinedSession(server, transport, auth) {
  const session = await openSession(server, transport);
  session.id = await session.join("/", auth);
  return session;
}

/**
 * Asks why the socket `id` left the server, on a session of its own, until an answer is there.
 */
export async function disconnectReason(server, id, namespace = "/") {
  const prefix = namespace === "/" ? "" : `${namespace},`;
  const observer = await openSession(server, "websocket");
  try {
    await observer.join(namespace);
    const end = Date.now() + patience_ms;
    for (;;) {
      await observer.send(`42${prefix}7["last disconnect","${id}"]`);
      const answer = await observer.next();
      assert.ok(answer.startsWith(`43${prefix}7[`), answer);
      const [reason] = JSON.parse(answer.slice(3 + prefix.length));
      if (reason !== null) return reason;
      if (Date.now() > end) throw new Error(`socket ${id} is still connected`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  } finally {
    observer.destroy();
  }
}
