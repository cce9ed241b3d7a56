// The live page's entry: takes over the element that the server has rendered.
import { mount } from "svelte";
import { island } from "../lib/island.ts";
import { Realtime } from "../lib/rt.ts";
import { words } from "../lib/words.ts";
import Live from "./Live.svelte";
import { momentIn } from "./link.ts";
import { under } from "./pass.ts";
import { Player } from "./player.svelte.ts";
import type { FirstState } from "./types.ts";

// Both languages come along: together they are smaller than the round trip for one of them is long.
const files = import.meta.glob<string>("../../../features/live/locales/*.ftl", { query: "?raw", import: "default", eager: true });

function start(): void {
  const found = island<FirstState>("live");
  if (!found) return;
  const { element, state } = found;
  const player = new Player();
  // Before anything is drawn: what the picture needs comes while the page is built.
  const address = state.descriptor.playback?.url;
  const link = momentIn(location.search);
  player.load(address ? under(state.pass?.prefix ?? "", address) : null, link);
  const rt = new Realtime();
  const text = files[`../../../features/live/locales/${state.locale}.ftl`];
  element.replaceChildren();
  mount(Live, { target: element, props: { first: state, player, rt, t: words(state.locale, text ?? ""), link } });
}

start();
