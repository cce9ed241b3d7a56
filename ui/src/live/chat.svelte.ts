// The chat of one talk: the server's lines, and the viewer's own ones from the moment they are sent.
import { Refused, type Problem, type Realtime } from "../lib/rt.ts";
import type { ChatData, ChatEvent, Line } from "./types.ts";

export interface Own {
  nonce: string;
  text: string;
  talk: string;
  problem: Problem | null;
}

/** So many lines are kept; older ones are on the talk's page. */
const LINES_MAX = 400;

export class Chat {
  lines = $state.raw<Line[]>([]);
  own = $state<Own[]>([]);
  data = $state.raw<Omit<ChatData, "lines"> | null>(null);
  refused = $state.raw<Problem | null>(null);
  talk = $state<string | null>(null);
  readonly #rt: Realtime;
  readonly #conf: string;
  #leave: () => void = () => {};

  constructor(rt: Realtime, conf: string) {
    this.#rt = rt;
    this.#conf = conf;
  }

  /** What the page came with, until the topic speaks. */
  begin(talk: string, data: ChatData): void {
    this.talk = talk;
    this.#all(data);
  }

  /** Reads the chat of `talk`. */
  open(talk: string | null): void {
    this.#leave();
    this.#leave = () => {};
    if (this.talk !== talk) {
      this.lines = [];
      this.data = null;
    }
    this.refused = null;
    this.talk = talk;
    if (talk === null) return;
    this.#leave = this.#rt.subscribe<ChatData, ChatEvent>(`chat/${this.#conf}/${talk}`, {
      snapshot: (data) => this.#all(data),
      event: (event) => this.#event(event),
      refused: (problem) => (this.refused = problem),
    });
  }

  /** Whether a line is this person's. */
  isMine(line: Line): boolean {
    return line.mine ?? (line.author.id !== undefined && line.author.id === this.data?.me);
  }

  post(text: string): void {
    const talk = this.talk;
    if (!talk) return;
    this.own.push({ nonce: nonce(), text, talk, problem: null });
    void this.#send(this.own[this.own.length - 1]!);
  }

  retry(own: Own): void {
    own.problem = null;
    void this.#send(own);
  }

  drop(own: Own): void {
    this.own = this.own.filter((other) => other.nonce !== own.nonce);
  }

  async remove(line: Line): Promise<Problem | null> {
    try {
      await this.#rt.command("chat.remove", { conf: this.#conf, line: line.id });
      this.#event({ kind: "removed", id: line.id });
      return null;
    } catch (error) {
      return error instanceof Refused ? error.problem : { type: "about:blank", title: "", code: "internal" };
    }
  }

  close(): void {
    this.#leave();
  }

  async #send(own: Own): Promise<void> {
    const { text, talk, nonce } = own;
    try {
      // The nonce makes repeating harmless: a line that the server already has comes back instead of a second one.
      const { line } = await this.#rt.command<{ line: Line }>("chat.post", { conf: this.#conf, talk, text, nonce }, { again: true });
      this.drop(own);
      if (talk === this.talk) this.#add({ ...line, mine: true });
    } catch (error) {
      own.problem = error instanceof Refused ? error.problem : { type: "about:blank", title: "", code: "internal" };
    }
  }

  #all(data: ChatData): void {
    const { lines, ...rest } = data;
    this.lines = lines.slice(-LINES_MAX);
    this.data = rest;
  }

  #event(event: ChatEvent): void {
    if (event.kind === "removed") this.lines = this.lines.filter((line) => line.id !== event.id);
    else if (event.kind === "line") this.#add(event);
    else if (event.kind === "open" && this.data) this.data = { ...this.data, open: event.open };
  }

  #add(line: Line): void {
    const known = this.lines.find((other) => other.id === line.id);
    if (known) {
      if (line.mine && !known.mine) this.lines = this.lines.map((other) => (other === known ? { ...known, mine: true } : other));
      return;
    }
    this.lines = [...this.lines, line].slice(-LINES_MAX);
  }
}

function nonce(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
