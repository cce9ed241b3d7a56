import { describe, expect, test } from "vitest";
import { STEP_S, Underrun } from "../src/live/underrun.ts";

type Range = [number, number];

/** A video element as far as its buffer goes: it plays what it has, and after an underrun it waits for `hoard` seconds, as Chromium does. */
class Element {
  currentTime = 20;
  paused = false;
  seeking = false;
  readyState = 4;
  ranges: Range[];
  #hoard = 0;

  constructor(...ranges: Range[]) {
    this.ranges = ranges;
  }

  get buffered(): TimeRanges {
    return { length: this.ranges.length, start: (n) => this.ranges[n]?.[0] ?? 0, end: (n) => this.ranges[n]?.[1] ?? 0 };
  }

  get #ahead(): number {
    const range = this.ranges.find(([start, end]) => start <= this.currentTime && this.currentTime < end);
    return range ? range[1] - this.currentTime : 0;
  }

  underrun(hoard: number): void {
    [this.readyState, this.#hoard] = [2, hoard];
  }

  seek(to: number): void {
    [this.currentTime, this.#hoard, this.readyState] = [to, 0, 4];
  }

  pass(seconds: number): void {
    if (this.readyState < 3 && this.#ahead >= this.#hoard) this.readyState = 4;
    if (this.readyState >= 3 && !this.paused) this.currentTime += Math.min(seconds, this.#ahead);
  }
}

/** Looks every 200 ms while parts of a third of a second come; how long the picture stood, in milliseconds. */
function standstill(video: Element, underrun: Underrun | null): number {
  const from = video.currentTime;
  let now = 0;
  for (; now < 5_000 && video.currentTime === from; now += 200) {
    const last = video.ranges.at(-1);
    if (last) last[1] += 0.2;
    video.pass(0.2);
    const to = underrun?.look(video, now) ?? null;
    if (to !== null) video.seek(to);
  }
  return now;
}

describe("a picture that stands in front of enough", () => {
  test("is moved on within half a second, where the browser alone waits for three", () => {
    const begin = (): Element => {
      const video = new Element([0, 21.2]);
      video.underrun(3);
      return video;
    };
    expect(standstill(begin(), null)).toBeGreaterThan(1_500);
    expect(standstill(begin(), new Underrun())).toBeLessThanOrEqual(600);
  });

  test("goes on ahead of the picture that is shown, never back", () => {
    const [video, underrun] = [new Element([0, 22]), new Underrun()];
    video.underrun(3);
    expect(underrun.look(video, 0)).toBeNull();
    expect(underrun.look(video, 200)).toBe(video.currentTime + STEP_S);
    expect(STEP_S).toBeGreaterThan(2 / 30);
  });

  test("is left alone while there is too little, a pause, a seek, or it goes on by itself", () => {
    const cases: [string, (video: Element) => void][] = [
      ["too little", (video) => (video.ranges = [[0, 20.3]])],
      ["nothing but what lies behind a hole", (video) => (video.ranges = [[0, 19], [20.1, 25]])],
      ["a pause", (video) => (video.paused = true)],
      ["a seek", (video) => (video.seeking = true)],
      ["it plays", (video) => (video.readyState = 4)],
    ];
    for (const [name, change] of cases) {
      const [video, underrun] = [new Element([0, 25]), new Underrun()];
      video.underrun(3);
      change(video);
      for (let now = 0; now < 2_000; now += 200) expect(underrun.look(video, now), name).toBeNull();
    }
    const [video, underrun] = [new Element([0, 25]), new Underrun()];
    video.readyState = 2;
    for (let now = 0; now < 2_000; now += 200) {
      video.currentTime += 0.2;
      expect(underrun.look(video, now), "it moves").toBeNull();
    }
  });

  test("has time to be decoded before it is moved again", () => {
    const [video, underrun] = [new Element([0, 25]), new Underrun()];
    video.underrun(3);
    const moves: number[] = [];
    for (let now = 0; now < 3_000; now += 100) if (underrun.look(video, now) !== null) moves.push(now);
    expect(moves.length).toBeGreaterThan(1);
    for (const [n, at] of moves.entries()) if (n > 0) expect(at - (moves[n - 1] ?? 0)).toBeGreaterThanOrEqual(1_000);
  });
});
