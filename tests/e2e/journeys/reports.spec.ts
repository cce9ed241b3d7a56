import { spawn, type ChildProcess } from "node:child_process";
import { barriers, overflow } from "../lib/access.ts";
import { CONFERENCE, complaints, expect, shot, test, visitor } from "../lib/journey.ts";

/** An encoder with a fault that people make: a key frame every ten seconds. */
function encoder(address: string): ChildProcess {
  const picture = ["-f", "lavfi", "-i", "testsrc2=size=1280x720:rate=30"];
  const sound = ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"];
  const video = ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-pix_fmt", "yuv420p", "-b:v", "2500k", "-g", "300"];
  return spawn("ffmpeg", ["-v", "error", "-nostdin", "-re", ...picture, "-re", ...sound, ...video, "-c:a", "aac", "-b:a", "128k", "-f", "flv", address], { stdio: "ignore" });
}

test("an encoder is tested before the event, and the report says what to set in OBS", async ({ browser, demo }) => {
  test.setTimeout(120_000);
  const crew = await visitor(browser, demo, "broadcast", "Ren");
  const heard = complaints(crew);
  await crew.goto(`${demo.origin}/${CONFERENCE}/studio/reports`);
  expect(await barriers(crew)).toEqual([]);
  await crew.locator("#test-name").fill("Hall A, main OBS");
  await crew.locator("#test-track").selectOption({ index: 1 });
  await crew.locator('form[action$="/studio/reports"] button').click();
  const link = (await crew.locator("code[data-copy-text]").first().textContent()) ?? "";
  const key = link.split("/").pop() ?? "";
  expect(key).toMatch(/^[a-z0-9]{52}$/);
  expect(await barriers(crew)).toEqual([]);
  await shot(crew, "encoder-test-made");

  // Whoever sends has the link and no account.
  const context = await browser.newContext({ viewport: { width: 360, height: 740 }, locale: "ja-JP", colorScheme: "dark" });
  const sender = await context.newPage();
  await sender.goto(`${demo.origin}${new URL(link).pathname}`);
  await expect(sender.locator("[data-summary-text]")).toContainText("エンコーダーを待っています");
  expect(await overflow(sender)).toBeLessThanOrEqual(0);
  const server = demo.publishAddress.replace(/\/[^/]+$/, "");
  const published = encoder(`${server}/${key}`);
  try {
    const section = sender.locator('[data-island="encodertest"]');
    await expect(section).toHaveAttribute("data-state", "running", { timeout: 20_000 });
    await expect(sender.locator('[data-item="resolution"] [data-value]')).toHaveText("1280 × 720");
    await expect(crew.locator('[data-item="key-interval"] [data-verdict]')).toHaveClass(/verdict-must/, { timeout: 40_000 });
    await expect(crew.locator('[data-item="key-interval"] [data-advice]')).toContainText("Keyframe Interval");
    await expect(crew.locator('[data-item="round-trip"] [data-verdict]')).toHaveClass(/verdict-good/);
    expect(await barriers(sender)).toEqual([]);
    await shot(sender, "encoder-test-phone");
    await shot(crew, "encoder-test-running");
  } finally {
    published.kill("SIGKILL");
  }
  await expect(sender.locator('[data-island="encodertest"]')).toHaveAttribute("data-state", "over", { timeout: 20_000 });
  await crew.goto(`${demo.origin}/${CONFERENCE}/studio/reports`);
  const report = crew.getByRole("link", { name: "Hall A, main OBS" }).last();
  await report.click();
  await expect(crew.locator("h1")).toContainText("Hall A, main OBS");
  await expect(crew.locator('[data-item="key-interval"] [data-advice]')).toContainText("Keyframe Interval");
  await expect(crew.locator(".test-chart polyline")).toHaveAttribute("points", /,/);
  expect(await barriers(crew)).toEqual([]);
  await shot(crew, "encoder-report");
  expect(heard).toEqual([]);
  await context.close();
  await crew.context().close();
});
