// Why there is no picture, in words a person can pass on: a sentence (by key) and a short code.

/**
 * M-NET-0 offline, 1 multivariant playlist, 2 playlist, 3 segment or part; M-BUF-1 too slow; M-DEC-1 decoder, 2 buffer; M-DEV-1 cannot
 * at all; M-ACC-1 not allowed.
 */
export const CODES = ["M-NET-0", "M-NET-1", "M-NET-2", "M-NET-3", "M-BUF-1", "M-DEC-1", "M-DEC-2", "M-DEV-1", "M-ACC-1"] as const;
export type Code = (typeof CODES)[number];

export interface Trouble {
  code: Code;
  /** Key of the sentence. */
  sentence: string;
  /** How often it was tried again. */
  attempt: number;
  /** Nothing more is tried until somebody presses the button, or there is news; a browser that cannot looks for what it can by itself. */
  final: boolean;
}

/** The code for an error of hls.js; `status` is what the server answered. */
export function codeOf(type: string, details: string, status = 0): Code {
  if (status === 401 || status === 403) return "M-ACC-1";
  if (details.startsWith("manifest")) return details.includes("Incompatible") ? "M-DEV-1" : "M-NET-1";
  if (details.startsWith("level") || details.startsWith("audioTrack")) return "M-NET-2";
  if (details.startsWith("bufferStalled") || details.startsWith("bufferSeek") || details.startsWith("bufferNudge")) return "M-BUF-1";
  if (details === "bufferAddCodecError" || details === "bufferIncompatibleCodecsError") return "M-DEV-1";
  if (details.startsWith("buffer")) return "M-DEC-2";
  if (type === "networkError") return "M-NET-3";
  return "M-DEC-1";
}

/** The sentence for a code. */
export function sentenceOf(code: Code): string {
  switch (code) {
    case "M-NET-0":
      return "live-trouble-offline";
    case "M-NET-1":
    case "M-NET-2":
    case "M-NET-3":
      return "live-trouble-network";
    case "M-BUF-1":
      return "live-trouble-slow";
    case "M-DEC-1":
    case "M-DEC-2":
      return "live-trouble-decode";
    case "M-DEV-1":
      return "live-trouble-device";
    case "M-ACC-1":
      return "live-trouble-refused";
  }
}

/** What is said about a trouble. */
export function troubleOf(code: Code, attempt: number, final = false): Trouble {
  const sentence = final && code !== "M-DEV-1" && code !== "M-ACC-1" ? "live-trouble-given-up" : sentenceOf(code);
  return { code, sentence, attempt, final: final || code === "M-DEV-1" };
}

const FIRST_MS = 700;
const LONGEST_MS = 8_000;

/** When to try again for the n-th time; spread, because all viewers lose the server in the same instant. */
export function delayOf(attempt: number, random: number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 1.8 ** attempt) * (0.6 + 0.4 * random);
}

/** A picture that stands this long, after this many attempts, is not coming back by asking once more. */
export const GIVE_UP_MS = 120_000;
export const ATTEMPTS_MIN = 8;

/** Whether enough was tried: from then on a sentence and a button stand there instead of one more attempt. */
export function isSpent(standingMs: number, attempts: number): boolean {
  return standingMs >= GIVE_UP_MS && attempts >= ATTEMPTS_MIN;
}
