// The page of an encoder test: its rows follow the measurement. Without script they are as of the moment it was asked for.
import { island } from "../lib/island.ts";
import { Realtime } from "../lib/rt.ts";
import { show, type FirstState, type Told } from "./rows.ts";

function start(): void {
  const found = island<FirstState>("encodertest");
  if (!found) return;
  const { element, state } = found;
  const rt = new Realtime();
  const told = (data: Told): void => show(element, data, state.locale);
  rt.subscribe<Told, Told>(state.topic, { snapshot: told, event: told });
  addEventListener("online", () => rt.wake());
}

start();
