// The eye with which the fault run reads pictures: a picture that came twice is told, one whose pixels were read a moment too late is not.
import { expect, test } from "@playwright/test";
import { again, type Shown } from "../lib/watch.ts";

/** Pictures of which each goes on by so much place and so much of its instant, in milliseconds. */
function pictures(steps: [place: number, clock: number][]): Shown[] {
  const shown: Shown[] = [{ at: 0, clock: 1_000, count: 0, place: 0 }];
  for (const [place, clock] of steps) {
    const last = shown.at(-1)!;
    shown.push({ at: last.at + 33, clock: (last.clock ?? 0) + clock, count: last.count + 1, place: last.place + place / 1_000 });
  }
  return shown;
}

const told = (steps: [number, number][]): number[] => again(pictures(steps)).map(({ back_ms }) => back_ms);

test("the fault run's eye tells pictures that came twice from pixels that were read too late", () => {
  expect(told([[33, 33], [33, 0], [33, 33]]), "the same once more").toEqual([0]);
  expect(told([[33, 33], [33, -66], [33, 33], [33, 34]]), "three once more").toEqual([66, 33]);
  expect(told([[33, 33], [400, 400], [33, 0], [33, 33]]), "the same once more after a gap").toEqual([0]);
  expect(told([[33, 33], [33, 67], [33, 0], [33, 33]]), "read too late").toEqual([]);
  expect(told([[33, 33], [33, 67], [33, 0], [33, 66], [33, 0], [33, 34]]), "read too late twice").toEqual([]);
  expect(told([[33, 33], [33, 66], [33, 34], [33, 0], [33, 33]]), "read too late for two").toEqual([]);
  expect(told([[33, 67], [33, 0], [33, 0], [33, 33]]), "read too late, then the same once more").toEqual([0]);
});
