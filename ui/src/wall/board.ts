// Pure rules of the wall.
import type { Track } from "../studio/types.ts";
import type { Alarm, Meter, Severity, Transport, WallData, WallEvent } from "./types.ts";

/** What an alarm is told apart by. */
export function idOf(alarm: Alarm): string {
  return `${alarm.track}/${alarm.code}/${alarm.seat ?? ""}`;
}

/** The wall after an event. */
export function after(data: WallData, event: WallEvent): WallData {
  if (event.kind === "alarms") return { ...data, alarms: event.alarms, probes: event.probes };
  if (event.kind === "history") return { ...data, history: event.history };
  const { kind: _, ...meter } = event;
  return { ...data, meters: { ...data.meters, [meter.track]: meter } };
}

const WEIGHT: Record<Severity, number> = { critical: 3, warning: 2, notice: 1 };

/** How bad it is on a track, or on all of them; what somebody takes care of already is only worth knowing. */
export function worst(alarms: readonly Alarm[], track?: string): Severity | null {
  let found: Severity | null = null;
  for (const alarm of alarms) {
    if (track !== undefined && alarm.track !== track) continue;
    const severity = alarm.acknowledged ? "notice" : alarm.severity;
    if (!found || WEIGHT[severity] > WEIGHT[found]) found = severity;
  }
  return found;
}

/** The word for what viewers of a track get, by its key. */
export function stateKey(track: Track, meter: Meter | undefined): string {
  if (track.signal.state !== "receiving" && (meter?.on ?? "nothing") === "nothing") return `studio-signal-${track.signal.state}`;
  if (meter && (meter.on === "backup" || meter.on === "slate" || meter.on === "clips")) return `studio-output-${meter.on}`;
  return `studio-signal-${track.signal.state}`;
}

/** The way from the encoder that viewers get, or from the first one that sends. */
export function wayOf(meter: Meter | undefined): Transport | null {
  const inputs = meter?.inputs.filter((input) => input.state === "receiving") ?? [];
  const shown = inputs.find((input) => input.seat === meter?.on) ?? inputs[0];
  return shown?.health.transport ?? null;
}

/** Its round trip and its losses, as numbers; what is not known is a dash. */
export function wayShown(way: { rtt_ms: number | null; loss_percent: number | null; held_up_percent: number | null } | null, one: Intl.NumberFormat): { rtt: string; loss: string } {
  const shown = (value: number | null | undefined, digits: (value: number) => string): string => (value === null || value === undefined ? "–" : digits(value));
  return { rtt: shown(way?.rtt_ms, (ms) => String(Math.round(ms))), loss: shown(way?.loss_percent ?? way?.held_up_percent, (share) => one.format(share)) };
}

/** Levels below this are not shown: nothing can be heard. */
export const FLOOR_DB = -60;

/** Where a level is on its bar, from 0 to 1. */
export function fraction(level: number | null): number {
  if (level === null || Number.isNaN(level)) return 0;
  return Math.min(1, Math.max(0, (level - FLOOR_DB) / -FLOOR_DB));
}

/** A level in words; below this there is nothing but silence. */
export function shown(level: number | null, unit: string, one: Intl.NumberFormat): string {
  if (level === null) return "–";
  return `${level <= SILENCE_DB ? "−∞" : one.format(level)} ${unit}`;
}
const SILENCE_DB = -70;

/** How a level is: what the colour of its bar tells, and its word to those who do not see it. */
export function zone(level: number | null): "none" | "low" | "good" | "high" {
  if (level === null || Number.isNaN(level)) return "none";
  if (level < -45) return "low";
  return level > -6 ? "high" : "good";
}

/** What the server hears on a track, or null where it does not listen. */
export function heard(meter: Meter | undefined): number | null {
  return meter?.probe.state === "running" ? meter.probe.momentary_lufs : null;
}

/** How long something lasts, as a clock shows it. */
export function lasting(ms: number): string {
  const all = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number): string => String(value).padStart(2, "0");
  if (all < 60) return `${all} s`;
  const minutes = Math.floor(all / 60);
  if (minutes < 60) return `${minutes}:${two(all % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(all % 60)}`;
}
