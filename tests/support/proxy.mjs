// A TCP proxy between client and server: connections can be cut, frozen, or led to another server.

import net from "node:net";
import { once } from "node:events";

/** Ways to pass bytes on: each makes a function that is given a chunk and what writes it; order is kept. */
export const links = {
  /** As they come. */
  straight: () => (chunk, write) => write(chunk),
  /** Every byte a write of its own, a few at a turn of the loop. */
  "byte by byte": () => {
    let ready = Promise.resolve();
    return (chunk, write) => {
      ready = ready.then(async () => {
        for (let i = 0; i < chunk.length; i++) {
          write(chunk.subarray(i, i + 1));
          if (i % 16 === 15) await new Promise((resolve) => setImmediate(resolve));
        }
      });
      return ready;
    };
  },
  /** Late, and what waits goes out together. */
  "late and coalesced": () => {
    let held = [];
    let out;
    return (chunk, write) => {
      held.push(chunk);
      if (held.length > 1) return out;
      out = new Promise((resolve) => {
        setTimeout(() => {
          write(Buffer.concat(held));
          held = [];
          resolve();
        }, Math.random() * 15);
      });
      return out;
    };
  },
};

/**
 * watch  called with every chunk on its way to the server, and whether it comes from there instead
 * link   makes, for each direction of a connection, what passes its bytes on: one of `links`
 */
export async function startProxy(server, { watch = () => {}, link = links.straight } = {}) {
  let target = server;
  let frozen = false;
  const pairs = new Set();

  const listener = net.createServer((near) => {
    const far = net.connect({ port: target.port, host: target.host });
    const pair = { near, far, abandoned: false };
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
      const pass = link();
      let passed; // when the last chunk is out
      from.on("data", (chunk) => {
        watch(chunk, from === far);
        if (!frozen) passed = pass(chunk, (bytes) => to.destroyed || to.write(bytes));
      });
      from.on("end", async () => {
        await passed;
        if (!frozen && !pair.abandoned) to.end();
      });
      from.on("error", () => pair.abandoned || end());
      from.on("close", async () => {
        await passed;
        if (!frozen && !pair.abandoned) to.end(end);
      });
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
    url: `${new URL(target.url).protocol}//127.0.0.1:${port}`,
    host: "127.0.0.1",
    port,
    /** Ends every connection, both sides; new ones are taken. */
    cut,
    /** Ends the client's side of every connection: the server does not hear of it. */
    abandon() {
      for (const pair of pairs) {
        pair.abandoned = true;
        pair.near.destroy();
      }
    },
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
