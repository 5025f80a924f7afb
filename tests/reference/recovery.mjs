// What docs/CONFORMANCE.md says of --recovery, of the event `recovered` and of the namespace /quiet.

/** Options of the server. */
export function recoveryOptions(options) {
  if (options.recovery === undefined) return {};
  const skipMiddlewares = !options["recovery-middlewares"];
  return { connectionStateRecovery: { maxDisconnectionDuration: Number(options.recovery), skipMiddlewares } };
}

export function serveRecovery(socket, on) {
  on("recovered", (ack) => ack(socket.recovered));
}

export function serveQuiet(nsp) {
  nsp.on("connection", (socket) => {
    socket.on("recovered", (ack) => ack(socket.recovered));
    socket.on("tell all", (...args) => {
      const ack = args.pop();
      nsp.emit("told", ...args);
      ack();
    });
  });
}
