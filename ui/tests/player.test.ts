import { describe, expect, test, vi } from "vitest";
import { judge, median, sideOf, VERDICTS, type Health, type Link, type Seen } from "../src/live/check.ts";
import { actionOf, HELP, KEYS, partOf, usesOf } from "../src/live/keys.ts";
import { linkTo, momentIn, without } from "../src/live/link.ts";
import { Keeper, renewIn, under, type PassData } from "../src/live/pass.ts";
import { isPossible, SPEEDS, stepped } from "../src/live/speed.ts";
import { Pinch } from "../src/live/pinch.ts";
import { isBuffered, leastDelay } from "../src/live/reading.ts";
import { HOLD_MS, Taps } from "../src/live/taps.ts";
import { codeOf, CODES, delayOf, isSpent, troubleOf } from "../src/live/trouble.ts";
import { freshCode, spelled, Tally } from "../src/live/truth.ts";
import { hasSlept } from "../src/live/wake.ts";

const free = { writes: false, presses: false, moves: false };
const key = (name: string): Parameters<typeof actionOf>[0] => ({ key: name, altKey: false, ctrlKey: false, metaKey: false, defaultPrevented: false });

describe("the keyboard", () => {
  test("every key of the help does something, and digits name tenths", () => {
    const names: Record<string, string> = { "␣": " ", "↑": "ArrowUp", "↓": "ArrowDown", "←": "ArrowLeft", "→": "ArrowRight" };
    for (const [keys] of HELP) for (const name of keys.filter((name) => name !== "…")) expect(actionOf(key(names[name] ?? name), free), name).not.toBeNull();
    expect(partOf(actionOf(key("7"), free) ?? "help")).toBe(0.7);
    expect(partOf("pip")).toBeNull();
  });
  test("the help names every key", () => {
    const names: Record<string, string> = { ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→", " ": "␣" };
    const told = HELP.flatMap(([keys]) => keys);
    for (const key of Object.keys(KEYS)) expect(told, key).toContain(names[key] ?? key);
    expect(actionOf(key("c"), free)).toBe("captions");
  });
  test("nothing happens while somebody writes, and sliders keep their arrows", () => {
    expect(actionOf(key("k"), { ...free, writes: true })).toBeNull();
    expect(actionOf(key("ArrowLeft"), { ...free, moves: true })).toBeNull();
    expect(actionOf(key(" "), { ...free, presses: true })).toBeNull();
    expect(actionOf({ ...key("k"), ctrlKey: true }, free)).toBeNull();
    expect(actionOf(key("K"), free)).toBe("toggle");
  });
  test("an element is known by what it is, whichever window it belongs to", () => {
    const element = (tag: string): EventTarget => ({ matches: (selector: string) => selector.split(", ").includes(tag) }) as unknown as EventTarget;
    expect(usesOf(element("textarea"))).toEqual({ writes: true, presses: false, moves: false });
    expect(usesOf(element("button"))).toEqual({ writes: false, presses: true, moves: false });
    expect(usesOf(null)).toEqual(free);
  });
});

describe("speed", () => {
  test("steps through the list and stays at its ends", () => {
    expect(stepped(1, 1)).toBe(1.25);
    expect(stepped(1, -1)).toBe(0.75);
    expect(stepped(2, 1)).toBe(2);
    expect(stepped(0.5, -1)).toBe(0.5);
  });
  test("nothing is played faster than it happens", () => {
    expect(SPEEDS.filter((speed) => isPossible(speed, true))).toEqual([0.5, 0.75, 1]);
    expect(SPEEDS.every((speed) => isPossible(speed, false))).toBe(true);
  });
});

describe("trying again", () => {
  test("waits longer each time, never the same for all, and ends", () => {
    expect(delayOf(3, 0)).toBeGreaterThan(delayOf(0, 1));
    expect(delayOf(50, 1)).toBe(8_000);
    expect(delayOf(2, 0)).not.toBe(delayOf(2, 1));
    expect(isSpent(119_000, 100)).toBe(false);
    expect(isSpent(121_000, 3)).toBe(false);
    expect(isSpent(121_000, 20)).toBe(true);
  });
  test("the end says what to do, a refusal is not the network's", () => {
    expect(troubleOf("M-NET-2", 20, true).sentence).toBe("live-trouble-given-up");
    expect(troubleOf("M-DEV-1", 0)).toMatchObject({ final: true, sentence: "live-trouble-device" });
    expect(codeOf("networkError", "levelLoadError", 403)).toBe("M-ACC-1");
    expect(codeOf("networkError", "levelLoadError", 503)).toBe("M-NET-2");
    expect(CODES).toContain(codeOf("otherError", "internalException"));
  });
  test("a timer that came much too late was asleep, unless the page was hidden", () => {
    expect(hasSlept(7_000, 200, false)).toBe(true);
    expect(hasSlept(1_200, 200, false)).toBe(false);
    expect(hasSlept(60_000, 200, true)).toBe(false);
    expect(hasSlept(3_600_000, 200, true)).toBe(true);
  });
});

describe("the right to watch", () => {
  const pass = (name: string, expires: string): PassData => ({ prefix: `/t/${name}`, expires_at: expires });
  test("stands before the media's addresses and replaces another one", () => {
    expect(under("/t/new", "/media/c/a/index.m3u8")).toBe("/t/new/media/c/a/index.m3u8");
    expect(under("/t/new", "https://x.example/t/old/media/c/a/e/1.m4s")).toBe("https://x.example/t/new/media/c/a/e/1.m4s");
    expect(under("", "/t/old/media/c/a/live.m3u8?_HLS_msn=1")).toBe("/media/c/a/live.m3u8?_HLS_msn=1");
    expect(under("/t/new", "/other/media/x")).toBe("/other/media/x");
  });
  test("is renewed well before its end, by each at another moment", () => {
    const one = pass("a", "2026-11-22T01:10:00Z");
    const now = Date.parse("2026-11-22T01:00:00Z");
    expect(renewIn(one, now, 0)).toBeGreaterThan(4 * 60_000);
    expect(renewIn(one, now, 1)).toBeLessThan(7.5 * 60_000);
    expect(renewIn(one, now + 3_600_000, 0.5)).toBe(1_000);
  });
  test("a keeper renews, tries again where it could not ask, and ignores what is older", async () => {
    const timers: (() => void)[] = [];
    let answer: () => Promise<PassData | null> = async () => pass("b", "2026-11-22T01:20:00Z");
    const seen: string[] = [];
    const world = { now: () => Date.parse("2026-11-22T01:00:00Z"), random: () => 0, later: (run: () => void) => (timers.push(run), () => {}) };
    const keeper = new Keeper(() => answer(), (prefix) => seen.push(prefix), world);
    keeper.take(pass("a", "2026-11-22T01:10:00Z"));
    await keeper.now();
    keeper.offer(pass("a", "2026-11-22T01:10:00Z"));
    expect(seen).toEqual(["/t/a", "/t/b"]);
    const before = timers.length;
    answer = () => Promise.reject(new Error("offline"));
    await keeper.now();
    expect(keeper.prefix).toBe("/t/b");
    expect(timers.length).toBe(before + 1);
    answer = async () => null;
    await keeper.now();
    expect(seen.at(-1)).toBe("");
  });
});

describe("what a viewer got", () => {
  test("start-up counts from the first wish to the first picture, once", () => {
    const tally = new Tally();
    tally.asked(1_000);
    tally.asked(1_300);
    tally.moves(1_420);
    tally.asked(9_000);
    tally.moves(9_500);
    expect(tally.take(10_000).msd).toBe(420);
  });
  test("a wait for a gesture is nobody's slowness", () => {
    const tally = new Tally();
    tally.asked(0);
    tally.excused();
    tally.asked(60_000);
    tally.moves(60_400);
    expect(tally.take(61_000).msd).toBe(400);
  });
  test("stalls are counted once and for as long as they last, and not before there was a picture", () => {
    const tally = new Tally();
    tally.stalls(0);
    tally.asked(0);
    tally.moves(500);
    tally.rests(5_000);
    tally.stalls(5_000);
    tally.stalls(5_000);
    expect(tally.take(6_000)).toMatchObject({ bsa: 1, bsda: 1_000, shown_ms: 4_500 });
    tally.moves(7_000);
    tally.forgiven(99_000);
    expect(tally.take(8_000)).toMatchObject({ bsa: 1, bsda: 2_000, shown_ms: 5_500 });
  });
  test("errors are told once and are few", () => {
    const tally = new Tally();
    for (let i = 0; i < 20; i += 1) tally.failed("M-NET-3");
    expect(tally.take(0).ec).toHaveLength(8);
    expect(tally.take(0).ec).toBeUndefined();
  });
  test("a code can be read out", () => {
    const code = freshCode((bytes) => bytes.fill(255));
    expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{8}$/);
    expect(spelled("K7Q29F3M")).toBe("K7Q2-9F3M");
  });
});

describe("is it me or the stream", () => {
  const link: Link = { online: true, socket: true, answered: 5, lost: 0, rttMs: 40, kbps: 20_000, refused: false };
  const health: Health = { state: "live", media_age_ms: 300, bitrate_bps: 2_500_000, reporting: 40, troubled: 1 };
  const seen: Seen = { moving: true, wanted: true, code: null, dropped: 0 };
  test("each cause is told apart", () => {
    const told = [
      judge(link, health, seen),
      judge({ ...link, online: false }, null, seen),
      judge({ ...link, answered: 0, lost: 2 }, null, seen),
      judge({ ...link, refused: true }, null, seen),
      judge(link, { ...health, state: "ended" }, seen),
      judge(link, { ...health, media_age_ms: 9_000 }, seen),
      judge(link, { ...health, troubled: 20 }, seen),
      judge(link, health, { ...seen, code: "M-DEC-1" }),
      judge({ ...link, kbps: 2_600 }, health, seen),
      judge({ ...link, lost: 3, answered: 2 }, health, seen),
      judge(link, health, { ...seen, moving: false }),
    ];
    expect(told).toEqual([...VERDICTS]);
  });
  test("a paused picture and two unlucky others are no trouble", () => {
    expect(judge(link, { ...health, reporting: 2, troubled: 2 }, { ...seen, moving: false, wanted: false })).toBe("fine");
    expect(VERDICTS.map(sideOf)).toContain("server");
    expect(median([3, 1, 2])).toBe(2);
    expect(median([])).toBeNull();
  });
});

describe("clicks and taps", () => {
  const setup = (): { taps: Taps; done: string[] } => {
    const done: string[] = [];
    const taps = new Taps({ toggle: () => done.push("toggle"), full: () => done.push("full"), reveal: () => done.push("reveal"), step: (seconds) => done.push(`${seconds}`), hurry: (on) => done.push(on ? "hurry" : "calm") });
    return { taps, done };
  };
  test("a double click fills the screen and does not stutter the picture", () => {
    vi.useFakeTimers();
    const { taps, done } = setup();
    const click = (at: number): void => taps.tap({ touch: false, at, x: 10, side: 0.5 });
    click(0);
    click(150);
    vi.runAllTimers();
    expect(done).toEqual(["full"]);
    click(2_000);
    vi.runAllTimers();
    expect(done).toEqual(["full", "toggle"]);
    vi.useRealTimers();
  });
  test("fingers step at the sides, further with every tap, and fill the screen in the middle", () => {
    const { taps, done } = setup();
    const tap = (at: number, side: number): void => taps.tap({ touch: true, at, x: side * 300, side });
    for (const at of [0, 200, 400]) tap(at, 0.1);
    for (const at of [5_000, 5_200]) tap(at, 0.9);
    for (const at of [9_000, 9_200]) tap(at, 0.5);
    expect(done).toEqual(["reveal", "-10", "-10", "reveal", "10", "reveal", "full"]);
  });
  test("what is held down is hurried for as long, and is no tap", () => {
    vi.useFakeTimers();
    const { taps, done } = setup();
    taps.press(100, 100);
    vi.advanceTimersByTime(HOLD_MS);
    expect([taps.holds, done]).toEqual([true, ["hurry"]]);
    expect(taps.release()).toBe(true);
    expect(done).toEqual(["hurry", "calm"]);
    expect(taps.release()).toBe(false);
    // Short, or dragged, it is not held.
    taps.press(100, 100);
    vi.advanceTimersByTime(HOLD_MS - 1);
    expect(taps.release()).toBe(false);
    taps.press(100, 100);
    taps.move(103, 101);
    taps.move(130, 100);
    vi.advanceTimersByTime(HOLD_MS * 2);
    expect(taps.release()).toBe(false);
    taps.close();
    expect(done).toEqual(["hurry", "calm"]);
    vi.useRealTimers();
  });
  test("two fingers fill the screen and give it back", () => {
    const wide: boolean[] = [];
    const pinch = new Pinch((is) => wide.push(is));
    pinch.down(1, 100, 100);
    pinch.move(1, 300, 100);
    expect(pinch.on).toBe(false);
    pinch.down(2, 400, 100);
    pinch.move(2, 410, 100);
    expect(wide).toEqual([]);
    pinch.move(2, 450, 100);
    pinch.move(2, 350, 100);
    pinch.up(2);
    pinch.move(1, 0, 0);
    expect(wide).toEqual([true, false]);
  });
});

describe("links to a moment", () => {
  const moment = Date.parse("2026-11-22T10:15:30Z");
  test("name it by the picture's own date, in several spellings", () => {
    for (const t of ["20261122T101530Z", "2026-11-22T10:15:30Z", "2026-11-22T10%3A15%3A30.000Z", "1795342530", "1795342530000"]) expect(momentIn(`?x=1&t=${t}`), t).toBe(moment);
    for (const t of ["", "now", "-5m", "20261322T101530Z", "2026-11-22", "123"]) expect(momentIn(`?t=${t}`), t).toBeNull();
    expect(momentIn("")).toBeNull();
  });
  test("count from the beginning of what is on air", () => {
    const after = (t: string): number | null => momentIn(`?t=${t}`, moment);
    expect([after("1h2m3s"), after("90s"), after("12m"), after("0s")]).toEqual([moment + 3_723_000, moment + 90_000, moment + 720_000, moment]);
    expect([after("1h2"), after("h"), after("s1"), after("999h"), momentIn("?t=90s")]).toEqual([null, null, null, null, null]);
  });
  test("lead back to it, and are taken out of the address once they were followed", () => {
    const link = linkTo("https://x.example", "/conf/live/a", moment + 640);
    expect(link).toBe("https://x.example/conf/live/a?t=20261122T101530Z");
    expect(momentIn(new URL(link).search)).toBe(moment);
    expect(without("?t=20261122T101530Z")).toBe("");
    expect(without("?a=1&t=2")).toBe("?a=1");
  });
});

describe("what is read off a player", () => {
  test("a place can be shown at once where it is buffered", () => {
    const buffered = { length: 2, start: (n: number) => [0, 10][n] ?? 0, end: (n: number) => [4, 14][n] ?? 0 };
    expect([0, 3.9, 4, 9, 10, 14].map((at) => isBuffered({ buffered }, at))).toEqual([true, true, false, false, true, false]);
  });
  test("the delay that the server asks for differs with the pace", () => {
    const hls = (details: object | undefined): Parameters<typeof leastDelay>[0] => ({ currentLevel: -1, levels: [{ details }] }) as never;
    const told = hls({ holdBack: 6, partHoldBack: 1 });
    expect([leastDelay(told, false), leastDelay(told, true), leastDelay(hls(undefined), true)]).toEqual([1, 6, 0]);
  });
});
