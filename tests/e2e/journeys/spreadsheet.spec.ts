import type { Page } from "@playwright/test";
import { barriers, overflow } from "../lib/access.ts";
import { expect, shot, test } from "../lib/journey.ts";
import { Server } from "../lib/server.ts";

const TRACKS = ["A", "B", "C", "D", "E", "F", "G"];
const DAYS = ["2021/11/04", "2021/11/05"];
const TOPICS = ["運用", "監視", "セキュリティ", "データ", "文化"];

/** Two days, seven tracks, keynotes on the first one, breaks for everybody: what a contents team keeps in a spreadsheet. */
function programme(): string {
  const rows = ["ID,セッション名,日付,開始時刻,終了時刻,トラック名,登壇者名,種類,カテゴリー,言語,概要"];
  let id = 0;
  const row = (cells: string[]) => rows.push([`S${(id += 1)}`, ...cells].map((cell) => (/[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(","));
  for (const day of DAYS) {
    for (const n of [1, 2, 3]) row([`基調講演 ${n}`, day, `${9 + n}:00`, `${9 + n}:40`, "A", `基調 講演者${n}`, "keynote", "文化", "日本語", "会場のみなさんへ。"]);
    row(["昼休み", day, "12:50", "13:40", "", "", "休憩", "", "", ""]);
    for (const [place, track] of TRACKS.entries()) {
      for (let slot = 0; slot < 5; slot += 1) {
        const starts = 13 * 60 + 40 + slot * 60;
        const clock = (minutes: number) => `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`;
        const topic = TOPICS[(place + slot) % TOPICS.length] ?? "";
        row([`${topic}の現場から（${track}-${slot + 1}）`, day, clock(starts), clock(starts + 40), track, `話す人 ${track}${slot}、聞く人 ${track}${slot}`, "", topic, "ja", `一行目\n「${topic}」の話。`]);
      }
    }
  }
  return `\u{feff}${rows.join("\r\n")}\r\n`;
}

async function narrow(page: Page, name: string): Promise<void> {
  await page.setViewportSize({ width: 360, height: 740 });
  expect.soft(await overflow(page), `${name}, 360 px`).toBeLessThanOrEqual(0);
  expect.soft(await barriers(page), `${name}, narrow`).toEqual([]);
  await shot(page, `${name}-narrow`);
  await page.setViewportSize({ width: 1280, height: 800 });
}

test("two days on seven tracks are made in the browser, most of them from a spreadsheet", async ({ browser }) => {
  test.setTimeout(180_000);
  const server = await Server.serve();
  try {
    const link = await server.prints(/http:\/\/\S+\/sign-in\/\S+/);
    const context = await browser.newContext({ locale: "ja-JP", timezoneId: "Asia/Tokyo", viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    await page.goto(link[0]);
    await page.locator('input[name="email"]').fill("midori@example.org");
    await page.locator('input[name="name"]').fill("みどり");
    await page.locator("main form button").click();
    await page.waitForURL(/\/new$|\/$/);
    await page.goto(`${server.origin}/new`);
    await page.getByLabel("タイトル").fill("雲と祭りの二日間 2021");
    await page.getByLabel("アドレスに使う名前").fill("kumo2021");
    await page.getByLabel("初日").fill("2021-11-04");
    await page.locator('input[name="days"]').fill("2");
    await page.locator('textarea[name="tracks"]').fill(TRACKS.map((letter) => `トラック${letter}`).join("\n"));
    await page.locator('form[action="/new"] button').click();
    await page.waitForURL(/\/kumo2021\/admin$/);
    const press = (name: string | RegExp) => page.getByRole("button", { name }).first().click();

    // From the list of talks, which is still empty, to the comparison.
    await page.goto(`${server.origin}/kumo2021/admin/talks`);
    await page.getByRole("link", { name: "CSVから取り込む" }).click();
    expect(await barriers(page)).toEqual([]);
    await shot(page, "spreadsheet-new");
    await narrow(page, "spreadsheet-new");
    const file = { name: "タイムテーブル.csv", mimeType: "text/csv", buffer: Buffer.from(programme()) };
    await page.locator("#file").setInputFiles(file);
    await press("変更内容を確認する");
    await page.waitForURL(/\/import\/spr_/);
    const sheet = page.url();

    // The topics are not there yet: every row says so, and nothing is lost on the way to add them.
    await expect(page.locator("nav.tabs a").first()).toContainText("76");
    await expect(page.locator(".report .failed").first()).toContainText("カテゴリー「文化」がありません");
    expect(await barriers(page)).toEqual([]);
    await shot(page, "spreadsheet-refused");
    await narrow(page, "spreadsheet-refused");
    for (const topic of TOPICS) {
      await page.goto(`${server.origin}/kumo2021/admin/categories`);
      await page.locator("#name").fill(topic);
      await press("追加");
      await expect(page.locator("tbody")).toContainText(topic);
    }
    await page.goto(sheet);
    await expect(page.locator("nav.tabs a").nth(2)).toContainText("78");
    await expect(page.locator("main")).toContainText("新しい登壇者が73人");
    await shot(page, "spreadsheet-new-rows");
    await narrow(page, "spreadsheet-new-rows");
    await press("取り込む（追加78件、変更0件）");
    await expect(page.locator("main")).toContainText("追加");
    expect(await barriers(page)).toEqual([]);
    await shot(page, "spreadsheet-done");
    await narrow(page, "spreadsheet-done");

    // The rest by hand: a closing on the last day; where another talk stands it is refused.
    await page.goto(`${server.origin}/kumo2021/admin/talks/new`);
    await page.locator("#title").fill("クロージング");
    await page.locator("#day").selectOption({ index: 2 });
    await page.locator("#starts").fill("17:45");
    await page.locator("#minutes").fill("20");
    await page.locator("#track").selectOption({ label: "トラックA" });
    await page.locator("[data-save]").click();
    await expect(page.locator("main")).toContainText("運用の現場から（A-5）".replace("運用", TOPICS[4] ?? ""));
    await page.locator("#starts").fill("18:30");
    await page.locator("[data-save]").click();
    await expect(page.locator("[data-said]")).toBeVisible();

    // The list as a file, one title changed in it, and back: that title is all that changes.
    const list = await context.request.get(`${server.origin}/kumo2021/admin/talks?format=csv`);
    const edited = (await list.text()).replace("昼休み", "昼食と交流");
    await page.goto(`${server.origin}/kumo2021/admin/talks/import`);
    await page.locator("#file").setInputFiles({ name: "kumo2021-talks.csv", mimeType: "text/csv", buffer: Buffer.from(edited) });
    await press("変更内容を確認する");
    await expect(page.locator("del")).toHaveText("昼休み");
    await expect(page.locator("ins")).toHaveText("昼食と交流");
    await expect(page.locator("nav.tabs a").nth(3)).toContainText("78");
    await shot(page, "spreadsheet-changed");
    await press("取り込む（追加0件、変更1件）");

    // What a reader sees of it.
    await page.goto(`${server.origin}/kumo2021/timetable`);
    for (const seen of ["基調講演 1", "監視の現場から", "昼"]) await expect(page.locator("main")).toContainText(seen);
    expect(await barriers(page)).toEqual([]);
    await shot(page, "spreadsheet-timetable");
    await narrow(page, "spreadsheet-timetable");

    // All that the file brought goes into the bin in one step.
    await page.goto(sheet);
    await press("追加した151件をごみ箱に入れる");
    await page.waitForURL(/state=bin/);
    await expect(page.locator("[data-said]")).toContainText("151");
    await context.close();
  } finally {
    await server.remove();
  }
});
