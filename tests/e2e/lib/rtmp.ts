// As much of RTMP as it takes to publish, with timestamps that one may choose: no encoder on the market sends the
// faults that encoders have.
import { connect, type Socket } from "node:net";

const CHUNK_BYTES = 65_536;
const PATIENCE_MS = 10_000;

const text = (value: string): Buffer => Buffer.concat([Buffer.from([2, value.length >> 8, value.length & 0xff]), Buffer.from(value)]);
const name = (value: string): Buffer => text(value).subarray(1);
const number = (value: number): Buffer => {
  const bytes = Buffer.alloc(9);
  bytes.writeDoubleBE(value, 1);
  return bytes;
};
const NOTHING = Buffer.from([5]);

/** One connection that publishes. */
export class RtmpConnection {
  readonly #socket: Socket;
  #heard = Buffer.alloc(0);
  #wake: () => void = () => {};
  isOpen = true;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (chunk) => {
      this.#heard = Buffer.concat([this.#heard, chunk]);
      this.#wake();
    });
    const close = (): void => {
      this.isOpen = false;
      this.#wake();
    };
    socket.on("error", close);
    socket.on("close", close);
  }

  /** Connects and begins to publish; fails if it may not. */
  static async open(address: string): Promise<RtmpConnection> {
    const found = /^rtmp:\/\/([^:/]+):(\d+)\/([^/]+)\/(.+)$/.exec(address);
    if (!found) throw new Error("no RTMP address");
    const [, host = "", port = "", app = "", key = ""] = found;
    const connection = new RtmpConnection(connect(Number(port), host));
    try {
      await connection.#begin(app, `rtmp://${host}:${port}/${app}`, key);
    } catch (error) {
      connection.close();
      throw error;
    }
    return connection;
  }

  async #begin(app: string, url: string, key: string): Promise<void> {
    this.#socket.write(Buffer.concat([Buffer.from([3]), Buffer.alloc(8), Buffer.alloc(1_528, 0x5a)]));
    await this.#until(() => this.#heard.length >= 3_073);
    this.#socket.write(this.#heard.subarray(1, 1_537));
    this.#heard = this.#heard.subarray(3_073);
    const size = Buffer.alloc(4);
    size.writeUInt32BE(CHUNK_BYTES);
    this.#message(2, 1, 0, 0, size);
    const about = [name("app"), text(app), name("type"), text("nonprivate"), name("flashVer"), text("FMLE/3.0 (compatible; test)"), name("tcUrl"), text(url)];
    await this.#command("_result", text("connect"), number(1), Buffer.from([3]), ...about, Buffer.from([0, 0, 9]));
    await this.#command("_result", text("createStream"), number(2), NOTHING);
    await this.#command("NetStream.Publish.Start", text("publish"), number(3), NOTHING, text(key), text("live"));
  }

  async #command(answer: string, ...parts: Buffer[]): Promise<void> {
    this.#heard = Buffer.alloc(0);
    this.#message(3, 20, 0, parts[0]?.includes("publish") ? 1 : 0, Buffer.concat(parts));
    await this.#until(() => this.#heard.includes(answer));
  }

  async #until(holds: () => boolean): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    while (!holds()) {
      if (!this.isOpen || this.#heard.includes("NetStream.Publish.Bad")) throw new Error("refused");
      if (Date.now() > deadline) throw new Error("no answer");
      await new Promise<void>((resolve) => {
        const late = setTimeout(resolve, 500);
        this.#wake = () => {
          clearTimeout(late);
          resolve();
        };
      });
    }
  }

  /** Sends a tag of FLV: 8 is sound, 9 picture, 18 metadata. */
  send(type: number, time_ms: number, data: Buffer): void {
    const body = type === 18 ? Buffer.concat([text("@setDataFrame"), data]) : data;
    if (this.isOpen) this.#message(type === 9 ? 6 : 4, type, time_ms >>> 0, 1, body);
    // What is said to us is of no use any more.
    this.#heard = Buffer.alloc(0);
  }

  #message(channel: number, type: number, time_ms: number, stream: number, body: Buffer): void {
    const isLong = time_ms >= 0xff_ff_ff;
    const extended = Buffer.alloc(isLong ? 4 : 0);
    if (isLong) extended.writeUInt32BE(time_ms);
    const head = Buffer.alloc(12);
    head.writeUInt8(channel, 0);
    head.writeUIntBE(isLong ? 0xff_ff_ff : time_ms, 1, 3);
    head.writeUIntBE(body.length, 4, 3);
    head.writeUInt8(type, 7);
    head.writeUInt32LE(stream, 8);
    const pieces = [head, extended, body.subarray(0, CHUNK_BYTES)];
    for (let at = CHUNK_BYTES; at < body.length; at += CHUNK_BYTES) pieces.push(Buffer.from([0xc0 | channel]), extended, body.subarray(at, at + CHUNK_BYTES));
    this.#socket.write(Buffer.concat(pieces));
  }

  /** Goes without a word, as by a pulled plug. */
  close(): void {
    this.isOpen = false;
    this.#socket.resetAndDestroy();
  }
}

/** A tag of FLV. */
export interface Tag {
  type: number;
  time_ms: number;
  data: Buffer;
}

/** Takes a stream of FLV apart. */
export class FlvReader {
  #rest = Buffer.alloc(0);
  #isPastHead = false;

  read(chunk: Buffer): Tag[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    if (!this.#isPastHead) {
      if (this.#rest.length < 13) return [];
      this.#rest = this.#rest.subarray(13);
      this.#isPastHead = true;
    }
    const tags: Tag[] = [];
    while (this.#rest.length >= 11) {
      const size = this.#rest.readUIntBE(1, 3);
      if (this.#rest.length < 15 + size) break;
      const time_ms = this.#rest.readUIntBE(4, 3) + this.#rest.readUInt8(7) * 0x1_00_00_00;
      tags.push({ type: this.#rest.readUInt8(0) & 0x1f, time_ms, data: Buffer.from(this.#rest.subarray(11, 11 + size)) });
      this.#rest = this.#rest.subarray(15 + size);
    }
    return tags;
  }
}
