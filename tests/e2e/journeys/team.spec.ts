import { barriers } from "../lib/access.ts";
import { CONFERENCE, expect, shot, test, visitor } from "../lib/journey.ts";

test("a chair invites somebody by mail, who joins, and is removed again while the studio is open", async ({ browser, demo }) => {
  const chair = await visitor(browser, demo, "chair", "Towa");
  const address = `mika-${Date.now()}@example.org`;
  await chair.goto(`${demo.origin}/${CONFERENCE}/admin/team`);
  await chair.locator("#email").fill(address);
  const form = chair.locator("form", { has: chair.locator("#email") });
  await form.locator('input[value="broadcast"]').check();
  await form.locator("button").last().click();
  await expect(chair.locator("main")).toContainText(address);
  await shot(chair, "team-invited");

  // Who is invited opens the link, signs in by a second mail that leads back, and joins.
  const context = await browser.newContext();
  const mika = await context.newPage();
  const mailed = async (part: string): Promise<string> => {
    await mika.goto(`${demo.origin}/demo/mail`);
    const link = mika.locator(".mail", { hasText: address }).locator(`a[href*="${part}"]`).first();
    return (await link.getAttribute("href")) ?? "";
  };
  const invitation = await mailed("/account/invitations/");
  await mika.goto(invitation);
  expect.soft(await barriers(mika), "invitation").toEqual([]);
  await mika.locator("main form button").first().click();
  await mika.goto(await mailed("/sign-in/"));
  await mika.locator('main form[method="post"] button').first().click();
  await expect(mika).toHaveURL(/\/account\/invitations\//);
  await mika.locator('main form[method="post"] button').first().click();
  await mika.goto(`${demo.origin}/${CONFERENCE}/studio`);
  await expect(mika.locator("main h1")).toBeVisible();

  await chair.reload();
  const member = chair.locator(".member", { hasText: address });
  await member.locator("a.button").click();
  expect.soft(await barriers(chair), "roles of a member").toEqual([]);
  await chair.locator('input[value="desk"]').check();
  await chair.locator("button[data-save]").click();
  chair.once("dialog", (dialog) => void dialog.accept());
  await member.locator("button.danger").click();
  await expect(chair.locator(".member", { hasText: address })).toHaveCount(0);
  const answer = await mika.goto(`${demo.origin}/${CONFERENCE}/studio`);
  expect(answer?.status()).toBe(403);
  await chair.goto(`${demo.origin}/${CONFERENCE}/admin/audit?q=member.remove`);
  await expect(chair.locator(".audit-entry").first()).toContainText("member.remove");
  await shot(chair, "audit");
  await context.close();
  await chair.context().close();
});

test("a passkey is made and signs in without a mail", async ({ browser, demo }) => {
  // Browsers bind passkeys to names, never to numbers.
  const origin = demo.origin.replace("127.0.0.1", "localhost");
  const context = await browser.newContext();
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  });
  const name = `Passkey ${Date.now()}`;
  await page.goto(`${origin}/demo/sign-in?as=attendee&name=${encodeURIComponent(name)}`);
  await page.goto(`${origin}/account/security`);
  await page.locator("#passkey-name").fill("my phone");
  await page.locator('[data-passkey="add"] button').click();
  await expect(page.locator("main strong", { hasText: "my phone" })).toBeVisible();
  expect.soft(await barriers(page), "security with a passkey").toEqual([]);
  await shot(page, "passkey");
  await context.clearCookies();
  await page.goto(`${origin}/sign-in?next=/account`);
  await page.locator('[data-passkey="sign-in"] button').click();
  await expect(page).toHaveURL(`${origin}/account`);
  await expect(page.locator("#name")).toHaveValue(name);
  await context.close();
});
