import { expect, test } from "vitest";
import { busy, percentOf } from "../src/slates/rules.ts";
import { commandOf, orders } from "../src/studio/desk.ts";
import type { Track } from "../src/studio/types.ts";

test("a film is sent when all of it is there, and not before", () => {
  expect([percentOf(0, 0), percentOf(0, 10), percentOf(999, 1000), percentOf(1000, 1000)]).toEqual([0, 0, 99, 100]);
});

test("only what is not decided yet is looked at again", () => {
  const stages = (["waiting", "working", "ready", "refused"] as const).map((stage) => busy({ id: "slt_1", stage, done: 0 }));
  expect(stages).toEqual([true, true, false, false]);
});

test("clips can be wanted where there are any, and one key ends them", () => {
  const output = { on: "primary", since: "", cause: "began", order: "auto", ordered: null, has_slate: true, has_clips: true, playing: null };
  const track = { slug: "a", name: "A", output } as unknown as Track;
  expect(orders(track)).toContain("clips");
  expect(orders({ ...track, output: { ...track.output, has_clips: false } })).not.toContain("clips");
  expect(commandOf({ kind: "input", track, order: "clips" }, "days", "")).toEqual({ name: "studio.input", args: { conf: "days", track: "a", order: "clips" } });
});
