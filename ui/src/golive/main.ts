// The go-live page's entry.
import { mount } from "svelte";
import { island } from "../lib/island.ts";
import { words } from "../lib/words.ts";
import GoLive from "./GoLive.svelte";
import type { FirstState } from "./types.ts";

const files = import.meta.glob<string>("../../../features/studio/locales/*.ftl", { query: "?raw", import: "default", eager: true });

function start(): void {
  const found = island<FirstState>("golive");
  if (!found) return;
  const { element, state } = found;
  const locale = state.locale ?? (document.documentElement.lang.startsWith("ja") ? "ja" : "en");
  element.replaceChildren();
  mount(GoLive, { target: element, props: { first: state, t: words(locale, files[`../../../features/studio/locales/${locale}.ftl`] ?? ""), locale } });
}

start();
