// What most journeys begin with: a demo that is on air, and people who are signed in.
import { test as base, expect, type Browser, type BrowserContext, type Page } from "@playwright/test";
import { Server } from "./server.ts";

export { expect };
export const CONFERENCE = "matsuri-days";

export const test = base.extend<object, { demo: Server }>({
  /** One demo for all journeys that do not disturb it. Its timetable stands still, so that no talk ends in the middle. */
  demo: [
    async ({ browser }, use) => {
      const server = await Server.demo();
      await holdTimetable(browser, server);
      await use(server);
      await server.remove();
    },
    { scope: "worker", timeout: 90_000 },
  ],
});

/** A page of somebody signed in by the demo's link. */
export async function visitor(browser: Browser, server: Server, role: string, name: string): Promise<Page> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await signIn(page.context(), server, role, name);
  return page;
}

export async function signIn(context: BrowserContext, server: Server, role: string, name: string): Promise<void> {
  const query = new URLSearchParams({ as: role, name });
  const answer = await context.request.get(`${server.origin}/demo/sign-in?${query}`);
  expect(answer.ok(), `${answer.status()} ${answer.url()}`).toBe(true);
}

/** Asks the server to do something, as a page's script would. */
export async function command(context: BrowserContext, server: Server, name: string, args: object): Promise<unknown> {
  const answer = await context.request.post(`${server.origin}/rt/commands`, {
    data: { id: "e2e", name, args },
    headers: { "sec-fetch-site": "same-origin" },
  });
  expect(answer.ok(), `${name}: ${answer.status()} ${await answer.text()}`).toBe(true);
  return answer.json();
}

async function holdTimetable(browser: Browser, server: Server): Promise<void> {
  const context = await browser.newContext();
  await signIn(context, server, "broadcast", "Still Hand");
  for (const track of ["a", "b"]) await command(context, server, "studio.hold", { conf: CONFERENCE, track });
  await context.close();
}

/** Keeps a page from loading pictures that a journey does not look at: playing them takes the processor from the ones it does. */
export async function withoutPictures(page: Page): Promise<void> {
  await page.route(/\/media\//, (route) => route.abort());
}

/** Leaves a mark in the page that a reload would wipe off. */
export async function mark(page: Page): Promise<() => Promise<boolean>> {
  const word = Math.random().toString(36);
  await page.evaluate((word) => ((window as unknown as { e2e: string }).e2e = word), word);
  return () => page.evaluate((word) => (window as unknown as { e2e?: string }).e2e === word, word);
}

/** Complaints of the page: script errors and lines on the console that say error. */
export function complaints(page: Page): string[] {
  const heard: string[] = [];
  page.on("pageerror", (error) => heard.push(String(error)));
  page.on("console", (message) => {
    // A server that is being restarted refuses connections, and the browser says so on its own.
    if (message.type() === "error" && !/Failed to load resource|WebSocket connection/.test(message.text())) heard.push(message.text());
  });
  return heard;
}

export async function shot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `out/${name}.png`, fullPage: false });
}
