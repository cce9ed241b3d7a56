// How fast the past is played. Live has one speed: its own.
import { recall, remember } from "../lib/memory.ts";

export const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2] as const;

/** The next faster or slower speed, or the same at the end of the list. */
export function stepped(speed: number, by: 1 | -1): number {
  const at = SPEEDS.findIndex((known) => known >= speed - 0.001);
  return SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, (at < 0 ? SPEEDS.length - 1 : at) + by))] ?? 1;
}

/** Whether a speed can be had here: nothing can be played faster than it happens. */
export function isPossible(speed: number, live: boolean): boolean {
  return !live || speed <= 1;
}

/** The speed that this browser remembers for the past; anything odd in the storage is one. */
export function remembered(): number {
  const { speed } = recall("speed", { speed: 1 });
  return SPEEDS.some((known) => known === speed) ? speed : 1;
}

export function keep(speed: number): void {
  remember("speed", { speed });
}

/** "1×", "1.25×". */
export function speedText(speed: number): string {
  return `${speed}×`;
}
