// Time in tests: deadlines are generous, and longer still where the server runs under valgrind.

/** How much slower than usual the server may be (PARLEY_SLOW); 1 by default. */
export const slow = Math.max(1, Number(process.env.PARLEY_SLOW) || 1);

/** The deadline of a wait that names none. */
export const patience_ms = 20_000;

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Resolves as `promise` does; rejects, naming `what`, when that takes more than `ms` times slow. */
export async function within(promise, what, ms = patience_ms) {
  if (ms === Infinity) return promise;
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no ${what} within ${ms * slow} ms`)), ms * slow);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Asks `probe` again and again until it gives something true, and resolves with that. */
export async function eventually(probe, what, ms = patience_ms, step_ms = 20) {
  const end = Date.now() + ms * slow;
  for (;;) {
    const got = await probe();
    if (got) return got;
    if (Date.now() > end) throw new Error(`${what}: not within ${ms * slow} ms`);
    await sleep(step_ms);
  }
}

/** The next event of that name: its arguments as an array. */
export function nextEvent(emitter, name, ms = patience_ms) {
  const heard = new Promise((resolve) => emitter.once(name, (...args) => resolve(args)));
  return within(heard, `event "${name}"`, ms);
}
