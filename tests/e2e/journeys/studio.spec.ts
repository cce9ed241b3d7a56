import { CONFERENCE, complaints, expect, mark, shot, test, visitor } from "../lib/journey.ts";
import { picture } from "../lib/picture.ts";

/** The talks that the public timetable says are on air, as whoever loads it now reads it. */
async function onAir(): Promise<string[]> {
  const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
  return [...page.querySelectorAll(".tt-talk.on-air .tt-title")].map((title) => title.textContent ?? "");
}

test("what the studio puts on air reaches a viewer without a reload", async ({ browser, demo }) => {
  const viewer = await visitor(browser, demo, "attendee", "Nao");
  await viewer.goto(`${demo.origin}/${CONFERENCE}/live/b`);
  await picture(viewer, "blue");
  const title = viewer.locator("[data-onair]");
  const before = await title.textContent();
  const stayed = await mark(viewer);

  const team = await visitor(browser, demo, "broadcast", "Ren");
  const heard = complaints(team);
  await team.goto(`${demo.origin}/${CONFERENCE}/studio`);
  const track = team.locator('[data-track="b"]');
  await expect(track).toContainText(before ?? "");
  await shot(team, "studio");
  await track.locator(".desk-tools button").nth(1).click();
  const other = team.locator(".picks button:enabled").first();
  const reader = await (await browser.newContext()).newPage();
  await reader.goto(`${demo.origin}/${CONFERENCE}/timetable`);
  const chosen = await other.locator("span").last().evaluate((label) => label.firstChild?.textContent ?? "");
  await other.click();
  await shot(team, "studio-confirm");
  await team.locator("dialog[open] button[type=submit]").click();
  const put = Date.now();
  await expect.poll(() => reader.evaluate(onAir), { timeout: 1_000, intervals: [100] }).toContain(chosen);
  expect(await reader.evaluate(onAir)).not.toContain(before);
  await expect(title).toHaveText(chosen);
  expect(chosen).not.toBe(before);
  console.log(`shown ${Date.now() - put} ms after it was put on air`);
  expect(await stayed()).toBe(true);
  expect(heard).toEqual([]);
  await viewer.context().close();
  await reader.context().close();
  await team.context().close();
});

test("nobody else gets into the studio", async ({ browser, demo, page }) => {
  const answer = await page.goto(`${demo.origin}/${CONFERENCE}/studio`);
  expect(answer?.url() ?? "").toMatch(/sign-in|studio/);
  await expect(page.locator('[data-track="a"]')).toHaveCount(0);
  const guest = await visitor(browser, demo, "attendee", "Nao");
  expect((await guest.goto(`${demo.origin}/${CONFERENCE}/studio`))?.status()).toBe(403);
  const refused = await guest.request.post(`${demo.origin}/rt/commands`, {
    data: { id: "x", name: "studio.hold", args: { conf: CONFERENCE, track: "a" } },
    headers: { "sec-fetch-site": "same-origin" },
  });
  expect(refused.status()).toBe(403);
  await guest.context().close();
});
