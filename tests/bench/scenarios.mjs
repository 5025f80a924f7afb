// What is measured: a scenario's name, what the load generator is asked for, and the figure that is its result.
// `apart`: server and load generator have CPUs of their own.

import { existsSync, readFileSync } from "node:fs";

// Memory of both ends, with what the kernel keeps.
const CLIENT_KIB = 128, MOST = 100_000, OWN_DESCRIPTORS = 500;

/** How many clients the limits of this machine and of a process allow. */
function mostClients() {
  const read = (file, pattern) =>
    (existsSync(file) && Number.parseInt(pattern.exec(readFileSync(file, "utf8"))?.[1])) || Infinity;
  const descriptors = read("/proc/self/limits", /^Max open files +\w+ +(\w+)/m) - OWN_DESCRIPTORS;
  const free_kib = read("/proc/meminfo", /^MemAvailable: +(\d+)/m);
  const tracked = read("/proc/sys/net/netfilter/nf_conntrack_max", /(\d+)/) / 2;
  return Math.floor(Math.min(MOST, descriptors, tracked, free_kib / CLIENT_KIB));
}

const most = mostClients();

const emit = (in_flight, bytes, clients) => ({
  name: `emit with ack, ${in_flight} in flight, ${bytes < 1024 ? `${bytes} B` : `${bytes / 1024} KiB`}`,
  load: ["emit", "--clients", clients, "--in-flight", in_flight, "--bytes", bytes],
});
/** The same with TLS below it. */
const secure = ({ name, load, ...more }) => ({ name: `${name}, TLS`, load: [...load, "--tls"], tls: true, ...more });
const crowd = (clients, in_flight) => ({
  name: `broadcast to ${clients}, ${in_flight} in flight`,
  load: ["broadcast", "--clients", clients, "--in-flight", in_flight],
});
const idle = (clients) => ({ name: `idle ${clients}`, load: ["connect", "--clients", clients], figure: "rss_kib", unit: "KiB" });

/** The same with permessage-deflate, for servers that have it on. */
const deflate = ({ name, load, ...scenario }) => ({ name: `${name}, deflate`, load: [...load, "--deflate"], deflate: true, ...scenario });
const large = (scenario, bytes) => ({ ...scenario, name: `${scenario.name}, ${bytes / 1024} KiB`, load: [...scenario.load, "--bytes", bytes] });

export const quick = [
  { name: "connect", load: ["connect", "--clients", 500] },
  emit(1, 32, 50),
  emit(20, 32, 50),
  crowd(1000, 2),
  crowd(1000, 20),
];

export const all = [
  { name: "connect", load: ["connect", "--clients", 1000] },
  ...[32, 1024].flatMap((bytes) => [emit(1, bytes, 50), emit(20, bytes, 50)]),
  ...[16384, 262144].flatMap((bytes) => [emit(1, bytes, 8), emit(20, bytes, 4)]),
  { name: "JSON object that is read", load: ["json", "--in-flight", 20] },
  { name: "binary, 1 KiB", load: ["binary", "--bytes", 1024, "--in-flight", 20] },
  crowd(1000, 1),
  crowd(1000, 2),
  crowd(1000, 20),
  crowd(10000, 1),
  crowd(10000, 2),
  crowd(10000, 20),
  { name: "rooms: 10000 clients, 1000 rooms", load: ["rooms", "--clients", 10000, "--rooms", 1000, "--in-flight", 20] },
  { name: "polling, emit with ack", load: ["polling", "--clients", 50] },
  { name: "calm in a crowd of 10000", load: ["calm in crowd", "--clients", 10000], figure: "p99_us", unit: "us p99", apart: true },
  idle(1000),
  idle(10000),
  deflate(emit(20, 16384, 4)),
  large(crowd(1000, 2), 4096),
  deflate(large(crowd(1000, 2), 4096)),
  deflate(large(idle(1000), 4096)),
  secure({ name: "connect", load: ["connect", "--clients", 1000] }),
  secure(emit(1, 32, 50)),
  secure(emit(20, 32, 50)),
  secure(emit(1, 16384, 8)),
  secure(idle(1000)),
  { ...idle(most), name: `idle ${most}: the machine's limit` },
  { name: "churn: 10 waves of 10000", load: ["churn", "--clients", 10000, "--waves", 10] },
];
