// Other people's encoders and players, as processes.
import { execFile, execFileSync, spawn, type ChildProcess } from "node:child_process";
import { Writable } from "node:stream";
import { PICTURE, SAMPLES, Signal, ffmpegArguments } from "./signal.ts";

/** Whether a command can be run. */
export function has(command: string, ...args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** The first line of what a command says about itself. */
export function version(command: string, ...args: string[]): string {
  return (execFileSync(command, args, { encoding: "utf8" }).split("\n")[0] ?? "").trim();
}

/** How a programme codes what comes in at its standard input and its fourth pipe, and sends it somewhere. */
export type Recipe = (address: string) => [command: string, args: string[]];

export const ffmpeg: Recipe = (address) => ["ffmpeg", [...ffmpegArguments(), "-f", "flv", address]];

export const gstreamer: Recipe = (address) => {
  const { width, height, rate } = PICTURE;
  const pictures = `fdsrc fd=0 blocksize=${(width * height * 3) / 2} ! rawvideoparse width=${width} height=${height} format=i420 framerate=${rate}/1 ! queue`;
  const video = `x264enc tune=zerolatency speed-preset=ultrafast key-int-max=${2 * rate} bitrate=1500 ! video/x-h264,profile=baseline ! mux.`;
  const sound = `fdsrc fd=3 blocksize=${(SAMPLES / rate) * 2} ! rawaudioparse use-sink-caps=false format=pcm pcm-format=s16le sample-rate=${SAMPLES} num-channels=1 ! queue`;
  const audio = "audioconvert ! voaacenc bitrate=96000 ! aacparse ! mux.";
  const trust = address.startsWith("rtmps") ? "tls-validation-flags=0" : "";
  const pipeline = `${pictures} ! ${video} ${sound} ! ${audio} flvmux name=mux streamable=true ! rtmp2sink location=${address} ${trust}`;
  return ["gst-launch-1.0", ["-q", ...pipeline.split(" ").filter((word) => word !== "")]];
};

/** Sends the signal with a programme of somebody else. */
export class ToolSender {
  readonly #recipe: Recipe;
  readonly #address: string;
  #child: ChildProcess | undefined;
  #signal: Signal | undefined;
  /** What it complained of. */
  said = "";

  constructor(recipe: Recipe, address: string) {
    this.#recipe = recipe;
    this.#address = address;
  }

  start(): void {
    const [command, args] = this.#recipe(this.#address);
    const child = spawn(command, args, { stdio: ["pipe", "ignore", "pipe", "pipe"] });
    child.stderr?.on("data", (chunk: Buffer) => (this.said += chunk.toString()));
    const pipes = [child.stdio[0], child.stdio[3]].filter((pipe): pipe is Writable => pipe instanceof Writable);
    for (const pipe of pipes) pipe.on("error", () => {});
    this.#signal = new Signal((picture, sound) => [picture, sound].forEach((data, n) => pipes[n]?.write(data)));
    this.#child = child;
  }

  /** Ends as its user would end it: nothing more comes in, and it says goodbye. */
  async end(): Promise<void> {
    this.#signal?.stop();
    const child = this.#child;
    if (!child || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    for (const pipe of [child.stdio[0], child.stdio[3]]) if (pipe instanceof Writable) pipe.end();
    const late = setTimeout(() => child.kill("SIGKILL"), 10_000);
    await ended;
    clearTimeout(late);
  }

  /** Dies. */
  kill(): void {
    this.#signal?.stop();
    this.#child?.kill("SIGKILL");
  }
}

/** Runs a programme to its end: its status and what it said. */
export function run(command: string, args: string[], limit_ms = 60_000): Promise<{ status: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(command, args, { timeout: limit_ms, maxBuffer: 64 * 1024 * 1024 }, (error, out, err) => {
      resolve({ status: error ? (typeof error.code === "number" ? error.code : -1) : 0, out, err });
    });
  });
}
