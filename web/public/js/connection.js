// The sockets, on the official client: says hello, goes back to its rooms after every new connection, and sends each
// message until it has an answer.  Contract: docs/CHAT.md.

import { io } from "/socket.io/socket.io.esm.min.js";
import { LOBBY } from "./state.js";

const ANSWER_MS = 10_000;
const AGAIN_MS = 2_000;
const TYPING_EVERY_MS = 2_000;
const TRIES = 6;
const ENTER_AT_ONCE = 4; // the server keeps only so much that waits for one client

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** 128 random bits: crypto.randomUUID() exists on https and localhost only. */
function randomId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Half a surrogate pair is no Unicode: it cannot be sent. */
const wellFormed = (text) =>
  text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "\ufffd");

export class Connection {
  /** @param onRefused called with the server's words when it does not take the name */
  constructor(state, { onRefused }) {
    this.state = state;
    this.onRefused = onRefused;
    this.name = null;
    this.visit = 0; // counts connections: what belongs to an old one stops
    this.typed = { room: null, at: 0 };
    this.chat = io("/", { autoConnect: false });
    this.news = io("/news", { autoConnect: false });
    this.listen();
  }

  listen() {
    const { chat, news, state } = this;
    chat.on("connect", () => this.arrive());
    chat.on("disconnect", (reason) => this.lost(reason));
    chat.on("connect_error", () => this.lost("connect_error"));
    chat.on("message", (message) => state.message(message));
    chat.on("entered", (change) => state.presence(change, "joined"));
    chat.on("left", (change) => state.presence(change, "left"));
    chat.on("renamed", (change) => state.renamed(change));
    chat.on("typing", (change) => state.typing(change));
    chat.on("room", (entry) => state.setDirectory(entry));
    news.on("history", (items) => state.newsHistory(items));
    news.on("news", (item) => state.newsItem(item));
    news.on("disconnect", (reason) => this.comeBack(news, reason));
    news.on("connect_error", () => this.comeBack(news, "connect_error"));
  }

  /** Begins to chat under this name, in these rooms. */
  start(name, rooms = []) {
    this.name = name;
    for (const room of [LOBBY, ...rooms]) this.state.addRoom(room);
    this.state.setStatus("connecting");
    this.chat.connect();
    this.news.connect();
  }

  quit() {
    this.name = null;
    this.visit += 1;
    this.chat.disconnect();
    this.news.disconnect();
    this.state.quit();
  }

  // --- connecting -----------------------------------------------------------------------------------

  async arrive() {
    const visit = ++this.visit;
    while (visit === this.visit && this.chat.connected) {
      try {
        await this.settle(visit);
        return;
      } catch (error) {
        if (visit !== this.visit) return;
        if (error.code === "bad_name") {
          this.quit();
          this.onRefused(error.message);
          return;
        }
        await sleep(AGAIN_MS);
      }
    }
  }

  async settle(visit) {
    const { state } = this;
    state.named(await this.ask("hello", { name: this.name }));
    const titles = [...new Set([state.current, ...state.rooms.keys()])];
    const goOn = async () => {
      while (titles.length > 0 && visit === this.visit) await this.goBack(titles.shift());
    };
    await Promise.all(Array.from({ length: ENTER_AT_ONCE }, goOn));
    if (visit !== this.visit) return;
    state.setStatus("online");
    for (const room of state.rooms.values()) for (const message of room.waiting()) this.deliver(message);
  }

  /** A room that cannot be entered any more is dropped; what else goes wrong is tried again by arrive(). */
  async goBack(title) {
    try {
      this.state.entered(await this.ask("enter", { room: title }));
    } catch (error) {
      if (error.code !== "bad_room" && error.code !== "too_many_rooms") throw error;
      this.state.removeRoom(title);
    }
  }

  lost(reason) {
    this.visit += 1;
    if (this.name === null) return;
    this.state.connectionLost();
    if (this.state.status === "online" || reason !== "connect_error") this.state.setStatus("offline");
    this.comeBack(this.chat, reason);
  }

  /** The client comes back by itself, unless the server closed or refused this one namespace. */
  async comeBack(socket, reason) {
    if (this.name === null || socket.active || reason === "io client disconnect") return;
    await sleep(AGAIN_MS + Math.random() * AGAIN_MS);
    if (this.name !== null && !socket.active) socket.connect();
  }

  // --- asking ---------------------------------------------------------------------------------------

  /** Emits and waits for the answer.  Throws an Error whose code is one of docs/CHAT.md, or undefined when none came. */
  async ask(event, argument) {
    const visit = this.visit;
    for (let left = TRIES; ; left--) {
      if (!this.chat.connected) throw new Error("There is no connection at the moment.");
      const answer = await this.chat.timeout(ANSWER_MS).emitWithAck(event, argument);
      if (answer.ok) return answer;
      const { code, message, retry_ms: retryMs } = answer.error;
      if (left === 0 || (code !== "too_fast" && code !== "server_error"))
        throw Object.assign(new Error(message), { code });
      await sleep(retryMs ?? AGAIN_MS);
      if (visit !== this.visit) throw new Error("The connection was lost.");
    }
  }

  async rename(name) {
    const answer = await this.ask("hello", { name });
    this.name = answer.name;
    this.state.named(answer);
  }

  async enter(room) {
    const answer = await this.ask("enter", { room });
    this.state.entered(answer);
    return answer.room;
  }

  async leave(room) {
    await this.ask("leave", { room });
    this.state.removeRoom(room);
  }

  // --- messages -------------------------------------------------------------------------------------

  say(room, text) {
    const message = {
      room,
      id: randomId(),
      text: wellFormed(text),
      from: this.state.author(this.name),
      time: Date.now(),
    };
    this.typed = { room: null, at: 0 };
    this.state.pending(message);
    if (this.state.status === "online") this.deliver(message);
  }

  tryAgain(message) {
    this.state.retried(message);
    if (this.state.status === "online") this.deliver(message);
  }

  /** The same id goes with every try, so that the server stores it once.  Without an answer it waits for the next connection. */
  async deliver({ room, id, text }) {
    const visit = this.visit;
    while (visit === this.visit) {
      try {
        this.state.said(await this.ask("say", { room, text, id }));
        return;
      } catch (error) {
        if (error.code === undefined) continue;
        this.state.failed({ room, id }, error.message);
        return;
      }
    }
  }

  typing(room, on) {
    const now = Date.now();
    const again = this.typed.room === room && now - this.typed.at < TYPING_EVERY_MS;
    if (this.state.status !== "online" || (on && again) || (!on && this.typed.room !== room)) return;
    this.typed = on ? { room, at: now } : { room: null, at: 0 };
    this.chat.emit("typing", { room, on });
  }
}
