// Everything fails, again and again, while somebody watches: `MATSURI_MINUTES` of it (30), in the order of `MATSURI_SEED`.
// MediaMTX beside it, afterwards, with the faults that it knows, where `deploy/install.sh long` could install it.
import { mkdirSync, writeFileSync } from "node:fs";
import { spawn } from "node:child_process";
import { expect, mark, shot, test } from "../lib/journey.ts";
import { DEATHS, FAULTS, Record, endure, plan, table, type Outcome, type Stand } from "../lib/faults.ts";
import { MediaMtx } from "../lib/mediamtx.ts";
import { Sender } from "../lib/sender.ts";
import { Server, matsuri } from "../lib/server.ts";
import { percentile, watch } from "../lib/watch.ts";

const MINUTES = Number(process.env.MATSURI_MINUTES ?? 30);
const SEED = Number(process.env.MATSURI_SEED ?? Date.now() % 1_000_000);
/** Only some kinds, for a closer look: `MATSURI_FAULTS="killed,both killed"`. */
const KINDS = FAULTS.filter((fault) => (process.env.MATSURI_FAULTS ?? fault).split(",").includes(fault));
/** The peer gets a share of the time: it is there to be compared with, not to be proven. */
const PEER_SHARE = 0.4;

/** The most that a viewer may see one picture when an encoder dies, for 95 of 100. */
const STANDSTILL_P95_MS = 2_500;
/** A machine that is later than this says nothing about us; such a fault is told and not judged. */
const LATE_MS = 300;
const OFFSET_MS = 40;

const tell = (outcome: Outcome): void => console.log(`  ${JSON.stringify(outcome)}`);

/** Writes down what came out, for docs/benchmarks.md. */
function keep(name: string, text: string): void {
  mkdirSync("out", { recursive: true });
  writeFileSync(`out/${name}.md`, `${text}\n`);
  console.log(text);
}

test("viewers come through every fault without a reload", async ({ browser }) => {
  test.setTimeout((MINUTES + 5) * 60_000);
  const server = await Server.hall();
  const [primary, backup] = [new Sender(await server.key()), new Sender(await server.key("backup"))];
  const har = "out/faults.har";
  const context = await browser.newContext({ recordHar: { path: har, content: "embed", urlFilter: /\.m3u8/ } });
  try {
    const page = await context.newPage();
    let loads = 0;
    page.on("load", () => (loads += 1));
    await watch(page);
    await page.goto(`${server.origin}/ours/live/hall-a`);
    primary.start();
    backup.start();
    const record = new Record();
    await expect(async () => {
      await record.read(page);
      expect(record.isLive(0), `${primary.said}${record.shown.length} pictures`).toBe(true);
    }).toPass({ timeout: 60_000 });
    // The player speeds up until it is where it wants to be.
    await page.waitForTimeout(8_000);
    await record.read(page);
    const begin_ms = record.offset(Date.now() - 5_000, Date.now());
    const stayed = await mark(page);

    const stand: Stand = { page, primary, backup, kill: () => server.kill(), start: () => server.start() };
    const faults = plan(SEED, MINUTES * 60_000, KINDS);
    console.log(`faults: MATSURI_SEED=${SEED} MATSURI_MINUTES=${MINUTES}: ${faults.length} faults; sound ${begin_ms} ms behind the picture at first`);
    const outcomes = await endure(stand, faults, SEED, record, tell);
    await shot(page, "faults-end");
    keep("faults", table("ours", outcomes));
    const judged = outcomes.filter(({ late_ms }) => late_ms <= LATE_MS);
    console.log(`faults: ${outcomes.length - judged.length} of ${outcomes.length} not judged, because the machine was late by more than ${LATE_MS} ms`);

    expect(await stayed(), "the page was not reloaded").toBe(true);
    expect(loads).toBe(1);
    expect(outcomes.filter(({ recovered }) => !recovered), "it was live again after every fault").toEqual([]);
    expect(judged.filter(({ twice }) => twice > 0), "no picture is shown twice").toEqual([]);
    const deaths = judged.filter(({ fault }) => DEATHS.includes(fault)).map(({ standstill_ms }) => standstill_ms);
    if (deaths.length > 0) expect(percentile(deaths, 0.95), `standstills ${deaths.join(" ")}`).toBeLessThanOrEqual(STANDSTILL_P95_MS);
    const wandered = judged.filter(({ offset_ms }) => begin_ms !== null && offset_ms !== null && Math.abs(offset_ms - begin_ms) > OFFSET_MS);
    expect(wandered, `sound stays with the picture as at first (${begin_ms} ms)`).toEqual([]);
  } finally {
    primary.kill();
    backup.kill();
    await context.close();
    await server.remove();
  }
  // Every playlist that the page read, by the one validator.
  const verdict = await judge(har);
  console.log(verdict.text);
  expect(verdict.status, verdict.text).toBe(0);
});

/** Lets `matsuri probe` judge the playlists of a recording. */
function judge(har: string): Promise<{ status: number | null; text: string }> {
  return new Promise((resolve) => {
    const child = spawn(matsuri, ["probe", har]);
    let text = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (text += chunk.toString()));
    child.on("close", (status) => resolve({ status, text }));
  });
}

test("MediaMTX under the faults that it knows", async ({ browser }) => {
  test.skip(!MediaMtx.isThere, "MediaMTX is not installed: deploy/install.sh long");
  test.setTimeout((MINUTES + 5) * 60_000);
  const peer = await MediaMtx.begin();
  const primary = new Sender(peer.address);
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await watch(page);
    primary.start();
    await page.goto(peer.url);
    const record = new Record();
    await expect(async () => {
      await record.read(page);
      expect(record.isLive(0), `${record.shown.length} pictures`).toBe(true);
    }).toPass({ timeout: 60_000 });
    const stand: Stand = { page, primary, kill: () => peer.kill(), start: () => peer.start() };
    const known = KINDS.filter((fault) => fault !== "backup pulled" && fault !== "both killed");
    const faults = plan(SEED, MINUTES * 60_000 * PEER_SHARE, known);
    keep("faults-mediamtx", table("MediaMTX 1.15.3", await endure(stand, faults, SEED, record, tell)));
  } finally {
    primary.kill();
    await context.close();
    await peer.remove();
  }
});
