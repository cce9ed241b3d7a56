// The live page's entry: the picture first. It takes over the video element that the server has rendered and asks for media at once; what
// stands around the picture is fetched and built once it is there, because reading, building and drawing that takes longer than a picture.
import { island } from "../lib/island.ts";
import { recall } from "../lib/memory.ts";
import { momentIn } from "./link.ts";
import { under } from "./pass.ts";
import { Player } from "./player.svelte.ts";
import type { FirstState } from "./types.ts";

/** A picture that takes longer than this comes into a page that is there already. */
const PICTURE_MAX_MS = 400;

function start(): void {
  const found = island<FirstState>("live");
  if (!found) return;
  const { element, state } = found;
  const { playback } = state.descriptor;
  const began = Date.parse(state.descriptor.onair.at(-1)?.at ?? "");
  const link = momentIn(location.search, Number.isNaN(began) ? null : began);
  const video = element.querySelector("video") ?? document.createElement("video");
  const player = new Player();
  player.attach(video);
  const address = playback && ((recall("audio-only", { on: false }).on && playback.audio) || playback.url);
  player.load(address ? under(state.pass?.prefix ?? "", address) : null, link);
  void (address ? picture(video) : Promise.resolve())
    .then(() => import("./around.ts"))
    .then(({ build }) => build(element, state, player, video, link));
}

/** The first picture, or as long as one waits for it. */
function picture(video: HTMLVideoElement): Promise<void> {
  return new Promise((there) => {
    video.requestVideoFrameCallback(() => there());
    setTimeout(there, PICTURE_MAX_MS);
  });
}

start();
