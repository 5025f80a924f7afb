// The plot: a line for each scenario, a mark on it for each peer, on logarithmic scales. Light or dark as its
// reader's screen is.

import { short } from "./report.mjs";

const WIDTH = 1000, LEFT = 365, RIGHT = 970, LINE = 27, LEGEND = 165;

const style = `
  svg { --paper: #fff; --ink: #1d2329; --faint: #6a737d; --rule: #e4e8ec; --span: #c9d0d7; --bare: #1d2329 }
  @media (prefers-color-scheme: dark) {
    svg { --paper: #14181c; --ink: #e7ebef; --faint: #97a1ab; --rule: #2a3138; --span: #4a545e; --bare: #e7ebef }
  }
  text { font: 12px system-ui, sans-serif; fill: var(--ink) }
  .faint { fill: var(--faint) }
  .head { font-weight: 600; font-size: 14px }
  .value { font-weight: 600; text-anchor: end }
  .rule { stroke: var(--rule) }
  .span { stroke: var(--span); stroke-width: 2 }`;

const dot = (colour) => (x, y) => `<circle cx="${x}" cy="${y}" r="4.5" fill="${colour}"/>`;
const marks = {
  libsio: (x, y) => `<circle cx="${x}" cy="${y}" r="6.5" fill="#12a574" stroke="var(--paper)" stroke-width="1.5"/>`,
  "libsio, 2 workers": (x, y) => `<circle cx="${x}" cy="${y}" r="4.5" fill="none" stroke="#12a574" stroke-width="2"/>`,
  Node: dot("#8b95a1"),
  Bun: dot("#e39a26"),
  "bare epoll": (x, y) => `<rect x="${x - 1.5}" y="${y - 7}" width="3" height="14" fill="var(--bare)"/>`,
  "python-socketio": dot("#3f7fe0"),
  socketioxide: dot("#d0542c"),
  "netty-socketio": dot("#b04fae"),
  Go: dot("#1fb0cc"),
};
const mark = (name, x, y) => (marks[name] ?? dot("#a08060"))(x, y);
const text = (x, y, words, kind = "") => `<text x="${x}" y="${y}" class="${kind}">${words}</text>`;
const line = (x1, y1, x2, y2, kind) => `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" class="${kind}"/>`;

function legend(names) {
  const across = Math.floor((WIDTH - 40) / LEGEND);
  const at = (i) => [26 + (i % across) * LEGEND, 24 + Math.floor(i / across) * 22];
  const parts = names.map((name, i) => mark(name, ...at(i)) + text(at(i)[0] + 12, at(i)[1] + 4, name));
  return { parts, bottom: at(names.length - 1)[1] + 14 };
}

/** One scale with its lines, which begin at y. Nothing without rows. */
function panel({ title, rows }, names, y) {
  const values = rows.flatMap(({ of }) => Object.values(of).map(({ value }) => value)).filter((value) => value > 0);
  if (values.length === 0) return { parts: [], bottom: y };
  const low = Math.floor(Math.log10(Math.min(...values))), high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
  const place = (value) => Math.round((LEFT + ((Math.log10(value) - low) / (high - low)) * (RIGHT - LEFT)) * 10) / 10;
  const top = y + 46, bottom = top + rows.length * LINE;
  const parts = [text(20, y + 24, title, "head"), text(LEFT - 30, y + 24, "libsio", "faint value")];
  for (let decade = low; decade <= high; decade++) {
    const x = place(10 ** decade);
    parts.push(line(x, top - 12, x, bottom - 10, "rule"), `<text x="${x}" y="${y + 24}" text-anchor="middle" class="faint">${10 ** decade}</text>`);
  }
  rows.forEach(({ name, of }, i) => {
    const at = top + i * LINE;
    const shown = names.filter((peer) => of[peer]?.value > 0);
    const places = shown.map((peer) => place(of[peer].value));
    parts.push(text(20, at + 4, name));
    if (of.libsio) parts.push(text(LEFT - 30, at + 4, short(of.libsio.value), "value"));
    if (places.length > 0) parts.push(line(Math.min(...places), at, Math.max(...places), at, "span"));
    // Ours on top.
    for (const peer of shown.reverse())
      parts.push(`<g><title>${peer}: ${short(of[peer].value)}</title>${mark(peer, place(of[peer].value), at)}</g>`);
  });
  return { parts, bottom: bottom + 6 };
}

/** panels: { title, rows } with rows as in the tables. */
export function plot(panels, names) {
  let { parts, bottom } = legend(names);
  for (const one of panels) {
    const more = panel(one, names, bottom);
    parts.push(...more.parts);
    bottom = more.bottom;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${bottom}" width="${WIDTH}" height="${bottom}">
<style>${style}
</style>
<rect width="100%" height="100%" fill="var(--paper)"/>
${parts.join("\n")}
</svg>
`;
}
