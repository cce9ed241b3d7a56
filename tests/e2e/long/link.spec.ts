// A viewer behind a bad link: slow, far away, losing packets, gone for a while, and then another one. The picture goes on without a
// reload and catches up, and while it stands the page says why.
import type { Browser, BrowserContext, LaunchOptions, Page } from "@playwright/test";
import { Dice } from "../lib/dice.ts";
import { Record } from "../lib/faults.ts";
import { expect, mark, test } from "../lib/journey.ts";
import { Link } from "../lib/link.ts";
import { Sender } from "../lib/sender.ts";
import { Server } from "../lib/server.ts";
import { HEAVY, USUAL, type Coding } from "../lib/signal.ts";
import { percentile, standstill, watch, type Shown } from "../lib/watch.ts";

const SEED = Number(process.env.MATSURI_SEED ?? 1);

/** How far behind the sender a viewer is again, at most, some time after the link is good. */
const CAUGHT_UP_MS = 3_500;
const CATCH_UP_WITHIN_MS = 40_000;
/** A picture that stands longer than this is explained. */
const SAID_MS = 3_500;
/** With packets lost and a long way to go, but room enough, the picture hardly ever stands. */
const STANDS_MAX_MS = 2_500;

/** How far what was shown lately is behind its sender. */
function behind(shown: Shown[]): number {
  const ages = shown.slice(-20).flatMap(({ at, clock }) => (clock === null ? [] : [at - clock]));
  return percentile(ages, 0.5);
}

/** A viewer of a hall that somebody sends to, and everything that is judged in the end. */
class Viewer {
  readonly record = new Record();
  /** What the page said while it was watched last. */
  heard: string[] = [];
  #loads = 0;
  #stayed: () => Promise<boolean> = async () => false;

  private constructor(
    readonly page: Page,
    readonly sender: Sender,
  ) {}

  static async come(context: BrowserContext, server: Server, coding: Coding): Promise<Viewer> {
    const viewer = new Viewer(await context.newPage(), new Sender(await server.key()));
    viewer.page.on("load", () => (viewer.#loads += 1));
    await watch(viewer.page);
    await viewer.page.goto(`${server.origin}/ours/live/hall-a`);
    viewer.sender.start(coding);
    await viewer.isLive(0);
    viewer.#stayed = await mark(viewer.page);
    return viewer;
  }

  async isLive(since: number): Promise<void> {
    await expect(async () => {
      await this.record.read(this.page);
      expect(this.record.isLive(since), `${this.sender.said}${this.record.shown.length} pictures`).toBe(true);
    }).toPass({ timeout: 60_000 });
  }

  /** Watches for a while; the longest that one picture stood. */
  async stays(what: string, seconds: number): Promise<number> {
    const [from, first] = [Date.now(), this.record.shown.length];
    const heard = new Set<string>();
    for (let n = 0; n < seconds; n += 1) {
      await this.page.waitForTimeout(1_000);
      heard.add(await this.says());
    }
    this.heard = [...heard].filter((one) => one !== "");
    await this.record.read(this.page);
    const most = standstill(this.record.shown.slice(Math.max(0, first - 1)), from, Date.now() - 200);
    const seen = this.record.shown.length - first;
    console.log(`link: ${seconds} s ${what}: ${Math.round(behind(this.record.shown))} ms behind, ${seen} pictures, one stood for ${most} ms${this.heard.map((one) => `; "${one}"`).join("")}`);
    return most;
  }

  /** What the page says about the picture at the moment. */
  async says(): Promise<string> {
    const said = this.page.locator(".trouble, [data-thin]");
    return (await said.count()) === 0 ? "" : ((await said.first().textContent()) ?? "").replaceAll(/\s+/g, " ").trim();
  }

  /** From a bad link to a good one: live again, soon, as near as before, and silent about it. */
  async catchesUp(): Promise<void> {
    const since = Date.now();
    await this.isLive(since);
    const live = Math.round((Date.now() - since) / 1_000);
    await expect(async () => {
      await this.record.read(this.page);
      expect(behind(this.record.shown)).toBeLessThan(CAUGHT_UP_MS);
    }).toPass({ timeout: CATCH_UP_WITHIN_MS });
    const near = Math.round((Date.now() - since) / 1_000);
    console.log(`link: live ${live} s and ${Math.round(behind(this.record.shown))} ms behind ${near} s after it was good again`);
    // That the link was too thin stays for a while.
    await expect.poll(() => this.says(), { message: "nothing is wrong any more", timeout: 75_000 }).toBe("");
  }

  async endsWell(): Promise<void> {
    expect(await this.#stayed(), "the page was not reloaded").toBe(true);
    expect(this.#loads).toBe(1);
    expect(this.record.elements, "one and the same video").toBe(1);
  }
}

/** Packets: everything between the two ends goes through a link that is told how to be. */
async function throughPackets(link: Link, options: LaunchOptions): Promise<void> {
  const server = await Server.hallAt(link.near);
  let browser: Browser | undefined;
  let viewer: Viewer | undefined;
  try {
    browser = await link.browser(options, server.origin);
    viewer = await Viewer.come(await browser.newContext({ locale: "en-GB", viewport: { width: 1280, height: 800 } }), server, HEAVY);
    await viewer.stays("as good as it gets", 10);

    await link.become({ rate: 4_000, delay: 20, jitter: 5, loss: 2 });
    await viewer.stays("with 4 Mbit/s, 40 ms there and back, 2 % lost, settling", 15);
    const stood = await viewer.stays("the same", 20);
    expect(stood, "the picture goes on").toBeLessThan(STANDS_MAX_MS);

    await link.become({ rate: 1_500, delay: 20 });
    const starved = await viewer.stays("with 1.5 Mbit/s, less than the picture needs", 30);
    if (starved > SAID_MS) expect(viewer.heard.join(), "it says why").toMatch(/M-(BUF|NET)-|slower than the picture/);
    // Half of what it needs: that is said in one line, which stays.
    await link.become({ rate: 800, delay: 20 });
    await viewer.stays("with 0.8 Mbit/s", 20);
    await expect(viewer.page.locator("[data-thin]"), "it says that it is the link").toBeVisible();
    await viewer.stays("the same", 10);
    expect(viewer.heard.join(), "and says nothing else in between").not.toMatch(/M-/);
    await link.become({});
    await viewer.catchesUp();

    await link.down();
    // What is kept ahead plays on, up to three seconds of it after a bad link.
    await viewer.stays("without anything", 8);
    expect(viewer.heard.join(), "it says why").toMatch(/M-NET-/);
    await link.up();
    await viewer.catchesUp();

    // From one network to another, and once more with nothing between them.
    await link.move();
    await viewer.catchesUp();
    await link.down();
    await viewer.stays("on no network", 4);
    await link.move();
    await link.up();
    await viewer.catchesUp();
    await viewer.endsWell();
  } finally {
    viewer?.sender.kill();
    await browser?.close();
    await server.remove();
    await link.remove();
  }
}

/** Bytes a second and milliseconds there and back. The signal needs about 200 kB a second. */
const LINKS = {
  good: { downloadThroughput: -1, uploadThroughput: -1, latency: 0, offline: false },
  far: { downloadThroughput: 400_000, uploadThroughput: 100_000, latency: 180, offline: false },
  tight: { downloadThroughput: 60_000, uploadThroughput: 20_000, latency: 250, offline: false },
  gone: { downloadThroughput: -1, uploadThroughput: -1, latency: 0, offline: true },
} as const;

/** Requests: the browser slows down and drops its own. What is left where nobody may make networks. */
async function throughRequests(browser: Browser): Promise<void> {
  const server = await Server.hall();
  const context = await browser.newContext();
  const dice = new Dice(SEED);
  let percent = 0;
  // So many in a hundred of the answers with media and playlists never come.
  await context.route(/\/media\//, (route) => (dice.between(0, 100) < percent ? route.abort("connectionreset") : route.continue()));
  let viewer: Viewer | undefined;
  try {
    viewer = await Viewer.come(context, server, USUAL);
    const devtools = await context.newCDPSession(viewer.page);
    const become = (kind: keyof typeof LINKS): Promise<unknown> => devtools.send("Network.emulateNetworkConditions", LINKS[kind]);
    await devtools.send("Network.enable");
    for (const [kind, lost, seconds] of [["far", 4, 20], ["tight", 4, 12], ["gone", 0, 6], ["far", 8, 20]] as const) {
      percent = lost;
      await become(kind);
      await viewer.stays(`${kind}, ${lost} % of the requests lost`, seconds);
    }
    percent = 0;
    await become("good");
    await viewer.catchesUp();
    await viewer.endsWell();
  } finally {
    viewer?.sender.kill();
    await context.close();
    await server.remove();
  }
}

test("a viewer behind a slow, far and lossy link goes on without a reload and catches up", async ({ browser, launchOptions }) => {
  test.setTimeout(300_000);
  const link = await Link.make();
  if (typeof link !== "string") return throughPackets(link, launchOptions);
  console.log(`link: ${link}; requests are cut instead of packets`);
  await throughRequests(browser);
});
