// The studio's entry.
import { mount } from "svelte";
import { island } from "../lib/island.ts";
import { Realtime } from "../lib/rt.ts";
import { words } from "../lib/words.ts";
import Studio from "./Studio.svelte";
import type { FirstState } from "./types.ts";

const files = import.meta.glob<string>("../../../features/studio/locales/*.ftl", { query: "?raw", import: "default" });

async function start(): Promise<void> {
  const found = island<FirstState>("studio");
  if (!found) return;
  const { element, state } = found;
  const locale = state.locale ?? (document.documentElement.lang.startsWith("ja") ? "ja" : "en");
  const rt = new Realtime();
  const text = await files[`../../../features/studio/locales/${locale}.ftl`]?.();
  element.replaceChildren();
  mount(Studio, { target: element, props: { first: state, rt, t: words(locale, text ?? ""), locale } });
}

void start();
