// What can be decided without a camera or a network.

export type Phase = "idle" | "asking" | "ready" | "connecting" | "live" | "waiting" | "stopped";

/** Why it does not go on, by the word of its sentence: `studio-golive-trouble-…`. */
export type Trouble = "denied" | "no-device" | "in-use" | "insecure" | "no-h264" | "busy" | "signed-out" | "forbidden" | "off" | "refused" | "unreachable" | "lost" | "source-ended";

export const PICTURE = { bitrate: 2_500_000, fps: 30 } as const;
export const SOUND = { bitrate: 128_000 } as const;
/** What picture, sound and their wrapping need, with room for what else the line carries. */
export const NEEDED_BPS = (PICTURE.bitrate + SOUND.bitrate) * 1.3;

/** What the browser says when it gives no camera or microphone. */
export function troubleOf(error: unknown): Trouble {
  switch ((error as { name?: string } | null)?.name) {
    case "NotAllowedError":
    case "SecurityError":
      return "denied";
    case "NotFoundError":
    case "OverconstrainedError":
      return "no-device";
    default:
      return "in-use";
  }
}

/** What an answer of the server means; `again` says whether trying again can help. */
export function refusalOf(status: number): { trouble: Trouble; again: boolean } {
  switch (status) {
    case 409:
      return { trouble: "busy", again: true };
    case 401:
      return { trouble: "signed-out", again: false };
    case 403:
      return { trouble: "forbidden", again: false };
    case 404:
      return { trouble: "off", again: false };
    case 422:
      return { trouble: "no-h264", again: false };
    default:
      return status >= 500 || status === 408 || status === 429 ? { trouble: "unreachable", again: true } : { trouble: "refused", again: false };
  }
}

/** How long to wait before the `attempt`th try (from 1): longer each time, and never all at the same moment. */
export function pauseMs(attempt: number, random: number): number {
  const longest = Math.min(10_000, 500 * 2 ** Math.min(attempt, 10));
  return Math.round(longest * (0.6 + 0.4 * random));
}

export interface Capability {
  mimeType: string;
  sdpFmtpLine?: string;
}

/** H.264 first, with the profile that everything decodes before others; what repairs losses stays; nothing else. */
export function preferred<Codec extends Capability>(codecs: Codec[]): Codec[] {
  const kind = (codec: Codec): string => codec.mimeType.toLowerCase();
  const rank = (codec: Codec): number => {
    const line = codec.sdpFmtpLine ?? "";
    return (line.includes("packetization-mode=1") ? 0 : 2) + (/profile-level-id=42e0/i.test(line) ? 0 : 1);
  };
  const h264 = codecs.filter((codec) => kind(codec) === "video/h264").sort((a, b) => rank(a) - rank(b));
  if (h264.length === 0) return [];
  return [...h264, ...codecs.filter((codec) => kind(codec) === "video/rtx")];
}

export interface Network {
  /** Milliseconds there and back. */
  round_trip_ms: number;
  upload_bps: number;
  verdict: "good" | "tight" | "poor";
}

/** What a measured link is good for. */
export function judge(round_trips_ms: number[], bytes: number, took_ms: number): Network {
  const sorted = [...round_trips_ms].sort((a, b) => a - b);
  const round_trip_ms = sorted[Math.floor(sorted.length / 2)] ?? 0;
  // The first round trip of the upload carries no bytes.
  const upload_bps = (bytes * 8000) / Math.max(1, took_ms - round_trip_ms);
  const verdict = upload_bps < NEEDED_BPS || round_trip_ms > 500 ? "poor" : upload_bps < 2 * NEEDED_BPS || round_trip_ms > 250 ? "tight" : "good";
  return { round_trip_ms, upload_bps, verdict };
}

/** Decibels below full scale of samples between -1 and 1. */
export function decibels(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const mean = Math.sqrt(sum / Math.max(1, samples.length));
  return mean > 0 ? Math.max(-90, 20 * Math.log10(mean)) : -90;
}

/** How loud that is: what a person should hear about it. */
export function loudness(db: number): "silent" | "quiet" | "good" | "loud" {
  return db < -60 ? "silent" : db < -40 ? "quiet" : db > -6 ? "loud" : "good";
}

const ICE = ["a=ice-ufrag:", "a=ice-pwd:"] as const;

/** What an offer says about its transport alone, to be sent where a session is to go on by another network (RFC 8840). */
export function fragmentOf(offer: string): string {
  const lines = offer.split(/\r?\n/);
  const found = ICE.map((start) => lines.find((line) => line.startsWith(start)));
  return found.every((line) => line !== undefined) ? `${found.join("\r\n")}\r\n` : "";
}

/** An answer with the transport that the server tells in a fragment; null where it tells none. */
export function renewed(answer: string, fragment: string): string | null {
  const told = fragment.split(/\r?\n/);
  const values = ICE.map((start) => told.find((line) => line.startsWith(start)));
  if (values.some((line) => line === undefined)) return null;
  const candidates = told.filter((line) => line.startsWith("a=candidate:"));
  let placed = false;
  const lines = answer.split(/\r?\n/).flatMap((line) => {
    const place = ICE.findIndex((start) => line.startsWith(start));
    if (place >= 0) return [values[place] as string];
    if (!line.startsWith("a=candidate:")) return [line];
    // One place holds them all: the media share one transport.
    if (placed) return [];
    placed = true;
    return candidates;
  });
  return lines.join("\r\n");
}
