// Node's Socket.IO server with the contract of sio-conformance: docs/CONFORMANCE.md says it in full.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { parseArgs } from "node:util";
import { Server as Engine } from "engine.io";
import { Server } from "socket.io";
import { engineApp, conn } from "./engine.mjs";
import { serveListeners } from "./listeners.mjs";
import { serveCluster, watchRooms } from "./cluster.mjs";
import { serveDynamic } from "./dynamic.mjs";
import { serveMany } from "./many.mjs";
import { serveSteps } from "./steps.mjs";
import { selection } from "./target.mjs";
import { recoveryOptions, serveQuiet, serveRecovery } from "./recovery.mjs";
import { serveValues } from "./values.mjs";

const { values: options } = parseArgs({
  options: {
    port: { type: "string", default: "3000" },
    workers: { type: "string" },
    "ping-interval": { type: "string", default: "25000" },
    "ping-timeout": { type: "string", default: "20000" },
    "max-payload": { type: "string", default: "1000000" },
    "connect-timeout": { type: "string", default: "45000" },
    "upgrade-timeout": { type: "string", default: "10000" },
    "max-queue": { type: "string" },
    "header-timeout": { type: "string" },
    "body-timeout": { type: "string" },
    "idle-timeout": { type: "string" },
    "attachment-wait": { type: "string" },
    "max-connections": { type: "string" },
    "http-descriptors": { type: "string" },
    "client-dir": { type: "string" },
    eio3: { type: "boolean", default: false },
    cors: { type: "string" },
    "origin-check": { type: "boolean" },
    options: { type: "string", default: "{}" },
    hooks: { type: "boolean", default: false },
    "engine-app": { type: "boolean", default: false },
    "log-level": { type: "string" },
    parser: { type: "string", default: "json" },
    recovery: { type: "string" },
    "recovery-bytes": { type: "string" },
    "recovery-middlewares": { type: "boolean", default: false },
    "tls-cert": { type: "string" },
    "tls-key": { type: "string" },
  },
});

function cors(list) {
  if (list === undefined) return undefined;
  if (list === "true") return { origin: true };
  const origins = list.split(",");
  return { origin: origins.length > 1 ? origins : origins[0] };
}

/** An origin of --options: '*' stands for any characters but '/', "callback" for a function. */
function origin(one) {
  if (Array.isArray(one)) return one.map(origin);
  if (one === "callback") {
    return (given, decide) =>
      given?.includes("fail") ? decide(new Error("no")) : decide(null, !given?.includes("deny"));
  }
  if (typeof one !== "string" || one === "*" || !one.includes("*")) return one;
  return new RegExp(`^${one.replaceAll(/[.?+]/g, "\\$&").replace("*", "[^/]+")}$`);
}

function engineOptions(json) {
  const given = JSON.parse(json);
  if (given.cors && "origin" in given.cors) given.cors.origin = origin(given.cors.origin);
  if (given.cookie?.expires) given.cookie.expires = new Date(given.cookie.expires * 1000);
  if (given.cookie?.sameSite === null) given.cookie.sameSite = undefined;
  return given;
}

/** allowRequest of --hooks: what the query asks for. */
function admit(request, decide) {
  const { searchParams } = new URL(request.url, "http://localhost");
  const asked = searchParams.get("admit");
  if (asked === "later") setTimeout(() => decide(null, true), 50);
  else if (asked === "refuse later") setTimeout(() => decide("too late", false), 50);
  else if (asked === "refuse") decide(searchParams.get("why"), false);
  else decide(null, true);
}

function hook(engine) {
  engine.on("initial_headers", (headers, request) => {
    headers["X-Initial"] = request.headers.upgrade ? "upgrade" : "plain";
  });
  engine.on("headers", (headers, request) => (headers["X-Method"] = request.method));
  engine.on("connection_error", ({ code, message }) => console.log(`connection error ${code} ${message}`));
}

const { tls: tls_given, ...given_options } = engineOptions(options.options);
const files = {
  cert: options["tls-cert"] && readFileSync(options["tls-cert"]),
  key: options["tls-key"] && readFileSync(options["tls-key"]),
  ca: tls_given?.ca && readFileSync(tls_given.ca),
};

const engine_options = {
  pingInterval: Number(options["ping-interval"]),
  pingTimeout: Number(options["ping-timeout"]),
  maxHttpBufferSize: Number(options["max-payload"]),
  upgradeTimeout: Number(options["upgrade-timeout"]),
  allowEIO3: options.eio3,
  cors: cors(options.cors),
  ...(options.hooks && { allowRequest: admit }),
  ...given_options,
};

const answer = (_, response) => response.writeHead(404).end();
const http = files.cert ? createSecureServer({ ...tls_given, ...files }, answer) : createServer(answer);
const io = new Server(http, {
  ...engine_options,
  ...recoveryOptions(options),
  connectTimeout: Number(options["connect-timeout"]),
  destroyUpgrade: false,
  ...(options.parser === "msgpack" && { parser: (await import("socket.io-msgpack-parser")).default }),
});
const echo = new Engine(engine_options);
echo.attach(http, { path: "/engine.io/", destroyUpgrade: false, addTrailingSlash: engine_options.addTrailingSlash });
if (options.hooks) [io.engine, echo].forEach(hook);
if (options["engine-app"]) [io.engine, echo].forEach(engineApp);
// Without a listener an upgrade request is a plain one, as where only polling is served.
if (engine_options.transports?.includes("websocket") ?? true) {
  http.on("upgrade", (request, socket) => {
    if (!/^\/(socket|engine)\.io/.test(request.url)) socket.end();
  });
}

echo.on("connection", (session) => {
  session.on("message", (data) => session.send(data));
});

/** Why sockets that are gone left: id to reason, the newest thousand. */
const reasons = new Map();
function remember(id, reason) {
  reasons.set(id, reason);
  if (reasons.size > 1000) reasons.delete(reasons.keys().next().value);
}

function refuse(socket, next) {
  const { auth, query } = socket.handshake;
  const { refuse: message, data } = typeof auth.refuse === "string" ? auth : query;
  if (typeof message !== "string") return next();
  const error = new Error(message);
  if (data !== undefined) error.data = data;
  next(error);
}

function serve(socket) {
  const nsp = socket.nsp;
  const on = (event, handler) =>
    socket.on(event, (...args) => {
      const ack = typeof args.at(-1) === "function" ? args.pop() : () => {};
      handler(ack, ...args);
    });

  socket.emit("auth", socket.handshake.auth);

  on("message", (_, ...args) => socket.emit("message-back", ...args));
  on("message-with-ack", (ack, ...args) => ack(...args));
  on("total", (ack, { name, items }) => ack({ name, total: items.reduce((sum, { n }) => sum + n, 0) }));
  on("chat message", (_, text) => nsp.emit("chat message", text));

  on("join", (ack, room) => (socket.join(room), ack()));
  on("leave", (ack, room) => (socket.leave(room), ack()));
  on("rooms", (ack) => ack([...socket.rooms]));
  on("to room", (_, room, text) => nsp.to(room).emit("to room", text));
  on("emit to", (_, target, event, ...args) => selection(socket, target).emit(event, ...args));
  on("broadcast", (_, ...args) => socket.broadcast.emit("broadcast", ...args));

  on("emit-with-ack", (ack, timeout_ms, event, ...args) =>
    timeout_ms > 0
      ? socket.timeout(timeout_ms).emit(event, ...args, (error, ...back) =>
          error ? ack(error.message) : ack(null, ...back),
        )
      : socket.emit(event, ...args, (...back) => ack(null, ...back)),
  );

  on("flood", (ack, count, text = "") => {
    for (let i = 0; i < count; i++) socket.emit("flood", i, text);
    ack(count);
  });
  on("volatile flood", (ack, count, text = "") => {
    for (let i = 0; i < count; i++) socket.volatile.emit("volatile flood", i, text);
    ack(count);
  });

  on("set data", (ack, value) => ((socket.data.value = value), ack()));
  on("get data", (ack) => ack(socket.data.value ?? null));
  on("handshake", (ack) => ack(socket.handshake));
  on("disconnect me", (_, close) => socket.disconnect(close === true));
  on("conn", (ack) => ack(conn(socket)));
  serveCluster(socket, on);
  serveMany(socket, on);
  serveRecovery(socket, on);
  serveValues(socket);
  on("last disconnect", (ack, id) => ack(reasons.get(id) ?? null));
  socket.on("disconnect", (reason) => remember(socket.id, reason));
}

for (const name of ["/", "/custom"]) {
  io.of(name).use(refuse).on("connection", serve);
  watchRooms(io.of(name));
}
serveSteps(io.of("/steps"));
io.of("/listeners").on("connection", serveListeners);
serveQuiet(io.of("/quiet"));
serveDynamic(io, (nsp) => nsp.use(refuse).on("connection", serve));

http.listen(Number(options.port), "127.0.0.1", () => {
  console.log(`listening on ${files.cert ? "https" : "http"}://127.0.0.1:${http.address().port}`);
});

for (const signal of ["SIGTERM", "SIGINT"]) {
  process.once(signal, () => {
    echo.close();
    io.close(() => process.exit(0));
    // A client that keeps its connection open does not hold up the end.
    setTimeout(() => process.exit(0), 1000);
  });
}
