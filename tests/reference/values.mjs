// docs/CONFORMANCE.md, "Values".

const isWhole = (value) => Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 31;

export function serveValues(socket) {
  socket.on("take apart", (order, ack) => {
    const { id, at, files, limit } = order ?? {};
    const picture = files?.picture;
    const fits = typeof id === "string" && Array.isArray(at) && at.slice(0, 2).every(Number.isFinite) &&
      at.length >= 2 && Buffer.isBuffer(picture) && (limit == null || isWhole(limit));
    ack(fits ? { id, at: [at[1], at[0]], pictures: [picture], limit: limit ?? 10 } : null);
  });

  socket.on("pack", () => {
    const third = Buffer.from("third");
    socket.emit("packed", "text", "a\0b", -7, 2 ** 53, 0.5, true, false, null, { list: [1, null] }, [true], {},
      Buffer.from([1, 2]), { bytes: Buffer.alloc(0) }, [[], {}], { n: [third] }, null, null);
  });
}
