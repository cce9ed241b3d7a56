// A server of our own for a journey: started like anybody starts it, in a folder that is gone afterwards.
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify, stripVTControlCharacters } from "node:util";

const repository = resolve(import.meta.dirname, "../../..");
const binary = process.env.MATSURI_BIN ?? join(process.env.CARGO_TARGET_DIR ?? join(repository, "target"), "debug/matsuri");
/** Our own programme, for what else it can do. */
export const matsuri = binary;
const START_MS = 60_000;
const STOP_MS = 20_000;

/** Whoever runs the journeys has settings of their own, which the server would obey or complain of. Figures may ask for parts of another length. */
function environment(): NodeJS.ProcessEnv {
  const foreign = Object.entries(process.env).filter(([name]) => !name.startsWith("MATSURI_"));
  const part_ms = process.env.MATSURI_PART_MS;
  return { ...Object.fromEntries(foreign), NO_COLOR: "1", ...(part_ms ? { MATSURI_MEDIA_PART_MS: part_ms } : {}) };
}

/** A schedule file of one talk in each of some rooms. */
function schedule(names: readonly string[]): object {
  const [day, at] = ["2026-11-22", "2026-11-22T10:00:00+09:00"];
  const event = (room: string, n: number): object => {
    const talk = { guid: `${String(n + 1).padStart(8, "0")}-0000-4000-8000-000000000001`, id: n + 1, title: "Opening", slug: `opening-${n}`, date: at, start: "10:00", duration: "01:00" };
    return { ...talk, room, language: "en", type: "lecture", persons: [] };
  };
  const rooms = Object.fromEntries(names.map((room, n) => [room, [event(room, n)]]));
  const hours = { index: 1, date: day, day_start: `${day}T09:00:00+09:00`, day_end: `${day}T18:00:00+09:00` };
  const about = { acronym: "ours", title: "A conference", start: day, end: day, daysCount: 1, timeslot_duration: "00:05", time_zone_name: "Asia/Tokyo" };
  return { schedule: { version: "1", conference: { ...about, rooms: names.map((name) => ({ name })), days: [{ ...hours, rooms }] } } };
}

const running = new Set<ChildProcess>();
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));

export class Server {
  readonly #command: "demo" | "serve";
  readonly #data: string;
  readonly #more: string[];
  /** Where it listens. */
  readonly #host: string;
  #child: ChildProcess | undefined;
  /** Where it finds other programmes. */
  #path = process.env.PATH;
  /** Everything it has printed since the last start, without colours. */
  printed = "";
  /** Scheme, host and port. */
  origin = "";
  #rtmp = "";

  private constructor(command: "demo" | "serve", more: string[] = [], host = "127.0.0.1") {
    this.#command = command;
    this.#more = more;
    this.#host = host;
    this.#data = mkdtempSync(join(tmpdir(), "matsuri-e2e-"));
  }

  /** A demo whose programmes can be played. */
  static async demo(): Promise<Server> {
    return Server.#demo(process.env.PATH);
  }

  /** The same on a machine that has no other programmes: no ffmpeg. */
  static async bare(): Promise<Server> {
    return Server.#demo("/nowhere");
  }

  static async #demo(path: string | undefined): Promise<Server> {
    const server = new Server("demo");
    server.#path = path;
    await server.start();
    return server;
  }

  /** A first start of an own server, with further flags. */
  static async serve(...more: string[]): Promise<Server> {
    const server = new Server("serve", more);
    await server.start();
    return server;
  }

  /** An own server with the conference `ours` and its track `hall-a`, and nobody who sends. */
  static async hall(...more: string[]): Promise<Server> {
    return Server.hallAt("127.0.0.1", ...more);
  }

  /** The same at another address of this machine, which nobody outside of it can reach. */
  static async hallAt(host: string, ...more: string[]): Promise<Server> {
    const server = new Server("serve", more, host);
    await server.start();
    await server.add(["Hall A"]);
    return server;
  }

  /** Adds the conference `ours` with these rooms, and so tracks. */
  async add(rooms: readonly string[]): Promise<void> {
    const file = join(this.#data, "schedule.json");
    writeFileSync(file, JSON.stringify(schedule(rooms)));
    await this.command("import", "schedule", file);
  }

  /** Runs a command on its folder; what it printed. */
  async command(...args: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(binary, [...args, "--data", join(this.#data, this.#command)], { env: environment() });
    return stdout.trim();
  }

  /** A new address to publish at. */
  async key(seat: "primary" | "backup" = "primary", track = "hall-a"): Promise<string> {
    const address = await this.command("stream-key", "rotate", "ours", track, "--seat", seat);
    return address.replace(/\/\/[^/]*/, `//${this.#rtmp}`);
  }

  /** Starts it, or starts it again at the addresses that it had. */
  async start(): Promise<void> {
    if (!existsSync(binary)) throw new Error(`${binary} is not there: cargo build --package matsuri`);
    const http = `${this.#host}:${this.origin === "" ? 0 : new URL(this.origin).port}`;
    const rtmp = this.#rtmp === "" ? `${this.#host}:0` : this.#rtmp;
    const data = join(this.#data, this.#command);
    const args = [this.#command, "--data", data, "--http", http, "--rtmp", rtmp, "--webrtc", "127.0.0.1:0", "--metrics", "off", ...this.#more];
    this.printed = "";
    const child = spawn(binary, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...environment(), PATH: this.#path } });
    this.#child = child;
    running.add(child);
    child.on("exit", () => running.delete(child));
    const keep = (chunk: Buffer): void => void (this.printed += stripVTControlCharacters(chunk.toString()));
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    const sign = this.#command === "demo" ? /^ready (\S+)/m : /site\s+(https?:\/\/[\w.:-]+)[^]*\n\s+room\s/;
    const found = await this.prints(sign, START_MS);
    this.origin = new URL(found[1] ?? "").origin;
    this.#rtmp = /rtmp:\/\/([\w.:-]+)\/live/.exec(this.printed)?.[1] ?? this.#rtmp;
  }

  /** Waits until it has printed something. */
  async prints(sign: RegExp, limit_ms = 10_000): Promise<RegExpExecArray> {
    const deadline = Date.now() + limit_ms;
    for (;;) {
      const found = sign.exec(this.printed);
      if (found) return found;
      const gone = this.#child?.exitCode !== null;
      if (gone || Date.now() > deadline) {
        throw new Error(`${gone ? "it ended" : "it took too long"} before printing ${sign}:\n${this.printed}`);
      }
      await new Promise((next) => setTimeout(next, 50));
    }
  }

  /** Where one goes live on the demo's free track. */
  get publishAddress(): string {
    const found = /rtmp:\/\/\S+\/live\/\S+/.exec(this.printed);
    if (!found) throw new Error(`no publish address in:\n${this.printed}`);
    return found[0];
  }

  /** Ends it without a word of warning. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** Ctrl-C; its exit status. */
  async interrupt(): Promise<number | null> {
    return this.#end("SIGINT");
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
    child.kill(signal);
    const late = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
    const code = await ended;
    clearTimeout(late);
    return code;
  }

  /** Ends it and removes what it wrote. */
  async remove(): Promise<void> {
    await this.interrupt();
    rmSync(this.#data, { recursive: true, force: true });
  }
}
