import { CONFERENCE, complaints, expect, mark, shot, test, visitor } from "../lib/journey.ts";
import { glance, moves, picture } from "../lib/picture.ts";

test("a visitor without an account sees the picture move", async ({ page, demo }) => {
  const heard = complaints(page);
  await page.goto(`${demo.origin}/${CONFERENCE}/live/a`);
  await picture(page, "red");
  await moves(page, 3);
  await expect(page.locator("[data-onair]")).not.toHaveAttribute("data-onair", "");
  await shot(page, "live-a");
  expect(heard).toEqual([]);
});

test("changing the track keeps the page, the sound and the place", async ({ browser, demo }) => {
  const page = await visitor(browser, demo, "attendee", "Mika");
  await page.goto(`${demo.origin}/${CONFERENCE}/live/a`);
  await picture(page, "red");
  await page.evaluate(() => {
    const video = document.querySelector("video");
    if (video) [video.muted, video.volume] = [false, 0.6];
  });
  await page.locator("textarea").fill("half a thought");
  const stayed = await mark(page);
  const title = await page.locator("[data-onair]").textContent();

  await page.locator(`a[href$="/${CONFERENCE}/live/b"]`).first().click();
  const seen = await picture(page, "blue");
  expect(await stayed()).toBe(true);
  expect(seen.muted).toBe(false);
  expect(seen.volume).toBeCloseTo(0.6);
  await expect(page).toHaveURL(/\/live\/b$/);
  await expect(page.locator("[data-onair]")).not.toHaveText(title ?? "");
  const before = await glance(page);
  await moves(page, 2);
  expect((await glance(page))?.soundBytes).toBeGreaterThan(before?.soundBytes ?? 0);
  await shot(page, "live-b");

  await page.goBack();
  await picture(page, "red");
  expect(await stayed()).toBe(true);
  await page.context().close();
});

test("the timetable opens beside the picture, which goes on", async ({ page, demo }) => {
  await page.goto(`${demo.origin}/${CONFERENCE}/live/a`);
  await picture(page, "red");
  const stayed = await mark(page);
  await page.locator(".live-doors").getByRole("button", { name: "Timetable" }).click();
  await expect(page.locator(".live-sheet")).toContainText(/Rust|SQLite/);
  await moves(page, 2);
  await shot(page, "live-sheet");
  await page.keyboard.press("Escape");
  await expect(page.locator(".live-sheet")).toHaveCount(0);
  expect(await stayed()).toBe(true);
});

test("the keyboard pauses, mutes and returns to live", async ({ page, demo }) => {
  await page.goto(`${demo.origin}/${CONFERENCE}/live/a`);
  await picture(page, "red");
  const state = (): Promise<{ paused: boolean; muted: boolean }> =>
    page.evaluate(() => {
      const video = document.querySelector("video");
      return { paused: video?.paused ?? true, muted: video?.muted ?? true };
    });
  const muted = (await state()).muted;
  await page.keyboard.press("m");
  await expect.poll(async () => (await state()).muted).toBe(!muted);
  await page.keyboard.press("k");
  await expect.poll(async () => (await state()).paused).toBe(true);
  await page.keyboard.press("k");
  await moves(page, 1);
});
