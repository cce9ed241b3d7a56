// Lighthouse as it is: a telephone on a slow network, simulated, as pagespeed.web.dev does it. `make bench` runs this with
// the released binary; performance means something only on a machine that does nothing else, the other two always.
import { launch } from "chrome-launcher";
import lighthouse, { type Result } from "lighthouse";
import { CONFERENCE, expect, signIn, test } from "../lib/journey.ts";

const REACH = { performance: 95, accessibility: 100, "best-practices": 100 };
type Category = keyof typeof REACH;
const CATEGORIES = Object.keys(REACH) as Category[];
/** A page that is too slow once is measured again: the middle of so many counts. */
const RUNS = 3;

const TIMES = { "first-contentful-paint": "first paint", "largest-contentful-paint": "largest", "total-blocking-time": "blocked", "cumulative-layout-shift": "shift" };
const SHEET = {
  titles: { ja: "行動規範", en: "Code of conduct" },
  bodies: { ja: "## やさしく\n\n- 困ったら[連絡](https://example.org)\n\n| いつ | どこ |\n|---|---|\n| いつも | どこでも |", en: "## Be kind\n\n- [Tell us](https://example.org/help)\n\n| when | where |\n|---|---|\n| always | everywhere |" },
  in_menu: true,
  visible: true,
};

function score(report: Result, category: Category): number {
  return Math.round((report.categories[category]?.score ?? 0) * 100);
}

/** What costs a category its full score, with what it is found at. */
function findings(report: Result, category: Category): string[] {
  const counted = (report.categories[category]?.auditRefs ?? []).filter((one) => one.weight > 0);
  const audits = counted.map((one) => report.audits[one.id]);
  return audits.flatMap((audit) => {
    if (!audit || audit.score === null || audit.score >= 0.9) return [];
    const details = audit.details && "items" in audit.details ? JSON.stringify(audit.details.items).slice(0, 800) : "";
    return [`${category}: ${audit.id} ${audit.displayValue ?? ""} ${details}`];
  });
}

test("public pages reach what Lighthouse can give", async ({ browser, launchOptions, demo }) => {
  test.setTimeout(1_800_000);
  const context = await browser.newContext();
  const found = await context.newPage();
  await signIn(context, demo, "chair", "Towa");
  const made = await context.request.post(`${demo.origin}/api/v2/conferences/${CONFERENCE}/pages`, { data: SHEET, headers: { "sec-fetch-site": "same-origin" } });
  expect(made.ok(), await made.text()).toBe(true);
  await found.goto(`${demo.origin}/${CONFERENCE}/timetable`);
  const talk = (await found.locator(`main a[href*="/talks/"]`).nth(3).getAttribute("href")) ?? "";
  await found.goto(`${demo.origin}/${CONFERENCE}/speakers`);
  const speaker = (await found.locator(`main a[href*="/speakers/"]`).first().getAttribute("href")) ?? "";
  const sheet = (await found.locator(`a`, { hasText: SHEET.titles.en }).first().getAttribute("href")) ?? "";
  await context.close();

  const paths = ["/", `/${CONFERENCE}`, `/${CONFERENCE}/timetable`, talk, `/${CONFERENCE}/speakers`, speaker, `/${CONFERENCE}/live/a`, "/sign-in", `/${CONFERENCE}/team`, sheet];
  const chrome = await launch({ chromePath: launchOptions.executablePath, chromeFlags: ["--headless=new", ...(launchOptions.args ?? [])], logLevel: "error" });
  try {
    for (const path of paths) {
      const once = async (): Promise<Result> => {
        const run = await lighthouse(new URL(path, demo.origin).href, { port: chrome.port, onlyCategories: CATEGORIES, logLevel: "error" });
        if (!run) throw new Error(`nothing came back for ${path}`);
        return run.lhr;
      };
      const reports = [await once()];
      while (reports.length < RUNS && score(reports[0] as Result, "performance") < REACH.performance) reports.push(await once());
      reports.sort((one, other) => score(one, "performance") - score(other, "performance"));
      const report = reports[(reports.length - 1) / 2] as Result;
      const times = Object.entries(TIMES).map(([id, name]) => `${name} ${report.audits[id]?.displayValue}`);
      const scores = CATEGORIES.map((category) => `${category} ${score(report, category)}`);
      console.log(`lighthouse ${path}: ${scores.join(", ")} (${times.join(", ")}; ${reports.length}×)`);
      for (const category of CATEGORIES) {
        expect.soft(score(report, category), [path, report.runtimeError?.message ?? "", ...findings(report, category)].join("\n")).toBeGreaterThanOrEqual(REACH[category]);
      }
    }
  } finally {
    chrome.kill();
  }
});
