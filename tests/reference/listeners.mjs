// The namespace /listeners, whose sockets listen as their clients say: docs/CONFORMANCE.md.

const records = [];
let held = [];
const commands = ["listen", "listeners", "records", "release", "emit", "emit to all"];

const plain = (value) => (Buffer.isBuffer(value) ? { bytes: value.length } : value);

/** Functions that record what they hear, one for each kind and label, so that they can be taken off again. */
function recorders(socket) {
  const record = (label, what) => records.push([socket.handshake.auth.who, label, what]);
  const made = new Map();
  const once = (kind, make) => (label) => {
    const key = `${kind} ${label}`;
    if (!made.has(key)) made.set(key, make(label));
    return made.get(key);
  };
  return {
    event: once("event", (label) => (...args) => {
      const ack = typeof args.at(-1) === "function" ? args.pop() : () => {};
      if (commands.includes(args[0])) return;
      record(label, args.map(plain));
      if (label === "answers") ack(label);
    }),
    sent: once("sent", (label) => (...args) => record(label, args.map(plain))),
    end: once("end", (label) => (event) => (reason) => record(label, [event, reason])),
    error: once("error", (label) => (...args) => {
      const ack = typeof args.at(-1) === "function" ? args.pop() : () => {};
      const [error] = args;
      record(label, error instanceof Error ? { message: error.message, ...(error.data !== undefined && { data: error.data }) } : args.map(plain));
      ack("error");
    }),
    use: once("use", (label) => (given, next) => {
      const args = typeof given.at(-1) === "function" ? given.slice(0, -1) : given;
      if (!commands.includes(args[0])) record(label, args.map(plain));
      const [, { refuse, data, change, wait } = {}] = args[1] === null ? [] : args;
      if (refuse !== undefined) next(Object.assign(new Error(refuse), data !== undefined && { data }));
      else if (change !== undefined) {
        given.splice(1, args.length - 1, change);
        next();
      } else if (wait) held.push([socket.handshake.auth.who, next]);
      else next();
    }),
  };
}

export function serveListeners(socket) {
  const make = recorders(socket);
  const on = (event, handler) =>
    socket.on(event, (...args) => {
      const ack = typeof args.at(-1) === "function" ? args.pop() : () => {};
      ack(handler(...args));
    });
  // The emitter calls a listener without the event's name.
  const named = new Map();
  const of_event = (event, label) => {
    const key = `${event} ${label}`;
    if (!named.has(key)) named.set(key, (...args) => make.event(label)(event, ...args));
    return named.get(key);
  };
  const listening = (event) => socket.listenerCount(event);
  const listen = {
    on: (label, event) => !!socket.on(event, of_event(event, label)),
    once: (label, event) => !!socket.once(event, of_event(event, label)),
    off(label, event) {
      const before = listening(event);
      if (label === null) socket.removeAllListeners(event);
      else socket.off(event, of_event(event, label));
      return listening(event) < before;
    },
    any: (label) => !!socket.onAny(make.event(label)),
    "prepend any": (label) => !!socket.prependAny(make.event(label)),
    "off any": (label) => off_any("listenersAny", "offAny", label && make.event(label)),
    sent: (label) => !!socket.onAnyOutgoing(make.sent(label)),
    "prepend sent": (label) => !!socket.prependAnyOutgoing(make.sent(label)),
    "off sent": (label) => off_any("listenersAnyOutgoing", "offAnyOutgoing", label && make.sent(label)),
    use: (label) => !!socket.use(make.use(label)),
    error: (label) => !!socket.on("error", make.error(label)),
    end: (label) => !!["disconnecting", "disconnect"].map((event) => socket.on(event, make.end(label)(event))),
    "off all"() {
      socket.eventNames().filter(is_own).forEach((event) => socket.removeAllListeners(event));
      return true;
    },
  };
  function off_any(listeners, off, listener) {
    const before = socket[listeners]().length;
    if (listener === null) socket[off]();
    else socket[off](listener);
    return socket[listeners]().length < before;
  }
  const is_own = (event) => !commands.includes(event) && !["x", "error", "disconnect", "disconnecting"].includes(event);

  on("listen", (verb, label, event) => listen[verb](label ?? null, event));
  on("listeners", () => ({
    events: Object.fromEntries(socket.eventNames().filter(is_own).map((event) => [event, listening(event)])),
    any: socket.listenersAny().length - 1,
    sent: socket.listenersAnyOutgoing().length - 1,
  }));
  on("records", (who) => {
    const taken = records.filter(([of]) => of === who).map(([, ...rest]) => rest);
    records.splice(0, records.length, ...records.filter(([of]) => of !== who));
    return taken;
  });
  on("release", (who) => {
    const of_this = held.filter(([of]) => of === who);
    held = held.filter(([of]) => of !== who);
    of_this.forEach(([, next]) => next());
    return of_this.length;
  });
  const emit = (from, { volatile, compress }, event, value) => {
    if (volatile) from = from.volatile;
    if (compress !== undefined) from = from.compress(compress);
    from.emit(event, ...(value === undefined ? [] : [value]));
    return true;
  };
  on("emit", (flags, event, value) => emit(socket, flags, event, value));
  on("emit to all", (flags, event, value) => emit(socket.nsp, flags, event, value));

  listen.on("all", "x");
  listen.any("all any");
  listen.use("all use");
  listen.sent("all sent");
  listen.error("all error");
  listen.end("all end");
}
