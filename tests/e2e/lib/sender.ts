// An encoder with the faults that encoders have. ffmpeg codes the signal; what it writes goes to the server from here, so
// that it can be held back, cut off, and its clock be set.
import { spawn, type ChildProcess } from "node:child_process";
import { Writable } from "node:stream";
import { FlvReader, RtmpConnection, type Tag } from "./rtmp.ts";
import { Signal, USUAL, ffmpegArguments, type Coding } from "./signal.ts";

/** As encoders do, it tries again until it is told to stop. */
const RETRY_MS = 1_000;

export class Sender {
  readonly #address: string;
  /** What it sends. */
  coding: Coding = USUAL;
  #ffmpeg: ChildProcess | undefined;
  #signal: Signal | undefined;
  #connection: RtmpConnection | undefined;
  #isWanted = false;
  #life = 0;
  #offset_ms = 0;
  #held: Tag[] | undefined;
  #late_ms = 0;
  /** What ffmpeg complained of. */
  said = "";

  constructor(address: string) {
    this.#address = address;
  }

  /** Begins to send, and goes on whatever happens to the connection. */
  start(coding: Coding = USUAL): void {
    this.kill();
    this.coding = coding;
    this.#isWanted = true;
    void this.#live(this.#life);
  }

  /** Dies in the middle of a picture. */
  kill(): void {
    this.#isWanted = false;
    this.#life += 1;
    this.#end();
  }

  /** Sends nothing for a while, then everything at once, as a connection does that lost its way. */
  hold(): void {
    this.#held ??= [];
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const tag of held) this.#send(tag);
  }

  /** Sets the clock of the stream, within the connection. */
  jump(by_ms: number): void {
    this.#offset_ms += by_ms;
  }

  get isSending(): boolean {
    return this.#connection?.isOpen === true;
  }

  /** The longest that this end was late, since it was last asked. */
  lateness(): number {
    const late = Math.max(this.#late_ms, this.#signal?.lateness() ?? 0);
    this.#late_ms = 0;
    return late;
  }

  async #live(life: number): Promise<void> {
    while (this.#isWanted && this.#life === life) {
      try {
        const connection = await RtmpConnection.open(this.#address);
        if (this.#life !== life) return connection.close();
        await this.#publish(connection);
      } catch {
        // The server is away, or has not noticed yet that the connection before is gone.
      }
      if (this.#life === life) await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  /** Sends until the connection ends. */
  #publish(connection: RtmpConnection): Promise<void> {
    this.#connection = connection;
    // Room for a clock that goes back.
    this.#offset_ms = 120_000;
    this.#held = undefined;
    const ffmpeg = spawn("ffmpeg", [...ffmpegArguments(this.coding), "-f", "flv", "pipe:1"], { stdio: ["pipe", "pipe", "pipe", "pipe"] });
    this.#ffmpeg = ffmpeg;
    ffmpeg.stderr.on("data", (chunk: Buffer) => (this.said += chunk.toString()));
    const sound = ffmpeg.stdio[3];
    ffmpeg.stdin.on("error", () => {});
    sound?.on("error", () => {});
    const signal = new Signal((picture, samples) => {
      ffmpeg.stdin.write(picture);
      if (sound instanceof Writable) sound.write(samples);
    }, this.coding.busy !== undefined);
    this.#signal = signal;
    const reader = new FlvReader();
    return new Promise((resolve) => {
      const watch = setInterval(() => {
        if (connection.isOpen) return;
        clearInterval(watch);
        if (this.#connection === connection) this.#end();
        resolve();
      }, 50);
      ffmpeg.stdout.on("data", (chunk: Buffer) => {
        for (const tag of reader.read(chunk)) {
          if (this.#connection !== connection) return;
          if (this.#held) this.#held.push(tag);
          else this.#send(tag);
        }
      });
      ffmpeg.on("exit", () => connection.close());
    });
  }

  #send(tag: Tag): void {
    this.#connection?.send(tag.type, Math.max(0, tag.time_ms + this.#offset_ms), tag.data);
  }

  #end(): void {
    this.#late_ms = Math.max(this.#late_ms, this.#signal?.lateness() ?? 0);
    this.#signal?.stop();
    this.#ffmpeg?.kill("SIGKILL");
    this.#connection?.close();
    this.#signal = this.#ffmpeg = this.#connection = undefined;
  }
}
