import { describe, expect, test } from "vitest";
import { doneOf, entryAt, leftOf, moves, nextAfter, slate, talkAt } from "../src/live/onair.ts";
import type { Descriptor, Entry, State } from "../src/live/types.ts";

const at = (minute: number): number => Date.parse("2026-11-22T01:00:00Z") + minute * 60_000;
const iso = (minute: number): string => new Date(at(minute)).toISOString();
const entry = (title: string, minute: number, talk: string | null = title): Entry => ({ talk, title, at: iso(minute), ends_at: iso(minute + 30) });
const history = [entry("a", 0), entry("break", 30, null), entry("b", 40)];
const descriptor = (state: State, playback = true): Descriptor => ({
  state,
  playback: playback ? { url: "/media/x/a/index.m3u8" } : null,
  onair: history,
  next: entry("c", 70),
  viewers: 3,
  track: { slug: "a", name: "A" },
});

test("the page writes over a slate only what the slate does not say itself, and nothing over clips", () => {
  expect(slate(descriptor("slate"), true)).toBe("slate");
  expect(slate({ ...descriptor("slate"), titled: true }, true)).toBeNull();
  expect(slate({ ...descriptor("slate"), titled: true }, false)).toBe("slate");
  expect(slate(descriptor("clips"), true)).toBeNull();
  expect([moves("clips"), moves("slate"), moves("live"), moves("upcoming")]).toEqual([true, true, true, false]);
});

describe("what the page says follows the moment that the viewer sees", () => {
  test("the entry is the last that had begun at the playhead", () => {
    expect(entryAt(history, at(29))?.title).toBe("a");
    expect(entryAt(history, at(30))?.title).toBe("break");
    expect(entryAt(history, at(55))?.title).toBe("b");
  });
  test("before everything the first entry is better than none, and nothing is null", () => {
    expect(entryAt(history, at(-5))?.title).toBe("a");
    expect(entryAt([], at(0))).toBeNull();
  });
  test("the chat of a break is that of the talk before it", () => {
    expect(talkAt(history, at(35))).toBe("a");
    expect(talkAt(history, at(45))).toBe("b");
    expect(talkAt([entry("break", 0, null), entry("b", 10)], at(5))).toBe("b");
    expect(talkAt([], at(5))).toBeNull();
  });
  test("somebody behind live has what the others already see as next", () => {
    expect(nextAfter(descriptor("live"), history[0]!)?.title).toBe("break");
    expect(nextAfter(descriptor("live"), history[2]!)?.title).toBe("c");
  });
  test("the time left turns negative when a talk runs over", () => {
    expect(leftOf(history[0]!, at(20))).toBe(600_000);
    expect(leftOf(history[0]!, at(31))).toBe(-60_000);
    expect(leftOf({ ...history[0]!, ends_at: null }, at(0))).toBeNull();
    expect(doneOf(history[0]!, at(15))).toBe(0.5);
    expect(doneOf(history[0]!, at(99))).toBe(1);
  });
});

describe("the slate", () => {
  test("never covers a picture that still moves", () => {
    for (const state of ["interrupted", "ended", "preparing", "live"] as const) expect(slate(descriptor(state), true)).toBeNull();
  });
  test("says the state when the picture stands", () => {
    expect(slate(descriptor("interrupted"), false)).toBe("interrupted");
    expect(slate(descriptor("slate"), true)).toBe("slate");
    expect(slate(descriptor("slate"), true, false)).toBeNull();
    expect(slate(descriptor("slate"), false, false)).toBe("slate");
    expect(slate(descriptor("interrupted", false), true)).toBeNull();
    expect(slate(descriptor("ended", false), true)).toBe("ended");
    expect(slate(descriptor("upcoming", false), false)).toBe("upcoming");
    expect(slate(descriptor("off", false), false)).toBe("off");
  });
  test("leaves a live picture that stands to the player's own words", () => {
    expect(slate(descriptor("live"), false)).toBeNull();
  });
});
