// A TCP proxy between client and server: connections can be cut, frozen, or led to another server.

import net from "node:net";
import { once } from "node:events";

/** watch  called with every chunk on its way to the server, and whether it comes from there instead */
export async function startProxy(server, { watch = () => {} } = {}) {
  let target = server;
  let frozen = false;
  const pairs = new Set();

  const listener = net.createServer((near) => {
    const far = net.connect({ port: target.port, host: target.host });
    const pair = { near, far };
    near.unref();
    far.unref();
    pairs.add(pair);
    const end = () => {
      pairs.delete(pair);
      near.destroy();
      far.destroy();
    };
    for (const [from, to] of [
      [near, far],
      [far, near],
    ]) {
      from.on("data", (chunk) => {
        watch(chunk, from === far);
        if (!frozen) to.write(chunk);
      });
      from.on("end", () => frozen || to.end());
      from.on("error", end);
      from.on("close", () => frozen || end());
    }
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  listener.unref();
  const { port } = listener.address();
  const cut = () => {
    for (const { near, far } of pairs) {
      near.destroy();
      far.destroy();
    }
    pairs.clear();
  };

  return {
    url: `http://127.0.0.1:${port}`,
    host: "127.0.0.1",
    port,
    /** Ends every connection, both sides; new ones are taken. */
    cut,
    /** From now on nothing passes, and nobody is told. */
    freeze: () => (frozen = true),
    thaw: () => (frozen = false),
    /** New connections go to another server. */
    leadTo: (other) => (target = other),
    async stop() {
      frozen = false;
      cut();
      listener.close();
    },
  };
}
