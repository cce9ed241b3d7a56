import type { Page } from "@playwright/test";
import { barriers, overflow } from "../lib/access.ts";
import { CONFERENCE, complaints, expect, shot, test, visitor } from "../lib/journey.ts";
import type { Server } from "../lib/server.ts";

/** Every page that a visitor meets, by a name for its screenshot. */
const PUBLIC: [name: string, path: string][] = [
  ["home", "/"],
  ["conference", `/${CONFERENCE}`],
  ["timetable", `/${CONFERENCE}/timetable`],
  ["timetable-list", `/${CONFERENCE}/timetable?view=list`],
  ["speakers", `/${CONFERENCE}/speakers`],
  ["live", `/${CONFERENCE}/live/a`],
  ["sign-in", "/sign-in"],
  ["mailbox", "/demo/mail"],
  ["not-found", "/nothing-here"],
];
const TEAM: [name: string, path: string][] = [
  ["studio", `/${CONFERENCE}/studio`],
  ["slates", `/${CONFERENCE}/studio/slates`],
  ["admin", `/${CONFERENCE}/admin`],
  ["admin-lifecycle", `/${CONFERENCE}/admin/lifecycle`],
  ["admin-settings", `/${CONFERENCE}/admin/settings`],
  ["admin-tracks", `/${CONFERENCE}/admin/tracks`],
  ["admin-import", `/${CONFERENCE}/admin/import`],
  ["team", `/${CONFERENCE}/admin/team`],
  ["team-public", `/${CONFERENCE}/team`],
  ["audit", `/${CONFERENCE}/admin/audit`],
  ["account", "/account"],
  ["security", "/account/security"],
  ["tokens", "/account/tokens"],
  ["data", "/account/data"],
];

/** A talk and a speaker, found like a visitor finds them. */
async function found(page: Page, demo: Server): Promise<[string, string][]> {
  await page.goto(`${demo.origin}/${CONFERENCE}/timetable`);
  const talk = await page.locator(`main a[href*="/${CONFERENCE}/talks/"]`).nth(3).getAttribute("href");
  await page.goto(new URL(talk ?? "", demo.origin).href);
  const speaker = await page.locator(`main a[href*="/${CONFERENCE}/speakers/"]`).first().getAttribute("href");
  return [
    ["talk", talk ?? ""],
    ["speaker", speaker ?? ""],
  ];
}

test("no page has barriers or runs out of a narrow window, in both languages, light and dark", async ({ browser, demo }) => {
  test.setTimeout(240_000);
  const wide = await visitor(browser, demo, "chair", "Towa");
  const heard = complaints(wide);
  const pages = [...PUBLIC, ...(await found(wide, demo)), ...TEAM];
  for (const [name, path] of pages) {
    await test.step(name, async () => {
      const address = new URL(path, demo.origin).href;
      await wide.setViewportSize({ width: 1280, height: 800 });
      await wide.emulateMedia({ colorScheme: "light" });
      await wide.goto(address);
      expect.soft(await barriers(wide), `${name}, wide`).toEqual([]);
      await shot(wide, `${name}-wide`);
      await wide.setViewportSize({ width: 360, height: 740 });
      await wide.emulateMedia({ colorScheme: "dark" });
      await wide.goto(address);
      expect.soft(await overflow(wide), `${name}, 360 px`).toBeLessThanOrEqual(0);
      expect.soft(await barriers(wide), `${name}, narrow and dark`).toEqual([]);
      await shot(wide, `${name}-narrow-dark`);
    });
  }
  await wide.context().close();
  const japanese = await browser.newContext({ locale: "ja-JP", timezoneId: "Asia/Tokyo" });
  const page = await japanese.newPage();
  for (const [name, path] of pages.slice(0, 5)) {
    await page.goto(new URL(path, demo.origin).href);
    await expect.soft(page.locator("html")).toHaveAttribute("lang", "ja");
    expect.soft(await barriers(page), `${name}, Japanese`).toEqual([]);
    await shot(page, `${name}-ja`);
  }
  await japanese.close();
  expect(heard.filter((line) => !line.includes("404"))).toEqual([]);
});

test("the timetable is readable and printable without script", async ({ browser, demo }) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  const answer = await page.goto(`${demo.origin}/${CONFERENCE}/timetable`);
  expect(answer?.status()).toBe(200);
  const text = (await page.locator("main").textContent()) ?? "";
  for (const expected of ["Two seconds behind", "ファイルひとつの底力", "大広間"]) expect(text).toContain(expected);
  expect(await page.locator("main time[datetime]").count()).toBeGreaterThan(40);
  await page.emulateMedia({ media: "print" });
  await page.screenshot({ path: "out/timetable-print.png", fullPage: true });
  await page.emulateMedia({ media: null });
  // Links work too: to a talk, and from there to who speaks.
  await page.locator(`main a[href*="/talks/"]`).first().click();
  await expect(page.locator("main h1")).toBeVisible();
  await context.close();
});

test("a visitor elsewhere sees the venue's time and their own, both labelled", async ({ page, demo }) => {
  await page.goto(`${demo.origin}/${CONFERENCE}/timetable`);
  await expect(page.locator("main")).toContainText("Asia/Tokyo");
  // The first page tells the server where the visitor is.
  await page.reload();
  await expect(page.locator("main")).toContainText("Europe/Berlin");
  await page.goto(`${demo.origin}/${CONFERENCE}/timetable?view=list`);
  await expect(page.locator("main")).toContainText("your time");
});
