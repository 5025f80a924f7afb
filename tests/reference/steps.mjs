// docs/CONFORMANCE.md, "`/steps`".

export function serveSteps(nsp) {
  for (const step of [1, 2, 3]) {
    nsp.use((socket, next) => {
      (socket.data.passed ??= []).push(step);
      socket.data.wasConnected ||= socket.connected;
      if (socket.handshake.auth.stop === step) next(Object.assign(new Error("stopped"), { data: step }));
      else if (step === 2) setTimeout(next, 20);
      else next();
    });
  }
  nsp.on("connection", (socket) => {
    socket.emit("steps", socket.data.passed, socket.data.wasConnected, socket.connected);
  });
}
