// Times, counts, initials and colours: values in, strings out.

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });
const short = new Intl.DateTimeFormat(undefined, {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
});

export const clockTime = (ms) => clock.format(ms);
/** Without "PM": for the narrow column beside a message. */
export const narrowTime = (ms) =>
  clock
    .formatToParts(ms)
    .filter(({ type }) => type !== "dayPeriod")
    .map(({ value }) => value)
    .join("")
    .trim();
export const fullTime = (ms) => full.format(ms);
export const sameDay = (a, b) => new Date(a).toDateString() === new Date(b).toDateString();
export const shortTime = (ms) => (sameDay(ms, Date.now()) ? clock.format(ms) : short.format(ms));

export function dayName(ms) {
  if (sameDay(ms, Date.now())) return "Today";
  if (sameDay(ms, Date.now() - 86_400_000)) return "Yesterday";
  return day.format(ms);
}

export const people = (n) => (n === 1 ? "1 person" : `${n} people`);
export const badge = (n) => (n > 99 ? "99+" : String(n));
export const roomLabel = (room) => (room === "lobby" ? "Lobby" : room);

/** "Ada", "Ada and Bob", "Ada, Bob and 3 others" */
export function nameList(names) {
  if (names.length <= 2) return names.join(" and ");
  if (names.length === 3) return `${names[0]}, ${names[1]} and ${names[2]}`;
  return `${names[0]}, ${names[1]} and ${names.length - 2} others`;
}

/** A guest has no name of its own: the end of its id tells two guests apart. */
export const personName = (person) => (person.guest ? `Guest ${person.id.slice(0, 4)}` : person.name);

export function initials(name) {
  const words = name
    .split(/[\s._-]+/)
    .map((word) => [...word.replace(/^[^\p{L}\p{N}\p{Emoji}]+/u, "")][0])
    .filter(Boolean);
  const letters = words.length > 1 ? words[0] + words.at(-1) : (words[0] ?? [...name][0] ?? "?");
  return letters.toUpperCase();
}

/** One of eight classes: the same name has the same colour everywhere. */
export function colourClass(name) {
  let hash = 7;
  for (const char of name) hash = (hash * 31 + char.codePointAt(0)) >>> 0;
  return `colour-${hash % 8}`;
}
