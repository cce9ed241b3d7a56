// "Is it me or the stream?": the viewer's own link, measured from here, against the track's health as the server knows it.
import type { Code } from "./trouble.ts";
import type { State } from "./types.ts";

/** The viewer's link to the server. */
export interface Link {
  online: boolean;
  /** The page's connection for chat and changes stands. */
  socket: boolean;
  /** Small requests that were answered, and that were not. */
  answered: number;
  lost: number;
  /** Median of their round trips. */
  rttMs: number | null;
  kbps: number | null;
  /** The server answered that this viewer may not watch. */
  refused: boolean;
}

/** The track, as the server knows it. */
export interface Health {
  state: State;
  /** Since the newest part. */
  media_age_ms: number | null;
  bitrate_bps: number;
  /** Viewers who reported lately, and how many of them have trouble. */
  reporting: number;
  troubled: number;
}

/** The picture here. */
export interface Seen {
  moving: boolean;
  /** Somebody wants it to move. */
  wanted: boolean;
  code: Code | null;
  /** Part of the frames that were dropped, 0 to 1. */
  dropped: number;
}

export const VERDICTS = ["fine", "offline", "unreachable", "refused", "off", "stream", "many", "browser", "slow", "lossy", "reload"] as const;
export type Verdict = (typeof VERDICTS)[number];
export type Side = "fine" | "network" | "stream" | "server" | "browser";

/** Newer than this, a part says that the stream flows. */
const FRESH_MS = 5_000;
/** Room above the stream's own rate that its peaks need. */
export const HEADROOM = 1.2;
const RTT_MAX_MS = 900;
const LOST_MAX = 0.2;
const DROPPED_MAX = 0.2;
/** So many viewers, and such a part of them, in trouble at once are not each at home with a bad network. */
const MANY_MIN = 3;
const MANY_PART = 0.3;

/** Whose fault it is, most certain causes first. */
export function judge(link: Link, health: Health | null, seen: Seen): Verdict {
  if (!link.online) return "offline";
  if (link.refused) return "refused";
  if (link.answered === 0 || !health) return "unreachable";
  if (health.state === "interrupted") return "stream";
  if (health.state !== "live") return "off";
  if (health.media_age_ms === null || health.media_age_ms > FRESH_MS) return "stream";
  if (seen.code === "M-DEV-1" || seen.code === "M-DEC-1" || seen.code === "M-DEC-2" || seen.dropped > DROPPED_MAX) return "browser";
  if (health.reporting >= MANY_MIN && health.troubled / health.reporting >= MANY_PART) return "many";
  if (link.kbps !== null && link.kbps < (health.bitrate_bps / 1000) * HEADROOM) return "slow";
  const asked = link.answered + link.lost;
  if (link.lost / asked > LOST_MAX || (link.rttMs ?? 0) > RTT_MAX_MS || !link.socket) return "lossy";
  return seen.moving || !seen.wanted ? "fine" : "reload";
}

/** Who has to do something about it. */
export function sideOf(verdict: Verdict): Side {
  switch (verdict) {
    case "fine":
      return "fine";
    case "offline":
    case "slow":
    case "lossy":
      return "network";
    case "off":
    case "stream":
      return "stream";
    case "many":
    case "unreachable":
    case "refused":
      return "server";
    case "browser":
    case "reload":
      return "browser";
  }
}

export function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return null;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? null) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** Where a track's health is asked for. */
export function healthAddress(conf: string, track: string): string {
  return `/api/v2/conferences/${encodeURIComponent(conf)}/tracks/${encodeURIComponent(track)}/health`;
}

/** The track's health, once; null: it cannot be had. */
export async function healthAt(address: string, fetcher: typeof fetch = fetch): Promise<Health | null> {
  try {
    const answer = await fetcher(address, { cache: "no-store", signal: AbortSignal.timeout(TRY_MAX_MS) });
    return answer.ok ? ((await answer.json()) as Health) : null;
  } catch {
    return null;
  }
}

const TRIES = 5;
const TRY_MAX_MS = 4_000;
export const PROBE_BYTES = 384 * 1024;
const PROBE_MAX_MS = 6_000;

/** Asks for the track's health a few times, which is the round trip too, then for an object that is large enough to tell a rate. */
export async function measure(health: string, progress: (part: number) => void, fetcher: typeof fetch = fetch): Promise<{ link: Omit<Link, "online" | "socket">; health: Health | null }> {
  const trips: number[] = [];
  let [lost, refused] = [0, false];
  let known: Health | null = null;
  for (let i = 0; i < TRIES; i += 1) {
    const begun = performance.now();
    try {
      const answer = await fetcher(health, { cache: "no-store", signal: AbortSignal.timeout(TRY_MAX_MS) });
      if (answer.status === 401 || answer.status === 403) refused = true;
      else if (!answer.ok) throw new Error(`${answer.status}`);
      else known = (await answer.json()) as Health;
      trips.push(performance.now() - begun);
    } catch {
      lost += 1;
    }
    progress(((i + 1) / TRIES) * 0.5);
    // Without any answer the rest would only take time.
    if (lost >= 2 && trips.length === 0) break;
  }
  // The first one may have had to open the connection.
  const settled = trips.length > 2 ? trips.slice(1) : trips;
  const kbps = trips.length > 0 && !refused ? await rate(fetcher) : null;
  progress(1);
  return { link: { answered: trips.length, lost, refused, rttMs: median(settled), kbps }, health: known };
}

/** Kilobits per second, from as much of the object as comes in time. */
async function rate(fetcher: typeof fetch): Promise<number | null> {
  const begun = performance.now();
  let [first, bytes] = [0, 0];
  try {
    const answer = await fetcher(`/api/v2/link?bytes=${PROBE_BYTES}`, { cache: "no-store", signal: AbortSignal.timeout(PROBE_MAX_MS) });
    if (!answer.ok || !answer.body) return null;
    const reader = answer.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      first ||= performance.now();
      bytes += value.byteLength;
    }
  } catch {
    // Cut off by its time: what has come says how fast.
  }
  const took = Math.max(1, performance.now() - Math.min(begun, first || begun));
  return bytes === 0 ? 0 : Math.round((bytes * 8) / took);
}
