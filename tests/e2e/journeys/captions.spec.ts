import type { APIRequestContext, Browser, Page } from "@playwright/test";
import { barriers, overflow } from "../lib/access.ts";
import { CONFERENCE, complaints, expect, shot, test, visitor } from "../lib/journey.ts";
import { moves, picture } from "../lib/picture.ts";
import type { Server } from "../lib/server.ts";

const track = (demo: Server): string => `${demo.origin}/api/v2/conferences/${CONFERENCE}/tracks/a/captions`;

/** The key of a track, as the team's page shows it once. */
async function newKey(browser: Browser, demo: Server): Promise<string> {
  const team = await visitor(browser, demo, "broadcast", "Ren");
  await team.goto(`${demo.origin}/${CONFERENCE}/captions`);
  expect(await barriers(team)).toEqual([]);
  await shot(team, "captions-team");
  await team.setViewportSize({ width: 360, height: 740 });
  expect(await overflow(team)).toBeLessThanOrEqual(0);
  await team.locator('form[action$="/captions/a/key"] button').click();
  const key = await team.locator("[data-copy-text]").first().innerText();
  expect(await barriers(team)).toEqual([]);
  expect(await overflow(team)).toBeLessThanOrEqual(0);
  await shot(team, "captions-key-phone");
  await team.context().close();
  return key.trim();
}

let line = 0;
async function say(request: APIRequestContext, demo: Server, key: string, text: string, more: object = {}): Promise<{ starts_at: string }> {
  line += 1;
  const data = { id: `e2e-${Date.now()}-${line}`, language: "en", text, ...more };
  const answer = await request.post(track(demo), { data, headers: { authorization: `Bearer ${key}` } });
  expect(answer.status(), await answer.text()).toBe(201);
  return (await answer.json()) as { starts_at: string };
}

const shown = (page: Page): Promise<string> => page.locator(".captions").innerText({ timeout: 1_000 }).catch(() => "");

test("what is said is read at its own moment, in the chosen looks, in full screen, and by those who come later", async ({ browser, page, request, demo }) => {
  test.setTimeout(120_000);
  const heard = complaints(page);
  const key = await newKey(browser, demo);
  await page.goto(`${demo.origin}/${CONFERENCE}/live/a`);
  await picture(page, "red");
  await moves(page, 1);
  // The first line makes the language known: the button comes.
  await say(request, demo, key, "Nobody reads this yet");
  const button = page.locator(".to-captions");
  await expect(button).toHaveAttribute("aria-pressed", "false");
  await page.keyboard.press("c");
  await expect(button).toHaveAttribute("aria-pressed", "true");

  // Shown when the picture has come to the moment at which it was said, and not before.
  const sent = Date.now();
  await say(request, demo, key, "Good morning, everybody.", { duration_ms: 8_000 });
  await expect.poll(() => shown(page), { timeout: 10_000, intervals: [50] }).toContain("Good morning");
  const after = Date.now() - sent;
  console.log(`a line was shown ${after} ms after it was sent`);
  expect(after).toBeGreaterThan(700);
  expect(after).toBeLessThan(5_000);
  await shot(page, "captions");

  // A guess is put into other words in place.
  const guess = { id: `guess-${Date.now()}`, interim: true, duration_ms: 10_000 };
  await say(request, demo, key, "Two seconds be", guess);
  await expect.poll(() => shown(page), { timeout: 10_000 }).toContain("Two seconds be");
  await say(request, demo, key, "Two seconds behind.", { ...guess, interim: false, revision: 2 });
  await expect.poll(() => shown(page), { timeout: 10_000 }).toContain("Two seconds behind.");
  expect((await shown(page)).match(/Two seconds/g)).toHaveLength(1);

  // How it looks is chosen in the menu and remembered.
  // Controls hide while nobody moves.
  await page.locator("video").hover();
  await page.locator(".settings > button").click();
  await page.locator(".caption-looks select").nth(0).selectOption("large");
  await page.locator(".caption-looks select").nth(1).selectOption("yellow");
  await shot(page, "captions-menu");
  expect(await barriers(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await page.reload();
  await picture(page, "red");
  await say(request, demo, key, "Still here after a reload", { duration_ms: 12_000 });
  const box = page.locator('.captions[data-size="large"][data-look="yellow"]');
  await expect(box).toContainText("Still here", { timeout: 10_000 });
  await page.keyboard.press("f");
  await expect(page.locator(".screen.full")).toBeVisible();
  await expect(box).toBeVisible();
  await shot(page, "captions-full");
  await page.keyboard.press("f");
  await page.setViewportSize({ width: 360, height: 740 });
  await say(request, demo, key, "A line that is too long for one row of a narrow phone", { duration_ms: 12_000 });
  await expect.poll(() => shown(page), { timeout: 10_000 }).toContain("narrow phone");
  expect(await overflow(page)).toBeLessThanOrEqual(0);
  await shot(page, "captions-phone");
  await page.keyboard.press("c");
  await expect(page.locator(".captions")).toHaveCount(0);
  expect(heard).toEqual([]);
});

test("what was said is read along, searched and gone back to", async ({ browser, page, request, demo }) => {
  test.setTimeout(150_000);
  const heard = complaints(page);
  const key = await newKey(browser, demo);
  await page.goto(`${demo.origin}/${CONFERENCE}/live/a`);
  await picture(page, "red");
  await say(request, demo, key, "The first sentence of the afternoon");
  await moves(page, 6);
  await page.keyboard.press("r");
  const lines = page.locator(".transcript-line");
  await expect(lines.filter({ hasText: "The first sentence" })).toBeVisible();
  await say(request, demo, key, "Ｌａｔｅｎｃｙ and its friends");
  const current = page.locator('.transcript-line[aria-current="true"]');
  await expect(current).toContainText("and its friends", { timeout: 15_000 });
  // Captions on the picture stay off.
  await expect(page.locator(".captions")).toHaveCount(0);
  expect(await barriers(page)).toEqual([]);
  await shot(page, "transcript");
  await page.locator(".transcript input").fill("latency AND");
  await expect(lines).toHaveCount(1);
  await page.locator(".transcript input").fill("");
  const time = (): Promise<number> => page.evaluate(() => document.querySelector("video")?.currentTime ?? 0);
  const before = await time();
  await lines.filter({ hasText: "The first sentence" }).click();
  await expect.poll(time).toBeLessThan(before - 3);
  await expect(current).toContainText("The first sentence");
  await page.locator(".live-sheet .tool").click();
  await page.setViewportSize({ width: 360, height: 740 });
  await page.getByRole("tab").last().click();
  await expect(lines.first()).toBeVisible();
  expect(await overflow(page)).toBeLessThanOrEqual(0);
  await shot(page, "transcript-phone");
  expect(heard).toEqual([]);
});

test("other players find captions and the sound alone in the multivariant playlist", async ({ browser, request, demo }) => {
  test.setTimeout(60_000);
  const key = await newKey(browser, demo);
  const base = `${demo.origin}/media/${CONFERENCE}/a`;
  const text = async (path: string): Promise<string> => (await request.get(`${base}/${path}`)).text();
  const { starts_at } = await say(request, demo, key, "For <other> players", { duration_ms: 6_000 });
  await expect.poll(() => text("index.m3u8"), { timeout: 10_000 }).toContain('URI="captions/en/live.m3u8"');
  expect(await text("index.m3u8")).toMatch(/CODECS="mp4a[^"]*"[^\n]*\nsound\/live\.m3u8\n$/);
  // The segment in which it was said, once it is whole.
  const segment = async (): Promise<string> => {
    const lines = (await text("captions/en/live.m3u8")).split("\n");
    let found = "";
    lines.forEach((row, at) => {
      const date = row.startsWith("#EXT-X-PROGRAM-DATE-TIME:") ? Date.parse(row.slice(25)) : Number.NaN;
      const length = Number(/^#EXTINF:([\d.]+)/.exec(lines[at + 1] ?? "")?.[1]) * 1000;
      if (date <= Date.parse(starts_at) && Date.parse(starts_at) < date + length) found = lines[at + 2] ?? "";
    });
    return found;
  };
  await expect.poll(segment, { timeout: 15_000 }).toMatch(/\.vtt$/);
  const answer = await request.get(`${base}/captions/en/${await segment()}`);
  expect(answer.headers()["content-type"]).toBe("text/vtt; charset=utf-8");
  const vtt = await answer.text();
  expect(vtt).toMatch(/^WEBVTT\nX-TIMESTAMP-MAP=LOCAL:\d\d:\d\d:\d\d\.\d{3},MPEGTS:\d+\n/);
  expect(vtt).toContain("For &lt;other&gt; players");
});

test("a player of somebody else shows a line at the moment of the picture at which it was said", async ({ browser, request, demo }) => {
  test.setTimeout(60_000);
  const key = await newKey(browser, demo);
  await say(request, demo, key, "Makes the language known");
  // The full hls.js, as other sites use it; ours is the light one, without subtitles.
  const context = await browser.newContext({ bypassCSP: true });
  const page = await context.newPage();
  await page.goto(`${demo.origin}/sign-in`);
  await page.addScriptTag({ path: "../../ui/node_modules/hls.js/dist/hls.min.js" });
  await page.evaluate((url) => {
    type Player = { on(event: string, run: () => void): void; loadSource(url: string): void; attachMedia(video: HTMLVideoElement): void };
    const { Hls } = window as unknown as { Hls: new () => Player };
    const video = Object.assign(document.createElement("video"), { muted: true });
    document.body.replaceChildren(video);
    const hls = new Hls();
    hls.on("hlsManifestParsed", () => void video.play());
    hls.attachMedia(video);
    hls.loadSource(url);
    Object.assign(window, { hls });
  }, `${demo.origin}/media/${CONFERENCE}/a/index.m3u8`);
  await moves(page, 1);
  await page.evaluate(() => void ((window as unknown as { hls: { subtitleTrack: number } }).hls.subtitleTrack = 0));
  const { starts_at } = await say(request, demo, key, "In sync", { duration_ms: 10_000 });
  const moment = (): Promise<number | null> =>
    page.evaluate(() => {
      const video = document.querySelector("video");
      const { hls } = window as unknown as { hls: { playingDate: Date | null } };
      const cues = [...(video?.textTracks ?? [])].flatMap((track) => [...(track.cues ?? [])]) as VTTCue[];
      const cue = cues.find((cue) => cue.text === "In sync");
      return cue && video && hls.playingDate ? hls.playingDate.getTime() + (cue.startTime - video.currentTime) * 1000 : null;
    });
  await expect.poll(moment, { timeout: 20_000 }).not.toBeNull();
  const off = ((await moment()) ?? 0) - Date.parse(starts_at);
  console.log(`hls.js places a cue ${off.toFixed(0)} ms from the moment of its picture`);
  expect(Math.abs(off)).toBeLessThan(150);
  await context.close();
});

test("a link leads to its moment, and a moment that is gone leads to live", async ({ page, context, demo }) => {
  test.setTimeout(90_000);
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto(`${demo.origin}/${CONFERENCE}/live/a`);
  await picture(page, "red");
  const window_s = (): Promise<number> => page.locator("video").evaluate((video: HTMLVideoElement) => (video.seekable.length ? video.seekable.end(0) - video.seekable.start(0) : 0));
  await expect.poll(window_s, { timeout: 40_000 }).toBeGreaterThan(20);
  await page.keyboard.press("j");
  await moves(page, 1);
  // Controls hide while nobody moves.
  await page.locator("video").hover();
  await page.locator(".settings > button").click();
  await page.locator(".settings-panel button", { hasText: "Copy a link" }).click();
  await expect(page.locator(".key-hint.on")).toHaveText("Link copied");
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(link).toMatch(/\/live\/a\?t=\d{8}T\d{6}Z$/);
  await page.goto(link);
  await picture(page, "red");
  await expect(page.locator(".go-live")).not.toHaveClass(/at-live/, { timeout: 10_000 });
  expect(new URL(page.url()).search).toBe("");
  // Held down, the past goes by twice as fast.
  const box = await page.locator("video").boundingBox();
  if (!box) throw new Error("there is no picture");
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 3);
  await page.mouse.down();
  await expect.poll(() => page.locator("video").evaluate((video: HTMLVideoElement) => video.playbackRate)).toBe(2);
  await shot(page, "player-hurry");
  await page.mouse.up();
  await expect.poll(() => page.locator("video").evaluate((video: HTMLVideoElement) => video.playbackRate)).toBe(1);
  await moves(page, 1);
  await page.goto(`${demo.origin}/${CONFERENCE}/live/a?t=20200101T000000Z`);
  await picture(page, "red");
  await expect(page.locator(".go-live")).toHaveClass(/at-live/, { timeout: 10_000 });
});
