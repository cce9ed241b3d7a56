// The studio's entry.
import { mount } from "svelte";
import { island } from "../lib/island.ts";
import { Realtime } from "../lib/rt.ts";
import { words } from "../lib/words.ts";
import Studio from "./Studio.svelte";
import type { FirstState } from "./types.ts";

// Both languages come along: together they are smaller than the round trip for one of them is long.
const files = import.meta.glob<string>("../../../features/studio/locales/*.ftl", { query: "?raw", import: "default", eager: true });

function start(): void {
  const found = island<FirstState>("studio");
  if (!found) return;
  const { element, state } = found;
  const locale = state.locale ?? (document.documentElement.lang.startsWith("ja") ? "ja" : "en");
  const rt = new Realtime();
  const text = files[`../../../features/studio/locales/${locale}.ftl`];
  element.replaceChildren();
  mount(Studio, { target: element, props: { first: state, rt, t: words(locale, text ?? ""), locale } });
}

start();
