import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { pieces } from "../src/lib/links.ts";
import { distance, slotAt } from "../src/lib/nowline.ts";
import { countdown, format, offsetMinutes, viewerTime } from "../src/lib/times.ts";
import { words } from "../src/lib/words.ts";
import { clockOf, minutesOf } from "../src/live/clock.ts";
import { actionOf } from "../src/live/keys.ts";
import { codeOf, delayOf, sentenceOf } from "../src/live/trouble.ts";

describe("links in chat", () => {
  test("end before punctuation and Japanese brackets, and nothing else is changed", () => {
    expect(pieces("資料は https://example.org/a?b=1#c。見てね")).toEqual([{ text: "資料は " }, { text: "https://example.org/a?b=1#c", href: "https://example.org/a?b=1#c" }, { text: "。見てね" }]);
    expect(pieces("(see http://example.org/x).")[1]?.href).toBe("http://example.org/x");
    expect(pieces("javascript:alert(1) <b>")).toEqual([{ text: "javascript:alert(1) <b>" }]);
    expect(pieces("https://")).toEqual([{ text: "https://" }]);
  });
});

describe("times", () => {
  const instant = new Date("2026-11-22T01:00:00Z");
  test("show the viewer's clock only where it differs, with the day where that differs too", () => {
    expect(viewerTime(instant, "time", "en", "Asia/Tokyo", "Asia/Seoul")).toBeNull();
    expect(viewerTime(instant, "time", "en-GB", "Asia/Tokyo", "Europe/Berlin")).toBe("02:00");
    expect(viewerTime(instant, "time", "en-GB", "Asia/Tokyo", "America/Los_Angeles")).toMatch(/21 Nov.*17:00/);
  });
  test("know zones and daylight saving", () => {
    expect(offsetMinutes("Europe/Berlin", new Date("2026-07-01T00:00:00Z"))).toBe(120);
    expect(offsetMinutes("America/St_Johns", instant)).toBe(-210);
    expect(offsetMinutes("UTC", instant)).toBe(0);
    expect(format(instant, "time", "ja", "Asia/Tokyo")).toBe("10:00");
  });
  test("count down coarsely when far and by the second when near", () => {
    expect(countdown(65_000, "en")).toBe("1:05");
    expect(countdown(3_600_000 + 62_000, "en")).toBe("1:01:02");
    expect(countdown(2 * 86_400_000 + 3 * 3_600_000, "en")).toBe("2 days 3 hr");
    expect(countdown(-5, "en")).toBe("0:00");
    expect([clockOf(1.44), clockOf(42), clockOf(3_723), minutesOf(-61_000)]).toEqual(["1.4 s", "0:42", "1:02:03", "1:01"]);
  });
});

describe("the now line", () => {
  test("lies between rows of different heights", () => {
    const start = Date.parse("2026-11-22T01:00:00Z");
    expect(slotAt(start, start + 7.5 * 60_000, 10)).toEqual({ slot: 1, part: 0.5 });
    expect(slotAt(start, start - 1, 10)).toBeNull();
    expect(slotAt(start, start + 50 * 60_000, 10)).toBeNull();
    expect(distance([40, 10, 30, 10], 0, { slot: 1, part: 0.5 })).toBe(40 + 10 + 15);
  });
});

describe("keys", () => {
  const plain = { writes: false, presses: false, moves: false };
  const press = (key: string, extra = {}): Parameters<typeof actionOf>[0] => ({ key, altKey: false, ctrlKey: false, metaKey: false, defaultPrevented: false, ...extra });
  test("never act while somebody writes or with modifiers", () => {
    expect(actionOf(press("k"), plain)).toBe("toggle");
    expect(actionOf(press("K"), plain)).toBe("toggle");
    expect(actionOf(press("k"), { ...plain, writes: true })).toBeNull();
    expect(actionOf(press("f", { ctrlKey: true }), plain)).toBeNull();
  });
  test("leave space to buttons and arrows to sliders", () => {
    expect(actionOf(press(" "), { ...plain, presses: true })).toBeNull();
    expect(actionOf(press("m"), { ...plain, presses: true })).toBe("mute");
    expect(actionOf(press("ArrowLeft"), { ...plain, moves: true })).toBeNull();
    expect(actionOf(press("?"), plain)).toBe("help");
    expect(actionOf(press("x"), plain)).toBeNull();
  });
});

describe("trouble", () => {
  test("has a code and a sentence for every error of the player", () => {
    expect(codeOf("networkError", "manifestLoadError")).toBe("M-NET-1");
    expect(codeOf("networkError", "levelLoadTimeOut")).toBe("M-NET-2");
    expect(codeOf("networkError", "fragLoadError")).toBe("M-NET-3");
    expect(codeOf("mediaError", "bufferStalledError")).toBe("M-BUF-1");
    expect(codeOf("mediaError", "bufferAppendError")).toBe("M-DEC-2");
    expect(codeOf("mediaError", "manifestIncompatibleCodecsError")).toBe("M-DEV-1");
    expect(codeOf("otherError", "internalException")).toBe("M-DEC-1");
    expect(sentenceOf("M-NET-3")).toBe("live-trouble-network");
  });
  test("is tried again for ever, never later than eight seconds", () => {
    for (let attempt = 0; attempt < 60; attempt += 1) expect(delayOf(attempt, 1)).toBeLessThanOrEqual(8_000);
    expect(delayOf(0, 0)).toBeGreaterThan(300);
  });
});

describe("words", () => {
  const read = (feature: string, locale: string): string => readFileSync(new URL(`../../features/${feature}/locales/${locale}.ftl`, import.meta.url), "utf8");
  const keys = (text: string): string[] => [...text.matchAll(/^([a-z][\w-]*) =/gm)].map((match) => match[1]!).sort();

  test.each(["live", "studio"])("of %s exist in both languages and cover what the island uses", (feature) => {
    const ja = keys(read(feature, "ja"));
    expect(ja).toEqual(keys(read(feature, "en")));
    const sources = import.meta.glob<string>("../src/**/*.{svelte,ts}", { query: "?raw", import: "default", eager: true });
    const used = Object.entries(sources)
      .filter(([path]) => path.includes(`/${feature}/`))
      .flatMap(([, text]) => [...text.matchAll(new RegExp(`(?<!class=|id=|labelledby=)["'\`](${feature}-[a-z0-9-]+)["'\`]`, "g"))].map((match) => match[1]!));
    expect(used.filter((key) => !ja.includes(key))).toEqual([]);
  });
  test("are formatted with their variables and plurals", () => {
    const t = words("en", read("live", "en"));
    expect(t("live-chat-new", { count: 1 })).toBe("1 new message");
    expect(t("live-chat-new", { count: 3 })).toBe("3 new messages");
    expect(t("no-such-word")).toBe("no-such-word");
  });
});
