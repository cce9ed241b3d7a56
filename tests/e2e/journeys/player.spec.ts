import { barriers, overflow } from "../lib/access.ts";
import { CONFERENCE, complaints, expect, shot, test, visitor } from "../lib/journey.ts";
import { moves, picture } from "../lib/picture.ts";

const video = <T>(page: import("@playwright/test").Page, read: (video: HTMLVideoElement) => T): Promise<T> => page.locator("video").evaluate(read as never);

test("the help overlay opens and closes with its key and names every other", async ({ page, demo }) => {
  const heard = complaints(page);
  await page.goto(`${demo.origin}/${CONFERENCE}/live/a`);
  await picture(page, "red");
  await page.keyboard.press("?");
  const help = page.locator("dialog[open]");
  await expect(help.locator("kbd").filter({ hasText: /^t$/ })).toBeVisible();
  await shot(page, "player-help");
  await page.keyboard.press("?");
  await expect(help).toHaveCount(0);
  // Single keys can be switched off; the help still opens.
  await page.keyboard.press("?");
  await page.locator("#live-keys-on").uncheck();
  await page.keyboard.press("Escape");
  await page.keyboard.press("k");
  await moves(page, 1);
  await page.keyboard.press("?");
  await page.locator("#live-keys-on").check();
  expect(heard).toEqual([]);
});

test("speed is for the past and ends at live", async ({ page, demo }) => {
  await page.goto(`${demo.origin}/${CONFERENCE}/live/a`);
  await picture(page, "red");
  await moves(page, 2);
  const rate = (): Promise<number> => video(page, (video) => video.playbackRate);
  // Live cannot be played faster than it happens: hls.js may catch up a little, and no more.
  await page.keyboard.press(">");
  expect(await rate()).toBeLessThanOrEqual(1.3);
  await expect.poll(() => video(page, (video) => (video.seekable.length ? video.seekable.end(0) - video.seekable.start(0) : 0)), { timeout: 20_000 }).toBeGreaterThan(12);
  await page.keyboard.press("j");
  for (let i = 0; i < 4; i += 1) await page.keyboard.press(">");
  await expect.poll(rate).toBe(2);
  await expect(page.locator(".rate")).toHaveText("2×");
  await shot(page, "player-behind");
  await expect(page.locator(".go-live")).toHaveClass(/at-live/, { timeout: 25_000 });
  expect(await rate()).toBeLessThanOrEqual(1.3);
  await moves(page, 1);
});

test("theatre mode is remembered and the menu gives the focus back", async ({ page, demo }) => {
  await page.goto(`${demo.origin}/${CONFERENCE}/live/a`);
  await picture(page, "red");
  const width = (): Promise<number> => video(page, (video) => video.getBoundingClientRect().width);
  const before = await width();
  await page.keyboard.press("t");
  await expect.poll(width).toBeGreaterThan(before * 1.2);
  await page.reload();
  await picture(page, "red");
  expect(await width()).toBeGreaterThan(before * 1.2);
  await shot(page, "player-theatre");
  await page.keyboard.press("t");
  await expect.poll(width).toBeLessThan(before * 1.1);

  const gear = page.locator(".settings > button");
  await gear.focus();
  await page.keyboard.press("Enter");
  await expect(page.locator(".settings-panel input:checked").first()).toBeFocused();
  await shot(page, "player-menu");
  await page.keyboard.press("Escape");
  await expect(gear).toBeFocused();
});

test("a steadier picture is further behind, and remembered", async ({ page, demo }) => {
  test.setTimeout(90_000);
  await page.goto(`${demo.origin}/${CONFERENCE}/live/a`);
  await picture(page, "red");
  await moves(page, 2);
  const delay = (): Promise<number> => page.locator(".go-live .delay").innerText().then((text) => Number(text.replace(/^−(?:0:)?/, "").replace(/ s$/, "")));
  await page.keyboard.press("s");
  await expect.poll(delay, { timeout: 20_000 }).toBeGreaterThan(6);
  await moves(page, 2);
  await page.reload();
  await picture(page, "red");
  await moves(page, 1);
  await expect.poll(delay, { timeout: 20_000 }).toBeGreaterThan(6);
  await expect(page.locator(".go-live")).toHaveClass(/at-live/);
  await page.keyboard.press("s");
  await expect.poll(delay, { timeout: 20_000 }).toBeLessThan(5);
  await moves(page, 2);
});

test("the picture moves into a small window with the chat and back without stopping", async ({ page, demo }) => {
  const heard = complaints(page);
  await page.goto(`${demo.origin}/${CONFERENCE}/live/a`);
  await picture(page, "red");
  await moves(page, 1);
  interface Mini {
    time: number;
    paused: boolean;
    chat: boolean;
  }
  const mini = (): Promise<Mini | null> =>
    page.evaluate(() => {
      const { window: open } = (window as unknown as { documentPictureInPicture: { window: Window | null } }).documentPictureInPicture;
      const video = open?.document.querySelector("video");
      return video ? { time: video.currentTime, paused: video.paused, chat: open?.document.querySelector(".chat") != null } : null;
    });
  await page.keyboard.press("i");
  await expect.poll(mini).not.toBeNull();
  const before = await mini();
  expect(before).toMatchObject({ paused: false, chat: true });
  await expect.poll(async () => (await mini())?.time ?? 0).toBeGreaterThan((before?.time ?? 0) + 1);
  await expect(page.locator(".live-stage video")).toHaveCount(0);
  await page.keyboard.press("i");
  await expect(page.locator(".live-stage video")).toHaveCount(1);
  await moves(page, 1);
  expect(heard).toEqual([]);
});

test("a check of the link gives a code that the help desk finds", async ({ page, browser, demo }) => {
  const heard = complaints(page);
  await page.goto(`${demo.origin}/${CONFERENCE}/live/a`);
  await picture(page, "red");
  await moves(page, 2);
  await page.keyboard.press("n");
  await expect(page.locator('.check-side[data-verdict="fine"]')).toBeVisible({ timeout: 30_000 });
  await shot(page, "player-check");
  const code = (await page.locator("[data-code]").getAttribute("data-code")) ?? "";
  const team = await visitor(browser, demo, "broadcast", "Ren");
  await team.goto(`${demo.origin}/${CONFERENCE}/desk/viewers?code=${code.toLowerCase()}`);
  const found = team.locator("[data-session]");
  await expect(found).toHaveCount(1);
  await expect(found).toContainText("Your connection and the stream are both fine.");
  await shot(team, "viewers");
  expect(heard).toEqual([]);
  await team.context().close();
});

test("a link that is too thin for the picture is said in one line, which offers sound only", async ({ browser, page, demo }) => {
  test.setTimeout(150_000);
  const heard = complaints(page);
  await page.goto(`${demo.origin}/${CONFERENCE}/live/a`);
  await picture(page, "red");
  await moves(page, 2);
  // How often the line came and went.
  await page.evaluate(() => {
    const seen = window as unknown as { thin: string[] };
    seen.thin = [];
    new MutationObserver(() => {
      const is = document.querySelector("[data-thin]") ? "said" : "not said";
      if ((seen.thin.at(-1) ?? "not said") !== is) seen.thin.push(is);
    }).observe(document.body, { childList: true, subtree: true });
  });
  const health = await (await page.request.get(`${demo.origin}/api/v2/conferences/${CONFERENCE}/tracks/a/health`)).json();
  const devtools = await page.context().newCDPSession(page);
  const link = (downloadThroughput: number): Promise<unknown> => devtools.send("Network.emulateNetworkConditions", { offline: false, latency: 20, downloadThroughput, uploadThroughput: -1 });
  await devtools.send("Network.enable");
  await link((health.bitrate_bps / 8) * 0.6);
  const line = page.locator('[role="status"] > [data-thin]');
  await expect(line).toBeVisible({ timeout: 60_000 });
  await expect(line).toContainText("Your connection is slower than the picture needs.");
  expect(await barriers(page)).toEqual([]);
  await shot(page, "player-thin");
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await overflow(page)).toBeLessThanOrEqual(0);
  await shot(page, "player-thin-phone");
  await page.setViewportSize({ width: 1280, height: 800 });
  // It stutters on, and the line stays where it is.
  await page.waitForTimeout(15_000);
  await expect(page.locator(".trouble")).toHaveCount(0);
  expect(await page.evaluate(() => (window as unknown as { thin: string[] }).thin)).toEqual(["said"]);

  // The help desk sees whose fault it is.
  const code = (await page.locator("[data-code]").getAttribute("data-code")) ?? "";
  const team = await visitor(browser, demo, "broadcast", "Ren");
  await team.goto(`${demo.origin}/${CONFERENCE}/desk/viewers?code=${code}`);
  await expect(team.locator("[data-session]")).toContainText("Your connection is slower than the picture needs.");
  await team.context().close();

  // What is heard fits through.
  await line.getByRole("button", { name: "Sound only" }).click();
  await expect(line).toHaveCount(0);
  await expect(page.locator('.screen[data-sound="only"][data-state="moving"]')).toBeVisible({ timeout: 30_000 });
  await page.waitForTimeout(5_000);
  await expect(line).toHaveCount(0);
  await link(-1);
  expect(heard).toEqual([]);
});

test("sound only is a stream without pictures, at the same moment", async ({ page, demo }) => {
  const bytes: number[] = [];
  page.on("response", (response) => {
    if (/\/sound\/.*\.m4s/.test(response.url())) bytes.push(Number(response.headers()["content-length"]));
  });
  await page.goto(`${demo.origin}/${CONFERENCE}/live/a`);
  await picture(page, "red");
  await page.keyboard.press("a");
  await expect(page.locator('.screen[data-sound="only"][data-state="moving"]')).toBeVisible({ timeout: 20_000 });
  const heard = (): Promise<{ time: number; width: number; bytes: number }> =>
    page.evaluate(() => {
      const video = document.querySelector("video") as HTMLVideoElement & { webkitAudioDecodedByteCount?: number };
      return { time: video.currentTime, width: video.videoWidth, bytes: video.webkitAudioDecodedByteCount ?? 0 };
    });
  const before = await heard();
  await expect.poll(async () => (await heard()).time - before.time, { timeout: 15_000 }).toBeGreaterThan(3);
  const after = await heard();
  expect(after.width).toBe(0);
  expect(after.bytes).toBeGreaterThan(before.bytes);
  expect(Math.max(...bytes)).toBeLessThan(60_000);
  await shot(page, "player-sound");
  await page.keyboard.press("a");
  await picture(page, "red");
});

test("a picture that needs a right goes on while the right is renewed", async ({ browser, page, demo }) => {
  test.setTimeout(150_000);
  const chair = await visitor(browser, demo, "chair", "Towa");
  const rule = async (watch: string): Promise<void> => {
    await chair.goto(`${demo.origin}/${CONFERENCE}/audience`);
    await chair.locator("#rule-b").selectOption(watch);
    await chair.locator('form[action$="/audience/b/rule"] button').click();
    await expect(chair.locator("#rule-b")).toHaveValue(watch);
  };
  await rule("signed_in");
  await shot(chair, "audience");
  try {
    await page.goto(`${demo.origin}/${CONFERENCE}/live/b`);
    await expect(page).toHaveURL(/sign-in/);
    const aoi = await visitor(browser, demo, "attendee", "Aoi");
    const tokens = new Set<string>();
    aoi.on("request", (request) => {
      const token = /\/t\/([^/]+)\/media\//.exec(request.url())?.[1];
      if (token) tokens.add(token);
    });
    await aoi.goto(`${demo.origin}/${CONFERENCE}/live/b`);
    await picture(aoi, "blue");
    expect(tokens.size).toBe(1);
    const source = await video(aoi, (video) => video.src);
    // Rights of one minute are the same: in the next one the server refuses a request, and the page asks for another right.
    await new Promise((next) => setTimeout(next, 61_000 - (Date.now() % 60_000)));
    let refused = 0;
    await aoi.route("**/live.m3u8*", async (route) => {
      if (refused > 0) return route.fallback();
      refused += 1;
      await route.fulfill({ status: 403, body: "no" });
    });
    await expect.poll(() => tokens.size, { timeout: 20_000 }).toBeGreaterThan(1);
    expect(refused).toBe(1);
    await moves(aoi, 3);
    expect(await video(aoi, (video) => video.src)).toBe(source);
    await aoi.context().close();
  } finally {
    await rule("");
    await chair.context().close();
  }
});
