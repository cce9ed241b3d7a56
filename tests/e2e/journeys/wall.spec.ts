import { spawn, type ChildProcess } from "node:child_process";
import { barriers } from "../lib/access.ts";
import { CONFERENCE, complaints, expect, shot, test, visitor, withoutPictures } from "../lib/journey.ts";

/** An encoder whose sound is cut after some seconds; the picture goes on. */
function encoder(address: string, cutAfterS: number): ChildProcess {
  const picture = ["-f", "lavfi", "-i", "testsrc2=size=640x360:rate=30"];
  const sound = ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"];
  const cut = ["-af", `volume=0:enable='gte(t,${cutAfterS})'`, "-c:a", "aac", "-b:a", "128k"];
  const video = ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-pix_fmt", "yuv420p", "-g", "60"];
  return spawn("ffmpeg", ["-v", "error", "-nostdin", "-re", ...picture, "-re", ...sound, ...video, ...cut, "-f", "flv", address], { stdio: "ignore" });
}

test("sound is cut, and the wall says so, what to do, and who does it", async ({ browser, demo }) => {
  test.setTimeout(120_000);
  const wall = await visitor(browser, demo, "broadcast", "Ren");
  const other = await visitor(browser, demo, "broadcast", "Mio");
  await withoutPictures(other);
  const heard = complaints(wall);
  const cutAfterS = 7;
  const published = encoder(demo.publishAddress, cutAfterS);
  const began = Date.now();
  try {
    for (const page of [wall, other]) await page.goto(`${demo.origin}/${CONFERENCE}/studio/wall`);
    // A track of the demo is well: its picture moves, its loudness is told.
    const well = wall.locator('[data-track="a"]');
    await expect(well.locator('.monitor[data-state="moving"]')).toBeVisible({ timeout: 20_000 });
    await expect(well).toContainText("LUFS", { timeout: 30_000 });
    await shot(wall, "wall");
    expect(await barriers(wall)).toEqual([]);

    const alarm = wall.locator('[data-alarm="sound-silent"]').first();
    await expect(alarm).toBeVisible({ timeout: 40_000 });
    console.log(`the wall told ${((Date.now() - began) / 1000 - cutAfterS).toFixed(1)} s after the sound was cut (start of the encoder included)`);
    await expect(alarm).toContainText(/microphone/);
    await shot(wall, "wall-alarm");
    await wall.setViewportSize({ width: 360, height: 740 });
    await shot(wall, "wall-phone");
    expect(await wall.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    await wall.setViewportSize({ width: 1280, height: 720 });
    expect(await barriers(wall)).toEqual([]);

    await alarm.locator("button").click();
    await expect(other.locator('[data-alarm="sound-silent"]').first()).toContainText("Ren");
    expect(heard).toEqual([]);
  } finally {
    published.kill("SIGKILL");
    await wall.context().close();
    await other.context().close();
  }
});
