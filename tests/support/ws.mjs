// A WebSocket client that sends whatever frames a test wants, right or wrong.

import { createHash, randomBytes } from "node:crypto";
import { constants, deflateRawSync, inflateRawSync } from "node:zlib";
import { within } from "./clock.mjs";
import { Connection, ConnectionClosed, requestBytes } from "./http.mjs";

const opcodes = { 0: "continuation", 1: "text", 2: "binary", 8: "close", 9: "ping", 10: "pong" };

/** The bytes of one frame. `length` announces another length than the payload has. */
export function frameBytes({ opcode = 1, payload = "", fin = true, rsv = 0, mask = true, length, wide = 0 }) {
  const data = Buffer.from(payload);
  const announced = BigInt(length ?? data.length);
  const first = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  const mask_bit = mask ? 0x80 : 0;
  let header;
  if (announced < 126n && wide === 0) {
    header = Buffer.from([first, mask_bit | Number(announced)]);
  } else if (announced < 65536n && wide <= 16) {
    header = Buffer.from([first, mask_bit | 126, 0, 0]);
    header.writeUInt16BE(Number(announced), 2);
  } else {
    header = Buffer.concat([Buffer.from([first, mask_bit | 127]), Buffer.alloc(8)]);
    header.writeBigUInt64BE(announced, 2);
  }
  if (!mask) return Buffer.concat([header, data]);
  const key = randomBytes(4);
  const masked = Buffer.alloc(data.length);
  for (let i = 0; i < data.length; i++) masked[i] = data[i] ^ key[i & 3];
  return Buffer.concat([header, key, masked]);
}

const sync = { finishFlush: constants.Z_SYNC_FLUSH };
const deflate_tail = Buffer.from([0, 0, 255, 255]);

/** The payload of a deflated message (RFC 7692, 7.2.1), to be sent with `rsv: 4`. */
export const deflated = (data, options) => deflateRawSync(data, { ...sync, ...options }).subarray(0, -4);

/** Undoes it. */
export const inflated = (payload, options) => inflateRawSync(Buffer.concat([payload, deflate_tail]), { ...sync, ...options });

/** The headers of a good upgrade request. */
export function upgradeHeaders(more = {}) {
  return {
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": randomBytes(16).toString("base64"),
    ...more,
  };
}

export class RawWebSocket {
  #queue = [];
  #wake = () => {};
  #partial = null;

  /**
   * Sends an upgrade request and waits for its answer. `response` holds the answer; `accepted` says
   * whether it was a 101. Headers given as undefined are left out.
   */
  static async open(server, target, { headers = {}, method = "GET", version, connection, after } = {}) {
    const all = Object.fromEntries(
      Object.entries(upgradeHeaders(headers)).filter(([, value]) => value !== undefined),
    );
    const tcp = connection ?? (await Connection.open(server));
    const bytes = requestBytes({ method, target, headers: all, version });
    tcp.write(after ? Buffer.concat([bytes, after]) : bytes);
    const ws = new RawWebSocket(tcp, all["Sec-WebSocket-Key"]);
    await ws.#accept();
    return ws;
  }

  constructor(connection, key) {
    this.connection = connection;
    this.key = key;
  }

  async #accept() {
    this.response = await this.connection.response({ method: "GET" });
    this.accepted = this.response.status === 101;
    this.extensions = this.response.headers["sec-websocket-extensions"];
    if (!this.accepted) return;
    const proof = createHash("sha1")
      .update(`${this.key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest("base64");
    if (this.response.headers["sec-websocket-accept"] !== proof) {
      throw new Error("wrong Sec-WebSocket-Accept");
    }
    this.closed = new Promise((resolve) => (this.#closed = resolve));
    this.#read();
  }

  #closed;

  async #read() {
    try {
      for (;;) {
        const frame = await this.#frame();
        if (frame.opcode === 8) {
          const code = frame.payload.length >= 2 ? frame.payload.readUInt16BE(0) : 1005;
          this.close_payload = frame.payload;
          this.#end({ code, clean: true });
          return;
        }
        this.#collect(frame);
      }
    } catch (error) {
      if (!(error instanceof ConnectionClosed)) this.broken = error;
      this.#end({ code: 1006, clean: false });
    }
  }

  #end(how) {
    this.close_event = how;
    this.#closed(how);
    this.#wake();
  }

  async #frame() {
    const forever = Infinity;
    const [first, second] = await this.connection.take(2, "frame", forever);
    let length = second & 0x7f;
    if (length === 126) length = (await this.connection.take(2, "length", forever)).readUInt16BE(0);
    else if (length === 127) {
      length = Number((await this.connection.take(8, "length", forever)).readBigUInt64BE(0));
    }
    if (second & 0x80) throw new Error("the server masked a frame");
    const opcode = first & 0x0f;
    const may = this.extensions && (opcode === 1 || opcode === 2) ? 0x30 : 0x70;
    if (first & may) throw new Error("the server set reserved bits");
    const payload = Buffer.from(await this.connection.take(length, "payload", forever));
    return { fin: Boolean(first & 0x80), deflated: Boolean(first & 0x40), opcode, payload };
  }

  #collect({ fin, deflated, opcode, payload }) {
    if (opcode >= 9) {
      this.#push({ type: opcodes[opcode], data: payload });
      return;
    }
    if (opcode !== 0) this.#partial = { type: opcodes[opcode], deflated, pieces: [] };
    this.#partial.pieces.push(payload);
    if (!fin) return;
    const wire = Buffer.concat(this.#partial.pieces);
    const { type, deflated: is_deflated } = this.#partial;
    const data = is_deflated ? inflated(wire, { windowBits: this.window_bits ?? 15 }) : wire;
    this.#partial = null;
    this.#push({ type, data: type === "text" ? data.toString("utf8") : data, ...(is_deflated && { deflated_bytes: wire.length }) });
  }

  #push(message) {
    this.#queue.push(message);
    this.#wake();
  }

  /** Messages that have arrived and were not taken. */
  get pending() {
    return this.#queue;
  }

  /** Sends a text (string) or binary (Buffer) message in one good frame. */
  send(data) {
    return this.frame({ opcode: typeof data === "string" ? 1 : 2, payload: data });
  }

  frame(options) {
    this.connection.write(frameBytes(options));
    return this;
  }

  /** Starts, or answers, the closing handshake. */
  close(code, reason = "") {
    const payload = code === undefined ? Buffer.alloc(0) : Buffer.alloc(2 + Buffer.byteLength(reason));
    if (code !== undefined) {
      payload.writeUInt16BE(code, 0);
      payload.write(reason, 2);
    }
    return this.frame({ opcode: 8, payload });
  }

  destroy() {
    this.connection.destroy();
  }

  /** The next message: { type, data }. Rejects when the connection closes first. */
  async next(ms) {
    const wait = (async () => {
      for (;;) {
        if (this.#queue.length) return this.#queue.shift();
        if (this.close_event) throw new ConnectionClosed("a WebSocket message");
        await new Promise((resolve) => (this.#wake = resolve));
      }
    })();
    return within(wait, "WebSocket message", ms);
  }

  /** The next message as a string, or a Buffer when it is binary. */
  async nextData(ms) {
    return (await this.next(ms)).data;
  }

  /** Waits for the server's close frame or the end of the connection: { code, clean }. */
  async ending(ms) {
    return within(this.closed, "end of the WebSocket", ms);
  }
}
