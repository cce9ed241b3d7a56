import { expect, shot, test } from "../lib/journey.ts";

test("a mail link signs in, once", async ({ page, browser, demo }) => {
  const address = `keiko-${Date.now()}@example.org`;
  await page.goto(`${demo.origin}/sign-in`);
  await page.locator('input[type="email"]').fill(address);
  await page.locator("main form button, main form input[type=submit]").first().click();
  await expect(page.locator('main a[href="/demo/mail"]')).toBeVisible();
  await shot(page, "sign-in");

  await page.goto(`${demo.origin}/demo/mail`);
  const mail = page.locator(".mail", { hasText: address });
  const link = mail.locator('a[href*="/sign-in/"]').first();
  await expect(link).toBeVisible();
  await shot(page, "mailbox");
  const href = (await link.getAttribute("href")) ?? "";
  await page.goto(href);
  // The link may ask for one more press, so that mail scanners do not use it up.
  const confirm = page.locator('main form[method="post"] button');
  if (page.url().includes("/sign-in/") && (await confirm.count()) > 0) await confirm.first().click();
  await page.goto(`${demo.origin}/account`);
  await expect(page.locator("main")).toContainText(address);
  await shot(page, "account");

  const stranger = await (await browser.newContext()).newPage();
  await stranger.goto(href);
  const again = stranger.locator('main form[method="post"] button');
  if ((await again.count()) > 0) await again.first().click();
  await stranger.goto(`${demo.origin}/account`);
  await expect(stranger.locator("main")).not.toContainText(address);
  await stranger.context().close();
});
