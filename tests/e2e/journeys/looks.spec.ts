import { deflateSync } from "node:zlib";
import type { Page, Response } from "@playwright/test";
import { barriers, overflow } from "../lib/access.ts";
import { CONFERENCE, complaints, expect, shot, test, visitor } from "../lib/journey.ts";
import type { Server } from "../lib/server.ts";

/** A drawn PNG: a gradient in RGB, so that a photograph's encoder has something to do. */
function png(width: number, height: number): Buffer {
  const rows = Buffer.alloc((width * 3 + 1) * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const at = y * (width * 3 + 1) + 1 + x * 3;
      rows[at] = (x * 255) / width;
      rows[at + 1] = (y * 200) / height;
      rows[at + 2] = 160 + 60 * Math.sin(x / 23) * Math.cos(y / 31);
    }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", head),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, "latin1"), data]);
  let crc = ~0;
  for (const byte of body) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(~crc >>> 0);
  return Buffer.concat([length, body, sum]);
}

const LOGO = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 240 48"><rect width="240" height="48" rx="8" fill="#1a4fa0"/><circle cx="28" cy="24" r="14" fill="#ffd479"/><path d="M60 14h160v8H60zM60 27h110v7H60z" fill="#fff"/></svg>`;

async function bring(page: Page, spot: string, name: string, mimeType: string, buffer: Buffer): Promise<void> {
  const form = page.locator(`#look-${spot}`);
  await form.locator('input[type="file"]').setInputFiles({ name, mimeType, buffer });
  const said: [string, string][] = [
    ["alt_ja", "提灯の並ぶ会場"],
    ["alt_en", "A hall full of lanterns"],
  ];
  for (const [field, text] of said)
    if (await form.locator(`[name="${field}"]`).count()) await form.locator(`[name="${field}"]`).fill(text);
  await form.locator('[value="save"]').click();
}

test("pictures are brought, shown on every page, refused when they are none, and a talk gets slides", async ({ browser, demo }) => {
  test.setTimeout(180_000);
  const page = await visitor(browser, demo, "chair", "Towa");
  const heard = complaints(page);
  await page.goto(`${demo.origin}/${CONFERENCE}/admin/theme`);
  await bring(page, "logo", "logo.svg", "image/svg+xml", Buffer.from(LOGO.replace("<circle", "<script>1</script><circle")));
  await expect(page.locator("#look-logo [role=alert]")).toContainText("script");
  await bring(page, "logo", "logo.svg", "image/svg+xml", Buffer.from(LOGO));
  await expect(page.locator("[data-said]")).toBeVisible();
  await bring(page, "hero", "hero.png", "image/png", png(1600, 900));
  await expect(page.locator("[data-said]")).toBeVisible();
  await bring(page, "icon", "icon.png", "image/png", png(512, 512));
  await expect(page.locator("#look-icon img")).toBeVisible();
  expect(await barriers(page)).toEqual([]);
  await shot(page, "looks-admin");

  const guest = await (await browser.newContext({ locale: "en-GB" })).newPage();
  const quiet = complaints(guest);
  for (const [width, scheme] of [[1280, "light"], [360, "dark"]] as const) {
    await guest.setViewportSize({ width, height: 800 });
    await guest.emulateMedia({ colorScheme: scheme });
    await guest.goto(`${demo.origin}/${CONFERENCE}`);
    const hero = guest.locator(".hero-picture");
    await expect(hero).toHaveAttribute("alt", "A hall full of lanterns");
    await expect.poll(() => hero.evaluate((img: HTMLImageElement) => img.complete && img.naturalWidth > 0)).toBe(true);
    await expect(guest.locator(".brand-logo")).toBeVisible();
    expect(await overflow(guest)).toBe(0);
    expect(await barriers(guest)).toEqual([]);
    await shot(guest, `looks-${width}`);
  }
  const card = await guest.locator('meta[property="og:image"]').getAttribute("content");
  expect((await guest.request.get(card ?? "")).headers()["content-type"]).toBe("image/jpeg");

  // Slides: brought by the team, kept by a visitor, taken away and brought back by one press.
  await page.goto(`${demo.origin}/${CONFERENCE}/timetable?view=list`);
  const talk = (await page.locator(`main a[href*="/talks/"]`).nth(2).getAttribute("href")) ?? "";
  await page.goto(`${demo.origin}/${CONFERENCE}/admin/talks`);
  await page.locator(`main tbody a[href*="/admin/talks/tlk_"]`).first().click();
  await page.locator('a[href$="/slides"]').click();
  await page.locator("#file").setInputFiles({ name: "資料.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.7\n%%EOF\n") });
  await page.locator(".form-foot button").click();
  await expect(page.locator(".list-rows")).toContainText("資料.pdf");
  expect(await barriers(page)).toEqual([]);
  await page.locator(".list-rows .danger").click();
  await expect(page.locator(".empty")).toBeVisible();
  await page.locator("[data-said] button").click();
  await expect(page.locator(".list-rows")).toContainText("資料.pdf");
  await shot(page, "slides-admin");
  expect(talk).not.toBe("");

  await page.goto(`${demo.origin}/${CONFERENCE}/admin/preview`);
  expect(await barriers(page)).toEqual([]);
  await page.locator('select[name="state"]').selectOption("registration");
  await page.locator(".form-foot button").click();
  await expect(page.locator(".preview-bar")).toBeVisible();
  expect(await barriers(page)).toEqual([]);
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await overflow(page)).toBe(0);
  await shot(page, "preview-360");
  await page.goto(`${demo.origin}/${CONFERENCE}/timetable`);
  await page.locator(".preview-bar button").click();
  await page.waitForURL(/timetable$/);
  await expect(page.locator(".preview-bar")).toHaveCount(0);
  for (const spot of ["logo", "hero", "icon"]) {
    await page.goto(`${demo.origin}/${CONFERENCE}/admin/theme`);
    page.once("dialog", (dialog) => void dialog.accept());
    await page.locator(`#look-${spot} [value="remove"]`).click();
    await expect(page.locator(`#look-${spot} img`)).toHaveCount(0);
  }
  expect([...heard, ...quiet]).toEqual([]);
});

/** What Lighthouse measures and counts on a page, seen by the browser itself. */
async function audits(page: Page, demo: Server, path: string): Promise<string[]> {
  const faults: string[] = [];
  const answers: Response[] = [];
  const listen = (answer: Response) => void answers.push(answer);
  page.on("response", listen);
  const heard = complaints(page);
  await page.addInitScript(() => {
    const seen = { shift: 0, paint: 0 };
    Object.assign(window, { audits: seen });
    new PerformanceObserver((list) => {
      for (const own of list.getEntries() as (PerformanceEntry & { value: number; hadRecentInput: boolean })[])
        if (!own.hadRecentInput) seen.shift += own.value;
    }).observe({ type: "layout-shift", buffered: true });
    new PerformanceObserver((list) => {
      for (const own of list.getEntries()) seen.paint = own.startTime;
    }).observe({ type: "largest-contentful-paint", buffered: true });
  });
  const answer = await page.goto(`${demo.origin}${path}`, { waitUntil: "load" });
  page.off("response", listen);
  const said = await answer?.allHeaders();
  if (!/charset=utf-8/i.test(said?.["content-type"] ?? "")) faults.push("charset");
  if (said?.["content-encoding"] !== "gzip") faults.push("the page is not packed");
  if (!said?.["content-security-policy"]) faults.push("no policy");
  let weight = 0;
  for (const own of answers) {
    const [kind, headers] = [own.request().resourceType(), await own.allHeaders()];
    if (own.status() >= 400) faults.push(`${own.status()} ${own.url()}`);
    const text = /text|javascript|json|svg/.test(headers["content-type"] ?? "");
    const sizes = own.status() === 304 ? undefined : await own.request().sizes().catch(() => undefined);
    if (kind !== "image" && sizes) weight += sizes.responseBodySize;
    if (text && (sizes?.responseBodySize ?? 0) > 1_400 && !headers["content-encoding"]) faults.push(`not packed: ${own.url()}`);
    if (/\/assets\/.+-[\w-]{8}\./.test(own.url()) && !/immutable/.test(headers["cache-control"] ?? "")) faults.push(`not kept: ${own.url()}`);
  }
  if (weight > 60_000) faults.push(`${weight} bytes before images`);
  faults.push(...heard.map((line) => `console: ${line}`));
  faults.push(
    ...(await page.evaluate(() => {
      const faults: string[] = [];
      const content = (name: string) => document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? "";
      if (!content("description").trim()) faults.push("no description");
      if (!/width=device-width/.test(content("viewport")) || /user-scalable=no|maximum-scale/.test(content("viewport"))) faults.push("viewport");
      if (!document.title.trim() || !document.documentElement.lang || document.doctype?.name !== "html") faults.push("title, language or doctype");
      for (const img of document.images) if (!img.hasAttribute("width") || !img.hasAttribute("height")) faults.push(`no size: ${img.src}`);
      for (const own of document.querySelectorAll<HTMLElement>("a[href], button, input, select, summary")) {
        const box = own.getBoundingClientRect();
        const inline = getComputedStyle(own).display === "inline";
        // Links within a sentence are excepted (WCAG 2.2, 2.5.8), as is what nobody sees.
        if (inline || box.width < 2 || !own.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
        if (box.height < 24 || box.width < 24) faults.push(`target ${Math.round(box.width)}×${Math.round(box.height)}: ${own.outerHTML.slice(0, 80)}`);
      }
      const seen = (window as unknown as { audits: { shift: number; paint: number } }).audits;
      if (seen.shift > 0.01) faults.push(`layout shift ${seen.shift}`);
      if (seen.paint > 2_500) faults.push(`largest paint after ${Math.round(seen.paint)} ms`);
      return faults;
    })),
  );
  return faults;
}

test("public pages pass the audits of which Lighthouse makes its figures", async ({ browser, demo }) => {
  test.setTimeout(120_000);
  const found = await browser.newPage();
  await found.goto(`${demo.origin}/${CONFERENCE}/timetable`);
  const talk = (await found.locator(`main a[href*="/talks/"]`).nth(3).getAttribute("href")) ?? "";
  await found.goto(`${demo.origin}/${CONFERENCE}/speakers`);
  const speaker = (await found.locator(`main a[href*="/speakers/"]`).first().getAttribute("href")) ?? "";
  const paths = ["/", `/${CONFERENCE}`, `/${CONFERENCE}/timetable`, talk, `/${CONFERENCE}/speakers`, speaker, `/${CONFERENCE}/team`, "/sign-in"];
  for (const path of paths) {
    // A telephone that was never here.
    const context = await browser.newContext({ viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true });
    const page = await context.newPage();
    expect.soft(await audits(page, demo, path), path).toEqual([]);
    expect.soft(await barriers(page), `${path}: barriers`).toEqual([]);
    await context.close();
  }
  await found.close();
});
