// What docs/CONFORMANCE.md says of --engine-app and of the event `conn`.

const parameter = (request, name) => new URL(request.url, "http://localhost").searchParams.get(name);

let count = 0;

/** Middlewares and session ids of an engine. */
export function engineApp(engine) {
  engine.use((request, response, next) => {
    response.setHeader("X-First", request.method);
    const asked = parameter(request, "use");
    if (asked === "fail") return next(new Error("no"));
    if (asked === "fail later") return setTimeout(next, 50, new Error("no"));
    if (asked !== "later") return next();
    setTimeout(() => {
      response.setHeader("X-Late", "late");
      next();
    }, 50);
  });
  engine.use((request, response, next) => {
    response.setHeader("X-Second", "second");
    if (parameter(request, "use") !== "end") return next();
    response.statusCode = 418;
    response.setHeader("Content-Type", "text/plain");
    response.end("teapot");
  });
  engine.generateId = (request) => {
    const id = parameter(request, "id");
    if (id === "fail") throw new Error("no id");
    return id ?? `own.id-${count++}`;
  };
}

/** What a socket knows of its connection. */
export function conn({ conn, request }) {
  const { id, protocol, transport, upgraded, readyState, remoteAddress } = conn;
  return { id, protocol, transport: transport.name, upgraded, readyState, remoteAddress, url: request.url };
}
