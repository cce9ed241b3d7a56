// What tells a player that its world has changed: it is online again, looked at again, on another network, or back from sleep.

export type Why = "online" | "visible" | "network" | "slept";

/** A timer that comes this much too late was not late: the machine slept. Hidden pages are called once a minute at worst. */
export const SLEPT_MS = 75_000;
/** The same while somebody looks at the page, where timers are punctual. */
export const SLEPT_SEEN_MS = 6_000;

/** Whether a timer that should come every `everyMs` and came after `gapMs` has been through a sleep. */
export function hasSlept(gapMs: number, everyMs: number, hidden: boolean): boolean {
  return gapMs - everyMs > (hidden ? SLEPT_MS : SLEPT_SEEN_MS);
}

interface Connection extends EventTarget {
  type?: string;
}

/** Calls `run` on each of these; returns what ends that. Sleep is noticed by whoever has a timer, by [`hasSlept`]. */
export function onWake(run: (why: Why) => void): () => void {
  const connection = (navigator as Navigator & { connection?: Connection }).connection;
  let network = connection?.type;
  const online = (): void => run("online");
  const visible = (): void => {
    if (document.visibilityState === "visible") run("visible");
  };
  // The event also tells every new estimate of the same link's speed; only another kind of link cuts what is under way.
  const changed = (): void => {
    if (connection?.type === network) return;
    network = connection?.type;
    if (navigator.onLine) run("network");
  };
  addEventListener("online", online);
  document.addEventListener("visibilitychange", visible);
  connection?.addEventListener("change", changed);
  return () => {
    removeEventListener("online", online);
    document.removeEventListener("visibilitychange", visible);
    connection?.removeEventListener("change", changed);
  };
}
