// The wall clock as a barcode in the picture: written into every frame that is published, read back from the pixels that
// the browser shows. The difference is what a viewer waits: camera to eye, everything included.
import { spawn, type ChildProcess } from "node:child_process";
import { Writable } from "node:stream";
import type { Page } from "@playwright/test";

const WIDTH = 640;
const HEIGHT = 360;
const RATE = 30;
/** Milliseconds since 1970, the lowest bits, and a checksum; each bit is a column, black or white. */
const CLOCK_BITS = 32;
const CHECK_BITS = 8;
const BITS = CLOCK_BITS + CHECK_BITS;
const CELL = WIDTH / BITS;
const BAND = { top: 40, height: 80 };

const SAMPLES = 48_000;

/** The sound of one picture: 330 Hz are a whole number of waves in it. */
function hum(): Buffer {
  const length = SAMPLES / RATE;
  const samples = Int16Array.from({ length }, (_, n) => Math.round(3_000 * Math.sin((2 * Math.PI * 330 * n) / SAMPLES)));
  return Buffer.from(samples.buffer);
}

const checksum = (clock: number): number => ((clock ^ (clock >>> 8) ^ (clock >>> 16) ^ (clock >>> 24)) & 0xff) ^ 0xa5;

/** Publishes the clock until it is stopped. */
export class ClockPublisher {
  readonly #ffmpeg: ChildProcess;
  #timer: NodeJS.Timeout | undefined;
  #said = "";

  constructor(address: string) {
    const input = ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", `${WIDTH}x${HEIGHT}`, "-framerate", `${RATE}`, "-i", "-"];
    // Sound comes from here too, in step with the pictures: a source with a clock of its own would begin when ffmpeg is up, half a second
    // after the first picture, and every picture would wait that long for its sound.
    const sound = ["-f", "s16le", "-ar", `${SAMPLES}`, "-ac", "1", "-i", "pipe:3"];
    const video = ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", `${2 * RATE}`, "-b:v", "1500k", "-pix_fmt", "yuv420p"];
    const audio = ["-c:a", "aac", "-b:a", "96k", "-ac", "2"];
    const quick = ["-hide_banner", "-loglevel", "error", "-probesize", "32", "-analyzeduration", "0", "-fflags", "nobuffer"];
    const output = ["-flush_packets", "1", "-f", "flv", address];
    this.#ffmpeg = spawn("ffmpeg", [...quick, ...input, ...sound, ...video, ...audio, ...output], { stdio: ["pipe", "ignore", "pipe", "pipe"] });
    this.#ffmpeg.stderr?.on("data", (chunk: Buffer) => (this.#said += chunk.toString()));
    for (const pipe of this.#inputs()) pipe.on("error", () => this.stop());
    this.#draw();
  }

  #inputs(): Writable[] {
    const [pictures, , , sound] = this.#ffmpeg.stdio;
    return [pictures, sound].filter((pipe): pipe is Writable => pipe instanceof Writable);
  }

  #draw(): void {
    const [pictures, sound] = this.#inputs();
    const tone = hum();
    const frame = Buffer.alloc((WIDTH * HEIGHT * 3) / 2, 128);
    frame.fill(90, 0, WIDTH * HEIGHT);
    const began = Date.now();
    let count = 0;
    const next = (): void => {
      // As many frames as time has passed for: a timer is late now and then, a camera is not.
      while (Date.now() - began >= (count * 1000) / RATE) {
        const clock = Date.now() >>> 0;
        const word = [...clock.toString(2).padStart(CLOCK_BITS, "0"), ...checksum(clock).toString(2).padStart(CHECK_BITS, "0")];
        word.forEach((bit, column) => {
          for (let y = BAND.top; y < BAND.top + BAND.height; y += 1) frame.fill(bit === "1" ? 235 : 16, y * WIDTH + column * CELL, y * WIDTH + (column + 1) * CELL);
        });
        // A block that wanders, for people who look at the screenshot.
        for (let y = 220; y < 260; y += 1) {
          frame.fill(90, y * WIDTH, (y + 1) * WIDTH);
          frame.fill(200, y * WIDTH + ((count * 4) % (WIDTH - 60)), y * WIDTH + ((count * 4) % (WIDTH - 60)) + 60);
        }
        pictures?.write(Buffer.from(frame));
        sound?.write(tone);
        count += 1;
      }
    };
    this.#timer = setInterval(next, 5);
  }

  get complaint(): string {
    return this.#said;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#ffmpeg.kill("SIGKILL");
  }
}

export interface Delays {
  /** Milliseconds from publishing to pixels, one for each frame that was read. */
  delays: number[];
  /** When each of them was seen, and what clock it carried. */
  frames: { at: number; clock: number }[];
  /** Frames whose checksum was wrong. */
  garbled: number;
}

/** Reads the clock from what the page shows, frame by frame. */
export async function readDelays(page: Page, duration_ms: number): Promise<Delays> {
  return page.evaluate(
    ({ duration_ms, band, height, bits, clockBits }) =>
      new Promise<Delays>((resolve, reject) => {
        const video = document.querySelector("video");
        if (!video) return reject(new Error("no video"));
        const canvas = document.createElement("canvas");
        const paper = canvas.getContext("2d", { willReadFrequently: true });
        if (!paper) return reject(new Error("no canvas"));
        const found: Delays = { delays: [], frames: [], garbled: 0 };
        const deadline = performance.now() + duration_ms;
        const read = (): void => {
          const now = Date.now();
          const width = video.videoWidth;
          [canvas.width, canvas.height] = [width, 1];
          const line = ((band.top + band.height / 2) / height) * video.videoHeight;
          paper.drawImage(video, 0, line, width, 1, 0, 0, width, 1);
          const { data } = paper.getImageData(0, 0, width, 1);
          const word = Array.from({ length: bits }, (_, column) => ((data[4 * Math.floor(((column + 0.5) * width) / bits)] ?? 0) > 127 ? "1" : "0")).join("");
          const clock = parseInt(word.slice(0, clockBits), 2) >>> 0;
          const expected = ((clock ^ (clock >>> 8) ^ (clock >>> 16) ^ (clock >>> 24)) & 0xff) ^ 0xa5;
          if (parseInt(word.slice(clockBits), 2) === expected) {
            found.delays.push(((now >>> 0) - clock) | 0);
            found.frames.push({ at: now, clock });
          } else found.garbled += 1;
          if (performance.now() < deadline) video.requestVideoFrameCallback(read);
          else resolve(found);
        };
        video.requestVideoFrameCallback(read);
        setTimeout(() => resolve(found), duration_ms + 5_000);
      }),
    { duration_ms, band: BAND, height: HEIGHT, bits: BITS, clockBits: CLOCK_BITS },
  );
}

export function percentile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
