// How fast the picture is played. Live has one speed, its own, where hls.js catches up; the past has the one that is wished, and twice that of
// life for as long as somebody holds a finger on the picture.
import type Hls from "hls.js/light";
import { CATCH_UP_RATE } from "./hls.ts";
import * as speeds from "./speed.ts";

/** As fast as a finger on the picture makes it. */
export const HURRY = 2;

export class Pace {
  /** The speed that is wished for the past, and the one that is played. */
  speed = $state(speeds.remembered());
  rate = $state(1);
  hurries = $state(false);

  /** The speed of the past at the moment. */
  get past(): number {
    return this.hurries ? HURRY : this.speed;
  }

  /** Wishes a speed for the past; whether it can be had here. */
  wish(speed: number, live: boolean): boolean {
    if (!speeds.isPossible(speed, live)) return false;
    this.speed = speed;
    speeds.keep(speed);
    return true;
  }

  /** Plays at the speed that is due; `live`: the viewer follows live, where nothing but hls.js may be faster. */
  keep(video: HTMLVideoElement, hls: Hls | null, live: boolean): void {
    if (hls) hls.config.maxLiveSyncPlaybackRate = live ? CATCH_UP_RATE : 1;
    const wished = live ? 1 : this.past;
    const catchesUp = live && hls !== null && video.playbackRate > 1 && video.playbackRate <= CATCH_UP_RATE;
    if (video.playbackRate !== wished && !catchesUp) video.playbackRate = wished;
    this.rate = wished;
  }
}
