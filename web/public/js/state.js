// All that the page knows, and who wants to hear of changes.  No DOM, no socket: views read it, the connection writes it.

import { Room } from "./room.js";

export const LOBBY = "lobby";
const SELF = "self"; // our id while the server has not given one
const TYPING_SHOWN_MS = 4000;

/** Topics that views listen to; several changes in one go are told once. */
export const TOPICS = ["status", "me", "rooms", "current", "people", "messages", "typing", "news"];

export class State {
  constructor() {
    this.status = "new"; // new -> connecting -> online <-> offline; quit goes back to new
    this.me = null; // {id, name}
    this.selves = new Set([SELF]); // every id that this page has had: a new connection is a new id
    this.directory = new Map(); // room -> number of people, the server's list
    this.rooms = new Map(); // room -> Room, those we are in
    this.current = LOBBY;
    this.news = [];
    this.newsUnread = 0;
    this.watching = true; // is the page in view?
    this.newsInView = () => true; // set by the view that knows
    this.listeners = new Map(TOPICS.map((topic) => [topic, new Set()]));
    this.spoken = new Set();
    this.due = new Set();
  }

  // --- listening ------------------------------------------------------------------------------------

  on(topics, listener) {
    for (const topic of topics.split(" ")) this.listeners.get(topic).add(listener);
  }

  /** Called with (message, room) for each new message of somebody, as it comes. */
  onMessage(listener) {
    this.spoken.add(listener);
  }

  changed(...topics) {
    if (this.due.size === 0) setTimeout(() => this.tell(), 0);
    for (const topic of topics) this.due.add(topic);
  }

  tell() {
    const listeners = new Set();
    for (const topic of this.due) for (const listener of this.listeners.get(topic)) listeners.add(listener);
    this.due.clear();
    for (const listener of listeners) listener();
  }

  // --- the connection -------------------------------------------------------------------------------

  setStatus(status) {
    if (this.status === status) return;
    this.status = status;
    this.changed("status");
  }

  /** The answer to `hello`. */
  named({ id, name, rooms }) {
    this.me = { id, name };
    this.selves.add(id);
    this.directory = new Map(rooms.map(({ room, people }) => [room, people]));
    for (const room of this.rooms.values()) room.rename(this.me);
    this.changed("me", "rooms", "people");
  }

  connectionLost() {
    for (const room of this.rooms.values()) room.forgetPresence();
    this.changed("people", "typing");
  }

  quit() {
    this.connectionLost();
    this.me = null;
    this.rooms.clear();
    this.directory.clear();
    this.current = LOBBY;
    this.setStatus("new");
    this.changed("me", "rooms", "current", "people", "messages");
  }

  /** Who writes from this page. */
  author(name) {
    return this.me ?? { id: SELF, name };
  }

  isMe(person) {
    return this.selves.has(person.id);
  }

  // --- rooms ----------------------------------------------------------------------------------------

  get room() {
    return this.rooms.get(this.current);
  }

  addRoom(title) {
    if (!this.rooms.has(title)) this.rooms.set(title, new Room(title));
    this.changed("rooms");
    return this.rooms.get(title);
  }

  removeRoom(title) {
    this.rooms.get(title)?.forgetPresence();
    this.rooms.delete(title);
    if (this.current === title) this.show(this.rooms.has(LOBBY) ? LOBBY : ([...this.rooms.keys()][0] ?? LOBBY));
    this.changed("rooms");
  }

  /** The answer to `enter`.  What was said while we were away is unread; what was said before we came first is not. */
  entered(answer) {
    const room = this.addRoom(answer.room);
    const known = room.messages.size > 0;
    const fresh = room.welcome(answer);
    if (known) for (const message of fresh) this.countUnread(room, message);
    this.directory.set(room.title, room.count);
    this.changed("rooms", "people", "messages", "typing");
  }

  show(title) {
    const left = this.room;
    if (left !== undefined && title !== this.current) left.newFrom = null;
    this.current = title;
    this.markRead();
    this.changed("current", "rooms", "people", "messages", "typing");
  }

  setDirectory({ room, people }) {
    if (people > 0) this.directory.set(room, people);
    else this.directory.delete(room);
    const mine = this.rooms.get(room);
    if (mine?.entered) mine.count = people;
    this.changed("rooms", "people");
  }

  // --- presence and typing --------------------------------------------------------------------------

  presence({ room, who, count }, verb) {
    this.rooms.get(room)?.presence({ verb, who, count }, this.isMe(who));
    this.changed("people", "messages", "typing");
  }

  renamed({ who, was }) {
    for (const room of this.rooms.values()) room.rename(who, was);
    this.changed("people", "messages");
  }

  typing({ room: title, who, on }) {
    const room = this.rooms.get(title);
    if (room === undefined || this.isMe(who)) return;
    if (on) {
      room.startTyping(
        who,
        setTimeout(() => {
          room.stopTyping(who.id);
          this.changed("typing");
        }, TYPING_SHOWN_MS),
      );
    } else {
      room.stopTyping(who.id);
    }
    this.changed("typing");
  }

  // --- messages -------------------------------------------------------------------------------------

  message(message) {
    const room = this.rooms.get(message.room);
    if (room === undefined) return;
    this.changed("messages", "typing");
    if (!room.addMessage(message)) return;
    this.countUnread(room, message);
    if (!this.isMe(message.from)) for (const listener of this.spoken) listener(message, room);
  }

  /** Our own message has its answer. */
  said({ room: title, id, seq, time }) {
    const room = this.rooms.get(title);
    const pending = room?.messages.get(id);
    if (!pending?.pending) return;
    room.addMessage({ room: title, id, seq, time, from: pending.from, text: pending.text });
    this.changed("messages");
  }

  pending(message) {
    const room = this.rooms.get(message.room);
    room.addPending(message);
    room.newFrom = null;
    this.changed("messages");
  }

  failed({ room, id }, reason) {
    this.rooms.get(room)?.setFailed(id, reason);
    this.changed("messages");
  }

  retried({ room, id }) {
    this.failed({ room, id }, null);
  }

  discarded({ room, id }) {
    this.rooms.get(room)?.discard(id);
    this.changed("messages");
  }

  countUnread(room, message) {
    if (this.isMe(message.from) || (room === this.room && this.watching)) return;
    room.newFrom ??= message.id;
    room.unread += 1;
    this.changed("rooms");
  }

  markRead() {
    if (this.room === undefined || this.room.unread === 0) return;
    this.room.unread = 0;
    this.changed("rooms");
  }

  setWatching(watching) {
    this.watching = watching;
    if (watching) this.markRead();
  }

  get unread() {
    let sum = 0;
    for (const room of this.rooms.values()) sum += room.unread;
    return sum;
  }

  // --- news -----------------------------------------------------------------------------------------

  newsHistory(items) {
    this.news = [...items];
    this.changed("news");
  }

  newsItem(item) {
    if (this.news.some(({ id }) => id === item.id)) return;
    this.news = [...this.news, item].slice(-50);
    if (!this.newsInView()) this.newsUnread += 1;
    this.changed("news");
  }

  newsSeen() {
    if (this.newsUnread === 0) return;
    this.newsUnread = 0;
    this.changed("news");
  }
}
