// What the lock screen, headphones and the keyboard's media keys know of the picture.
import type { Player } from "./player.svelte.ts";

const STEP_S = 10;

/** Lets the system's controls act on the player. */
export function listenToSystem(player: Player): () => void {
  if (!("mediaSession" in navigator)) return () => {};
  const session = navigator.mediaSession;
  const on = (action: MediaSessionAction, run: MediaSessionActionHandler | null): void => {
    try {
      session.setActionHandler(action, run);
    } catch {
      // A browser that does not know this action.
    }
  };
  const actions: [MediaSessionAction, MediaSessionActionHandler][] = [
    ["play", () => player.play()],
    ["pause", () => player.pause()],
    ["stop", () => player.pause()],
    ["seekbackward", (details) => player.seekBy(-(details.seekOffset ?? STEP_S))],
    ["seekforward", (details) => player.seekBy(details.seekOffset ?? STEP_S)],
    ["seekto", (details) => details.seekTime !== undefined && player.seek(player.start + details.seekTime)],
  ];
  for (const [action, run] of actions) on(action, run);
  return () => {
    for (const [action] of actions) on(action, null);
    session.metadata = null;
  };
}

export interface Shown {
  title: string;
  artist: string;
  album: string;
}

/** Says what is played. */
export function tellSystem(shown: Shown): void {
  if (!("mediaSession" in navigator)) return;
  const artwork = [{ src: "/assets/icon.svg", sizes: "any", type: "image/svg+xml" }];
  navigator.mediaSession.metadata = new MediaMetadata({ ...shown, artwork });
}

/** Says where in the kept window the picture is. */
export function tellPosition(player: Pick<Player, "paused" | "start" | "edge" | "position" | "rate">): void {
  if (!("mediaSession" in navigator)) return;
  const session = navigator.mediaSession;
  session.playbackState = player.paused ? "paused" : "playing";
  const duration = player.edge - player.start;
  if (!(duration > 0)) return;
  const position = Math.min(duration, Math.max(0, player.position - player.start));
  try {
    session.setPositionState({ duration, position, playbackRate: player.rate || 1 });
  } catch {
    // Numbers from the middle of a seek: the next ones will do.
  }
}
