// One room as this page knows it: who is there, what was said, what is unread.  No DOM, no socket.

const KEPT_ITEMS = 500;
const JOINED = "joined";
const LEFT = "left";

let notices = 0;

/** Does `a` belong before `b`?  Own messages that the server has not answered yet stay at the end. */
function isBefore(a, b) {
  if (a.pending) return false;
  if (b.pending) return true;
  return a.time < b.time || (a.time === b.time && a.seq < b.seq);
}

export class Room {
  constructor(title) {
    this.title = title;
    this.count = 0;
    this.people = new Map(); // id -> person
    this.items = []; // messages and notices, in the order shown
    this.messages = new Map(); // id -> message, those in items
    this.typists = new Map(); // id -> {person, timer}
    this.unread = 0;
    this.newFrom = null; // key of the first message not seen yet
    this.draft = "";
    this.entered = false; // has the server answered `enter` on this connection?
    this.early = []; // presence that came before that answer
  }

  // --- presence -----------------------------------------------------------------------------------

  /** A new connection: the server knows nothing of us until it has answered `enter` again. */
  forgetPresence() {
    this.entered = false;
    this.early = [];
    for (const id of this.typists.keys()) this.stopTyping(id);
  }

  /** The answer to `enter`.  Returns the messages that are new to the page. */
  welcome({ count, people, messages }) {
    this.entered = true;
    this.count = count;
    this.people = new Map(people.map((person) => [person.id, person]));
    const early = this.early;
    this.early = [];
    for (const change of early) this.applyPresence(change);
    return messages.filter((message) => this.addMessage(message));
  }

  /** change: {verb: 'joined' | 'left', who, count}; quiet: without a line among the messages */
  presence(change, quiet) {
    if (!this.entered) {
      this.early.push(change);
      return;
    }
    this.applyPresence(change);
    if (!quiet) this.addNotice(change.verb, change.who);
  }

  applyPresence({ verb, who, count }) {
    this.count = count;
    if (verb === JOINED) this.people.set(who.id, who);
    else this.people.delete(who.id);
    if (verb === LEFT) this.stopTyping(who.id);
  }

  rename(who, was) {
    if (!this.people.has(who.id)) return false;
    this.people.set(who.id, who);
    if (was) this.addNotice("renamed", who, was);
    return true;
  }

  // --- typing -------------------------------------------------------------------------------------

  startTyping(person, timer) {
    this.stopTyping(person.id);
    this.typists.set(person.id, { person, timer });
  }

  stopTyping(id) {
    clearTimeout(this.typists.get(id)?.timer);
    return this.typists.delete(id);
  }

  // --- messages -----------------------------------------------------------------------------------

  /** Takes a message once; one of ours that was waiting becomes sent.  Returns true when it is new to the page. */
  addMessage(message) {
    const known = this.messages.get(message.id);
    if (known !== undefined && !known.pending) return false;
    if (known !== undefined) this.items.splice(this.items.indexOf(known), 1);
    this.insert({ ...message, kind: "message", key: message.id });
    this.stopTyping(message.from.id);
    return known === undefined;
  }

  /** One of our own, shown at once and still to be answered. */
  addPending(message) {
    this.insert({ ...message, kind: "message", key: message.id, pending: true, failed: null });
  }

  setFailed(id, reason) {
    const message = this.messages.get(id);
    if (message?.pending) this.replace({ ...message, failed: reason });
  }

  discard(id) {
    const message = this.messages.get(id);
    if (!message?.pending) return null;
    this.items.splice(this.items.indexOf(message), 1);
    this.messages.delete(id);
    return message;
  }

  waiting() {
    return this.items.filter((item) => item.pending && item.failed === null);
  }

  replace(message) {
    this.items[this.items.indexOf(this.messages.get(message.id))] = message;
    this.messages.set(message.id, message);
  }

  insert(item) {
    let at = this.items.length;
    while (at > 0 && isBefore(item, this.items[at - 1])) at--;
    this.items.splice(at, 0, item);
    if (item.kind === "message") this.messages.set(item.id, item);
    if (this.items.length > KEPT_ITEMS) this.messages.delete(this.items.shift().id);
  }

  /** "Ada and Bob joined": what happens again right afterwards joins the same line. */
  addNotice(verb, who, was) {
    let at = this.items.length - 1;
    while (at >= 0 && this.items[at].pending) at--;
    const last = this.items[at];
    if (last?.kind === "notice" && last.verb === verb && verb !== "renamed") {
      this.items[at] = { ...last, people: [...last.people.filter((p) => p.id !== who.id), who] };
      return;
    }
    this.insert({ kind: "notice", key: `notice-${++notices}`, verb, people: [who], was, time: last?.time ?? 0 });
  }
}
