// Every sender that this machine can have with every reader that it can have: begins, picture, sound, sound with the
// picture, decodes without a warning, comes back after it died, ends cleanly. What Debian lacks is told, never left out.
import { execFileSync } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "@playwright/test";
import { expect, shot, test } from "../lib/journey.ts";
import { Record } from "../lib/faults.ts";
import { freePort } from "../lib/mediamtx.ts";
import { Server, matsuri } from "../lib/server.ts";
import { goLive, signalAsCamera } from "../lib/studio.ts";
import { ToolSender, ffmpeg, gstreamer, has, run, version, type Recipe } from "../lib/tools.ts";
import { percentile, watch } from "../lib/watch.ts";

const WATCH_S = 8;

/** What is tried of a sender. */
interface Sender {
  start(): Promise<void>;
  end(): Promise<void>;
  die(): Promise<void>;
  complaint(): string;
}

interface Candidate {
  name: string;
  version: () => string;
  /** Why it cannot be tried here; nothing if it can. */
  missing: () => string | null;
  make: (hall: Hall) => Promise<Sender>;
  /** Opus, which not every reader of ours need hear. */
  sound: "aac" | "opus";
}

/** One server over TLS, a viewer before it, and whoever owns it. */
class Hall {
  rtmpsPort = 0;
  constructor(
    readonly browser: Browser,
    public server: Server,
    readonly owner: BrowserContext,
  ) {}

  static async open(browser: Browser): Promise<Hall> {
    const folder = mkdtempSync(join(tmpdir(), "matsuri-cert-"));
    const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
    const request = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", cert];
    execFileSync("openssl", [...request, "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"], { stdio: "ignore" });
    const rtmps = await freePort();
    const server = await Server.hall("--tls-cert", cert, "--tls-key", key, "--rtmps", `127.0.0.1:${rtmps}`);
    const owner = await browser.newContext({ ignoreHTTPSErrors: true });
    const page = await owner.newPage();
    await page.goto((await server.prints(/https:\/\/\S+\/sign-in\/\S+/))[0]);
    await page.locator('input[name="email"]').fill("nao@example.org");
    await page.locator('input[name="name"]').fill("Nao");
    await page.locator("main form button").click();
    await page.waitForURL(/\/new$|\/$/);
    await page.close();
    const hall = new Hall(browser, server, owner);
    hall.rtmpsPort = rtmps;
    return hall;
  }

  get playlist(): string {
    return `${this.server.origin}/media/ours/hall-a/index.m3u8`;
  }
}

const byTool = (recipe: Recipe, tls: boolean) => async (hall: Hall): Promise<Sender> => {
  const plain = await hall.server.key();
  const address = tls ? plain.replace(/^rtmp:\/\/[^/]+/, `rtmps://127.0.0.1:${hall.rtmpsPort}`) : plain;
  const tool = new ToolSender(recipe, address);
  return { start: async () => tool.start(), end: () => tool.end(), die: async () => tool.kill(), complaint: () => tool.said.replaceAll(address, "ADDRESS") };
};

const byBrowser = async (hall: Hall): Promise<Sender> => {
  await signalAsCamera(hall.owner);
  let page: Page | undefined;
  return {
    start: async () => {
      page = await hall.owner.newPage();
      await goLive(page, `${hall.server.origin}/ours/studio/go-live/hall-a`);
    },
    end: async () => {
      await page?.locator('[data-action="stop"]').click();
      await page?.locator('.golive-state[data-state="stopped"]').waitFor();
      await page?.close();
    },
    // The tab is closed without a word.
    die: async () => page?.close({ runBeforeUnload: false }),
    complaint: () => "",
  };
};

const gstHas = (element: string): boolean => has("gst-inspect-1.0", "--exists", element);
const gstVersion = (): string => version("gst-launch-1.0", "--version");

const CANDIDATES: Candidate[] = [
  { name: "ffmpeg, RTMP", version: () => version("ffmpeg", "-version"), missing: () => null, make: byTool(ffmpeg, false), sound: "aac" },
  { name: "ffmpeg, RTMPS", version: () => version("ffmpeg", "-version"), missing: () => null, make: byTool(ffmpeg, true), sound: "aac" },
  ...[false, true].map(
    (tls): Candidate => ({
      name: `GStreamer rtmp2sink, RTMP${tls ? "S" : ""}`,
      version: gstVersion,
      missing: () => (gstHas("rtmp2sink") && gstHas("x264enc") && gstHas("voaacenc") ? null : "not installed: deploy/install.sh long"),
      make: byTool(gstreamer, tls),
      sound: "aac",
    }),
  ),
  { name: "Chromium, WHIP", version: () => "", missing: () => null, make: byBrowser, sound: "opus" },
  // Debian 12 has GStreamer 1.22 without its Rust plugins, of which these are.
  ...["whipclientsink", "whipsink"].map(
    (element): Candidate => ({
      name: `GStreamer ${element}, WHIP`,
      version: gstVersion,
      missing: () => (gstHas(element) ? "not written: it came with a newer Debian, so write it" : "not available in this Debian"),
      make: byBrowser,
      sound: "opus",
    }),
  ),
];

const TABLE = "out/interop.md";
const HEAD = "| sender | version | first picture | pictures | sound behind picture | camera to eye | ffprobe | ffmpeg | matsuri probe | back after death |\n|---|---|---|---|---|---|---|---|---|---|\n";

/** Adds a line to the table. A test that fails ends its worker, so it is kept in a file. */
function tell(number: number, row: string): void {
  mkdirSync("out", { recursive: true });
  if (number === 0 || !existsSync(TABLE)) writeFileSync(TABLE, HEAD);
  appendFileSync(TABLE, `${row}\n`);
  console.log(row);
}

/** Waits until pictures of the sender are shown; how long that took. */
async function live(record: Record, page: Page, sender: Sender): Promise<number> {
  const from = Date.now();
  await expect(async () => {
    await record.read(page);
    expect(record.isLive(from), `${sender.complaint()} ${record.shown.length} pictures so far`).toBe(true);
  }).toPass({ timeout: 45_000, intervals: [100] });
  const first = record.shown.find(({ at, clock }) => at > from && clock !== null && clock > from);
  return Math.round((first?.at ?? Date.now()) - from);
}

/** The readers that are programmes, at the same time. */
async function programmes(hall: Hall, sound: Candidate["sound"]): Promise<string[]> {
  const seconds = `${WATCH_S}`;
  // ffprobe looks once, and AAC beside Opus is there some seconds after somebody went live.
  const listed = async (): Promise<string> => (await hall.owner.request.get(hall.playlist)).text();
  await expect.poll(listed, { message: "AAC is listed", timeout: 15_000 }).toContain("mp4a.40.2");
  const [probe, decode, streams] = await Promise.all([
    run(matsuri, ["probe", hall.playlist, "--insecure", "--json", "--seconds", seconds]),
    // In the time of the stream: two pictures of a source without a constant frame rate may be nearer than a thirtieth of a second.
    run("ffmpeg", ["-hide_banner", "-nostdin", "-v", "warning", "-tls_verify", "0", "-t", seconds, "-i", hall.playlist, "-fps_mode", "passthrough", "-enc_time_base", "-1", "-f", "null", "-"]),
    run("ffprobe", ["-v", "error", "-tls_verify", "0", "-show_entries", "stream=codec_name", "-of", "csv=p=0", hall.playlist]),
  ]);
  // Each stream once for every programme that has it.
  const codecs = [...new Set(streams.out.trim().split(/\s+/))].sort();
  // This ffmpeg reads the header again with every playlist, and says so.
  const warnings = decode.err.replaceAll(/^.*Found duplicated MOOV Atom.*\n(\s*Last message repeated.*\n)?/gm, "");
  // Beside Opus there is AAC, for those who do not play it.
  const expected = sound === "opus" ? ["aac", "h264", "opus"] : [sound, "h264"].sort();
  expect.soft(codecs, `ffprobe: ${streams.err}`).toEqual(expected);
  expect.soft({ status: decode.status, warnings }, "ffmpeg decodes without a warning").toEqual({ status: 0, warnings: "" });
  // WebRTC has no constant frame rate, and a picture that stands is longer than a part may be.
  const told = JSON.parse(probe.out || "{}") as { problems?: string[]; picture?: { per_second: number }; sound?: { per_second: number }; latency_ms?: { p50: number } };
  const held = /§4\.4\.4\.9/;
  // Dates follow an encoder's first pictures. One that begins late on a busy machine and catches up is ahead of them.
  const ahead = /clock is ahead/;
  const problems = (told.problems ?? [probe.err]).filter((problem) => !ahead.test(problem) && (sound === "aac" || !held.test(problem)));
  expect.soft(problems, "matsuri probe").toEqual([]);
  return [codecs.join("+"), warnings === "" ? "no warning" : "warnings", problems.length === 0 ? `good, ${told.latency_ms?.p50.toFixed(0)} ms` : "problems"];
}

for (const [number, candidate] of CANDIDATES.entries()) {
  test(`${candidate.name} and every reader`, async ({ browser }) => {
    const missing = candidate.missing();
    if (missing) {
      tell(number, `| ${candidate.name} | ${missing} | – | – | – | – | – | – | – | – |`);
      test.skip(true, missing);
    }
    test.setTimeout(240_000);
    const hall = await Hall.open(browser);
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    let sender: Sender | undefined;
    try {
      const page = await context.newPage();
      await watch(page);
      let loads = 0;
      page.on("load", () => (loads += 1));
      await page.goto(`${hall.server.origin}/ours/live/hall-a`);
      sender = await candidate.make(hall);
      const record = new Record();
      await sender.start();
      const start_ms = await live(record, page, sender);
      const told = await programmes(hall, candidate.sound);
      await record.read(page);
      const from = Date.now();
      await page.waitForTimeout(WATCH_S * 1_000);
      await record.read(page);
      const shown = record.shown.filter(({ at }) => at > from);
      const heard = record.heard.filter(({ at }) => at > from);
      const fps = (1_000 * (shown.length - 1)) / ((shown.at(-1)?.at ?? 0) - (shown[0]?.at ?? 0));
      const offset_ms = record.offset(from, Date.now());
      const delay_ms = Math.round(percentile(shown.flatMap(({ at, clock }) => (clock === null ? [] : [at - clock])), 0.5));
      expect.soft(shown.filter(({ clock }) => clock === null).length, "pictures whose barcode cannot be read").toBeLessThanOrEqual(shown.length * 0.02);
      expect.soft(heard.filter(({ isSilent }) => isSilent).length, "moments of silence").toBe(0);
      expect.soft(offset_ms, "sound was read").not.toBeNull();
      // An encoder's own delay is in it: one or two frames of AAC (21 ms each) that GStreamer's does not take off, and WebRTC's jitter buffers.
      expect.soft(Math.abs(offset_ms ?? 0), "sound behind the picture, ms").toBeLessThanOrEqual(candidate.name.startsWith("ffmpeg") ? 40 : 80);

      await sender.die();
      await page.waitForTimeout(2_000);
      await sender.start();
      const again_ms = await live(record, page, sender);

      await sender.end();
      await expect(async () => {
        await record.read(page);
        const newest = record.shown.slice(-15);
        expect(newest.every(({ at, clock }) => clock === null && at > Date.now() - 3_000), "the slate follows a clean end").toBe(true);
      }).toPass({ timeout: 20_000 });
      expect(loads, "the page was never reloaded").toBe(1);
      await shot(page, `interop-${candidate.name.replaceAll(/\W+/g, "-")}`);
      const of = candidate.version() || `Chromium ${browser.version()}`;
      tell(number, `| ${candidate.name} | ${of.replace(/ Copyright.*/, "")} | ${start_ms} ms | ${fps.toFixed(1)}/s | ${offset_ms} ms | ${delay_ms} ms | ${told.join(" | ")} | ${again_ms} ms |`);
    } finally {
      await sender?.die();
      await context.close();
      await hall.owner.close();
      await hall.server.remove();
    }
  });
}
