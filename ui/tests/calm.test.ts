import { expect, test } from "vitest";
import { Calm } from "../src/live/calm.ts";

/** The target after each second of an hour in which nothing or something stalls. */
function hour(stallsAt: (second: number, target: number) => boolean): number[] {
  const calm = new Calm(0);
  let target = 1;
  const targets: number[] = [];
  for (let second = 0; second < 3600; second++) {
    if (stallsAt(second, target)) {
      calm.stalled(second * 1000);
      target += 0.2;
    }
    target = calm.lower(second * 1000, target, 1) ?? target;
    targets.push(target);
  }
  return targets;
}

test("a rough start is forgotten within half a minute", () => {
  const targets = hour((second) => second < 4);
  expect(Math.max(...targets)).toBeCloseTo(1.8);
  expect(targets[35]).toBeCloseTo(1);
});

test("seconds that a thin link cost come back within half a minute, all of them within a minute", () => {
  const targets = hour((second) => second < 20);
  expect(Math.max(...targets)).toBeCloseTo(5);
  expect(targets[50]).toBeLessThan(2);
  expect(targets[80]).toBeCloseTo(1);
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
  expect(new Calm(0).lower(60_000, 1, 1)).toBeNull();
  expect(new Calm(0).lower(60_000, 3, 0)).toBeNull();
  expect(new Calm(0).lower(60_000, 1.1, 1)).toBe(1);
});
