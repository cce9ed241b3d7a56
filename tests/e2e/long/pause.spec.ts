// Time is missing in the picture, and soon after the encoder dies: the viewer goes on where they were. hls.js tells in its log by what it
// lays one playlist beside the next: never by dates, between which time may be missing.
import { Record } from "../lib/faults.ts";
import { expect, test } from "../lib/journey.ts";
import { Sender } from "../lib/sender.ts";
import { Server } from "../lib/server.ts";
import { again, oddities, watch } from "../lib/watch.ts";

/** In what vite makes of hls.js: whether it says what it does. */
const [MUTE, TALKATIVE] = [".debug||!1,`Hls instance`", ".debug||!0,`Hls instance`"];

test("a stalled encoder and then a dead one take no viewer back", async ({ page }) => {
  test.setTimeout(120_000);
  const server = await Server.hall();
  const [primary, backup] = [new Sender(await server.key()), new Sender(await server.key("backup"))];
  try {
    const said: string[] = [];
    page.on("console", (line) => said.push(line.text()));
    await page.route(/\/hls-[^/]*\.js/, async (route) => {
      const body = (await (await route.fetch()).text()).replace(MUTE, TALKATIVE);
      await route.fulfill({ status: 200, contentType: "text/javascript", body });
    });
    await watch(page);
    await page.goto(`${server.origin}/ours/live/hall-a`);
    primary.start();
    backup.start();
    const record = new Record();
    const isLive = async (since: number): Promise<void> =>
      expect(async () => {
        await record.read(page);
        expect(record.isLive(since), `${primary.said}${record.shown.length} pictures`).toBe(true);
      }).toPass({ timeout: 60_000 });
    await isLive(0);
    const from = Date.now();
    primary.hold();
    await page.waitForTimeout(5_000);
    primary.release();
    await page.waitForTimeout(6_000);
    for (const sender of [primary, backup]) {
      sender.kill();
      await page.waitForTimeout(4_000);
      sender.start();
      await page.waitForTimeout(4_000);
    }
    await isLive(Date.now());
    const odd = [...record.stuck, ...oddities(record.shown, from)];
    expect(odd.filter((one) => one.startsWith("went back"))).toEqual([]);
    expect(again(record.shown.filter(({ at }) => at > from))).toEqual([]);
    expect(said.filter((line) => /Live playlist sliding/.test(line)).length, "hls.js says what it does").toBeGreaterThan(10);
    expect(said.filter((line) => /using PDT|remapping/.test(line))).toEqual([]);
  } finally {
    primary.kill();
    backup.kill();
    await server.remove();
  }
});
