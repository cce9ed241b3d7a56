import { barriers, overflow } from "../lib/access.ts";
import { expect, shot, test } from "../lib/journey.ts";
import { Server } from "../lib/server.ts";

test("two days and seven tracks are made in Japanese from nothing, announced, and seen by everybody", async ({ browser }) => {
  test.setTimeout(180_000);
  const server = await Server.serve();
  try {
    const link = await server.prints(/http:\/\/\S+\/sign-in\/\S+/);
    const context = await browser.newContext({ locale: "ja-JP", timezoneId: "Asia/Tokyo" });
    const page = await context.newPage();
    await page.goto(link[0]);
    await page.locator('input[name="email"]').fill("midori@example.org");
    await page.locator('input[name="name"]').fill("みどり");
    await page.locator("main form button").click();
    await page.waitForURL(/\/new$|\/$/);

    // Somebody who has never seen it finds the form, and what it asks for is on it.
    await page.goto(`${server.origin}/`);
    await page.waitForURL(/\/new$/);
    const press = (name: string | RegExp) => page.getByRole("button", { name }).first().click();
    await page.getByLabel("タイトル").fill("雲の上の祭り 2026");
    await page.getByLabel("アドレスに使う名前").fill("kumo2026");
    await page.getByLabel("初日").fill("2026-11-21");
    await page.locator('input[name="days"]').fill("2");
    const tracks = ["A", "B", "C", "D", "E", "F", "G"].map((letter) => `トラック${letter}`);
    await page.locator('textarea[name="tracks"]').fill(tracks.join("\n"));
    expect(await barriers(page)).toEqual([]);
    await shot(page, "conference-new");
    await page.locator('form[action="/new"] button').click();
    await page.waitForURL(/\/kumo2026\/admin$/);
    await expect(page.locator("main")).toContainText("準備の状況");
    expect(await barriers(page)).toEqual([]);
    await shot(page, "conference-admin");

    // A draft is the team's alone.
    const stranger = await (await browser.newContext()).newPage();
    expect((await stranger.goto(`${server.origin}/kumo2026`))?.status()).toBe(404);

    // The checklist leads to what is missing.
    await page.locator(".checklist").getByRole("link", { name: "入力する" }).first().click();
    await page.waitForURL(/\/admin\/settings/);
    await page.locator("#title_ja").fill("雲の上の祭り 2026");
    await page.locator("#title_en").fill("Festival above the Clouds 2026");
    await page.locator("#description_ja").fill("**七つ**のトラックで、二日間。");
    await page.locator("#contact").fill("hello@example.org");
    expect(await barriers(page)).toEqual([]);
    await page.locator("[data-save]").click();
    await expect(page.locator("[data-said]")).toBeVisible();

    // A rehearsal the day before, for the team alone; a category; another order of the tracks, by the keyboard.
    await page.goto(`${server.origin}/kumo2026/admin/days`);
    await page.locator("#date").fill("2026-11-20");
    await page.locator("#name").fill("リハーサル");
    await page.locator("#internal").check();
    await press("追加");
    await expect(page.locator("tbody tr")).toHaveCount(3);
    await expect(page.locator("tbody")).toContainText("チームだけ");
    expect(await barriers(page)).toEqual([]);
    await shot(page, "conference-days");
    await page.goto(`${server.origin}/kumo2026/admin/categories`);
    await page.locator("#name").fill("セキュリティ");
    await page.locator("#color").fill("#e5482c");
    await press("追加");
    await expect(page.locator("tbody tr")).toHaveCount(1);
    await page.goto(`${server.origin}/kumo2026/admin/tracks`);
    await page.getByRole("button", { name: "トラックBを上へ" }).focus();
    await page.keyboard.press("Enter");
    await expect(page.locator("tbody tr th").first()).toContainText("トラックB");
    await page.getByRole("button", { name: "トラックBを下へ" }).click();
    await expect(page.locator("tbody tr th").first()).toContainText("トラックA");

    // A page of its own, looked at before it is kept.
    await page.goto(`${server.origin}/kumo2026/admin/pages`);
    await page.getByRole("link", { name: "行動規範" }).click();
    await page.locator("#body_ja").fill("# 互いに敬意を\n\n- 楽しむ\n- 助け合う");
    expect(await barriers(page)).toEqual([]);
    await press("追加");
    await expect(page.locator("tbody tr")).toHaveCount(1);

    // Planned for a date, cancelled, and announced now after all.
    await page.goto(`${server.origin}/kumo2026/admin/lifecycle`);
    await page.locator("#to").selectOption("announced");
    await page.locator("#at").fill("2030-09-01T10:00");
    await press("予約する");
    await expect(page.locator("main")).toContainText("2030");
    await press("取り消す");
    page.on("dialog", (dialog) => void dialog.accept());
    expect(await barriers(page)).toEqual([]);
    await shot(page, "conference-lifecycle");
    await press("「告知中」にする");
    await expect(page.locator('[aria-current="step"]')).toContainText("告知中");

    await stranger.goto(`${server.origin}/kumo2026`);
    await expect(stranger.locator("h1")).toContainText("Festival above the Clouds");
    await stranger.goto(`${server.origin}/kumo2026/pages/code-of-conduct`);
    await expect(stranger.locator("main")).toContainText("助け合う");
    await stranger.goto(`${server.origin}/kumo2026/timetable`);
    await expect(stranger.locator("main")).not.toContainText("リハーサル");

    // Next year's after its model.
    await page.goto(`${server.origin}/kumo2026/admin/copy`);
    await page.locator("#slug").fill("kumo2027");
    expect(await barriers(page)).toEqual([]);
    await press("複製を作る");
    await page.waitForURL(/\/kumo2027\/admin$/);
    await page.goto(`${server.origin}/kumo2027/admin/days`);
    await expect(page.locator("tbody tr")).toHaveCount(3);

    // And gone again: a wrong name does nothing, the right one can be taken back.
    await page.goto(`${server.origin}/kumo2027/admin/delete`);
    expect(await barriers(page)).toEqual([]);
    await page.locator("#typed").fill("kumo2026");
    await page.locator(".danger").click();
    await expect(page.locator("#typed-error")).toBeVisible();
    await page.locator("#typed").fill("kumo2027");
    await page.locator(".danger").click();
    await press("復元する");
    await page.waitForURL(/\/kumo2027\/admin$/);

    await page.setViewportSize({ width: 360, height: 740 });
    await page.emulateMedia({ colorScheme: "dark" });
    for (const part of ["", "/lifecycle", "/settings", "/days", "/tracks", "/types", "/pages", "/copy", "/delete"]) {
      await page.goto(`${server.origin}/kumo2026/admin${part}`);
      expect.soft(await overflow(page), `${part}, 360 px`).toBeLessThanOrEqual(0);
      expect.soft(await barriers(page), `${part}, narrow and dark`).toEqual([]);
      await shot(page, `conference-narrow${part.replace("/", "-")}`);
    }
    await stranger.context().close();
    await context.close();
  } finally {
    await server.remove();
  }
});
