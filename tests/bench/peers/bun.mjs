// The part of the conformance contract that the bench uses, on Bun with its own engine.

import { Server as Engine } from "@socket.io/bun-engine";
import { Server } from "socket.io";

const io = new Server();
const engine = new Engine({ path: "/socket.io/", maxHttpBufferSize: 2_000_000 });
io.bind(engine);

io.on("connection", (socket) => {
  socket.emit("auth", socket.handshake.auth);
  socket.on("message-with-ack", (...args) => args.pop()(...args));
  socket.on("total", ({ name, items }, ack) => ack({ name, total: items.reduce((sum, { n }) => sum + n, 0) }));
  socket.on("chat message", (text) => io.emit("chat message", text));
  socket.on("join", (room, ack) => (socket.join(room), ack?.()));
  socket.on("to room", (room, text) => io.to(room).emit("to room", text));
});

/** What stands behind an argument. */
const given = (name) => process.argv[process.argv.indexOf(name) + 1];
const is_secure = process.argv.includes("--tls-cert");
const tls = is_secure ? { cert: Bun.file(given("--tls-cert")), key: Bun.file(given("--tls-key")) } : undefined;
const { fetch, websocket, maxRequestBodySize } = engine.handler();
const server = Bun.serve({ port: 0, hostname: "127.0.0.1", idleTimeout: 30, fetch, websocket, maxRequestBodySize, tls });
console.log(`listening on http${is_secure ? "s" : ""}://127.0.0.1:${server.port}`);
