// What can be read off a video element and hls.js: the kept window, the moment of the picture, the numbers of a report.
import Hls from "hls.js/light";
import type { Sample, State } from "./truth.ts";

/** The kept window on the video's own time line, once it is known. */
export function windowOf(video: HTMLVideoElement, hls: Hls | null): { start: number; edge: number } | null {
  const details = hls?.levels[Math.max(0, hls.currentLevel)]?.details;
  if (details?.fragments[0]) return { start: details.fragments[0].start, edge: details.edge };
  if (hls || video.seekable.length === 0) return null;
  return { start: video.seekable.start(0), edge: video.seekable.end(video.seekable.length - 1) };
}

/** The delay that the server asks players to keep, seconds; 0 before that is known. `steady`: of those who play whole segments. */
export function leastDelay(hls: Hls, steady: boolean): number {
  const details = hls.levels[Math.max(0, hls.currentLevel)]?.details;
  return (steady ? details?.holdBack : details?.partHoldBack) ?? 0;
}

/** Whether a place of the time line can be shown without waiting. */
export function isBuffered(video: Pick<HTMLVideoElement, "buffered">, at: number): boolean {
  const { buffered } = video;
  return Array.from({ length: buffered.length }, (_, n) => n).some((n) => buffered.start(n) <= at && at < buffered.end(n));
}

/** The moment of the picture, by the playlist's program date time. */
export function momentOf(video: HTMLVideoElement, hls: Hls | null): number | null {
  if (hls) return hls.playingDate?.getTime() ?? null;
  const native = video as HTMLVideoElement & { getStartDate?: () => Date };
  const began = native.getStartDate?.().getTime();
  return began === undefined || Number.isNaN(began) ? null : began + video.currentTime * 1000;
}

/** Whether this browser can play what hls.js is about to give it. */
export function canPlay({ container, codec }: { container: string; codec?: string }): boolean {
  return !codec || (Hls.getMediaSource()?.isTypeSupported(`${container};codecs=${codec}`) ?? true);
}

/** The numbers of a report that are so at the moment. */
export function sampleOf(video: HTMLVideoElement | null, hls: Hls | null, known: { sta: State; latency: number | null; audioOnly: boolean }): Sample {
  const kbps = (bits: number | undefined): number | undefined => (bits && Number.isFinite(bits) ? Math.round(bits / 1000) : undefined);
  const ms = (seconds: number | null): number | undefined => (seconds === null ? undefined : Math.max(0, Math.round(seconds * 1000)));
  const buffered = video && video.buffered.length > 0 ? video.buffered.end(video.buffered.length - 1) - video.currentTime : null;
  return {
    sta: known.sta,
    ltc: ms(known.latency),
    bl: ms(buffered),
    br: kbps(hls?.levels[Math.max(0, hls.currentLevel)]?.bitrate),
    tb: kbps(hls?.levels.reduce((most, level) => Math.max(most, level.bitrate), 0)),
    mtp: kbps(hls?.bandwidthEstimate),
    pr: video?.playbackRate,
    dfa: video?.getVideoPlaybackQuality?.().droppedVideoFrames,
    bg: document.hidden,
    audio_only: known.audioOnly,
  };
}
