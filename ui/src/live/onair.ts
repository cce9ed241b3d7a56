// What the page says about the picture: pure functions of the descriptor and of the moment that the viewer sees.
import type { Descriptor, Entry, State } from "./types.ts";

/** What was on air at `moment`: the last entry that had begun. Before all of them the first, because a title beats a riddle. */
export function entryAt(entries: readonly Entry[], moment: number): Entry | null {
  let found: Entry | null = null;
  for (const entry of entries) {
    if (Date.parse(entry.at) > moment) break;
    found = entry;
  }
  return found ?? entries[0] ?? null;
}

/** The talk whose chat belongs to `moment`: in a break still the one before. */
export function talkAt(entries: readonly Entry[], moment: number): string | null {
  let found: string | null = null;
  for (const entry of entries) {
    if (Date.parse(entry.at) > moment && found) break;
    found = entry.talk ?? found;
  }
  return found;
}

/** What comes after the entry shown, as the viewer sees it: somebody who watches ten minutes behind has not seen the change yet. */
export function nextAfter(descriptor: Descriptor, shown: Entry | null): Entry | null {
  const place = shown ? descriptor.onair.indexOf(shown) : -1;
  const later = place >= 0 ? descriptor.onair[place + 1] : undefined;
  return later ?? descriptor.next;
}

export type Slate = Exclude<State, "live" | "clips"> | null;

/** Whether the server sends something that moves: a picture, or what it plays in its place. */
export function moves(state: State): boolean {
  return state === "live" || state === "slate" || state === "clips";
}

/** Whether a track's picture is expected back soon: then the player stays where it is, so that its time line goes on. */
export function expectedBack(state: State): boolean {
  return moves(state) || state === "interrupted" || state === "preparing";
}

/**
 * What stands in place of the picture, or null. While a picture still moves it is not covered: it is behind what the server knows,
 * and the viewer sees the end in time.
 */
export function slate(descriptor: Descriptor, moving: boolean, atLive = true): Slate {
  const { state } = descriptor;
  // Clips speak for themselves; before they move there is nothing to say either.
  if (state === "clips") return null;
  // A slate with words of its own needs none over it, a neutral one does. Who watches further back sees what was shown then.
  if (state === "slate") return (atLive && !descriptor.titled) || !moving ? "slate" : null;
  if (state === "live" || (moving && (descriptor.playback !== null || expectedBack(state)))) return null;
  return state;
}

/** Milliseconds left of an entry, negative when it runs over; null when it has no end. */
export function leftOf(entry: Entry | null, moment: number): number | null {
  return entry?.ends_at ? Date.parse(entry.ends_at) - moment : null;
}

/** The part of an entry that is over, 0 to 1. */
export function doneOf(entry: Entry | null, moment: number): number {
  if (!entry?.ends_at) return 0;
  const from = Date.parse(entry.at);
  const span = Date.parse(entry.ends_at) - from;
  return span > 0 ? Math.min(1, Math.max(0, (moment - from) / span)) : 0;
}
