// What a process costs, from /proc.

import { readFileSync, readdirSync } from "node:fs";
import { sleep } from "./clock.mjs";

const ms_per_tick = 10; // USER_HZ is 100 on every Linux that matters here

/** CPU time that the process has used so far, in ms. */
export function cpuTime_ms(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * ms_per_tick;
}

/** The share of one core that the process uses during the next `ms`: 1 is a busy loop. */
export async function cpuShare(pid, ms = 1500) {
  const before = cpuTime_ms(pid);
  const start = Date.now();
  await sleep(ms);
  return (cpuTime_ms(pid) - before) / (Date.now() - start);
}

/** Resident memory in bytes. */
export function resident_bytes(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "latin1"))[1]) * 1024;
}

/** Open descriptors. */
export const openFiles = (pid) => readdirSync(`/proc/${pid}/fd`).length;
