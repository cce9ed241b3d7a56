// The picture: hls.js behind our own controls. It tries for ever, says in words why there is nothing to see, and stays one and the same
// video element through track switches and server restarts, so that sound, volume and full screen survive.
//
// Controls are ours and not media-chrome's because its elements bring <style> elements, which the content security policy forbids.
import Hls, { type ErrorData, type HlsConfig } from "hls.js/light";
import { recall, remember } from "../lib/memory.ts";
import { Calm, STEP_S } from "./calm.ts";
import { codeOf, delayOf, sentenceOf, type Code, type Trouble } from "./trouble.ts";

export interface Quality {
  index: number;
  height: number;
  bitrate: number;
}

const TICK_MS = 200;
/** A picture that stands still this long is waiting, and this long is trouble worth a sentence. */
const STALL_MS = 900;
const TROUBLE_MS = 2_500;
/** A standing picture without any error from below is helped after this, again and again. */
const HELP_MS = 6_000;
/** Further than this behind the target, a viewer who wanted live is brought back by a jump instead of by faster playing. */
const CATCH_UP_MAX_S = 5;
/** Further than this behind the live edge counts as watching the past. */
const BEHIND_S = 6;
/**
 * Every so many attempts the player is built anew, for what gentler ways do not heal. Rarely for a lost network: what is kept then goes on
 * where it stood, on the same time line.
 */
const REBUILD_AFTER = 3;
const REBUILD_NETWORK_AFTER = 8;

export class Player {
  paused = $state(true);
  /** The picture moves. */
  moving = $state(false);
  /** Somebody wants a picture and it does not move yet. */
  waiting = $state(false);
  trouble = $state.raw<Trouble | null>(null);
  volume = $state(1);
  muted = $state(false);
  /** Sound is off only because the browser asked for a gesture. */
  soundBlocked = $state(false);
  /** Not even a muted picture may start by itself. */
  startBlocked = $state(false);
  qualities = $state.raw<Quality[]>([]);
  /** Chosen quality, −1 for automatic; and what is shown. */
  quality = $state(-1);
  shownHeight = $state(0);
  /** Seconds on the video's own time line. */
  position = $state(0);
  start = $state(0);
  edge = $state(0);
  /** Seconds between the encoder's now and the picture. */
  delay = $state<number | null>(null);
  /** The moment of the picture, by the playlist's program date time. */
  playhead = $state<number | null>(null);
  atLive = $state(true);
  url = $state<string | null>(null);
  /** The server says there is a picture: only then is standing still the player's trouble. */
  expected = $state(false);

  readonly #silent: boolean;
  #video: HTMLVideoElement | null = null;
  #hls: Hls | null = null;
  #wantsPlay = true;
  #wantsLive = true;
  #resumeAt: number | null = null;
  #lastPosition = -1;
  #movedAt = 0;
  #helpedAt = 0;
  #attempt = 0;
  #cause: { code: Code; at: number } | null = null;
  #calm = new Calm(performance.now());
  #retry: ReturnType<typeof setTimeout> | undefined;
  #tick: ReturnType<typeof setInterval> | undefined;
  #level = recall("quality", { height: 0 }).height;

  /** `silent`: a monitor among many, always muted. */
  constructor(options: { silent?: boolean } = {}) {
    this.#silent = options.silent ?? false;
  }

  attach(video: HTMLVideoElement): () => void {
    this.#video = video;
    const sound = recall("sound", { volume: 1, muted: false });
    video.volume = Math.min(1, Math.max(0, sound.volume));
    video.muted = sound.muted || this.#silent;
    this.#readSound();
    const listen = (name: string, run: () => void): void => video.addEventListener(name, run);
    listen("play", () => {
      this.paused = false;
      this.#wantsPlay = true;
    });
    // Also headphones, the picture-in-picture window and the lock screen pause: that is somebody's wish like any other.
    listen("pause", () => {
      this.paused = true;
      if (!video.ended) this.#wantsPlay = false;
    });
    listen("volumechange", () => this.#readSound());
    listen("error", () => this.#failed(codeOf("mediaError", video.error?.code === 2 ? "fragLoadError" : "mediaError")));
    this.#tick = setInterval(() => this.#look(), TICK_MS);
    const online = (): void => this.#again();
    addEventListener("online", online);
    if (this.#hls) {
      this.#hls.attachMedia(video);
      if (this.#wantsPlay) void this.#start();
    } else if (this.url) this.#build();
    return () => {
      clearInterval(this.#tick);
      removeEventListener("online", online);
      this.#teardown();
      this.#video = null;
    };
  }

  /** Shows another picture, at `moment` if that is still kept, else live; null: none. The playlists are on their way before there is an element. */
  load(url: string | null, moment: number | null = null): void {
    if (url === this.url) return;
    this.url = url;
    this.#resumeAt = moment;
    this.#wantsLive = moment === null;
    this.#attempt = 0;
    this.trouble = null;
    this.#cause = null;
    this.#teardown();
    if (url) this.#build();
  }

  /** The server says that the picture is back: no reason to wait for the next attempt. */
  nudge(): void {
    if (this.url && this.#wantsPlay && performance.now() - this.#movedAt > STALL_MS) this.#help(false);
  }

  /** Somebody presses play: after a pause the picture goes on where it was left, however far that is behind by now. */
  play(): void {
    if (this.edge > 0 && this.#livePosition() - this.position > CATCH_UP_MAX_S) this.#wantsLive = false;
    void this.#start();
  }

  async #start(): Promise<void> {
    const video = this.#video;
    if (!video) return;
    this.#wantsPlay = true;
    try {
      await video.play();
      this.startBlocked = false;
    } catch (error) {
      if (!(error instanceof DOMException) || error.name !== "NotAllowedError") return;
      if (video.muted) {
        this.startBlocked = true;
        return;
      }
      this.soundBlocked = true;
      video.muted = true;
      await this.#start();
    }
  }

  pause(): void {
    this.#wantsPlay = false;
    this.#video?.pause();
  }

  toggle(): void {
    if (this.paused) this.play();
    else this.pause();
  }

  setVolume(volume: number): void {
    const video = this.#video;
    if (!video) return;
    video.volume = Math.min(1, Math.max(0, volume));
    if (volume > 0) this.setMuted(false);
    remember("sound", { volume: video.volume, muted: video.muted });
  }

  setMuted(muted: boolean): void {
    const video = this.#video;
    if (!video) return;
    video.muted = muted;
    if (!muted && video.volume === 0) video.volume = 0.5;
    this.soundBlocked = false;
    remember("sound", { volume: video.volume, muted });
  }

  seek(to: number): void {
    const video = this.#video;
    if (!video || this.edge <= this.start) return;
    const live = this.#livePosition();
    const target = Math.min(Math.max(to, this.start + 0.5), live);
    this.#wantsLive = target > live - 2;
    video.currentTime = target;
    this.#look();
  }

  seekBy(seconds: number): void {
    this.seek(this.position + seconds);
  }

  goLive(): void {
    this.#wantsLive = true;
    if (this.#video && this.edge > 0) this.#video.currentTime = this.#livePosition();
    void this.#start();
  }

  choose(quality: number): void {
    const hls = this.#hls;
    if (!hls) return;
    hls.nextLevel = quality;
    this.quality = quality;
    this.#level = quality < 0 ? 0 : (this.qualities.find((other) => other.index === quality)?.height ?? 0);
    remember("quality", { height: this.#level });
  }

  /** The moment at a place of the time line, for its label. */
  momentAt(position: number): number | null {
    return this.playhead === null ? null : this.playhead + (position - this.position) * 1000;
  }

  #build(): void {
    const video = this.#video;
    const url = this.url;
    if (!url) return;
    this.#movedAt = performance.now();
    this.#helpedAt = this.#movedAt;
    // hls.js first: Chromium says "maybe" to HLS and then plays it with seven seconds of delay.
    if (Hls.isSupported()) this.#buildHls(video, url);
    else if (!video) return;
    else if (video.canPlayType("application/vnd.apple.mpegurl")) {
      video.src = url;
      void this.#start();
    } else this.#failed("M-DEV-1");
  }

  #buildHls(video: HTMLVideoElement | null, url: string): void {
    const hls = new Hls(config(this.#silent));
    this.#hls = hls;
    this.#calm = new Calm(performance.now());
    hls.on(Hls.Events.MANIFEST_PARSED, () => {
      this.qualities = hls.levels.map((level, index) => ({ index, height: level.height, bitrate: level.bitrate })).sort((a, b) => b.height - a.height);
      const kept = this.qualities.find((quality) => quality.height === this.#level);
      this.quality = kept && this.qualities.length > 1 ? kept.index : -1;
      if (this.quality >= 0) hls.nextLevel = this.quality;
      if (this.#wantsPlay) void this.#start();
    });
    hls.on(Hls.Events.LEVEL_SWITCHED, (_, data) => (this.shownHeight = hls.levels[data.level]?.height ?? 0));
    hls.on(Hls.Events.ERROR, (_, data) => this.#error(data));
    if (video) hls.attachMedia(video);
    hls.loadSource(url);
  }

  #teardown(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#hls?.destroy();
    this.#hls = null;
    const video = this.#video;
    if (video?.getAttribute("src")) {
      video.removeAttribute("src");
      video.load();
    }
    this.moving = false;
    this.playhead = null;
    this.delay = null;
    this.#lastPosition = -1;
    this.start = this.edge = this.position = 0;
  }

  #error(data: ErrorData): void {
    const code = codeOf(data.type, data.details);
    this.#cause = { code, at: performance.now() };
    if (data.details === Hls.ErrorDetails.BUFFER_STALLED_ERROR) this.#calm.stalled(performance.now());
    if (data.fatal) this.#failed(code);
  }

  /** Nothing more comes from below by itself: try again, first gently, then from the beginning, without end. */
  #failed(code: Code): void {
    this.#cause = { code, at: performance.now() };
    if (code === "M-DEV-1") {
      this.trouble = { code, sentence: sentenceOf(code), attempt: 0 };
      return;
    }
    if (this.#retry !== undefined) return;
    this.#retry = setTimeout(() => this.#again(), delayOf(this.#attempt, Math.random()));
  }

  #again(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    if (!this.url || !this.#video) return;
    this.#attempt += 1;
    const network = this.#cause?.code.startsWith("M-NET") ?? false;
    this.#help(this.#attempt % (network ? REBUILD_NETWORK_AFTER : REBUILD_AFTER) === 0);
  }

  #help(anew: boolean): void {
    this.#helpedAt = performance.now();
    const hls = this.#hls;
    const code = this.#cause?.code;
    const media = code === "M-DEC-1" || code === "M-DEC-2";
    if (!hls || hls.levels.length === 0 || anew) {
      this.#hls?.destroy();
      this.#hls = null;
      this.#build();
    } else if (media) hls.recoverMediaError();
    else hls.startLoad(-1);
    if (this.#wantsPlay) void this.#start();
  }

  #readSound(): void {
    if (!this.#video) return;
    this.volume = this.#video.volume;
    this.muted = this.#video.muted;
  }

  #livePosition(): number {
    const sync = this.#hls?.liveSyncPosition;
    return sync && Number.isFinite(sync) ? sync : Math.max(this.start, this.edge - 2);
  }

  #readWindow(video: HTMLVideoElement): void {
    const hls = this.#hls;
    const details = hls?.levels[Math.max(0, hls.currentLevel)]?.details;
    if (details?.fragments[0]) {
      this.start = details.fragments[0].start;
      this.edge = details.edge;
    } else if (!hls && video.seekable.length > 0) {
      this.start = video.seekable.start(0);
      this.edge = video.seekable.end(video.seekable.length - 1);
    }
  }

  #readMoment(video: HTMLVideoElement): void {
    const native = video as HTMLVideoElement & { getStartDate?: () => Date };
    const began = native.getStartDate?.().getTime();
    const date = this.#hls ? this.#hls.playingDate?.getTime() : began === undefined || Number.isNaN(began) ? undefined : began + video.currentTime * 1000;
    this.playhead = date ?? null;
    const latency = this.#hls?.latency;
    this.delay = latency !== undefined && latency > 0 ? latency : this.edge > 0 ? Math.max(0, this.edge - video.currentTime) : null;
  }

  /** Looks at the picture: does it move, where is it, does it need help. */
  #look(): void {
    const video = this.#video;
    if (!video) return;
    const now = performance.now();
    this.#readWindow(video);
    this.#readMoment(video);
    this.position = video.currentTime;
    const behind = this.#livePosition() - video.currentTime;
    this.atLive = this.edge === 0 || behind < BEHIND_S;
    if (video.currentTime !== this.#lastPosition && !video.paused && video.readyState >= 2) {
      if (this.#lastPosition >= 0) this.#well(now);
      this.#lastPosition = video.currentTime;
    }
    const standing = now - this.#movedAt;
    this.moving = !video.paused && !!this.url && standing < STALL_MS && this.#lastPosition >= 0;
    this.waiting = !!this.url && this.#wantsPlay && !this.startBlocked && standing >= STALL_MS;
    if (!this.url || !this.#wantsPlay || this.startBlocked) {
      this.#movedAt = now;
      return;
    }
    this.#resume(video);
    if (this.#wantsLive && this.moving && behind > CATCH_UP_MAX_S) video.currentTime = this.#livePosition();
    this.#comeCloser(now);
    this.#judge(now, standing);
  }

  /** After a track switch: the same moment as on the other track, once the window is known. */
  #resume(video: HTMLVideoElement): void {
    if (this.#resumeAt === null || this.playhead === null || this.edge === 0) return;
    const target = video.currentTime + (this.#resumeAt - this.playhead) / 1000;
    this.#resumeAt = null;
    if (target > this.start && target < this.edge) video.currentTime = target;
    else this.#wantsLive = true;
  }

  /** Gives back, step by step, the delay that earlier stalls cost. */
  #comeCloser(now: number): void {
    const hls = this.#hls;
    const target = hls?.targetLatency;
    const least = hls?.levels[Math.max(0, hls.currentLevel)]?.details?.partHoldBack ?? 0;
    if (!hls || !target || !this.moving) return;
    const closer = this.#calm.lower(now, target, least);
    if (closer !== null) hls.targetLatency = closer;
  }

  #well(now: number): void {
    this.#movedAt = now;
    this.#attempt = 0;
    if (this.trouble && this.trouble.code !== "M-DEV-1") this.trouble = null;
  }

  #judge(now: number, standing: number): void {
    if (this.trouble?.code === "M-DEV-1") return;
    if (!this.expected) {
      // The slate says what is going on; keep listening quietly.
      this.trouble = null;
      if (now - this.#helpedAt > HELP_MS * 2) this.#again();
      return;
    }
    if (standing > TROUBLE_MS) {
      const recent = this.#cause && now - this.#cause.at < 20_000 ? this.#cause.code : "M-BUF-1";
      const code: Code = navigator.onLine ? recent : "M-NET-0";
      if (this.trouble?.code !== code || this.trouble.attempt !== this.#attempt) this.trouble = { code, sentence: sentenceOf(code), attempt: this.#attempt };
    }
    if (standing > HELP_MS && now - this.#helpedAt > HELP_MS && this.#retry === undefined) this.#again();
  }
}

function config(small: boolean): Partial<HlsConfig> {
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
    lowLatencyMode: true,
    maxLiveSyncPlaybackRate: 1.3,
    liveSyncOnStallIncrease: STEP_S,
    // Parts come ready to append: there is nothing for a worker to do, and without one the policy needs no blob: for scripts.
    enableWorker: false,
    startFragPrefetch: true,
    testBandwidth: false,
    backBufferLength: small ? 4 : 60,
    maxBufferLength: small ? 6 : 20,
    capLevelToPlayerSize: small,
    manifestLoadPolicy: policy(8_000, 2),
    playlistLoadPolicy: policy(12_000, 8),
    fragLoadPolicy: policy(8_000, 6),
  };
}
