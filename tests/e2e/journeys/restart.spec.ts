import type { Page } from "@playwright/test";
import { CONFERENCE, command, complaints, expect, mark, shot, signIn, test } from "../lib/journey.ts";
import { glance, moves, picture } from "../lib/picture.ts";
import { Server } from "../lib/server.ts";

/** The newest media sequence number of a track. */
async function sequence(page: Page, server: Server, track: string): Promise<number> {
  const base = `${server.origin}/media/${CONFERENCE}/${track}/index.m3u8`;
  const multivariant = await (await page.request.get(base)).text();
  const line = multivariant.split("\n").find((line) => line !== "" && !line.startsWith("#"));
  const media = await (await page.request.get(new URL(line?.trim() ?? "", base).href)).text();
  const first = Number(/#EXT-X-MEDIA-SEQUENCE:(\d+)/.exec(media)?.[1]);
  return first + (media.match(/#EXTINF:/g) ?? []).length;
}

test("a server killed while people watch comes back, and they keep everything", async ({ browser }) => {
  test.setTimeout(150_000);
  const server = await Server.demo();
  try {
    const context = await browser.newContext();
    const page = await context.newPage();
    const heard = complaints(page);
    await signIn(context, server, "broadcast", "Sora");
    await command(context, server, "studio.hold", { conf: CONFERENCE, track: "a" });
    await page.goto(`${server.origin}/${CONFERENCE}/live/a`);
    await picture(page, "red");
    const text = `written before ${Date.now()}`;
    await page.locator("textarea").fill(text);
    await page.locator("textarea").press("Enter");
    const line = page.locator("[data-line]", { hasText: text });
    await expect(line).toHaveCount(1);
    await moves(page, 2);
    const stayed = await mark(page);
    const cookies = await context.cookies();
    const before = await sequence(page, server, "a");
    const seen = await glance(page);

    await server.kill();
    await page.waitForTimeout(1_000);
    const killed = Date.now();
    await server.start();
    console.log(`ready again ${Date.now() - killed} ms after the start`);

    await moves(page, 3, 40_000);
    expect(await stayed(), "the page was not reloaded").toBe(true);
    expect((await glance(page))?.time).toBeGreaterThan(seen?.time ?? 0);
    await expect(line).toHaveCount(1);
    expect(await sequence(page, server, "a")).toBeGreaterThan(before);
    // The same sign-in: the cookie is the old one and still good for writing.
    expect(await context.cookies()).toEqual(cookies);
    const after = `written after ${Date.now()}`;
    await expect(page.locator("textarea")).toBeEnabled();
    await page.locator("textarea").fill(after);
    await page.locator("textarea").press("Enter");
    await expect(page.locator("[data-line]", { hasText: after })).toHaveCount(1);
    await shot(page, "after-restart");
    // And for whoever looks anew.
    await page.reload();
    await expect(line).toHaveCount(1);
    expect(heard).toEqual([]);
    await context.close();
    expect(await server.interrupt(), "Ctrl-C ends it cleanly").toBe(0);
  } finally {
    await server.remove();
  }
});
