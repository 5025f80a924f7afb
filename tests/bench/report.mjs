// Tables, and the numbers they come from.

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The runs of one peer and scenario, figure by figure in medians; spread is that of the main one. */
export function summary(runs, figure) {
  const values = runs.map((run) => run[figure]);
  const result = { runs: runs.length, value: median(values) };
  result.spread = result.value > 0 ? (Math.max(...values) - Math.min(...values)) / result.value : 0;
  for (const key of Object.keys(runs[0]))
    if (typeof runs[0][key] === "number") result[key] = median(runs.map((run) => run[key]));
  return result;
}

export const short = (x) => (x === undefined ? "-" : x >= 100 ? x.toFixed(0) : x >= 10 ? x.toFixed(1) : x.toFixed(2));

/** A table in Markdown: a line for each row, and for each of the names what `cell` makes of its summary and the row. */
function lines(title, rows, names, cell) {
  const line = (first, cells) => `| ${first} | ${cells.join(" | ")} |`;
  return [
    line(title, names),
    `|---|${"---|".repeat(names.length)}`,
    ...rows.map((row) => line(row.title ?? row.name, names.map((name) => (row.of[name] ? cell(row.of[name], row) : "-")))),
  ].join("\n");
}

/** rows: { name, unit, of: { peer: summary } } */
export const table = (rows, names) =>
  lines("", rows.map((row) => ({ ...row, title: `${row.name}, ${row.unit}` })), names, ({ value }) => short(value));

/** How many times libsio's figure each of the others is. */
export const ratios = (rows, names) =>
  lines("times libsio", rows.filter(({ of }) => of.libsio?.value > 0), names.filter((name) => name !== "libsio"),
    ({ value }, { of }) => short(value / of.libsio.value));

export const latencies = (rows, names) =>
  lines("messages/s; p50 / p99 / p99.9 in us", rows, names, (s) =>
    `${Math.round(s.per_second)}; ${[s.p50_us, s.p99_us, s.p999_us].map(Math.round).join(" / ")}`);
