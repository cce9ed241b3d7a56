// A test signal that knows what time it is: a barcode in every picture and a counter in the sound, both of one clock.
//
// Pictures fall on a grid of the wall clock, so that two encoders send the same pictures, and each says the instant for
// which it was due. A picture that was drawn late says so by the time it carries: what a viewer reads includes it.
// Sound changes its tone ten times a second; the sixteen tones are a counter whose value follows from the same clock.
import type { Buffer as Bytes } from "node:buffer";
import { randomFillSync } from "node:crypto";

export const PICTURE = { width: 640, height: 360, rate: 30 };
/** Milliseconds since 1970, the lowest bits, and a checksum; each bit is a column, black or white. */
export const CODE = { clockBits: 32, bits: 40, top: 40, height: 80 };
export const SAMPLES = 48_000;
/** A tone lasts this long, and there are so many; after that the counter begins again. */
export const TONE = { ms: 100, count: 16, lowest: 600, step: 200 };
export const ROUND_MS = TONE.ms * TONE.count;

const NOISE_TOP = 300;
const NOISE_BYTES = (PICTURE.height - NOISE_TOP) * PICTURE.width;
const CELL = PICTURE.width / CODE.bits;
const SAMPLES_PER_PICTURE = SAMPLES / PICTURE.rate;

const checksum = (clock: number): number => ((clock ^ (clock >>> 8) ^ (clock >>> 16) ^ (clock >>> 24)) & 0xff) ^ 0xa5;

/** The instant of a picture in milliseconds since 1970. */
const instant = (number: number): number => Math.ceil((number * 1_000) / PICTURE.rate);

/** One picture and the sound that belongs to it. */
export type Take = (picture: Bytes, sound: Bytes) => void;

/** Draws and sounds until it is stopped. */
export class Signal {
  readonly #timer: NodeJS.Timeout;
  readonly #frame = Buffer.alloc((PICTURE.width * PICTURE.height * 3) / 2, 128);
  #next = Math.ceil((Date.now() * PICTURE.rate) / 1_000);
  /** The longest that this end was late with a picture, since it was last asked. */
  #late_ms = 0;
  /** What fills the picture below the barcode, from another place each time; nothing for a simple one. */
  readonly #noise: Bytes | null;

  constructor(take: Take, isBusy = false) {
    this.#noise = isBusy ? randomFillSync(Buffer.alloc(2 * NOISE_BYTES)) : null;
    this.#frame.fill(90, 0, PICTURE.width * PICTURE.height);
    this.#timer = setInterval(() => {
      // As many pictures as are due: a timer is late now and then, a camera is not.
      while (Date.now() >= instant(this.#next)) {
        this.#late_ms = Math.max(this.#late_ms, Date.now() - instant(this.#next));
        take(this.#draw(), this.#sound());
        this.#next += 1;
      }
    }, 5);
  }

  lateness(): number {
    const late = this.#late_ms;
    this.#late_ms = 0;
    return late;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #draw(): Bytes {
    const clock = instant(this.#next) >>> 0;
    const { width } = PICTURE;
    const word = clock.toString(2).padStart(CODE.clockBits, "0") + checksum(clock).toString(2).padStart(CODE.bits - CODE.clockBits, "0");
    const line = Buffer.alloc(width);
    for (let bit = 0; bit < CODE.bits; bit += 1) line.fill(word[bit] === "1" ? 235 : 16, bit * CELL, (bit + 1) * CELL);
    for (let y = CODE.top; y < CODE.top + CODE.height; y += 1) line.copy(this.#frame, y * width);
    if (this.#noise) {
      const from = (this.#next * 7_919) % NOISE_BYTES;
      this.#noise.copy(this.#frame, NOISE_TOP * width, from, from + NOISE_BYTES);
      return Buffer.from(this.#frame);
    }
    // A block that wanders, for people who look at the screenshot.
    const at = (this.#next * 4) % (width - 60);
    for (let y = 220; y < 260; y += 1) this.#frame.fill(90, y * width, (y + 1) * width).fill(200, y * width + at, y * width + at + 60);
    return Buffer.from(this.#frame);
  }

  #sound(): Bytes {
    const first = this.#next * SAMPLES_PER_PICTURE;
    const samples = Int16Array.from({ length: SAMPLES_PER_PICTURE }, (_, n) => {
      const at = first + n;
      const tone = Math.floor(at / ((SAMPLES / 1_000) * TONE.ms)) % TONE.count;
      // Whole waves in every tone, so that one goes over into the next without a click.
      return Math.round(8_000 * Math.sin((2 * Math.PI * (TONE.lowest + tone * TONE.step) * (at % SAMPLES)) / SAMPLES));
    });
    return Buffer.from(samples.buffer);
  }
}

/** How a signal is coded. */
export interface Coding {
  width: number;
  height: number;
  profile: "baseline" | "main";
  sampleRate: number;
  channels: number;
  /** Kilobits a second of a picture that is full of noise and needs them all; else the picture is simple, and needs few. */
  busy?: number;
}

export const USUAL: Coding = { width: 640, height: 360, profile: "baseline", sampleRate: 48_000, channels: 2 };
/** Another size, profile, sample rate and number of channels. */
export const OTHER: Coding = { width: 480, height: 270, profile: "main", sampleRate: 44_100, channels: 1 };

/** A picture that fills a link: 1.7 Mbit/s with its sound and everything around it. */
export const HEAVY: Coding = { ...USUAL, busy: 1_500 };

function bits({ busy }: Coding): string[] {
  const most = `${busy ?? 1_500}k`;
  return busy === undefined ? ["-b:v", most] : ["-b:v", most, "-maxrate", most, "-bufsize", most];
}

/** Arguments of ffmpeg that read a signal from its standard input and its fourth pipe, and code it as it comes. */
export function ffmpegArguments(coding: Coding = USUAL): string[] {
  const { width, height, rate } = PICTURE;
  const quick = ["-hide_banner", "-loglevel", "error", "-probesize", "32", "-analyzeduration", "0", "-fflags", "nobuffer"];
  const pictures = ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", `${width}x${height}`, "-framerate", `${rate}`, "-i", "pipe:0"];
  // Sound comes from here too, in step with the pictures: a source with a clock of its own would begin when ffmpeg is up, half a second
  // after the first picture, and every picture would wait that long for its sound.
  const sound = ["-f", "s16le", "-ar", `${SAMPLES}`, "-ac", "1", "-i", "pipe:3"];
  const scale = width === coding.width ? [] : ["-vf", `scale=${coding.width}:${coding.height}`];
  const video = ["-c:v", "libx264", "-preset", "ultrafast", "-profile:v", coding.profile, "-tune", "zerolatency", "-g", `${2 * rate}`, ...bits(coding), "-pix_fmt", "yuv420p"];
  const audio = ["-c:a", "aac", "-b:a", "96k", "-ar", `${coding.sampleRate}`, "-ac", `${coding.channels}`];
  return [...quick, ...pictures, ...sound, ...scale, ...video, ...audio, "-flush_packets", "1"];
}
