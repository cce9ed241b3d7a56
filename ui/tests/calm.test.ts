import { expect, test } from "vitest";
import { Calm } from "../src/live/calm.ts";

/** The target after each second of an hour in which nothing or something stalls, with so much in the buffer. */
function hour(stallsAt: (second: number, target: number) => boolean, ahead = (_second: number, _target: number): number => 0.5): number[] {
  const calm = new Calm(0);
  let target = 1;
  const targets: number[] = [];
  for (let second = 0; second < 3600; second++) {
    if (stallsAt(second, target)) {
      calm.stalled(second * 1000);
      target += 0.2;
    }
    target = calm.lower(second * 1000, target, 1, ahead(second, target)) ?? target;
    targets.push(target);
  }
  return targets;
}

test("a rough start is forgotten within half a minute", () => {
  const targets = hour((second) => second < 4);
  expect(Math.max(...targets)).toBeCloseTo(1.8);
  expect(targets[35]).toBeCloseTo(1);
});

test("seconds that a thin link cost are given back as soon as they lie in the buffer unneeded", () => {
  // A stall every three seconds; then the link brings everything as it comes.
  const targets = hour((second) => second < 60 && second % 3 === 0, (second, target) => (second < 60 ? 0.5 : target - 0.6));
  expect(Math.max(...targets)).toBeCloseTo(5);
  expect(targets[75]).toBeLessThan(2.5);
  expect(targets[120]).toBeCloseTo(1);
});

test("what was used up right after the last stall does not count for long", () => {
  const targets = hour((second) => second < 60 && second % 3 === 0, (second, target) => (second < 62 ? 0 : target - 0.6));
  expect(targets[78]).toBeLessThan(2.5);
});

test("a long delay that is used up again and again is given back in short steps", () => {
  const targets = hour((second) => second < 20, (second, target) => (second % 4 === 0 ? 0.3 : target));
  expect(targets[40]).toBeGreaterThan(4);
});

test("a line that cannot bear the shortest delay stalls ever more rarely", () => {
  const stalls: number[] = [];
  hour((second, target) => {
    const stalled = target < 1.15;
    if (stalled) stalls.push(second);
    return stalled;
  });
  expect(stalls.length).toBeLessThan(20);
  expect(stalls.filter((second) => second > 1800).length).toBeLessThan(7);
});

test("nothing is lowered below what the server asks for, or before it is known", () => {
  expect(new Calm(0).lower(60_000, 1, 1, 0.5)).toBeNull();
  expect(new Calm(0).lower(60_000, 3, 0, 0.5)).toBeNull();
  expect(new Calm(0).lower(60_000, 1.1, 1, 0.5)).toBe(1);
});
