// docs/CONFORMANCE.md, "Dynamic namespaces".

const names = [];

/** A parent that obeys one key of the auth. */
const decide = (key) => (name, auth, next) => {
  const answer = name.startsWith("/asked-") ? auth[key] : undefined;
  if (answer === "later") setTimeout(() => next(null, true), 30);
  else next(null, typeof answer === "string");
};

export function serveDynamic(io, serveAll) {
  io.on("new_namespace", (nsp) => names.push(nsp.name));
  const first = io.of(decide("first"));
  const second = io.of(decide("second"));
  const numbered = io.of(/^\/numbered-[0-9]+$/);
  serveAll(numbered);
  const greet = (by) => (socket) => socket.emit("allowed by", by);
  first.on("connection", greet("first"));
  serveAll(first);
  second.on("connection", greet("second"));

  io.of("/dynamic").on("connection", (socket) => {
    socket.on("exists", (name, ack) => ack(io._nsps.has(name)));
    socket.on("make", (name, ack) => {
      io.of(name).on("connection", greet("name"));
      ack();
    });
    socket.on("new namespaces", (ack) => ack(names));
    socket.on("tell children", (room, ...rest) => {
      (room === null ? numbered : numbered.to(room)).emit("told", room, ...rest.slice(0, -1));
      rest.at(-1)();
    });
    socket.on("fetch fails", (ack) => {
      try {
        numbered.fetchSockets();
        ack(false);
      } catch {
        ack(true);
      }
    });
  });
}
