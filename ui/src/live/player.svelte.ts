// The picture: hls.js behind our own controls. It tries again by itself, says in words why there is nothing to see, asks for help when trying
// is of no use, and stays one and the same video element through track switches and server restarts, so that sound, volume and full screen
// survive.
//
// Controls are ours and not media-chrome's because its elements bring <style> elements, which the content security policy forbids.
import Hls, { type ErrorData } from "hls.js/light";
import { recall, remember } from "../lib/memory.ts";
import { Calm } from "./calm.ts";
import type { Seen } from "./check.ts";
import { config } from "./hls.ts";
import { Marks } from "./marks.ts";
import { alignByNumbers } from "./numbers.ts";
import { Pace } from "./pace.svelte.ts";
import { under } from "./pass.ts";
import { Qualities } from "./qualities.svelte.ts";
import { Remedy } from "./remedy.svelte.ts";
import { Sound } from "./sound.svelte.ts";
import { Thin } from "./thin.svelte.ts";
import { codeOf, type Code } from "./trouble.ts";
import { canPlay, isBuffered, leastDelay, momentOf, sampleOf, windowOf } from "./reading.ts";
import { STALL_MIN_MS, type Sample, type Tally } from "./truth.ts";
import { ahead, Underrun } from "./underrun.ts";
import { hasSlept, onWake, type Why } from "./wake.ts";

const TICK_MS = 200;
/** A picture that stands still this long is waiting. */
const STALL_MS = 900;
/** Further than this behind the target, a viewer who wanted live is brought back by a jump instead of by faster playing. */
const CATCH_UP_MAX_S = 5;
/** Further than this behind the live edge counts as watching the past. */
const BEHIND_S = 6;
/** Nearer than this to live, somebody who plays the past faster has arrived. */
const ARRIVED_S = 0.5;
/** What moves further between two looks has jumped. */
const RUN_MAX_S = 1;
/** A standing picture so soon after a seek waits for what was asked for. */
const SEEK_MS = 3_000;
/** A buffer that was filled so recently needs no help to be filled. */
const FLOWS_MS = 1_500;
/** One picture, where nothing better is known. */
const FRAME_S = 1 / 30;

export class Player extends Sound {
  paused = $state(true);
  /** The picture moves. */
  moving = $state(false);
  /** Somebody wants a picture and it does not move yet. */
  waiting = $state(false);
  /** Not even a muted picture may start by itself. */
  startBlocked = $state(false);
  /** Seconds on the video's own time line. */
  position = $state(0);
  start = $state(0);
  edge = $state(0);
  /** Seconds between the encoder's now and the picture. */
  delay = $state<number | null>(null);
  /** The moment of the picture, by the playlist's program date time. */
  playhead = $state<number | null>(null);
  atLive = $state(true);
  /** The viewer wants live, not a moment of the past. */
  following = $state(true);
  url = $state<string | null>(null);
  /** Some seconds further behind live, for links that do not carry every part in time. */
  steady = $state(false);
  /** The server says there is a picture: only then is standing still the player's trouble. */
  expected = $state(false);

  /** Where it is added up what the viewer gets; a monitor tells nobody. */
  tally: () => Tally | null = () => null;
  /** The server does not let a request pass: the right to watch has to be asked for again. */
  ondenied: () => void = () => {};
  /** The moment that was wished for is not kept (any more): live is shown instead. */
  onmissed: () => void = () => {};

  readonly qualities = new Qualities();
  readonly pace = new Pace();
  readonly thin = new Thin();
  readonly #remedy = new Remedy({
    ready: () => this.url !== null && this.#video !== null,
    help: (anew) => this.#help(anew),
    stop: () => this.#hls?.stopLoad(),
  });

  readonly #silent: boolean;
  #video: HTMLVideoElement | null = null;
  #hls: Hls | null = null;
  #prefix = "";
  #wantsPlay = true;
  /**
   * Whether the source that is there has played. One that is taken away is ended first, and that pauses; whenever that is told, under load long
   * after the next source has come, nobody wished for it.
   */
  #plays = false;
  /** To live, as soon as it is known again where that is. */
  #jump = false;
  #lookedAt = 0;
  #seekedAt = -SEEK_MS;
  #resumeAt: number | null = null;
  #lastPosition = -1;
  /** It plays, and did not only jump to where hls.js begins. */
  #runs = false;
  /** When it began to. */
  #beganAt = 0;
  #movedAt = 0;
  #builtAt = 0;
  /** When something last came into the buffer. */
  #filledAt = -FLOWS_MS;
  #underrun = new Underrun();
  #calm = new Calm(performance.now());
  #tick: ReturnType<typeof setInterval> | undefined;

  /** `silent`: a monitor among many, always muted. */
  constructor(options: { silent?: boolean } = {}) {
    super();
    this.#silent = options.silent ?? false;
    this.steady = !this.#silent && recall("latency", { steady: false }).steady;
  }

  /** Why there is no picture, in words. */
  get trouble(): Remedy["trouble"] {
    return this.#remedy.trouble;
  }

  /** The speed that is played. */
  get rate(): number {
    return this.pace.rate;
  }

  attach(video: HTMLVideoElement): () => void {
    this.#video = video;
    this.hold(video, this.#silent);
    const listen = (name: string, run: () => void): void => video.addEventListener(name, run);
    listen("play", () => {
      this.paused = false;
      this.#wantsPlay = true;
    });
    // Also headphones, the picture-in-picture window and the lock screen pause: that is somebody's wish like any other.
    listen("pause", () => {
      this.paused = true;
      if (this.#plays && !video.ended) this.#wantsPlay = false;
    });
    listen("playing", () => (this.#plays = true));
    listen("error", () => this.#failed(codeOf("mediaError", video.error?.code === 2 ? "fragLoadError" : "mediaError")));
    this.#lookedAt = performance.now();
    this.#tick = setInterval(() => this.#look(), TICK_MS);
    const unwatch = onWake((why) => this.#woken(why));
    if (this.#hls) {
      this.#hls.attachMedia(video);
      if (this.#wantsPlay) void this.#start();
    } else if (this.url) this.#build();
    return () => {
      clearInterval(this.#tick);
      unwatch();
      this.#teardown();
      this.#video = null;
    };
  }

  /**
   * Shows another picture, at `moment` if that is still kept, else live; null: none. Its playlists are on their way before there is an element.
   * The same picture by another right is the same picture: what is asked for from now on carries the new one.
   */
  load(url: string | null, moment: number | null = null): void {
    const prefix = url?.match(/\/t\/[^/]+(?=\/media\/)/)?.[0] ?? "";
    const bare = url === null ? null : under("", url);
    if (bare === this.url) {
      // It was asked for before anybody could note it.
      if (bare !== null) this.#asked(this.#builtAt);
      if (bare !== null && prefix !== this.#prefix) this.#renewed(prefix);
      return;
    }
    this.#prefix = prefix;
    this.url = bare;
    this.#resumeAt = moment;
    this.following = moment === null;
    this.#remedy.reset();
    this.thin.reset();
    this.#teardown();
    if (url) {
      this.#asked();
      this.#build();
    }
  }

  #asked(at = performance.now()): void {
    if (document.visibilityState === "visible") this.tally()?.asked(at);
  }

  #renewed(prefix: string): void {
    this.#prefix = prefix;
    const video = this.#video;
    // What a browser plays by itself keeps its address: it begins anew, and goes on where live is.
    if (video && !this.#hls && this.url && video.getAttribute("src")) {
      video.src = under(prefix, this.url);
      void this.#start();
    }
    if (this.trouble?.code === "M-ACC-1") this.tryAgain();
  }

  /** The server says that the picture is back: no reason to wait for the next attempt, if there is one to wait for. */
  nudge(): void {
    if (!this.url || !this.#wantsPlay || performance.now() - this.#movedAt <= STALL_MS) return;
    const waits = this.#remedy.waits;
    this.#remedy.forget();
    if (waits) this.#remedy.again();
  }

  /** Somebody presses the button: everything is tried anew. */
  tryAgain(): void {
    this.#remedy.forget();
    this.#wantsPlay = true;
    this.#remedy.rest();
    if (this.url && this.#video) this.#help(true);
  }

  #woken(why: Why): void {
    if (!this.url || !this.#video) return;
    const now = performance.now();
    this.#remedy.forget();
    // The time asleep is nobody's stall.
    if (why === "slept") this.#movedAt = now;
    if (why === "slept" || why === "network") {
      // Requests of before wait for answers that never come.
      this.#hls?.stopLoad();
      this.#jump = this.following;
      this.#help(false);
    } else if (why === "online" || (this.#wantsPlay && now - this.#movedAt > STALL_MS)) {
      this.#jump = this.following;
      this.#remedy.again();
    }
  }

  /** Somebody presses play: after a pause the picture goes on where it was left, however far that is behind by now. */
  play(): void {
    if (this.edge > 0 && this.#livePosition() - this.position > CATCH_UP_MAX_S) this.following = false;
    void this.#start();
  }

  async #start(): Promise<void> {
    const video = this.#video;
    if (!video) return;
    this.#wantsPlay = true;
    if (this.startBlocked) this.#asked();
    try {
      await video.play();
      this.startBlocked = false;
    } catch (error) {
      if (!(error instanceof DOMException) || error.name !== "NotAllowedError") return;
      if (video.muted) {
        this.startBlocked = true;
        this.tally()?.excused();
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
    // Asked of the video itself: its event may still be on the way.
    if (this.#video?.paused ?? this.paused) this.play();
    else this.pause();
  }

  seek(to: number): void {
    const video = this.#video;
    if (!video || this.edge <= this.start) return;
    const live = this.#livePosition();
    const target = Math.min(Math.max(to, this.start + 0.5), live);
    this.following = target > live - 2;
    this.#goTo(target);
    this.#look();
  }

  seekBy(seconds: number): void {
    this.seek(this.position + seconds);
  }

  /** To a moment of the picture; whether it is kept. */
  seekMoment(moment: number): boolean {
    if (this.playhead === null) return false;
    const to = this.position + (moment - this.playhead) / 1000;
    if (to < this.start || to > this.edge) return false;
    this.seek(to);
    return true;
  }

  /** To a part of the window: 0 is its beginning, 1 live. */
  seekPart(part: number): void {
    this.seek(this.start + (this.edge - this.start) * part);
  }

  /** One picture on or back; only of a picture that stands. */
  stepFrame(by: 1 | -1): boolean {
    const video = this.#video;
    if (!video || !video.paused || this.edge <= this.start) return false;
    const frame = 1 / (this.#hls?.levels[Math.max(0, this.#hls.currentLevel)]?.frameRate || 1 / FRAME_S);
    this.following = false;
    this.#goTo(Math.min(Math.max(video.currentTime + by * frame, this.start), this.edge));
    return true;
  }

  goLive(): void {
    this.following = true;
    if (this.#video && this.edge > 0) this.#goTo(this.#livePosition());
    void this.#start();
  }

  #goTo(position: number): void {
    if (!this.#video) return;
    this.#seekedAt = performance.now();
    this.#video.currentTime = position;
  }

  /** Wishes a speed for the past. Slower than live is possible at live too, and leaves it. */
  setSpeed(speed: number): boolean {
    if (!this.pace.wish(speed, this.following)) return false;
    if (speed < 1) this.following = false;
    this.#keepSpeed();
    return true;
  }

  /** Twice as fast for as long as it is held; whether that is possible here. */
  hurry(on: boolean): boolean {
    if (on && (this.following || !this.url || this.paused)) return false;
    this.pace.hurries = on;
    this.#keepSpeed();
    return true;
  }

  /** As close to live as can be, or steadily further behind; remembered. */
  setSteady(on: boolean): void {
    if (on === this.steady) return;
    this.steady = on;
    remember("latency", { steady: on });
    const hls = this.#hls;
    if (!hls) return;
    hls.lowLatencyMode = !on;
    const least = leastDelay(hls, on);
    if (least > 0) hls.targetLatency = least;
    if (this.following && this.edge > 0) this.#goTo(this.#livePosition());
  }

  #keepSpeed(): void {
    if (this.#video) this.pace.keep(this.#video, this.#hls, this.following);
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
    this.#builtAt = this.#movedAt;
    this.#plays = false;
    this.#remedy.helped(this.#movedAt);
    // hls.js first: Chromium says "maybe" to HLS and then plays it with seven seconds of delay.
    if (Hls.isSupported()) this.#buildHls(video, url);
    else if (!video) return;
    else if (video.canPlayType("application/vnd.apple.mpegurl")) {
      video.src = under(this.#prefix, url);
      void this.#start();
    } else this.#failed("M-DEV-1");
  }

  #buildHls(video: HTMLVideoElement | null, url: string): void {
    const hls = new Hls(config(this.#silent, this.steady, () => this.#prefix));
    this.#hls = hls;
    this.#calm = new Calm(performance.now());
    this.qualities.follow(hls, () => this.tally()?.switched());
    hls.on(Hls.Events.MANIFEST_PARSED, () => {
      if (this.#wantsPlay) void this.#start();
    });
    const marks = new Marks();
    hls.on(Hls.Events.BUFFER_APPENDED, (_, { part, type }) => {
      this.#filledAt = performance.now();
      if (part) marks.append(part, type);
    });
    hls.on(Hls.Events.FRAG_LOADED, (_, { frag, part }) => {
      const { duration, stats } = part ?? frag;
      this.thin.came(performance.now(), stats.loaded, stats.loading.end - stats.loading.first, duration);
    });
    hls.on(Hls.Events.LEVEL_UPDATED, (_, { details }) => {
      alignByNumbers(details);
      if (details.partList && this.#video) marks.restore(details.partList, this.#video.buffered);
      this.#arrive();
    });
    hls.on(Hls.Events.MEDIA_DETACHING, () => (this.#plays = false));
    hls.on(Hls.Events.BUFFER_CODECS, (_, tracks) => {
      if (!Object.values(tracks).every(canPlay)) queueMicrotask(() => this.#cannot(hls));
    });
    hls.on(Hls.Events.ERROR, (_, data) => this.#error(data));
    if (video) hls.attachMedia(video);
    hls.loadSource(under(this.#prefix, url));
  }

  /** After a sleep, once the playlist says where live is now. */
  #arrive(): void {
    if (!this.#jump || !this.#video) return;
    this.#jump = false;
    if (this.following && this.#livePosition() - this.#video.currentTime > CATCH_UP_MAX_S) this.#goTo(this.#livePosition());
  }

  #teardown(): void {
    this.#remedy.rest();
    this.qualities.forget();
    this.#hls?.destroy();
    this.#hls = null;
    const video = this.#video;
    if (video?.getAttribute("src")) {
      video.removeAttribute("src");
      video.load();
    }
    this.moving = false;
    this.tally()?.rests(performance.now());
    this.playhead = null;
    this.delay = null;
    this.#jump = false;
    this.#lastPosition = -1;
    this.#runs = false;
    this.start = this.edge = this.position = 0;
  }

  #error(data: ErrorData): void {
    const code = codeOf(data.type, data.details, data.response?.code);
    this.#remedy.noted(code);
    if (data.details === Hls.ErrorDetails.BUFFER_STALLED_ERROR) this.#calm.stalled(performance.now());
    if (code === "M-ACC-1") this.ondenied();
    if (data.fatal) this.#failed(code);
  }

  /** What comes next this browser cannot play. hls.js would put it in again and again, ten times a second. */
  #cannot(hls: Hls): void {
    if (this.#hls !== hls) return;
    hls.destroy();
    this.#hls = null;
    this.#failed("M-DEV-1");
  }

  #failed(code: Code): void {
    // A browser that cannot looks again and again; that is one failure.
    if (code !== "M-DEV-1" || this.trouble?.code !== code) this.tally()?.failed(code);
    this.#remedy.failed(code);
  }

  #help(anew: boolean): void {
    this.#remedy.helped(performance.now());
    const hls = this.#hls;
    if (!hls || hls.levels.length === 0 || anew) {
      this.#hls?.destroy();
      this.#hls = null;
      this.#build();
    } else if (this.#remedy.isMedia) hls.recoverMediaError();
    // hls.js begins anew where it is, with the header: before the next key frame no picture is taken then. Nothing that flows is worth that.
    else if (!hls.loadingEnabled || performance.now() - this.#filledAt > FLOWS_MS) hls.startLoad(-1);
    if (this.#wantsPlay) void this.#start();
  }

  #livePosition(): number {
    const sync = this.#hls?.liveSyncPosition;
    return sync && Number.isFinite(sync) ? sync : Math.max(this.start, this.edge - 2);
  }

  #read(video: HTMLVideoElement): void {
    const kept = windowOf(video, this.#hls);
    if (kept) [this.start, this.edge] = [kept.start, kept.edge];
    this.playhead = momentOf(video, this.#hls);
    const latency = this.#hls?.latency;
    this.delay = latency !== undefined && latency > 0 ? latency : this.edge > 0 ? Math.max(0, this.edge - video.currentTime) : null;
    this.position = video.currentTime;
  }

  /** Looks at the picture: does it move, where is it, does it need help. */
  #look(): void {
    const video = this.#video;
    if (!video) return;
    const now = performance.now();
    const sinceMs = now - this.#lookedAt;
    const slept = hasSlept(sinceMs, TICK_MS, document.hidden);
    this.#lookedAt = now;
    if (slept) this.#woken("slept");
    this.#read(video);
    const behind = this.#livePosition() - video.currentTime;
    this.atLive = this.edge === 0 || behind < BEHIND_S;
    if (video.currentTime !== this.#lastPosition && !video.paused && video.readyState >= 2) {
      if (this.#lastPosition >= 0) {
        this.#movedAt = now;
        if (!this.#runs && Math.abs(video.currentTime - this.#lastPosition) < RUN_MAX_S) this.#begin(video, now);
        this.#remedy.well();
      }
      this.#lastPosition = video.currentTime;
    }
    this.#unhoard(video, now);
    const standing = now - this.#movedAt;
    this.moving = !video.paused && !!this.url && standing < STALL_MS && this.#lastPosition >= 0;
    this.waiting = !!this.url && this.#wantsPlay && !this.startBlocked && standing >= STALL_MS;
    this.#addUp(now, standing, Math.min(sinceMs, STALL_MS));
    this.thin.look(now);
    if (!this.url || !this.#wantsPlay || this.startBlocked) {
      this.#movedAt = now;
      return;
    }
    this.#resume(video);
    if (!this.following && this.pace.past > 1 && this.moving && behind < ARRIVED_S) this.following = true;
    this.#keepSpeed();
    if (this.following && this.moving && behind > CATCH_UP_MAX_S) this.#goTo(this.#livePosition());
    this.#comeCloser(video, now);
    this.#remedy.judge(now, standing, this.expected);
  }

  /** Moves a picture on that stands though it could go on. Somebody waited for it all the same, so that is not a movement. */
  #unhoard(video: HTMLVideoElement, now: number): void {
    const to = this.#runs ? this.#underrun.look(video, now) : null;
    if (to !== null) this.#lastPosition = video.currentTime = to;
  }

  /** It runs: from the key frame that there was at first, to where live is. */
  #begin(video: HTMLVideoElement, now: number): void {
    this.#runs = true;
    this.#beganAt = now;
    // From now on a decoder that has to be helped goes on where it was, and not at a key frame before that.
    if (this.#hls) this.#hls.config.startOnSegmentBoundary = false;
    const live = this.#livePosition();
    if (this.following && live - video.currentTime > ARRIVED_S && isBuffered(video, live)) this.#goTo(live);
  }

  /** For the tally: the picture moves, rests with good reason, or stands though it should move. */
  #addUp(now: number, standing: number, sinceMs: number): void {
    const tally = this.tally();
    if (!tally) return;
    // The first pictures came before there was anybody who counts.
    if (this.moving && standing < STALL_MIN_MS) return tally.moves(tally.hasStarted || !this.#runs ? now : this.#beganAt);
    const wanted = !!this.url && this.#wantsPlay && !this.startBlocked && this.expected;
    if (!wanted) {
      tally.forgiven(now);
      tally.rests(now);
      return;
    }
    if (standing < STALL_MIN_MS) return;
    tally.rests(this.#movedAt);
    if (this.#movedAt - this.#seekedAt <= SEEK_MS) return;
    tally.stalls(this.#movedAt);
    if (tally.hasStarted) this.thin.stood(now, sinceMs);
  }

  /** What is so right now, for a report. */
  sample(audioOnly: boolean): Sample {
    const rests = this.startBlocked ? "w" : this.paused && !this.#wantsPlay ? "a" : this.tally()?.hasStarted ? "r" : "s";
    const sta = this.trouble?.final ? "f" : this.moving ? "p" : rests;
    return sampleOf(this.#video, this.#hls, { sta, latency: this.following && this.moving ? this.delay : null, audioOnly });
  }

  /** What a check of the link has to know of the picture. */
  seen(): Seen {
    return { moving: this.moving, wanted: this.waiting || !this.paused, code: this.trouble?.code ?? null, dropped: this.#droppedPart() };
  }

  /** The part of the frames that this machine was too slow for. */
  #droppedPart(): number {
    const quality = this.#video?.getVideoPlaybackQuality?.();
    return quality && quality.totalVideoFrames > 100 ? quality.droppedVideoFrames / quality.totalVideoFrames : 0;
  }

  /** After a track switch: the same moment as on the other track, once the window is known. */
  #resume(video: HTMLVideoElement): void {
    // Before it runs, hls.js would go to its own beginning right after us.
    if (this.#resumeAt === null || this.playhead === null || this.edge === 0 || !this.#runs) return;
    const target = video.currentTime + (this.#resumeAt - this.playhead) / 1000;
    this.#resumeAt = null;
    if (target > this.start && target < this.edge) this.#goTo(target);
    else {
      this.following = true;
      this.onmissed();
    }
  }

  /** Gives back, step by step, the delay that earlier stalls cost. */
  #comeCloser(video: HTMLVideoElement, now: number): void {
    const hls = this.#hls;
    const target = hls?.targetLatency;
    if (!hls || !target || !this.moving) return;
    // What is there only because it is further behind than it aims for does not count.
    const spare = ahead(video) - Math.max(0, hls.latency - target);
    const closer = this.#calm.lower(now, target, leastDelay(hls, this.steady), spare);
    if (closer !== null) hls.targetLatency = closer;
  }
}
