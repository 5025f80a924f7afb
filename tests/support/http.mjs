// HTTP over node:net with every byte in the test's hands.

import net from "node:net";
import tls from "node:tls";
import { within } from "./clock.mjs";

export class ConnectionClosed extends Error {
  constructor(what) {
    super(`connection closed while waiting for ${what}`);
    this.name = "ConnectionClosed";
  }
}

/** A connection that is read in exact pieces. */
export class Connection {
  #socket;
  #tcp;
  #buffer = Buffer.alloc(0);
  #wake = () => {};
  ended = false;
  error = null;

  /** Connects to a server as startServer gives it. */
  static async open(server, options = {}) {
    const is_secure = server.url?.startsWith("https:");
    const tcp = net.connect({ port: server.port, host: server.host, ...options });
    const socket = is_secure ? tls.connect({ socket: tcp, rejectUnauthorized: false, ...options }) : tcp;
    const connection = new Connection(socket, tcp);
    const event = is_secure ? "secureConnect" : "connect";
    await within(
      new Promise((resolve, reject) => socket.once(event, resolve).once("error", reject)),
      "connection",
    );
    return connection;
  }

  /** tcp: what lies below a socket with TLS. */
  constructor(socket, tcp = socket) {
    this.#socket = socket;
    this.#tcp = tcp;
    tcp.setNoDelay(true);
    // Whoever waits has a timer; a forgotten connection must not keep the test process alive.
    tcp.unref();
    socket.on("data", (chunk) => {
      this.#buffer = this.#buffer.length ? Buffer.concat([this.#buffer, chunk]) : chunk;
      this.#wake();
    });
    socket.on("error", (error) => (this.error = error));
    for (const name of ["end", "close"]) {
      socket.on(name, () => {
        this.ended = true;
        this.#wake();
      });
    }
    this.gone = new Promise((resolve) => {
      socket.once("end", resolve);
      socket.once("close", resolve);
    });
  }

  /** Bytes that have arrived and were not taken. */
  get pending() {
    return this.#buffer;
  }

  get socket() {
    return this.#socket;
  }

  write(bytes) {
    if (!this.#socket.destroyed) this.#socket.write(bytes);
    return this;
  }

  /** Half-close: FIN, reading goes on. */
  end(bytes) {
    this.#socket.end(bytes);
  }

  destroy() {
    this.#socket.destroy();
  }

  /** Ends with a RST instead of a FIN. */
  reset() {
    this.#tcp.resetAndDestroy();
  }

  pause() {
    this.#socket.pause();
  }

  resume() {
    this.#socket.resume();
  }

  async #until(ready, what, ms) {
    const wait = (async () => {
      for (;;) {
        const found = ready(this.#buffer);
        if (found !== undefined) return found;
        if (this.ended) throw new ConnectionClosed(what);
        await new Promise((resolve) => (this.#wake = resolve));
      }
    })();
    return within(wait, what, ms);
  }

  /** Takes exactly n bytes. */
  async take(n, what = `${n} bytes`, ms) {
    await this.#until((buffer) => (buffer.length >= n ? true : undefined), what, ms);
    const taken = this.#buffer.subarray(0, n);
    this.#buffer = this.#buffer.subarray(n);
    return taken;
  }

  /** Takes what comes before `delimiter`, and the delimiter away. */
  async takeUntil(delimiter, what, ms) {
    const at = await this.#until(
      (buffer) => {
        const found = buffer.indexOf(delimiter);
        return found < 0 ? undefined : found;
      },
      what,
      ms,
    );
    const taken = this.#buffer.subarray(0, at);
    this.#buffer = this.#buffer.subarray(at + delimiter.length);
    return taken;
  }

  /** Waits for the peer's end of the connection and takes everything that came before it. */
  async takeAll(ms) {
    await within(this.gone, "end of the connection", ms);
    const taken = this.#buffer;
    this.#buffer = Buffer.alloc(0);
    return taken;
  }

  /** Reads one HTTP response. `method` is that of the request: a HEAD has no body. */
  async response({ method = "GET", ms } = {}) {
    const head = (await this.takeUntil("\r\n\r\n", "HTTP response", ms)).toString("latin1");
    const [status_line, ...lines] = head.split("\r\n");
    const found = /^HTTP\/(1\.[01]) (\d{3}) ?(.*)$/.exec(status_line);
    if (!found) throw new Error(`not an HTTP status line: ${status_line}`);
    const status = Number(found[2]);
    const headers = {};
    const raw_headers = [];
    for (const line of lines) {
      const colon = line.indexOf(":");
      const name = line.slice(0, colon);
      const value = line.slice(colon + 1).trim();
      raw_headers.push([name, value]);
      const key = name.toLowerCase();
      headers[key] = key in headers ? `${headers[key]}, ${value}` : value;
    }
    const body = await this.#body(method, status, headers, ms);
    return new Response(status, found[3], headers, raw_headers, body, head);
  }

  async #body(method, status, headers, ms) {
    if (method === "HEAD" || status === 204 || status === 304 || status < 200) return Buffer.alloc(0);
    if (/chunked/i.test(headers["transfer-encoding"] ?? "")) {
      const pieces = [];
      for (;;) {
        const size = parseInt((await this.takeUntil("\r\n", "chunk size", ms)).toString(), 16);
        pieces.push(await this.take(size, "chunk", ms));
        await this.take(2, "end of chunk", ms);
        if (size === 0) return Buffer.concat(pieces);
      }
    }
    if ("content-length" in headers) {
      return this.take(Number(headers["content-length"]), "response body", ms);
    }
    return this.takeAll(ms);
  }
}

export class Response {
  constructor(status, reason, headers, raw_headers, body, head) {
    Object.assign(this, { status, reason, headers, raw_headers, body, head });
  }

  get text() {
    return this.body.toString("utf8");
  }

  get json() {
    return JSON.parse(this.text);
  }
}

/** The bytes of a request. A body gets a Content-Length unless the headers say how it is framed. */
export function requestBytes({ method = "GET", target = "/", headers = {}, body, version = "1.1" }) {
  const lines = [`${method} ${target} HTTP/${version}`];
  const names = Object.keys(headers).map((name) => name.toLowerCase());
  if (!names.includes("host")) lines.push("Host: localhost");
  for (const [name, value] of Object.entries(headers)) {
    for (const one of [value].flat()) lines.push(`${name}: ${one}`);
  }
  const bytes = body === undefined ? Buffer.alloc(0) : Buffer.from(body);
  if (body !== undefined && !names.includes("content-length") && !names.includes("transfer-encoding")) {
    lines.push(`Content-Length: ${bytes.length}`);
  }
  return Buffer.concat([Buffer.from(lines.join("\r\n") + "\r\n\r\n", "latin1"), bytes]);
}

/** One request on a connection of its own, which is dropped afterwards. */
export async function request(server, options) {
  const connection = await Connection.open(server);
  try {
    connection.write(requestBytes(options));
    return await connection.response({ method: options.method, ms: options.ms });
  } finally {
    connection.destroy();
  }
}

/** Sends bytes as they are and gives the first response. */
export async function exchange(server, bytes, options) {
  const connection = await Connection.open(server);
  try {
    connection.write(bytes);
    return await connection.response(options);
  } finally {
    connection.destroy();
  }
}
