// Pure rules of the studio's desk.
import type { Order, Signal, Talk, Track } from "./types.ts";

/** Something a person is about to do, shown before it is done. */
export type Plan = { kind: "put"; track: Track; talk: Talk | null } | { kind: "hold"; track: Track } | { kind: "auto"; track: Track } | { kind: "input"; track: Track; order: Order };

/** The command for a plan. */
export function commandOf(plan: Plan, conf: string, reason: string): { name: string; args: Record<string, unknown> } {
  const args: Record<string, unknown> = { conf, track: plan.track.slug };
  if (reason.trim() !== "" && plan.kind !== "auto") args["reason"] = reason.trim();
  if (plan.kind === "input") args["order"] = plan.order;
  if (plan.kind === "put") args["talk"] = plan.talk?.id ?? null;
  return { name: `studio.${plan.kind}`, args };
}

/** What may be wanted of a track's inputs, without what is wanted already. */
export function orders(track: Track): Order[] {
  const all: Order[] = ["auto", "primary", "backup", "slate", "clips"];
  const { order: present, has_slate, has_clips } = track.output;
  return all.filter((order) => order !== present && (order !== "slate" || has_slate) && (order !== "clips" || has_clips));
}

/** What the key of the clips means: play them, or let the server choose again where they were wanted. */
export function clipsOrder(track: Track): Order | null {
  if (track.output.order === "clips") return "auto";
  return track.output.has_clips ? "clips" : null;
}

/** Seconds between key frames above which viewers join slowly. */
const KEY_INTERVAL_MAX_S = 4;

/** What is wrong with a signal that arrives, by the keys of its sentences. */
export function complaints(signal: Signal): string[] {
  if (signal.state !== "receiving") return [];
  const found: string[] = [];
  if (signal.audio === null) found.push("studio-no-sound");
  if (signal.video === null) found.push("studio-no-picture");
  if ((signal.key_interval_s ?? 0) > KEY_INTERVAL_MAX_S) found.push("studio-slow-keys");
  return found;
}

/** How well a signal is: what a glance must tell. A low rate alone is no fault: slides that stand still need little. */
export function health(signal: Signal): "good" | "weak" | "bad" | "none" {
  if (signal.state === "none") return "none";
  if (signal.state !== "receiving") return "bad";
  if ((signal.fps ?? 25) < 15 || complaints(signal).length > 0) return "weak";
  return "good";
}

/** Talks for the chooser: those that match, this track's first, then by distance from now. */
export function choices(talks: readonly Talk[], query: string, track: string, now: number, everywhere: boolean): Talk[] {
  const wanted = query.trim().toLocaleLowerCase();
  const distance = (talk: Talk): number => (talk.starts_at ? Math.abs(Date.parse(talk.starts_at) - now) : Number.MAX_SAFE_INTEGER);
  return talks
    .filter((talk) => (everywhere || wanted !== "" || talk.track === track) && `${talk.title} ${talk.people ?? ""}`.toLocaleLowerCase().includes(wanted))
    .sort((a, b) => Number(b.track === track) - Number(a.track === track) || distance(a) - distance(b));
}

/** Megabits as people say them. */
export function bitrateOf(bitrateBps: number | null | undefined): string {
  if (!bitrateBps) return "–";
  return bitrateBps >= 1_000_000 ? `${(bitrateBps / 1_000_000).toFixed(1)} Mbit/s` : `${Math.round(bitrateBps / 1000)} kbit/s`;
}
