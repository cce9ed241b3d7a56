import { CONFERENCE, expect, mark, shot, test, visitor } from "../lib/journey.ts";

test("a talk is added, collides, is moved, edited by two people, and binned with a way back", async ({ browser, demo }) => {
  const page = await visitor(browser, demo, "contents", "Towa");
  const list = `${demo.origin}/${CONFERENCE}/admin/talks`;
  await page.goto(list);
  await expect(page.locator("table tbody tr").first()).toBeVisible();
  await shot(page, "admin-talks");

  await page.getByRole("link", { name: "Add a talk" }).click();
  await page.getByLabel("Title", { exact: false }).first().fill("Lanterns by night");
  await page.locator("#speaker input").first().fill("Hotaru Mori");
  await page.locator("#day").selectOption({ index: 1 });
  await page.locator("#starts").fill("12:00");
  await page.locator("#minutes").fill("30");
  await page.locator("#track").selectOption({ index: 1 });
  // What is in the way is said without leaving the page.
  const stayed = await mark(page);
  await page.getByRole("button", { name: "Check for collisions" }).click();
  await expect(page.locator("#clashes")).toBeVisible();
  expect(await stayed()).toBe(true);
  await shot(page, "admin-talk-new");

  // An hour that is free on every day of the demo: late in the evening, meant to be outside of the day.
  await page.locator("#starts").fill("23:00");
  await page.locator("#state").selectOption("hidden");
  await page.keyboard.press("Control+Enter");
  await expect(page.locator("[data-said]")).toContainText("Lanterns by night");
  const form = page.url();

  // A draft survives a closed tab, is offered again, and is forgotten when it is saved.
  await page.locator("#subtitle").fill("kept in this browser");
  await page.waitForFunction(() => Object.keys(localStorage).some((key) => key.startsWith("draft ")));
  page.on("dialog", (dialog) => void dialog.accept());
  await page.goto(list);
  await page.goto(form);
  await page.getByRole("button", { name: "Put it back" }).click();
  await expect(page.locator("#subtitle")).toHaveValue("kept in this browser");

  // Somebody else is faster: nothing of either is lost.
  const other = await visitor(browser, demo, "contents", "Aiko");
  await other.goto(form);
  await other.locator("#subtitle").fill("by somebody else");
  await other.keyboard.press("Control+Enter");
  await expect(other.locator("[data-said]")).toBeVisible();
  await other.context().close();
  await page.locator("[data-save]").click();
  await expect(page.locator(".form-stale")).toBeVisible();
  await expect(page.locator("#subtitle")).toHaveValue("kept in this browser");
  await expect(page.locator(".theirs")).toContainText("by somebody else");
  await shot(page, "admin-talk-conflict");
  await page.locator('input[name="pick.subtitle"][value="mine"]').check();
  await page.locator("[data-save]").click();
  await expect(page.locator("[data-said]")).toBeVisible();
  await expect.poll(() => page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith("draft ")).length)).toBe(0);

  // Search, bin, undo.
  await page.goto(list);
  await page.keyboard.press("/");
  await page.keyboard.type("hotaru lanterns");
  await page.keyboard.press("Enter");
  await expect(page.locator("table tbody tr")).toHaveCount(1);
  await page.locator('tbody input[name="id"]').check();
  await page.getByRole("button", { name: "Delete" }).click();
  await page.locator("[data-said]").getByRole("button", { name: "Undo" }).click();
  await page.goto(`${list}?q=hotaru`);
  await expect(page.locator("table tbody tr")).toHaveCount(1);

  // The palette leads anywhere.
  await page.keyboard.press("Control+k");
  await page.getByRole("dialog").getByRole("combobox").fill("timetable");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(`/${CONFERENCE}/timetable`));
  await page.context().close();
});

test("a talk is added without a script", async ({ browser, demo }) => {
  const context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 360, height: 780 } });
  const page = await context.newPage();
  await page.goto(`${demo.origin}/demo/sign-in?as=contents&name=Nami`);
  await page.goto(`${demo.origin}/${CONFERENCE}/admin/talks/new`);
  await page.getByRole("button", { name: "One more speaker" }).click();
  await expect(page.locator("#speaker .row-of")).toHaveCount(2);
  await page.locator("#title").fill("Without a script");
  await page.locator("#day").selectOption("");
  await page.locator("#state").selectOption("hidden");
  await page.locator("[data-save]").click();
  await expect(page.locator("h1")).toContainText("Without a script");
  await shot(page, "admin-talk-360");
  await context.close();
});
