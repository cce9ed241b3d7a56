// Everything around the picture: it replaces what the server has rendered, and keeps the video element, which goes on playing.
import { flushSync, mount } from "svelte";
import { Realtime } from "../lib/rt.ts";
import { words } from "../lib/words.ts";
import Live from "./Live.svelte";
import type { Player } from "./player.svelte.ts";
import type { FirstState } from "./types.ts";

// Both languages come along: together they are smaller than the round trip for one of them is long.
const files = import.meta.glob<string>("../../../features/live/locales/*.ftl", { query: "?raw", import: "default", eager: true });

/** Lets the browser do what else is due: a slow telephone reads, builds and draws one after the other, and answers fingers in between. */
const breath = (): Promise<void> => new Promise((next) => setTimeout(next));

export async function build(element: HTMLElement, first: FirstState, player: Player, video: HTMLVideoElement, link: number | null): Promise<void> {
  await breath();
  const t = words(first.locale, files[`../../../features/live/locales/${first.locale}.ftl`] ?? "");
  await breath();
  const rendered = [...element.childNodes];
  mount(Live, { target: element, props: { first, player, video, rt: new Realtime(), t, link } });
  // The video element moves over within this turn: one that is in no document at its end would pause.
  flushSync();
  for (const node of rendered) node.remove();
}
