// What the studio gets from the server: the topic `studio/{conf}`, see docs/realtime.md.
import type { Entry } from "../live/types.ts";

export type Mode = "auto" | "manual" | "hold";
export interface Signal {
  state: "none" | "receiving" | "silent" | "interrupted";
  since?: string | null;
  bitrate_bps?: number | null;
  fps?: number | null;
  width?: number | null;
  height?: number | null;
  peer?: string | null;
  video?: string | null;
  audio?: string | null;
  /** Seconds between key frames. */
  key_interval_s?: number | null;
  /** What the transport knows about the way. */
  way?: { rtt_ms: number | null; loss_percent: number | null; held_up_percent: number | null } | null;
}
export type Seat = "primary" | "backup";
export type Order = "auto" | Seat | "slate" | "clips";
export interface Input {
  seat: Seat;
  signal: Signal;
  has_key: boolean;
}
/** What viewers get, and who decides about it. */
export interface Output {
  on: "nothing" | Seat | "slate" | "clips";
  since: string;
  cause: string;
  order: Order;
  ordered: { name: string | null; at: string; reason: string } | null;
  has_slate: boolean;
  has_clips: boolean;
  /** The name of the clip or slate that plays. */
  playing: string | null;
}
export interface Track {
  slug: string;
  name: string;
  mode: Mode;
  onair: Entry | null;
  next: Entry | null;
  signal: Signal;
  output: Output;
  inputs: Input[];
  viewers: number;
  playback: { url: string } | null;
  /** The last change by a person. */
  changed?: { name: string | null; at: string; reason: string } | null;
  has_key?: boolean;
}
export interface StudioData {
  tracks: Track[];
}
export type StudioEvent = { kind: "track" } & Track;
export interface Talk {
  id: string;
  title: string;
  people?: string;
  starts_at: string | null;
  track: string | null;
}
export interface FirstState extends StudioData {
  conf: { slug: string; title: string; zone: string };
  talks: Talk[];
  locale?: "ja" | "en";
}
export interface HistoryEntry {
  at: string;
  from: string | null;
  to: string | null;
  mode: Mode;
  name?: string;
  reason?: string;
}
