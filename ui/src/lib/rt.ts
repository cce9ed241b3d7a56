// The realtime client: one connection for all topics of a page. It resumes where it was, delivers every event once and in order, repeats
// commands that may be repeated, and never gives up. docs/realtime.md describes the frames.

export interface Problem {
  type: string;
  title: string;
  code: string;
  detail?: string;
  status?: number;
  retry_after_ms?: number;
}

/** Why a command was not done. `code` is the server's, or "timeout" or "disconnected" from here. */
export class Refused extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail ?? problem.title);
    this.problem = problem;
  }
}

/** What a topic gives: its state first, and again whenever events were missed; then each event once. */
export interface Reader<Data, Event> {
  snapshot(data: Data): void;
  event(event: Event): void;
  refused?(problem: Problem): void;
}

export type Status = "connecting" | "open" | "waiting";

/** The outer world, so that tests can bring their own. */
export interface World {
  socket(url: string): SocketLike;
  source(url: string): SourceLike;
  post(url: string, body: string): Promise<string>;
  later(run: () => void, ms: number): () => void;
  now(): number;
  random(): number;
}
export interface SocketLike {
  onopen: (() => void) | null;
  onmessage: ((event: { data: string }) => void) | null;
  onclose: (() => void) | null;
  send(text: string): void;
  close(): void;
}
export interface SourceLike {
  onmessage: ((event: { data: string }) => void) | null;
  onerror: (() => void) | null;
  addEventListener(name: string, run: () => void): void;
  close(): void;
}

interface Cursor {
  epoch: string;
  seq: number;
}
interface Topic {
  cursor: Cursor | null;
  readers: Set<Reader<never, never>>;
  /** The last state, for readers that come later; null once events have changed it. */
  fresh: { data: unknown } | null;
}
interface Pending {
  frame: string;
  again: boolean;
  sent: boolean;
  resolve(data: unknown): void;
  reject(refused: Refused): void;
  cancel(): void;
}
type Frame =
  | { type: "hello"; now: string; heartbeat_ms: number }
  | { type: "snapshot"; topic: string; epoch: string; seq: number; data: unknown }
  | { type: "delta"; topic: string; epoch: string; from: number; to: number; events: unknown[] }
  | { type: "refused"; topic: string | null; problem: Problem }
  | { type: "result"; id: string; ok: boolean; data?: unknown; problem?: Problem }
  | { type: "pong" }
  | { type: "reconnect"; after_ms: number };

const FIRST_DELAY_MS = 400;
const DELAY_MAX_MS = 6_000;
const OPEN_MAX_MS = 8_000;
const COMMAND_MAX_MS = 12_000;
const DEFAULT_HEARTBEAT_MS = 20_000;
const PONG_MAX_MS = 8_000;
/** So many websockets in a row that never said hello, and the other way is tried: some proxies break upgrades. */
const SOCKET_FAILURES_MAX = 2;

export class Realtime {
  status: Status = "connecting";
  /** Server clock minus this machine's, from the last hello. */
  clockSkewMs = 0;

  readonly #world: World;
  readonly #base: string;
  readonly #topics = new Map<string, Topic>();
  readonly #pending = new Map<string, Pending>();
  readonly #watchers = new Set<(status: Status) => void>();
  #wire: Wire | null = null;
  #attempt = 0;
  #socketFailures = 0;
  #commands = 0;
  #heartbeatMs = DEFAULT_HEARTBEAT_MS;
  #cancelRetry: () => void = () => {};
  #cancelBeat: () => void = () => {};
  #closed = false;

  constructor(base = "/rt", world: World = browser()) {
    this.#base = base;
    this.#world = world;
    this.#connect();
  }

  /** The server's clock. */
  now(): number {
    return this.#world.now() + this.clockSkewMs;
  }

  onStatus(run: (status: Status) => void): () => void {
    this.#watchers.add(run);
    run(this.status);
    return () => this.#watchers.delete(run);
  }

  /** Reads `name` until the returned function is called. */
  subscribe<Data, Event>(name: string, reader: Reader<Data, Event>): () => void {
    const plain = reader as unknown as Reader<never, never>;
    let topic = this.#topics.get(name);
    if (topic) {
      topic.readers.add(plain);
      // A second reader needs the state too: from memory while it is fresh, else by asking for all of it anew.
      if (topic.fresh) plain.snapshot(topic.fresh.data as never);
      else if (topic.cursor) {
        topic.cursor = null;
        this.#wire?.subscribe(name, null);
      }
    } else {
      topic = { cursor: null, readers: new Set([plain]), fresh: null };
      this.#topics.set(name, topic);
      this.#wire?.subscribe(name, null);
    }
    return () => this.#leave(name, plain);
  }

  /** Does something on the server. `again`: it carries a nonce and may be repeated after a broken connection. */
  command<Data>(name: string, args: object, options: { again?: boolean; withinMs?: number } = {}): Promise<Data> {
    const id = `c${(this.#commands += 1)}`;
    const frame = JSON.stringify({ type: "command", id, name, args });
    return new Promise<Data>((resolve, reject) => {
      const cancel = this.#world.later(() => this.#fail(id, "timeout"), options.withinMs ?? COMMAND_MAX_MS);
      const pending: Pending = { frame, again: options.again ?? false, sent: false, resolve: resolve as (data: unknown) => void, reject, cancel };
      this.#pending.set(id, pending);
      this.#send(pending);
    });
  }

  /** Tries at once instead of waiting: the machine is online again, or somebody looks at the page again. */
  wake(): void {
    if (this.status !== "waiting" || this.#closed) return;
    this.#cancelRetry();
    this.#connect();
  }

  close(): void {
    this.#closed = true;
    this.#cancelRetry();
    this.#cancelBeat();
    this.#wire?.close();
    this.#wire = null;
    for (const id of [...this.#pending.keys()]) this.#fail(id, "disconnected");
  }

  #leave(name: string, reader: Reader<never, never>): void {
    const topic = this.#topics.get(name);
    if (!topic?.readers.delete(reader) || topic.readers.size > 0) return;
    this.#topics.delete(name);
    this.#wire?.unsubscribe(name);
  }

  #setStatus(status: Status): void {
    if (this.status === status) return;
    this.status = status;
    for (const run of this.#watchers) run(status);
  }

  #connect(): void {
    this.#setStatus("connecting");
    const viaSocket = this.#socketFailures < SOCKET_FAILURES_MAX;
    const wire: Wire = viaSocket ? new SocketWire(this.#base, this.#world) : new SourceWire(this.#base, this.#world);
    this.#wire = wire;
    const cancelOpen = this.#world.later(() => wire.fail(), OPEN_MAX_MS);
    let said = false;
    wire.onready = () => {
      for (const [name, topic] of this.#topics) wire.subscribe(name, topic.cursor);
      for (const pending of this.#pending.values()) this.#send(pending);
    };
    wire.onframe = (text) => {
      if (this.#wire !== wire) return;
      if (!said) {
        said = true;
        cancelOpen();
        if (viaSocket) this.#socketFailures = 0;
      }
      this.#listen();
      this.#take(text);
    };
    wire.onend = () => {
      cancelOpen();
      if (this.#wire !== wire) return;
      if (viaSocket && !said) this.#socketFailures += 1;
      // The other way has ended: next time the socket is tried first again.
      if (!viaSocket) this.#socketFailures = 0;
      this.#lost(null);
    };
    wire.start([...this.#topics.keys()]);
  }

  #lost(afterMs: number | null): void {
    const wire = this.#wire;
    this.#wire = null;
    wire?.close();
    this.#cancelBeat();
    for (const [id, pending] of [...this.#pending]) {
      if (pending.sent && !pending.again) this.#fail(id, "disconnected");
      else pending.sent = false;
    }
    if (this.#closed) return;
    const ceiling = Math.min(DELAY_MAX_MS, FIRST_DELAY_MS * 2 ** this.#attempt);
    this.#attempt += 1;
    // Between half and all of the delay: thousands must not come back in the same instant.
    const delay = afterMs === null ? ceiling * (0.5 + this.#world.random() / 2) : afterMs * (1 + this.#world.random() / 5);
    this.#setStatus("waiting");
    this.#cancelRetry = this.#world.later(() => this.#connect(), delay);
  }

  /** A wire that says nothing for a heartbeat is asked; one that does not answer is dead, whatever TCP believes. */
  #listen(): void {
    this.#cancelBeat();
    const wire = this.#wire;
    if (!wire?.canPing) return;
    this.#cancelBeat = this.#world.later(() => {
      wire.send('{"type":"ping"}');
      this.#cancelBeat = this.#world.later(() => wire.fail(), PONG_MAX_MS);
    }, this.#heartbeatMs);
  }

  #send(pending: Pending): void {
    if (pending.sent || !this.#wire?.ready) return;
    pending.sent = true;
    this.#wire.command(pending.frame, (text) => this.#take(text));
  }

  #fail(id: string, code: "timeout" | "disconnected"): void {
    const pending = this.#pending.get(id);
    if (!pending) return;
    this.#pending.delete(id);
    pending.cancel();
    pending.reject(new Refused({ type: "about:blank", title: code, code }));
  }

  #take(text: string): void {
    let frame: Frame;
    try {
      frame = JSON.parse(text) as Frame;
    } catch {
      return;
    }
    switch (frame.type) {
      case "hello":
        this.clockSkewMs = Date.parse(frame.now) - this.#world.now() || 0;
        this.#heartbeatMs = frame.heartbeat_ms || DEFAULT_HEARTBEAT_MS;
        this.#attempt = 0;
        this.#setStatus("open");
        break;
      case "snapshot":
        this.#snapshot(frame);
        break;
      case "delta":
        this.#delta(frame);
        break;
      case "refused": {
        const { topic, problem } = frame;
        if (topic) for (const reader of this.#topics.get(topic)?.readers ?? []) reader.refused?.(problem);
        break;
      }
      case "result":
        this.#result(frame);
        break;
      case "reconnect":
        this.#lost(frame.after_ms);
        break;
      case "pong":
        break;
    }
  }

  #snapshot(frame: Frame & { type: "snapshot" }): void {
    const topic = this.#topics.get(frame.topic);
    if (!topic) return;
    topic.cursor = { epoch: frame.epoch, seq: frame.seq };
    topic.fresh = { data: frame.data };
    for (const reader of topic.readers) reader.snapshot(frame.data as never);
  }

  #delta(frame: Frame & { type: "delta" }): void {
    const topic = this.#topics.get(frame.topic);
    const cursor = topic?.cursor;
    if (!topic || !cursor) return;
    if (frame.epoch !== cursor.epoch || frame.from > cursor.seq + 1) {
      // Something is missing: the server knows what.
      this.#wire?.subscribe(frame.topic, frame.epoch === cursor.epoch ? cursor : null);
      return;
    }
    const unseen = frame.events.slice(cursor.seq + 1 - frame.from);
    if (unseen.length === 0) return;
    topic.cursor = { epoch: cursor.epoch, seq: frame.to };
    topic.fresh = null;
    for (const event of unseen) for (const reader of topic.readers) reader.event(event as never);
  }

  #result(frame: Frame & { type: "result" }): void {
    const pending = this.#pending.get(frame.id);
    if (!pending) return;
    this.#pending.delete(frame.id);
    pending.cancel();
    if (frame.ok) pending.resolve(frame.data);
    else pending.reject(new Refused(frame.problem ?? { type: "about:blank", title: "refused", code: "refused" }));
  }
}

/** One connection of one kind. */
interface Wire {
  ready: boolean;
  readonly canPing: boolean;
  onready: () => void;
  onframe: (text: string) => void;
  onend: () => void;
  start(topics: string[]): void;
  subscribe(topic: string, after: Cursor | null): void;
  unsubscribe(topic: string): void;
  command(frame: string, result: (text: string) => void): void;
  send(text: string): void;
  fail(): void;
  close(): void;
}

class SocketWire implements Wire {
  ready = false;
  readonly canPing = true;
  onready = (): void => {};
  onframe = (_text: string): void => {};
  onend = (): void => {};
  #socket: SocketLike | null = null;
  constructor(
    private readonly base: string,
    private readonly world: World,
  ) {}
  start(): void {
    const socket = this.world.socket(this.base);
    this.#socket = socket;
    socket.onopen = () => {
      this.ready = true;
      this.onready();
    };
    socket.onmessage = (event) => this.onframe(event.data);
    socket.onclose = () => this.fail();
  }
  subscribe(topic: string, after: Cursor | null): void {
    if (this.ready) this.send(JSON.stringify(after ? { type: "subscribe", topic, after } : { type: "subscribe", topic }));
  }
  unsubscribe(topic: string): void {
    if (this.ready) this.send(JSON.stringify({ type: "unsubscribe", topic }));
  }
  command(frame: string): void {
    this.send(frame);
  }
  send(text: string): void {
    this.#socket?.send(text);
  }
  fail(): void {
    if (!this.#socket) return;
    this.close();
    this.onend();
  }
  close(): void {
    this.ready = false;
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }
}

/** Server-sent events, for networks that break websockets. Its topics are in its address, so that a new topic means a new stream. */
class SourceWire implements Wire {
  ready = false;
  readonly canPing = false;
  onready = (): void => {};
  onframe = (_text: string): void => {};
  onend = (): void => {};
  readonly #topics = new Set<string>();
  #source: SourceLike | null = null;
  #renewing = false;
  #started = false;
  constructor(
    private readonly base: string,
    private readonly world: World,
  ) {}
  start(topics: string[]): void {
    for (const topic of topics) this.#topics.add(topic);
    this.#started = true;
    this.#renew();
  }
  subscribe(topic: string): void {
    if (this.#topics.has(topic) && this.#source) return;
    this.#topics.add(topic);
    this.#renew();
  }
  unsubscribe(topic: string): void {
    this.#topics.delete(topic);
    this.#renew();
  }
  command(frame: string, result: (text: string) => void): void {
    // A lost answer is not told here: the command's time-out is.
    this.world.post(`${this.base}/commands`, frame).then(result, () => {});
  }
  send(): void {}
  fail(): void {
    if (!this.#started) return;
    this.close();
    this.onend();
  }
  close(): void {
    this.#started = this.ready = false;
    this.#drop();
  }
  #drop(): void {
    const source = this.#source;
    this.#source = null;
    if (!source) return;
    source.onmessage = source.onerror = null;
    source.close();
  }
  #renew(): void {
    if (this.#renewing || !this.#started) return;
    this.#renewing = true;
    // Several topics asked for in one go share one new stream.
    queueMicrotask(() => {
      this.#renewing = false;
      if (!this.#started) return;
      this.#drop();
      if (this.#topics.size === 0) return;
      const source = this.world.source(`${this.base}?${[...this.#topics].map((topic) => `topic=${topic}`).join("&")}`);
      this.#source = source;
      source.onmessage = (event) => {
        if (!this.ready) {
          this.ready = true;
          this.onready();
        }
        this.onframe(event.data);
      };
      source.onerror = () => this.fail();
      source.addEventListener("end", () => this.fail());
    });
  }
}

/** The real world. */
export function browser(): World {
  const absolute = (path: string): string => new URL(path, location.href).href;
  return {
    socket: (url) => new WebSocket(absolute(url).replace(/^http/, "ws")) as unknown as SocketLike,
    source: (url) => new EventSource(absolute(url)) as unknown as SourceLike,
    post: async (url, body) => (await fetch(url, { method: "POST", body, headers: { "content-type": "application/json" } })).text(),
    later: (run, ms) => {
      const id = setTimeout(run, ms);
      return () => clearTimeout(id);
    },
    now: () => Date.now(),
    random: () => Math.random(),
  };
}
