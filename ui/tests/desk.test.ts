import { describe, expect, test } from "vitest";
import { bitrateOf, choices, commandOf, health, orders } from "../src/studio/desk.ts";
import type { Talk, Track } from "../src/studio/types.ts";

const now = Date.parse("2026-11-22T01:00:00Z");
const talk = (id: string, track: string, minute: number | null): Talk => ({ id, title: `Talk ${id}`, track, starts_at: minute === null ? null : new Date(now + minute * 60_000).toISOString() });
const track = { slug: "a", name: "A" } as Track;

describe("the desk", () => {
  test("sends what was confirmed, with the reason where one was given", () => {
    expect(commandOf({ kind: "put", track, talk: talk("t1", "a", 0) }, "md", " late ")).toEqual({ name: "studio.put", args: { conf: "md", track: "a", talk: "t1", reason: "late" } });
    expect(commandOf({ kind: "put", track, talk: null }, "md", "")).toEqual({ name: "studio.put", args: { conf: "md", track: "a", talk: null } });
    expect(commandOf({ kind: "auto", track }, "md", "x")).toEqual({ name: "studio.auto", args: { conf: "md", track: "a" } });
  });
  test("offers every other decision about the inputs, the slate only where there is one", () => {
    const output = { on: "primary", since: "", cause: "began", order: "auto", ordered: null, has_slate: true, has_clips: false, playing: null } as const;
    const with_ = (more: object): Track => ({ ...track, output: { ...output, ...more } });
    expect(orders(with_({}))).toEqual(["primary", "backup", "slate"]);
    expect(orders(with_({ order: "slate" }))).toEqual(["auto", "primary", "backup"]);
    expect(orders(with_({ has_slate: false }))).toEqual(["primary", "backup"]);
    expect(commandOf({ kind: "input", track, order: "backup" }, "md", "no sound")).toEqual({ name: "studio.input", args: { conf: "md", track: "a", order: "backup", reason: "no sound" } });
  });
  test("offers this track's nearest talks first and searches everywhere", () => {
    const talks = [talk("far", "a", 300), talk("near", "a", 5), talk("other", "b", 0), talk("open", "a", null)];
    expect(choices(talks, "", "a", now, false).map((one) => one.id)).toEqual(["near", "far", "open"]);
    expect(choices(talks, "", "a", now, true).map((one) => one.id)).toEqual(["near", "far", "open", "other"]);
    expect(choices(talks, "OTHER", "a", now, false).map((one) => one.id)).toEqual(["other"]);
  });
  test("tells a good signal from a weak, a lost and none", () => {
    expect(health({ state: "receiving", fps: 30, bitrate_bps: 4_000_000 })).toBe("good");
    expect(health({ state: "receiving", fps: 6, bitrate_bps: 4_000_000 })).toBe("weak");
    expect(health({ state: "receiving", fps: 30, bitrate_bps: 4_000_000, audio: null })).toBe("weak");
    expect(health({ state: "silent" })).toBe("bad");
    expect(health({ state: "none" })).toBe("none");
    expect([bitrateOf(4_120_000), bitrateOf(320_000), bitrateOf(null)]).toEqual(["4.1 Mbit/s", "320 kbit/s", "–"]);
  });
});
