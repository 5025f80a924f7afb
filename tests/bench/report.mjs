// Tables, the plot, and the numbers they come from.

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
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

const short = (x) => (x === undefined ? "-" : x >= 100 ? x.toFixed(0) : x >= 10 ? x.toFixed(1) : x.toFixed(2));

/** rows: { name, unit, of: { peer: summary } } */
export function table(rows, names) {
  const lines = [
    `| | ${names.join(" | ")} | others / libsio |`,
    `|---|${"---|".repeat(names.length + 1)}`,
  ];
  for (const { name, unit, of } of rows) {
    const ours = of.libsio?.value;
    const ratios = names.slice(1).filter((peer) => of[peer] && ours).map((peer) => `${peer} ${short(of[peer].value / ours)}`);
    lines.push(`| ${name}, ${unit} | ${names.map((peer) => short(of[peer]?.value)).join(" | ")} | ${ratios.join(", ")} |`);
  }
  return lines.join("\n");
}

export function latencies(rows, names) {
  const lines = [`| messages/s; p50 / p99 / p99.9 in us | ${names.join(" | ")} |`, `|---|${"---|".repeat(names.length)}`];
  for (const { name, of } of rows) {
    const cell = (s) => s === undefined ? "-" : `${Math.round(s.per_second)}; ${[s.p50_us, s.p99_us, s.p999_us].map(Math.round).join(" / ")}`;
    lines.push(`| ${name} | ${names.map((peer) => cell(of[peer])).join(" | ")} |`);
  }
  return lines.join("\n");
}

const colours = ["#1b6e53", "#6b6b6b", "#c97b1a", "#9db8c9", "#4fae8b"];
const LEFT = 300, WIDTH = 620, BAR = 13;

/** Bars on a logarithmic scale, one group for each row. */
export function plot(rows, names) {
  const values = rows.flatMap(({ of }) => Object.values(of).map(({ value }) => value)).filter((v) => v > 0);
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.ceil(Math.log10(Math.max(...values)));
  const x = (v) => (LEFT + ((Math.log10(Math.max(v, 10 ** low)) - low) / Math.max(1, high - low)) * WIDTH).toFixed(1);
  const parts = [];
  let y = 50;
  names.forEach((name, i) =>
    parts.push(`<rect x="${20 + i * 150}" y="14" width="11" height="11" fill="${colours[i]}"/><text x="${36 + i * 150}" y="24">${name}</text>`));
  for (const { name, unit, of } of rows) {
    parts.push(`<text x="10" y="${y + 11}">${name}, ${unit}</text>`);
    names.forEach((peer, i) => {
      if (!of[peer] || !(of[peer].value > 0)) return;
      const end = x(of[peer].value);
      parts.push(`<rect x="${LEFT}" y="${y}" width="${(end - LEFT).toFixed(1)}" height="${BAR - 2}" fill="${colours[i]}"/><text x="${Number(end) + 5}" y="${y + 10}">${short(of[peer].value)}</text>`);
      y += BAR;
    });
    y += 10;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" width="1000" height="${y}" font-family="sans-serif" font-size="11"><rect width="100%" height="100%" fill="white"/>${parts.join("\n")}</svg>\n`;
}
