// What the wall gets from the server: the topic `wall/{conf}`, see docs/realtime.md. Tracks come from `studio/{conf}`.
import type { Track } from "../studio/types.ts";

export type Severity = "critical" | "warning" | "notice";
export type Seat = "primary" | "backup";
export interface Alarm {
  track: string;
  code: string;
  severity: Severity;
  seat: Seat | null;
  since: string;
  acknowledged: { name: string; at: string } | null;
}
/** How well an input does; the server measures more than is shown here. */
export interface Health {
  bitrate_10s_bps: number;
  fps: number;
  expected_fps: number;
  key_interval_s: number;
  jitter_ms: number;
  longest_wait_ms: number;
  transport: Transport | null;
}
/** What the transport knows about the way from the encoder. */
export interface Transport {
  rtt_ms: number | null;
  loss_percent: number | null;
  held_up_percent: number | null;
}
/** An alarm of the past, or one that stands. */
export interface Past {
  id: string;
  track: string;
  code: string;
  severity: Severity;
  seat: Seat | null;
  raised_at: string;
  acknowledged: { name: string; at: string } | null;
  cleared_at: string | null;
}
export interface Input {
  seat: Seat;
  state: "idle" | "receiving" | "interrupted";
  since: string;
  peer: string | null;
  health: Health;
}
export interface Probe {
  state: "off" | "waiting" | "starting" | "running" | "failing";
  peak_dbfs: number | null;
  momentary_lufs: number | null;
  short_term_lufs: number | null;
  integrated_lufs: number | null;
}
export interface Meter {
  track: string;
  on: "nothing" | "primary" | "backup" | "slate" | "clips";
  inputs: Input[];
  probe: Probe;
}
export interface WallData {
  alarms: Alarm[];
  /** Whether this server listens and looks at all. */
  probes: "off" | "asking" | "missing" | "ready";
  meters: Record<string, Meter>;
  /** What happened lately, the newest first. */
  history: Past[];
}
export type WallEvent = { kind: "history"; history: Past[] } | { kind: "alarms"; alarms: Alarm[]; probes: WallData["probes"] } | ({ kind: "meter" } & Meter);
export interface FirstState {
  conf: { slug: string; title: string; zone: string };
  tracks: Track[];
  wall: WallData;
  locale?: "ja" | "en";
}
