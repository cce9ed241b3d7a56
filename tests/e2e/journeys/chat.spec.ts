import type { Page } from "@playwright/test";
import { CONFERENCE, expect, shot, test, visitor } from "../lib/journey.ts";

async function say(page: Page, text: string): Promise<void> {
  await page.locator("textarea").fill(text);
  await page.locator("textarea").press("Enter");
}

const line = (page: Page, text: string) => page.locator("[data-line]", { hasText: text });

test("what one person writes, the other reads", async ({ browser, demo }) => {
  const [aoi, ben] = [await visitor(browser, demo, "attendee", "Aoi"), await visitor(browser, demo, "attendee", "Ben")];
  await Promise.all([aoi, ben].map((page) => page.goto(`${demo.origin}/${CONFERENCE}/live/a`)));
  const [hello, answer] = [`こんにちは ${Date.now()}`, `hello back ${Date.now()} <b>&`];
  await say(aoi, hello);
  await expect(line(ben, hello)).toBeVisible();
  await expect(line(ben, hello)).toContainText("Aoi");
  await say(ben, answer);
  await expect(line(aoi, answer)).toBeVisible();
  // Each of them once, in the same order, for both.
  for (const page of [aoi, ben]) {
    await expect(line(page, hello)).toHaveCount(1);
    await expect(line(page, answer)).toHaveCount(1);
    const texts = await page.locator("[data-line] .line-text").allTextContents();
    expect(texts.indexOf(hello)).toBeLessThan(texts.indexOf(answer));
  }
  await shot(aoi, "chat");
  // A second look finds them again: they were kept, not only passed on.
  await ben.reload();
  await expect(line(ben, hello)).toHaveCount(1);
  await Promise.all([aoi, ben].map((page) => page.context().close()));
});

test("who is not signed in reads, and is offered to sign in", async ({ page, demo }) => {
  await page.goto(`${demo.origin}/${CONFERENCE}/live/a`);
  await expect(page.locator("[data-line]").first()).toBeVisible({ timeout: 40_000 });
  await expect(page.locator("textarea")).toHaveCount(0);
  await page.locator(".chat-foot a").click();
  await expect(page).toHaveURL(/\/sign-in/);
});

test("a broadcaster removes a line and it disappears everywhere", async ({ browser, demo }) => {
  const guest = await visitor(browser, demo, "attendee", "Guest");
  const team = await visitor(browser, demo, "broadcast", "Ren");
  await Promise.all([guest, team].map((page) => page.goto(`${demo.origin}/${CONFERENCE}/live/b`)));
  const text = `regrettable ${Date.now()}`;
  await say(guest, text);
  await expect(line(team, text)).toBeVisible();
  await expect(line(guest, text).locator(".line-remove")).toHaveCount(0);
  await line(team, text).hover();
  const remove = line(team, text).locator(".line-remove");
  await remove.click();
  await remove.click();
  await expect(line(team, text)).toHaveCount(0);
  await expect(line(guest, text)).toHaveCount(0);
  await Promise.all([guest, team].map((page) => page.context().close()));
});
