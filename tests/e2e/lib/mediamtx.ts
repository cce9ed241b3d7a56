// MediaMTX on the same machine, for comparison, and a page that plays it with hls.js as our own page is set up.
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server as HttpServer } from "node:http";
import { createServer as listen, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const repository = resolve(import.meta.dirname, "../../..");
const binary = join(process.env.CARGO_TARGET_DIR ?? join(repository, "target"), "tools/mediamtx");
const player = join(repository, "ui/node_modules/hls.js/dist/hls.light.min.js");

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = listen();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** What hls.js's guide says about errors: load again, or recover the media. Nobody reloads the page. */
const page = (playlist: string): string => `<!doctype html><title>peer</title><video autoplay muted playsinline width="640"></video>
<script src="/hls.js"></script><script>
const video = document.querySelector("video");
const begin = () => {
  const hls = new Hls({ lowLatencyMode: true, maxLiveSyncPlaybackRate: 1.3, liveSyncOnStallIncrease: 0.2, enableWorker: false, backBufferLength: 60 });
  const again = () => { hls.destroy(); setTimeout(begin, 500); };
  hls.on(Hls.Events.ERROR, (_, { fatal, type, details }) => {
    if (!fatal) return;
    if (details.startsWith("manifest") || details.startsWith("level")) again();
    else if (type === "mediaError") hls.recoverMediaError();
    else hls.startLoad();
  });
  hls.on(Hls.Events.MANIFEST_PARSED, () => void video.play());
  hls.loadSource(${JSON.stringify(playlist)});
  hls.attachMedia(video);
};
begin();
</script>`;

export class MediaMtx {
  readonly #folder = mkdtempSync(join(tmpdir(), "mediamtx-"));
  #child: ChildProcess | undefined;
  #pages: HttpServer | undefined;
  #rtmp = 0;
  #hls = 0;
  /** Where its stream is played. */
  url = "";

  /** Whether there is one to compare with. */
  static get isThere(): boolean {
    return existsSync(binary) && existsSync(player);
  }

  static async begin(): Promise<MediaMtx> {
    const peer = new MediaMtx();
    [peer.#rtmp, peer.#hls] = [await freePort(), await freePort()];
    const pages = createServer((request, response) => {
      const isPlayer = request.url === "/hls.js";
      response.setHeader("content-type", isPlayer ? "text/javascript" : "text/html");
      response.end(isPlayer ? readFileSync(player) : page(`http://127.0.0.1:${peer.#hls}/live/hall/index.m3u8`));
    });
    await new Promise<void>((resolve) => pages.listen(0, "127.0.0.1", resolve));
    peer.#pages = pages;
    peer.url = `http://127.0.0.1:${(pages.address() as AddressInfo).port}/`;
    await peer.start();
    return peer;
  }

  /** Its defaults, but ready before somebody watches, and with parts as long as ours. */
  async start(): Promise<void> {
    const off = ["rtsp", "webrtc", "srt", "api", "metrics", "playback"].map((name) => `${name}: no`);
    const hls = ["hls: yes", `hlsAddress: 127.0.0.1:${this.#hls}`, "hlsAlwaysRemux: yes", "hlsVariant: lowLatency", "hlsPartDuration: 333ms", "hlsSegmentDuration: 2s"];
    const config = ["logLevel: warn", ...off, "rtmp: yes", `rtmpAddress: 127.0.0.1:${this.#rtmp}`, ...hls, "paths:", "  all_others:"];
    const file = join(this.#folder, "mediamtx.yml");
    writeFileSync(file, config.join("\n"));
    this.#child = spawn(binary, [file], { stdio: ["ignore", "inherit", "inherit"] });
    const deadline = Date.now() + 20_000;
    for (;;) {
      const answer = await fetch(`http://127.0.0.1:${this.#hls}/`).catch(() => null);
      if (answer) return;
      if (Date.now() > deadline) throw new Error("MediaMTX does not start");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  get address(): string {
    return `rtmp://127.0.0.1:${this.#rtmp}/live/hall`;
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
  }

  async remove(): Promise<void> {
    await this.kill();
    this.#pages?.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
