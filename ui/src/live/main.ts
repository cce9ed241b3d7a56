// The live page's entry: takes over the element that the server has rendered.
import { mount } from "svelte";
import { island } from "../lib/island.ts";
import { Realtime } from "../lib/rt.ts";
import { words } from "../lib/words.ts";
import Live from "./Live.svelte";
import type { FirstState } from "./types.ts";

const files = import.meta.glob<string>("../../../features/live/locales/*.ftl", { query: "?raw", import: "default" });

async function start(): Promise<void> {
  const found = island<FirstState>("live");
  if (!found) return;
  const { element, state } = found;
  const rt = new Realtime();
  const text = await files[`../../../features/live/locales/${state.locale}.ftl`]?.();
  element.replaceChildren();
  mount(Live, { target: element, props: { first: state, rt, t: words(state.locale, text ?? "") } });
}

void start();
