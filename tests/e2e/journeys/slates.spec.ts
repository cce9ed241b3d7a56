import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { barriers, overflow } from "../lib/access.ts";
import { CONFERENCE, complaints, expect, shot, signIn, test } from "../lib/journey.ts";

/** A film of three seconds, as somebody exports it: its tables stand at the end. */
function film(): Buffer {
  const folder = mkdtempSync(join(tmpdir(), "matsuri-film-"));
  const file = join(folder, "film.mp4");
  const sources = ["-f", "lavfi", "-i", "testsrc2=s=320x180:r=30:d=3", "-f", "lavfi", "-i", "sine=440:d=3"];
  const coding = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "30", "-pix_fmt", "yuv420p", "-c:a", "aac", "-ar", "48000", "-ac", "2"];
  execFileSync("ffmpeg", ["-v", "error", ...sources, ...coding, file]);
  const bytes = readFileSync(file);
  rmSync(folder, { recursive: true });
  return bytes;
}

test("clips are brought and played, what is cut off or no film is refused precisely, and a clip is changed", async ({ browser, demo }) => {
  test.setTimeout(180_000);
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  await signIn(context, demo, "broadcast", "Ren");
  const page = await context.newPage();
  const heard = complaints(page);
  const slates = `${demo.origin}/${CONFERENCE}/studio/slates`;
  const whole = film();
  const brought: [string, Buffer, string, RegExp][] = [
    ["sponsor.mp4", whole, "ready", /0:03/],
    ["half.mp4", whole.subarray(0, whole.length / 2), "refused", /cut off/],
    ["minutes.mp4", Buffer.from("These are the minutes of a meeting."), "refused", /no film of a known format/],
  ];
  for (const [name, buffer, stage, said] of brought) {
    await page.goto(slates);
    await page.locator("#slate-film").setInputFiles({ name, mimeType: "video/mp4", buffer });
    await page.locator(".form-foot button").click();
    const item = page.locator(".slate-film", { has: page.getByRole("heading", { name: name.replace(".mp4", ""), exact: true }) });
    // Whoever waits sees it without a reload of their own.
    await expect(item).toHaveAttribute("data-stage", stage, { timeout: 60_000 });
    await expect(item).toContainText(said);
  }
  await expect.poll(() => page.locator(".slate-film video").evaluate((video: HTMLVideoElement) => video.duration), { timeout: 20_000 }).toBeGreaterThan(2.5);
  expect(await barriers(page)).toEqual([]);
  await shot(page, "slates");

  await page.locator('[data-stage="ready"] a.button').click();
  await expect(page.locator("h1")).toHaveText("sponsor");
  expect(await barriers(page)).toEqual([]);
  await page.locator('input[name="name"]').fill("");
  await page.locator(".form-foot .primary").click();
  await expect(page.locator('[aria-invalid="true"]')).toHaveAttribute("name", "name");
  expect(await barriers(page)).toEqual([]);
  await page.setViewportSize({ width: 360, height: 740 });
  await page.emulateMedia({ colorScheme: "dark" });
  expect(await overflow(page)).toBeLessThanOrEqual(0);
  expect(await barriers(page)).toEqual([]);
  await shot(page, "slate-form-refused-360");
  await page.locator('input[name="name"]').fill("協賛 CM");
  await page.locator('input[name="onto"][value="some"]').check();
  await page.locator('input[name="track"][value="c"]').check();
  await page.locator(".form-foot .primary").click();
  await expect(page.locator("[data-said]")).toBeVisible();
  const changed = page.locator(".slate-film", { has: page.getByRole("heading", { name: "協賛 CM" }) });
  await changed.locator("a.button").click();
  await expect(page.locator('input[name="onto"][value="some"]')).toBeChecked();
  await expect(page.locator('input[name="track"][value="c"]')).toBeChecked();
  await page.goto(slates);
  expect(await overflow(page)).toBeLessThanOrEqual(0);
  expect(await barriers(page)).toEqual([]);
  await shot(page, "slates-360");
  for (let left = 3; left > 0; left -= 1) {
    await expect(page.locator(".slate-film")).toHaveCount(left);
    page.once("dialog", (dialog) => void dialog.accept());
    await page.locator(".slate-film .danger").first().click();
  }
  await expect(page.locator(".slate-film")).toHaveCount(0);
  expect(heard).toEqual([]);
  await context.close();
});
