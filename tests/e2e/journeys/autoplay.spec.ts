import { CONFERENCE, expect, test } from "../lib/journey.ts";
import { moves, picture } from "../lib/picture.ts";

test("where the browser forbids sound the picture starts muted and one press gives the sound", async ({ page, demo }) => {
  await page.goto(`${demo.origin}/${CONFERENCE}/live/a`);
  const first = await picture(page, "red");
  expect(first.muted).toBe(true);
  await moves(page, 1);
  await page.locator(".unmute").click();
  await expect.poll(() => page.evaluate(() => document.querySelector("video")?.muted)).toBe(false);
  await expect(page.locator(".unmute")).toHaveCount(0);
  await moves(page, 1);
});
