// What goes wrong with encoders and servers, in an order that follows from a seed, and what a viewer saw of each.
import type { Page } from "@playwright/test";
import { Dice } from "./dice.ts";
import type { Sender } from "./sender.ts";
import { OTHER, USUAL } from "./signal.ts";
import { again, look, oddities, percentile, standstill, type Heard, type Seen, type Shown } from "./watch.ts";

/** Everything that can be made to fail. A peer has no backup. */
export interface Stand {
  page: Page;
  primary: Sender;
  backup?: Sender;
  kill(): Promise<void>;
  start(): Promise<void>;
}

export const FAULTS = ["killed", "stalled", "swapped", "clock jumped", "backup pulled", "both killed", "server killed"] as const;
export type Fault = (typeof FAULTS)[number];
/** Faults in which an encoder dies and something else has to take its place. */
export const DEATHS: readonly Fault[] = ["killed", "stalled", "both killed"];

/** What a viewer saw of a fault. */
export interface Outcome {
  fault: Fault;
  /** The longest that one picture stood. */
  standstill_ms: number;
  /** Pictures that were shown before. */
  twice: number;
  /** The sound behind the picture once it was over; none if there was nothing to compare. */
  offset_ms: number | null;
  /** How late the page or the sender was meanwhile: that much of the standstill may be the machine's. */
  late_ms: number;
  /** Pictures with a barcode came back within the time that a fault has. */
  recovered: boolean;
  /** What was out of the ordinary: how the player stood while a picture stood for long, what went back. */
  odd: string[];
}

/** Time for one fault and for getting over it: a returning encoder has to be steady for three seconds. */
const SLOT_MS = 20_000;

/** The faults of a run: every kind as often as every other, in any order. */
export function plan(seed: number, length_ms: number, kinds: readonly Fault[]): Fault[] {
  const dice = new Dice(seed);
  const all: Fault[] = [];
  while (all.length * SLOT_MS < length_ms) all.push(...dice.shuffled(kinds));
  return all.slice(0, Math.max(1, Math.floor(length_ms / SLOT_MS)));
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Lets one thing fail and come back. */
async function inflict(stand: Stand, fault: Fault, dice: Dice): Promise<void> {
  const { primary, backup } = stand;
  const away_ms = dice.between(3_500, 6_000);
  switch (fault) {
    case "killed":
      primary.kill();
      await pause(away_ms);
      return primary.start();
    case "stalled":
      primary.hold();
      await pause(away_ms);
      return primary.release();
    case "swapped":
      return primary.start(primary.coding === USUAL ? OTHER : USUAL);
    case "clock jumped":
      return primary.jump(dice.between(-60, 3_600) * 1_000);
    case "backup pulled":
      backup?.kill();
      await pause(away_ms);
      return backup?.start();
    case "both killed":
      primary.kill();
      backup?.kill();
      await pause(away_ms);
      primary.start();
      return backup?.start();
    case "server killed":
      await stand.kill();
      await pause(500);
      return stand.start();
  }
}

/** Everything that was seen so far. */
export class Record {
  readonly shown: Shown[] = [];
  readonly heard: Heard[] = [];
  readonly stalls: Seen["stalls"] = [];
  readonly stuck: string[] = [];
  elements = 0;

  async read(page: Page): Promise<void> {
    const seen = await look(page);
    this.shown.push(...seen.shown);
    this.heard.push(...seen.heard);
    this.stalls.push(...seen.stalls);
    this.stuck.push(...seen.stuck);
    this.elements = seen.elements;
  }

  /** Whether pictures of an encoder came since then, and go on. */
  isLive(since: number): boolean {
    const newest = this.shown.slice(-15);
    return newest.length === 15 && newest.every(({ at, clock }) => at > since && clock !== null);
  }

  offset(from: number, until: number): number | null {
    const offsets = this.heard.filter(({ at, offset_ms }) => at >= from && at <= until && offset_ms !== null).map(({ offset_ms }) => offset_ms ?? 0);
    return offsets.length < 5 ? null : Math.round(percentile(offsets, 0.5));
  }
}

/** One fault after the other; what a viewer saw of each. */
export async function endure(stand: Stand, faults: readonly Fault[], seed: number, record: Record, tell: (outcome: Outcome) => void): Promise<Outcome[]> {
  const dice = new Dice(seed ^ 0x5eed);
  const outcomes: Outcome[] = [];
  for (const fault of faults) {
    // A fault strikes at any distance from a key frame.
    await pause(dice.between(0, 2_000));
    await record.read(stand.page);
    [stand.primary, stand.backup].forEach((sender) => sender?.lateness());
    const [from, first] = [Date.now(), Math.max(0, record.shown.length - 1)];
    await inflict(stand, fault, dice);
    const over = Date.now();
    let recovered = false;
    while (Date.now() < from + SLOT_MS - 2_000) {
      await pause(1_000);
      await record.read(stand.page);
      // A viewer is a second or two behind what is sent.
      recovered = record.isLive(over + 1_000);
    }
    const until = Date.now() - 2_000;
    const stalled = record.stalls.filter(({ at }) => at > from && at < until).map(({ ms }) => ms);
    const shown = record.shown.slice(first);
    const outcome = {
      fault,
      standstill_ms: standstill(shown, from, until),
      twice: again(shown).length,
      offset_ms: record.offset(until - 4_000, until + 2_000),
      late_ms: Math.max(0, stand.primary.lateness(), stand.backup?.lateness() ?? 0, ...stalled),
      recovered,
      odd: [...record.stuck.splice(0), ...oddities(shown, from)],
    };
    outcomes.push(outcome);
    tell(outcome);
  }
  return outcomes;
}

const figures = (values: number[]): string => (values.length === 0 ? "– | – | –" : [0.5, 0.95, 1].map((share) => percentile(values, share)).join(" | "));

/** A table of outcomes, as in docs/benchmarks.md. */
export function table(name: string, outcomes: readonly Outcome[]): string {
  const lines = [`| ${name}: fault | times | standstill p50 | p95 | most (ms) | machine late, most | pictures twice | not live again within 18 s |`, "|---|---|---|---|---|---|---|---|"];
  const line = (label: string, some: readonly Outcome[]): void => {
    if (some.length === 0) return;
    const most = (pick: (outcome: Outcome) => number): number => Math.max(0, ...some.map(pick));
    const lost = some.filter(({ recovered }) => !recovered).length;
    lines.push(`| ${label} | ${some.length} | ${figures(some.map((one) => one.standstill_ms))} | ${most((one) => one.late_ms)} ms | ${most((one) => one.twice)} | ${lost} |`);
  };
  for (const fault of FAULTS) line(fault, outcomes.filter((one) => one.fault === fault));
  line("an encoder dies (first, second, sixth line)", outcomes.filter((one) => DEATHS.includes(one.fault)));
  return lines.join("\n");
}
