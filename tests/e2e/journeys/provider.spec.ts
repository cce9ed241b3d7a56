// Signing in by a certified OpenID provider that somebody else wrote.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "@playwright/test";
import { barriers, overflow } from "../lib/access.ts";
import { expect, shot, test as base } from "../lib/journey.ts";
import { agree, Provider, SECRET, type Client } from "../lib/oidc.ts";
import { Server } from "../lib/server.ts";

const CLIENTS: Client[] = [
  { id: "basic", auth: "client_secret_basic", alg: "RS256" },
  { id: "post", auth: "client_secret_post", alg: "ES256" },
  { id: "public", auth: "none", alg: "ES256" },
];

interface Stage {
  provider: Provider;
  server: Server;
}

/** A server that knows the provider by three clients, and by a name that it does not call itself. */
async function stage(use: (stage: Stage) => Promise<void>): Promise<void> {
  const provider = await Provider.listen();
  const folder = mkdtempSync(join(tmpdir(), "matsuri-oidc-"));
  const file = join(folder, "matsuri.toml");
  const settings = CLIENTS.map(({ id, auth }) => {
    const secret = auth === "none" ? "" : `client_secret = ${JSON.stringify(SECRET)}\n`;
    return `[sign_in.oidc.${id}]\nlabel = "Works ${id}"\nissuer = "${provider.issuer}"\nclient_id = "${id}"\n${secret}`;
  });
  const other = `[sign_in.oidc.other]\nissuer = "${provider.issuer.replace("127.0.0.1", "localhost")}"\nclient_id = "basic"\n`;
  writeFileSync(file, [...settings, other].join("\n"));
  const server = await Server.serve("--config", file);
  provider.open(server.origin, CLIENTS);
  try {
    await use({ provider, server });
  } finally {
    await server.remove();
    await provider.away();
    rmSync(folder, { recursive: true });
  }
}

const test = base.extend<object, { away: Stage }>({
  away: [async ({}, use) => stage(use), { scope: "worker", timeout: 90_000 }],
});

async function fresh(browser: Browser): Promise<Page> {
  return (await browser.newContext()).newPage();
}

async function account(page: Page, server: Server): Promise<string> {
  await page.goto(`${server.origin}/account`);
  return page.locator("main").innerText();
}

async function signOut(page: Page, server: Server): Promise<void> {
  await page.goto(`${server.origin}/account`);
  await page.locator('main form[action="/sign-out"] button').click();
  await page.waitForURL(`${server.origin}/`);
}

test("a provider that is away is said to be away, beside every other way in, and takes people in once it is back", async ({ away, browser }) => {
  const { provider, server } = away;
  await provider.away();
  const page = await fresh(browser);
  const answer = await page.goto(`${server.origin}/sign-in/oidc/basic`);
  expect(answer?.status()).toBe(503);
  await expect(page.locator(".notice[role=alert]")).toContainText("Works basic does not answer right now");
  await expect(page.locator('form[action="/sign-in"] input[type=email]')).toBeVisible();
  expect.soft(await barriers(page)).toEqual([]);
  await shot(page, "provider-away");
  await provider.back();
  // It is asked again after a pause.
  await expect(async () => {
    const back = await page.goto(`${server.origin}/sign-in/oidc/basic`);
    expect(back?.status()).toBe(200);
  }).toPass({ timeout: 20_000 });
  await expect(page.locator('input[name="login"]')).toBeVisible();

  // It goes while somebody is there: the code cannot be redeemed.
  provider.people.set("ren", { email: "ren@example.org", email_verified: true, name: "Ren" });
  provider.gone = true;
  await agree(page, "ren");
  await expect(page.locator(".notice[role=alert]")).toContainText("Works basic does not answer right now");
  provider.gone = false;
  await page.context().close();
});

for (const { id, auth, alg } of CLIENTS) {
  test(`somebody signs in by ${auth} and ${alg}, has an account from then on, and signs out`, async ({ away, browser }) => {
    const { provider, server } = away;
      provider.people.set(`aiko-${id}`, { email: `Aiko.${id}@Example.org`, email_verified: true, name: "愛子 山田" });
    const page = await fresh(browser);
    await page.goto(`${server.origin}/sign-in?next=/account/security`);
    await page.getByRole("link", { name: `Sign in with Works ${id}` }).click();
    await agree(page, `aiko-${id}`);
    await page.waitForURL(`${server.origin}/account/security`);
    await expect(page.locator("main")).toContainText(`Works ${id}`);
    expect(await account(page, server)).toContain(`aiko.${id}@example.org`);
    await expect(page.locator('input[name="name"]')).toHaveValue("愛子 山田");

    // Signed out here, and the provider still knows them: the same account again, with nothing to type.
    await signOut(page, server);
    await page.goto(`${server.origin}/account`);
    await expect(page).toHaveURL(/\/sign-in/);
    provider.people.set(`aiko-${id}`, { email: "else@example.org", email_verified: true, name: "Else" });
    await page.getByRole("link", { name: `Sign in with Works ${id}` }).click();
    await page.waitForURL(`${server.origin}/account`);
    expect(await account(page, server)).toContain(`aiko.${id}@example.org`);
    await page.context().close();
  });
}

test("an account that was there is linked only after the proof of both", async ({ away, browser }) => {
  const { provider, server } = away;
  provider.people.set("ken", { email: "ken@example.org", email_verified: true, name: "Somebody who says Ken" });
  await server.command("user", "add", "ken@example.org", "--name", "Ken");
  const page = await fresh(browser);
  await page.goto(`${server.origin}/sign-in/oidc/basic?next=/account/security`);
  await agree(page, "ken");
  await expect(page).toHaveURL(`${server.origin}/sign-in/link`);
  await expect(page.locator(".notice[role=alert]")).toContainText("There is an account with ken@example.org here already");
  await page.goto(`${server.origin}/account`);
  await expect(page, "nobody is in").toHaveURL(/\/sign-in/);

  const [link] = /https?:\S+/.exec(await server.command("user", "sign-in", "ken@example.org")) ?? [""];
  await page.goto(link);
  await page.locator('main form[method="post"] button').first().click();
  await page.goto(`${server.origin}/sign-in/link`);
  await page.setViewportSize({ width: 360, height: 740 });
  expect.soft(await overflow(page)).toBeLessThanOrEqual(0);
  expect.soft(await barriers(page)).toEqual([]);
  await shot(page, "provider-link-360");
  await page.getByRole("button", { name: "Link", exact: true }).click();
  await page.waitForURL(`${server.origin}/account/security`);
  await expect(page.locator("main")).toContainText("Works basic");

  await signOut(page, server);
  await page.goto(`${server.origin}/sign-in/oidc/basic?next=/account`);
  await page.waitForURL(`${server.origin}/account`);
  await expect(page.locator('input[name="name"]')).toHaveValue("Ken");

  // An address that the provider has not confirmed makes no account, whoever it says it belongs to.
  provider.people.set("mallory", { email: "mallory@example.org", email_verified: false, name: "Mallory" });
  const mallory = await fresh(browser);
  await mallory.goto(`${server.origin}/sign-in/oidc/post`);
  await agree(mallory, "mallory");
  await expect(mallory.locator(".notice[role=alert]")).toContainText("does not know whether your mail address is yours");
  await mallory.context().close();
  await page.context().close();
});

test("an answer counts once, in its browser, from its provider, and a token that lies signs nobody in", async ({ away, browser }) => {
  const { provider, server } = away;
  provider.people.set("yuki", { email: "yuki@example.org", email_verified: true, name: "Yuki" });
  const page = await fresh(browser);
  const notice = page.locator(".notice[role=alert]");
  await page.goto(`${server.origin}/sign-in/oidc/other`);
  await expect(notice, "it calls itself something else").toContainText("does not answer right now");
  for (const [id, lie] of [
    ["basic", { aud: "somebody-else" }],
    ["basic", { iss: "https://evil.example" }],
    ["post", { nonce: "another" }],
    ["post", { exp: 1 }],
  ] as const) {
    provider.lie = lie;
    await page.context().clearCookies();
    await page.goto(`${server.origin}/sign-in/oidc/${id}`);
    await agree(page, "yuki");
    await expect(notice, JSON.stringify(lie)).toContainText(`Works ${id} could not sign you in`);
  }
  provider.lie = {};

  // The address that the provider sends back to: kept from its browser, then tried by others.
  const kept = async (): Promise<string> => {
    provider.kept = "";
    provider.keeps = true;
    await page.goto(`${server.origin}/sign-in/oidc/basic?next=/account`);
    if (await page.locator('input[name="login"]').isVisible()) await agree(page, "yuki");
    await expect.poll(() => provider.kept).toContain("code=");
    provider.keeps = false;
    return provider.kept;
  };
  await page.context().clearCookies();
  const mixed = await kept();
  const stranger = await fresh(browser);
  for (const address of [mixed, mixed.replace(/state=[^&]*/, "state=guessed"), mixed.replace(/iss=[^&]*/, "iss=https%3A%2F%2Fevil.example")]) {
    const answer = await stranger.goto(address);
    expect(answer?.status(), address).toBe(409);
  }
  for (const address of [mixed.replace("oidc/basic", "oidc/post"), mixed]) {
    const answer = await page.goto(address);
    expect(answer?.status(), "brought to another client, and over after that").toBe(409);
  }
  const sent = await kept();
  await page.goto(sent);
  await page.waitForURL(`${server.origin}/account`);
  expect(await account(page, server)).toContain("yuki@example.org");
  const again = await page.goto(sent);
  expect(again?.status(), "twice").toBe(409);
  await stranger.context().close();
  await page.context().close();
});

// The last: an unknown key makes a server ask its provider at once, and then not again for half a minute.
test("the provider takes other keys while it runs, and the next sign-in works", async ({ away, browser }) => {
  const { provider, server } = away;
  provider.people.set("kei", { email: "kei@example.org", email_verified: true, name: "Kei" });
  for (const id of ["basic", "post"]) {
    const page = await fresh(browser);
    // Asked now at the latest, and so with the keys that are about to go.
    await page.goto(`${server.origin}/sign-in/oidc/${id}?next=/account`);
    provider.rotate();
    await page.goto(`${server.origin}/sign-in/oidc/${id}?next=/account`);
    await agree(page, "kei");
    // The first of them makes the account; the second is another client of the same issuer, and so the same person.
    await page.waitForURL(`${server.origin}/account`);
    expect(await account(page, server)).toContain("kei@example.org");
    await page.context().close();
  }
});
