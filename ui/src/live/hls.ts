// How hls.js is set up.
import type { HlsConfig } from "hls.js/light";
import { STEP_S } from "./calm.ts";
import { under } from "./pass.ts";

/** Close to live, playing this much faster brings a viewer back without a jump. */
export const CATCH_UP_RATE = 1.3;

/** `small`: a monitor among many. `steady`: whole segments instead of parts. `prefix`: what stands before the media's addresses at the moment. */
export function config(small: boolean, steady: boolean, prefix: () => string): Partial<HlsConfig> {
  // Own delays differ from viewer to viewer, so that a restarted server is not asked by all of them in the same instant.
  const retryDelayMs = 250 + Math.random() * 350;
  const policy = (firstByteMs: number, tries: number): HlsConfig["playlistLoadPolicy"] => ({
    default: {
      maxTimeToFirstByteMs: firstByteMs,
      maxLoadTimeMs: 20_000,
      timeoutRetry: { maxNumRetry: tries, retryDelayMs: 0, maxRetryDelayMs: 0 },
      errorRetry: { maxNumRetry: tries, retryDelayMs, maxRetryDelayMs: 2_000, backoff: "linear" },
    },
  });
  return {
    lowLatencyMode: !steady,
    maxLiveSyncPlaybackRate: CATCH_UP_RATE,
    liveSyncOnStallIncrease: STEP_S,
    // Parts come ready to append: there is nothing for a worker to do, and without one the policy needs no blob: for scripts.
    enableWorker: false,
    startFragPrefetch: true,
    // The first part that begins with a key frame is a picture; those up to the live position would be waited for.
    startOnSegmentBoundary: true,
    testBandwidth: false,
    backBufferLength: small ? 4 : 60,
    maxBufferLength: small ? 6 : 20,
    capLevelToPlayerSize: small,
    manifestLoadPolicy: policy(8_000, 2),
    playlistLoadPolicy: policy(12_000, 8),
    fragLoadPolicy: policy(8_000, 6),
    // Playlists name their pieces relative to themselves, so an old prefix lives on in what was read a while ago.
    xhrSetup: (xhr, url) => {
      const now = under(prefix(), url);
      if (now !== url) xhr.open("GET", now, true);
    },
  };
}
