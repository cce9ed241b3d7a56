import type { Page } from "@playwright/test";
import { barriers, overflow } from "../lib/access.ts";
import { complaints, expect, shot, test } from "../lib/journey.ts";
import { Server } from "../lib/server.ts";

const TRACKS = ["A", "B", "C", "D", "E", "F", "G"];
const PLACES = ["港", "森", "川", "丘", "空", "島", "星"];
const DAYS = ["2027/03/04", "2027/03/05"];

/** What an organiser's own spreadsheet holds: for each day an opening and a break for all, a keynote, and two talks on every track. */
function programme(): string {
  const rows = ["タイトル,日付,開始,終了,トラック,登壇者,種別"];
  for (const [n, day] of DAYS.entries()) {
    rows.push(`${n + 1}日目の開会,${day},9:30,9:50,,はるの ハナ,セッション`);
    rows.push(`基調講演：祭りを支える人たち ${n + 1},${day},10:00,10:40,A,みなと ナギ${n + 1},基調講演`);
    rows.push(`昼休み,${day},12:00,13:00,,,休憩`);
    for (const [place, track] of TRACKS.entries()) {
      rows.push(`${PLACES[place]}の運用日記 ${n + 1},${day},13:00,13:40,${track},話し手 ${track}${n + 1},セッション`);
      rows.push(`${PLACES[place]}の失敗談 ${n + 1},${day},14:00,14:40,${track},語り手 ${track}${n + 1},セッション`);
    }
  }
  return `${rows.join("\r\n")}\r\n`;
}

/** The organiser's hands: they click on what the screen says and type into what has a label, and know no address. */
class Hands {
  constructor(readonly page: Page) {}
  link = (name: string | RegExp) => this.page.getByRole("main").getByRole("link", { name }).first().click();
  press = (name: string) => this.page.getByRole("main").getByRole("button", { name, exact: true }).first().click();
  fill = (label: string, text: string) => this.page.getByRole("main").getByLabel(label).first().fill(text);
  choose = (label: string, option: string) => this.page.getByRole("main").getByLabel(label, { exact: true }).selectOption({ label: option });
  title = (name: string | RegExp) => expect(this.page.getByRole("heading", { level: 1, name })).toBeVisible();
  said = (text: string) => expect(this.page.locator("[data-said]")).toContainText(text);
  /** Goes there by the menu beside the page. */
  async menu(name: string): Promise<void> {
    await this.page.getByRole("navigation", { name: "管理メニュー" }).getByRole("link", { name, exact: true }).click();
    await this.title(name);
  }
}

async function begins(server: Server, hands: Hands): Promise<void> {
  const { page } = hands;
  const link = await server.prints(/http:\/\/\S+\/sign-in\/\S+/);
  // The only address of this journey is the one that the first start prints.
  await page.goto(link[0]);
  await hands.fill("メールアドレス", "hana@example.org");
  await hands.fill("お名前", "はるの ハナ");
  await hands.press("はじめる");
  await hands.title("新しいカンファレンス");
  await hands.fill("タイトル", "クラウド祭 東京");
  await hands.fill("アドレスに使う名前", "cloud-matsuri");
  await hands.fill("初日", "2027-03-04");
  await hands.fill("日数", "2");
  await expect(page.getByLabel("タイムゾーン")).toHaveValue("Asia/Tokyo");
  await hands.fill("トラック", TRACKS.join("\n"));
  await hands.press("作成する");
  await hands.title("プログラム管理");
  await shot(page, "newcomer-made");

  // The first open line of the checklist: the title in the other language.
  await hands.link("入力する");
  await hands.title("設定");
  await hands.fill("英語表示のタイトル", "Cloud Matsuri Tokyo");
  await hands.press("保存");
  await expect(page.locator("[data-said]")).toBeVisible();
  await hands.menu("日程");
  await expect(page.locator("tbody")).toContainText("2日目 · 終日");
}

async function fills(hands: Hands): Promise<void> {
  const { page } = hands;
  await hands.menu("セッション");
  await hands.link("CSVから取り込む");
  await page.getByLabel("CSVファイル").setInputFiles({ name: "セッション.csv", mimeType: "text/csv", buffer: Buffer.from(programme()) });
  await hands.press("変更内容を確認する");
  await hands.press("取り込む（追加34件、変更0件）");
  await hands.said("追加34件、変更0件。");

  // One by hand, where another one stands: what is in the way comes into view, and what was typed stays.
  await hands.menu("セッション");
  await hands.link("セッションを追加");
  await hands.title("セッションを追加");
  await hands.fill("タイトル", "閉会のあいさつ");
  await hands.fill("名前 1", "はるの ハナ");
  await hands.choose("日", "3月5日(金)");
  await hands.fill("開始", "14:10");
  await hands.fill("長さ", "20");
  await hands.choose("トラック", "A");
  await hands.press("保存");
  await expect(page.getByText("同じ時間、このトラックには「港の失敗談 2」があります。")).toBeInViewport();
  await shot(page, "newcomer-conflict");
  await hands.fill("開始", "17:00");
  await hands.choose("トラック", "なし（全体）");
  await hands.press("保存");
  await hands.said("「閉会のあいさつ」を保存しました。");
}

async function changes(hands: Hands): Promise<void> {
  const { page } = hands;
  const open = async (title: string) => {
    await hands.menu("セッション");
    await hands.fill("検索", title);
    await hands.press("表示");
    await hands.link(title);
    await hands.title(title);
  };
  await open("森の失敗談 1");
  await hands.fill("開始", "15:00");
  await hands.choose("トラック", "C");
  await hands.press("保存");
  await hands.said("「森の失敗談 1」を保存しました。");
  await open("星の失敗談 2");
  await hands.choose("状態", "中止");
  await hands.press("保存");
  await hands.said("「星の失敗談 2」を保存しました。");
}

async function publishes(hands: Hands): Promise<void> {
  const { page } = hands;
  await page.getByRole("navigation", { name: "管理メニュー" }).getByRole("link", { name: "チーム", exact: true }).click();
  await hands.title("チーム");
  await hands.fill("メールアドレス", "natsu@example.org");
  await page.getByRole("checkbox", { name: /^実行委員長/ }).check();
  await hands.press("招待を送る");
  await expect(page.locator("main .card", { hasText: "natsu@example.org" })).toContainText("実行委員長");

  await page.getByRole("link", { name: "プログラム管理" }).click();
  await hands.menu("公開状態");
  page.once("dialog", (asked) => void asked.accept());
  await hands.press("「告知中」にする");
  await hands.said("公開状態を「告知中」に変更しました。");
  await shot(page, "newcomer-announced");
}

/** Somebody else, who is given the address of the site. */
async function reads(server: Server, page: Page): Promise<void> {
  await page.goto(server.origin);
  await page.getByRole("link", { name: "クラウド祭 東京" }).first().click();
  await page.getByRole("navigation").getByRole("link", { name: "タイムテーブル" }).click();
  for (const [n, day] of ["1日目", "2日目"].entries()) {
    await page.getByRole("link", { name: new RegExp(`^${day} ?3月`) }).click();
    // Seven tracks and no column beside them: openings and pauses lie over all.
    await expect(page.locator(".tt-head strong")).toHaveText(TRACKS);
    const main = page.getByRole("main");
    for (const seen of [`${day}の開会`, `祭りを支える人たち ${n + 1}`, "昼休み", ...PLACES.map((place) => `${place}の運用日記 ${n + 1}`)]) await expect(main).toContainText(seen);
    const wide = async (text: string) => (await page.locator(".timetable-grid > *", { hasText: text }).first().boundingBox())?.width ?? 0;
    expect(await wide(`${day}の開会`)).toBe(await wide("昼休み"));
    expect(await wide("昼休み")).toBeGreaterThan(6 * (await wide("港の運用日記")));
    await shot(page, `newcomer-day${n + 1}`);
  }
  await expect(page.locator(".timetable-grid > *", { hasText: "星の失敗談 2" })).toContainText("中止");
  expect(await barriers(page)).toEqual([]);
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await overflow(page)).toBeLessThanOrEqual(0);
  await shot(page, "newcomer-narrow");
}

test("somebody who has never seen it makes a conference of two days and seven tracks by what the screen says", async ({ browser }) => {
  test.setTimeout(90_000);
  const server = await Server.serve();
  try {
    const japanese = { locale: "ja-JP", timezoneId: "Asia/Tokyo", viewport: { width: 1280, height: 800 } };
    const context = await browser.newContext(japanese);
    const hands = new Hands(await context.newPage());
    const heard = complaints(hands.page);
    await begins(server, hands);
    await fills(hands);
    await changes(hands);
    await publishes(hands);
    const stranger = await browser.newContext(japanese);
    await reads(server, await stranger.newPage());
    expect(heard).toEqual([]);
    await stranger.close();
    await context.close();
  } finally {
    await server.remove();
  }
});
