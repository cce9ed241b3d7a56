import { describe, expect, it } from "vitest";
import type { Track } from "../src/studio/types.ts";
import { after, FLOOR_DB, fraction, heard, idOf, lasting, shown, stateKey, wayOf, wayShown, worst, zone } from "../src/wall/board.ts";
import { peakOf } from "../src/wall/level.ts";
import type { Alarm, Input, Meter, Past, WallData } from "../src/wall/types.ts";

const alarm = (change: Partial<Alarm> = {}): Alarm => ({ track: "a", code: "sound-silent", severity: "critical", seat: null, since: "2026-11-22T01:00:00Z", acknowledged: null, ...change });
const meter = (change: Partial<Meter> = {}): Meter => ({
  track: "a",
  on: "primary",
  inputs: [],
  probe: { state: "running", peak_dbfs: -12, momentary_lufs: -21, short_term_lufs: -20, integrated_lufs: -20 },
  ...change,
});
const track = (state: Track["signal"]["state"]): Track => ({
  slug: "a",
  name: "A",
  mode: "auto",
  onair: null,
  next: null,
  signal: { state },
  output: { on: "primary", since: "2026-11-22T01:00:00Z", cause: "began", order: "auto", ordered: null, has_slate: true, has_clips: false, playing: null },
  inputs: [],
  viewers: 0,
  playback: null,
});

describe("the wall", () => {
  it("keeps alarms and meters by events", () => {
    const empty: WallData = { alarms: [], probes: "asking", meters: {}, history: [] };
    const alarmed = after(empty, { kind: "alarms", alarms: [alarm()], probes: "ready" });
    expect(alarmed).toEqual({ alarms: [alarm()], probes: "ready", meters: {}, history: [] });
    const metered = after(alarmed, { kind: "meter", ...meter() });
    expect(metered).toEqual({ ...alarmed, meters: { a: meter() } });
    const past: Past = { id: "alm_1", track: "a", code: "sound-silent", severity: "critical", seat: null, raised_at: "2026-11-22T01:00:00Z", acknowledged: null, cleared_at: null };
    expect(after(metered, { kind: "history", history: [past] })).toEqual({ ...metered, history: [past] });
  });

  it("tells the way from the encoder that viewers get", () => {
    const one = new Intl.NumberFormat("en", { maximumFractionDigits: 1, minimumFractionDigits: 1 });
    const input = (seat: Input["seat"], rtt_ms: number | null, held_up_percent: number | null): Input => ({
      seat,
      state: "receiving",
      since: "2026-11-22T01:00:00Z",
      peer: null,
      health: { bitrate_10s_bps: 0, fps: 0, expected_fps: 0, key_interval_s: 0, jitter_ms: 0, longest_wait_ms: 0, transport: { rtt_ms, loss_percent: null, held_up_percent } },
    });
    const both = meter({ on: "backup", inputs: [input("primary", 3, 0), input("backup", 42.4, 1.25)] });
    expect(wayShown(wayOf(both), one)).toEqual({ rtt: "42", loss: "1.3" });
    expect(wayShown(wayOf(meter()), one)).toEqual({ rtt: "–", loss: "–" });
  });

  it("tells the worst that nobody takes care of", () => {
    const taken = { name: "Ken", at: "2026-11-22T01:00:00Z" };
    const alarms = [alarm({ acknowledged: taken }), alarm({ severity: "notice" }), alarm({ severity: "warning", track: "b" })];
    expect(worst(alarms)).toBe("warning");
    expect(worst(alarms, "a")).toBe("notice");
    expect(worst(alarms, "c")).toBeNull();
    expect(worst([alarm({ acknowledged: taken })])).toBe("notice");
  });

  it("tells apart the same trouble on both inputs", () => {
    expect(idOf(alarm({ seat: "primary" }))).not.toBe(idOf(alarm({ seat: "backup" })));
  });

  it("names what viewers get", () => {
    expect(stateKey(track("receiving"), meter())).toBe("studio-signal-receiving");
    expect(stateKey(track("receiving"), meter({ on: "backup" }))).toBe("studio-output-backup");
    expect(stateKey(track("silent"), meter({ on: "slate" }))).toBe("studio-output-slate");
    expect(stateKey(track("none"), meter({ on: "nothing" }))).toBe("studio-signal-none");
    expect(stateKey(track("none"), undefined)).toBe("studio-signal-none");
  });

  it("shows levels between the floor and full scale", () => {
    expect([fraction(null), fraction(FLOOR_DB - 20), fraction(-30), fraction(3)]).toEqual([0, 0, 0.5, 1]);
    expect([zone(null), zone(-50), zone(-20), zone(-3)]).toEqual(["none", "low", "good", "high"]);
    const one = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
    expect([shown(null, "LUFS", one), shown(-18.24, "LUFS", one), shown(-120, "LUFS", one)]).toEqual(["–", "-18.2 LUFS", "−∞ LUFS"]);
    expect(heard(meter())).toBe(-21);
    expect(heard(meter({ probe: { ...meter().probe, state: "failing" } }))).toBeNull();
  });

  it("measures peaks", () => {
    expect(peakOf([])).toBe(FLOOR_DB);
    expect(peakOf([0, -1, 0.5])).toBe(0);
    expect(peakOf([0.1])).toBeCloseTo(-20);
  });

  it("counts time like a clock", () => {
    expect([0, 59_999, 65_000, 3_723_000, -5].map(lasting)).toEqual(["0 s", "59 s", "1:05", "1:02:03", "0 s"]);
  });
});
