import { barriers } from "../lib/access.ts";
import { ClockPublisher } from "../lib/barcode.ts";
import { expect, shot, test } from "../lib/journey.ts";
import { moves } from "../lib/picture.ts";
import { Server } from "../lib/server.ts";

test("the first own conference is on air a few pages after the first start", async ({ page, browser }) => {
  test.setTimeout(120_000);
  const server = await Server.serve();
  try {
    const link = await server.prints(/http:\/\/\S+\/sign-in\/\S+/);
    await page.goto(link[0]);
    await page.locator('input[name="email"]').fill("nao@example.org");
    await page.locator('input[name="name"]').fill("Nao");
    expect(await barriers(page)).toEqual([]);
    await shot(page, "first-start");
    await page.locator("main form button").click();
    await page.waitForURL(/\/new$|\/$/);

    // Start empty: title, name in addresses, days, tracks.
    await page.goto(`${server.origin}/new`);
    await page.locator('input[name="title"]').fill("Riverside Meetup");
    await page.locator('input[name="slug"]').fill("riverside");
    await page.locator('textarea[name="tracks"]').fill("Boathouse");
    // A meetup that begins now, for everybody.
    await page.locator('input[name="lifecycle"][value="live"]').check();
    expect(await barriers(page)).toEqual([]);
    await shot(page, "first-conference");
    await page.locator('form[action="/new"] button').click();
    await page.waitForURL(/\/riverside/);
    await shot(page, "first-created");

    // "Go live" shows where to publish.
    await page.goto(`${server.origin}/riverside/studio`);
    await page.locator('form[action$="/key"] button').first().click();
    const publish = (await page.locator("[data-copy-text]").first().textContent()) ?? "";
    expect(await barriers(page)).toEqual([]);
    await shot(page, "first-key");
    expect(publish).toMatch(/^rtmp:\/\/.+\/live\/.+/);

    const publisher = new ClockPublisher(publish);
    try {
      const guest = await (await browser.newContext()).newPage();
      await guest.goto(`${server.origin}/riverside/live`);
      await moves(guest, 2, 30_000);
      await shot(guest, "first-on-air");
      await guest.context().close();
    } finally {
      publisher.stop();
    }
    // The owner's link was for one use.
    const stranger = await (await browser.newContext()).newPage();
    const again = await stranger.goto(link[0]);
    expect(again?.status() ?? 0).toBeGreaterThanOrEqual(400);
    await stranger.context().close();
  } finally {
    await server.remove();
  }
});
