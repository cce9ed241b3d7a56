// The wall clock as a barcode in the picture: written into every frame that is published, read back from the pixels that
// the browser shows. The difference is what a viewer waits: camera to eye, everything included.
import { spawn, type ChildProcess } from "node:child_process";
import { Writable } from "node:stream";
import type { Page } from "@playwright/test";
import { CODE, PICTURE, Signal, ffmpegArguments } from "./signal.ts";

/** Publishes the clock by ffmpeg's own RTMP until it is stopped. */
export class ClockPublisher {
  readonly #ffmpeg: ChildProcess;
  readonly #signal: Signal;
  #said = "";

  constructor(address: string) {
    this.#ffmpeg = spawn("ffmpeg", [...ffmpegArguments(), "-f", "flv", address], { stdio: ["pipe", "ignore", "pipe", "pipe"] });
    this.#ffmpeg.stderr?.on("data", (chunk: Buffer) => (this.#said += chunk.toString()));
    const [pictures, , , sound] = this.#ffmpeg.stdio;
    for (const pipe of [pictures, sound]) pipe?.on("error", () => this.stop());
    this.#signal = new Signal((picture, samples) => {
      if (pictures instanceof Writable) pictures.write(picture);
      if (sound instanceof Writable) sound.write(samples);
    });
  }

  get complaint(): string {
    return this.#said;
  }

  stop(): void {
    this.#signal.stop();
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
    { duration_ms, band: CODE, height: PICTURE.height, bits: CODE.bits, clockBits: CODE.clockBits },
  );
}

export { percentile } from "./watch.ts";
