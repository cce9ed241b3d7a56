// Pure rules of the page of slates and clips.

export interface SlateState {
  id: string;
  stage: "waiting" | "working" | "ready" | "refused";
  /** Percent of the work on it. */
  done: number;
}

/** Whether something is still to become of a film. */
export function busy(slate: SlateState): boolean {
  return slate.stage === "waiting" || slate.stage === "working";
}

/** Whole percent; all of it only when all of it is there. */
export function percentOf(loaded: number, total: number): number {
  if (total <= 0) return 0;
  return Math.min(100, Math.floor((loaded / total) * 100));
}
