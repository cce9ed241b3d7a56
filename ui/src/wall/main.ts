// The wall's entry.
import { mount } from "svelte";
import { island } from "../lib/island.ts";
import { Realtime } from "../lib/rt.ts";
import { words } from "../lib/words.ts";
import type { FirstState } from "./types.ts";
import Wall from "./Wall.svelte";

const files = import.meta.glob<string>("../../../features/studio/locales/*.ftl", { query: "?raw", import: "default", eager: true });

function start(): void {
  const found = island<FirstState>("wall");
  if (!found) return;
  const { element, state } = found;
  const locale = state.locale ?? (document.documentElement.lang.startsWith("ja") ? "ja" : "en");
  const text = files[`../../../features/studio/locales/${locale}.ftl`];
  element.replaceChildren();
  mount(Wall, { target: element, props: { first: state, rt: new Realtime(), t: words(locale, text ?? ""), locale } });
}

start();
