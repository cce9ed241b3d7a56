import { beforeEach, describe, expect, test } from "vitest";
import { Realtime, Refused, type SocketLike, type SourceLike, type World } from "../src/lib/rt.ts";

class FakeSocket implements SocketLike {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  sent: Record<string, unknown>[] = [];
  closed = false;
  send(text: string): void {
    this.sent.push(JSON.parse(text) as Record<string, unknown>);
  }
  close(): void {
    this.closed = true;
  }
  hello(now = "2026-11-22T01:00:00Z"): void {
    this.onopen?.();
    this.say({ type: "hello", now, heartbeat_ms: 20_000 });
  }
  say(frame: object): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
  take(type: string): Record<string, unknown>[] {
    return this.sent.filter((frame) => frame["type"] === type);
  }
}
class FakeSource implements SourceLike {
  onmessage: ((event: { data: string }) => void) | null = null;
  onerror: (() => void) | null = null;
  ends: (() => void)[] = [];
  closed = false;
  constructor(readonly url: string) {}
  addEventListener(_name: string, run: () => void): void {
    this.ends.push(run);
  }
  close(): void {
    this.closed = true;
  }
  say(frame: object): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
}
class FakeWorld implements World {
  sockets: FakeSocket[] = [];
  sources: FakeSource[] = [];
  posts: string[] = [];
  timers: { at: number; run: () => void }[] = [];
  time = Date.parse("2026-11-22T00:59:58Z");
  answer = "{}";
  socket(): FakeSocket {
    const socket = new FakeSocket();
    this.sockets.push(socket);
    return socket;
  }
  source(url: string): FakeSource {
    const source = new FakeSource(url);
    this.sources.push(source);
    return source;
  }
  post(_url: string, body: string): Promise<string> {
    this.posts.push(body);
    return Promise.resolve(this.answer);
  }
  later(run: () => void, ms: number): () => void {
    const timer = { at: this.time + ms, run };
    this.timers.push(timer);
    return () => (this.timers = this.timers.filter((other) => other !== timer));
  }
  now(): number {
    return this.time;
  }
  random(): number {
    return 0.5;
  }
  pass(ms: number): void {
    const until = this.time + ms;
    for (;;) {
      const next = this.timers.filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.timers = this.timers.filter((other) => other !== next);
      this.time = next.at;
      next.run();
    }
    this.time = until;
  }
  get last(): FakeSocket {
    return this.sockets[this.sockets.length - 1]!;
  }
}

let world: FakeWorld;
let rt: Realtime;
let seen: unknown[];
const reader = {
  snapshot: (data: unknown) => void seen.push({ snapshot: data }),
  event: (event: unknown) => void seen.push(event),
};
const delta = (from: number, to: number, epoch = "e"): object => ({
  type: "delta",
  topic: "t",
  epoch,
  from,
  to,
  events: Array.from({ length: to - from + 1 }, (_, i) => ({ n: from + i })),
});

beforeEach(() => {
  world = new FakeWorld();
  rt = new Realtime("/rt", world);
  seen = [];
});

describe("reading a topic", () => {
  test("gives the state and then each event once, whatever overlaps", () => {
    rt.subscribe("t", reader);
    world.last.hello();
    world.last.say({ type: "snapshot", topic: "t", epoch: "e", seq: 5, data: { a: 1 } });
    world.last.say(delta(4, 6));
    world.last.say(delta(5, 7));
    world.last.say(delta(7, 7));
    expect(seen).toEqual([{ snapshot: { a: 1 } }, { n: 6 }, { n: 7 }]);
  });

  test("asks for what is missing when a number is skipped", () => {
    rt.subscribe("t", reader);
    world.last.hello();
    world.last.say({ type: "snapshot", topic: "t", epoch: "e", seq: 5, data: {} });
    world.last.say(delta(8, 9));
    expect(world.last.take("subscribe").at(-1)).toEqual({ type: "subscribe", topic: "t", after: { epoch: "e", seq: 5 } });
    world.last.say(delta(6, 9));
    expect(seen.slice(1)).toEqual([{ n: 6 }, { n: 7 }, { n: 8 }, { n: 9 }]);
  });

  test("resumes after a lost connection with epoch and number, and takes a snapshot of a new epoch", () => {
    rt.subscribe("t", reader);
    world.last.hello();
    world.last.say({ type: "snapshot", topic: "t", epoch: "e", seq: 5, data: 1 });
    world.last.onclose?.();
    expect(rt.status).toBe("waiting");
    world.pass(400);
    world.last.hello();
    expect(world.last.take("subscribe")).toEqual([{ type: "subscribe", topic: "t", after: { epoch: "e", seq: 5 } }]);
    world.last.say(delta(6, 5));
    world.last.say({ type: "snapshot", topic: "t", epoch: "f", seq: 1, data: 2 });
    world.last.say(delta(2, 2, "f"));
    expect(seen).toEqual([{ snapshot: 1 }, { snapshot: 2 }, { n: 2 }]);
  });

  test("gives a second reader the state, from memory or by asking anew", () => {
    rt.subscribe("t", reader);
    world.last.hello();
    world.last.say({ type: "snapshot", topic: "t", epoch: "e", seq: 5, data: 1 });
    const second: unknown[] = [];
    rt.subscribe("t", { snapshot: (data) => void second.push(data), event: (event) => void second.push(event) });
    expect(second).toEqual([1]);
    world.last.say(delta(6, 6));
    const third: unknown[] = [];
    rt.subscribe("t", { snapshot: (data) => void third.push(data), event: () => {} });
    expect(world.last.take("subscribe")).toHaveLength(2);
    world.last.say({ type: "snapshot", topic: "t", epoch: "e", seq: 6, data: 2 });
    expect(third).toEqual([2]);
  });

  test("ends with the last reader", () => {
    const leave = rt.subscribe("t", reader);
    world.last.hello();
    leave();
    expect(world.last.take("unsubscribe")).toHaveLength(1);
    world.last.say({ type: "snapshot", topic: "t", epoch: "e", seq: 5, data: 1 });
    expect(seen).toEqual([]);
  });

  test("tells the readers of a topic that it was refused", () => {
    const problems: string[] = [];
    rt.subscribe("t", { ...reader, refused: (problem) => void problems.push(problem.code) });
    world.last.hello();
    world.last.say({ type: "refused", topic: "t", problem: { type: "", title: "", code: "not-found" } });
    world.last.say({ type: "refused", topic: null, problem: { type: "", title: "", code: "bad-frame" } });
    expect(problems).toEqual(["not-found"]);
  });
});

describe("the connection", () => {
  /** Ends the connection under way and returns how long it takes until the next one is begun. */
  const gap = (): number => {
    const before = world.time;
    const made = world.sockets.length;
    world.last.onclose?.();
    while (world.sockets.length === made && world.time - before < 60_000) world.pass(50);
    return world.time - before;
  };

  test("that was open comes back at once, however often", () => {
    for (let i = 0; i < 8; i += 1) {
      world.last.hello();
      expect(gap()).toBeLessThan(1_000);
    }
  });

  test("that never opens is tried again with growing delays and without end, both ways in turn", async () => {
    const gaps: number[] = [];
    for (let i = 0; i < 14; i += 1) {
      if (world.last.onclose) gaps.push(gap());
      else {
        rt.subscribe("t", reader);
        await Promise.resolve();
        world.sources.at(-1)?.onerror?.();
        while (!world.last.onclose) world.pass(50);
      }
    }
    expect(gaps[0]).toBeLessThan(500);
    expect(gaps.at(-1)).toBeGreaterThan(3_000);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(26_500);
  });

  test("comes back when the server says, not earlier", () => {
    world.last.hello();
    world.last.say({ type: "reconnect", after_ms: 3000 });
    expect(world.last.closed).toBe(true);
    world.pass(2900);
    expect(world.sockets).toHaveLength(1);
    world.pass(500);
    expect(world.sockets).toHaveLength(2);
  });

  test("is given up when it says nothing to a ping", () => {
    world.last.hello();
    world.pass(20_000);
    expect(world.last.take("ping")).toHaveLength(1);
    world.last.say({ type: "pong" });
    world.pass(20_000);
    expect(world.last.take("ping")).toHaveLength(2);
    const first = world.last;
    world.pass(8_000);
    expect(first.closed).toBe(true);
    world.pass(1_000);
    expect(world.sockets).toHaveLength(2);
  });

  test("wakes at once when asked", () => {
    world.last.hello();
    world.last.onclose?.();
    rt.wake();
    expect(world.sockets).toHaveLength(2);
  });

  test("knows the server's clock", () => {
    world.last.hello("2026-11-22T01:00:00Z");
    expect(rt.now()).toBe(Date.parse("2026-11-22T01:00:00Z"));
  });
});

describe("a command", () => {
  test("resolves with the result's data and rejects with its problem", async () => {
    world.last.hello();
    const done = rt.command("chat.post", { text: "a" });
    const refused = rt.command("chat.post", { text: "" });
    world.last.say({ type: "result", id: "c1", ok: true, data: { line: 1 } });
    world.last.say({ type: "result", id: "c2", ok: false, problem: { type: "", title: "Empty", code: "chat-empty" } });
    await expect(done).resolves.toEqual({ line: 1 });
    await expect(refused).rejects.toMatchObject({ problem: { code: "chat-empty" } });
  });

  test("waits for the connection and is repeated after a broken one if it may", async () => {
    const post = rt.command("chat.post", { nonce: "n" }, { again: true });
    expect(world.last.sent).toEqual([]);
    world.last.hello();
    expect(world.last.take("command")).toHaveLength(1);
    world.last.onclose?.();
    world.pass(500);
    world.last.hello();
    expect(world.last.take("command")).toEqual([{ type: "command", id: "c1", name: "chat.post", args: { nonce: "n" } }]);
    world.last.say({ type: "result", id: "c1", ok: true, data: 1 });
    await expect(post).resolves.toBe(1);
  });

  test("that may not be repeated fails with the connection, and any fails after its time", async () => {
    world.last.hello();
    const once = rt.command("studio.put", {});
    const slow = rt.command("chat.post", {}, { again: true });
    world.last.onclose?.();
    await expect(once).rejects.toBeInstanceOf(Refused);
    world.pass(15_000);
    await expect(slow).rejects.toMatchObject({ problem: { code: "timeout" } });
  });
});

describe("server-sent events", () => {
  const fall = async (): Promise<FakeSource> => {
    for (let i = 0; i < 2; i += 1) {
      world.last.onclose?.();
      world.pass(800);
    }
    await Promise.resolve();
    return world.sources.at(-1)!;
  };

  test("take over when websockets do not come through, with the same frames and commands by POST", async () => {
    rt.subscribe("t", reader);
    const source = await fall();
    expect(source.url).toBe("/rt?topic=t");
    source.say({ type: "hello", now: "2026-11-22T01:00:00Z", heartbeat_ms: 20_000 });
    expect(rt.status).toBe("open");
    source.say({ type: "snapshot", topic: "t", epoch: "e", seq: 1, data: 1 });
    source.say(delta(2, 2));
    expect(seen).toEqual([{ snapshot: 1 }, { n: 2 }]);
    world.answer = JSON.stringify({ type: "result", id: "c1", ok: true, data: 7 });
    await expect(rt.command("chat.post", {})).resolves.toBe(7);
  });

  test("open one new stream for new topics, and go back to the socket when the stream ends", async () => {
    rt.subscribe("t", reader);
    const source = await fall();
    source.say({ type: "hello", now: "2026-11-22T01:00:00Z", heartbeat_ms: 20_000 });
    rt.subscribe("u", reader);
    rt.subscribe("v", reader);
    await Promise.resolve();
    expect(source.closed).toBe(true);
    expect(world.sources.at(-1)!.url).toBe("/rt?topic=t&topic=u&topic=v");
    const sockets = world.sockets.length;
    world.sources.at(-1)!.onerror?.();
    world.pass(1_000);
    expect(world.sockets.length).toBe(sockets + 1);
  });
});
