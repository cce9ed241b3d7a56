// The keyboard of the live page. Single keys can be switched off (WCAG 2.1.4) and never work while somebody writes.

type Digit = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;
export type Action =
  | "toggle" | "mute" | "full" | "pip" | "theatre" | "sound" | "captions" | "transcript" | "steady" | "help" | "check"
  | "back10" | "forward10" | "back5" | "forward5" | "frameBack" | "frameForward"
  | "louder" | "quieter" | "slower" | "faster" | "live" | "start"
  | `part${Digit}`;

export const KEYS: Readonly<Record<string, Action>> = {
  k: "toggle",
  " ": "toggle",
  m: "mute",
  f: "full",
  i: "pip",
  t: "theatre",
  a: "sound",
  c: "captions",
  r: "transcript",
  s: "steady",
  "?": "help",
  n: "check",
  j: "back10",
  l: "forward10",
  ArrowLeft: "back5",
  ArrowRight: "forward5",
  ",": "frameBack",
  ".": "frameForward",
  ArrowUp: "louder",
  ArrowDown: "quieter",
  "<": "slower",
  ">": "faster",
  End: "live",
  Home: "start",
};

/** Rows of the help: keys and the word for what they do. */
export const HELP: readonly (readonly [readonly string[], string])[] = [
  [["k", "␣"], "live-key-toggle"],
  [["m"], "live-key-mute"],
  [["↑", "↓"], "live-key-volume"],
  [["←", "→"], "live-key-five"],
  [["j", "l"], "live-key-ten"],
  [[",", "."], "live-key-frame"],
  [["0", "…", "9"], "live-key-parts"],
  [["Home", "End"], "live-key-ends"],
  [["<", ">"], "live-key-speed"],
  [["f"], "live-key-full"],
  [["t"], "live-key-theatre"],
  [["i"], "live-key-pip"],
  [["c"], "live-key-captions"],
  [["r"], "live-key-transcript"],
  [["a"], "live-key-sound"],
  [["s"], "live-key-steady"],
  [["n"], "live-key-check"],
  [["?"], "live-key-help"],
];

/** Rows of the help for mouse and fingers. */
export const GESTURES: readonly (readonly [string, string])[] = [
  ["live-gesture-click", "live-gesture-click-does"],
  ["live-gesture-double", "live-gesture-double-does"],
  ["live-gesture-sides", "live-gesture-sides-does"],
  ["live-gesture-hold", "live-gesture-hold-does"],
  ["live-gesture-pinch", "live-gesture-pinch-does"],
];

/** What a key press means here, or null. */
export function actionOf(event: Pick<KeyboardEvent, "key" | "altKey" | "ctrlKey" | "metaKey" | "defaultPrevented">, target: { writes: boolean; presses: boolean; moves: boolean }): Action | null {
  if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || target.writes) return null;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  // A focused button keeps its space bar; a slider or a scrolling list keeps its arrows, Home and End.
  if (key === " " && target.presses) return null;
  if (target.moves && (key.startsWith("Arrow") || key === "Home" || key === "End")) return null;
  if (/^[0-9]$/.test(key)) return `part${Number(key) as Digit}`;
  return KEYS[key] ?? null;
}

/** The part of the time line that a digit stands for, or null. */
export function partOf(action: Action): number | null {
  return action.startsWith("part") ? Number(action.slice(4)) / 10 : null;
}

/** What the focused element does with keys by itself. It may be one of another window's. */
export function usesOf(target: EventTarget | null): { writes: boolean; presses: boolean; moves: boolean } {
  const element = target as Partial<HTMLInputElement> | null;
  const is = (selector: string): boolean => element?.matches?.(selector) ?? false;
  const isField = is("input, textarea, select");
  return {
    writes: element?.isContentEditable === true || (isField && !is("[type=range], [type=checkbox], [type=radio], [type=button], [type=submit]")),
    presses: is("button, a, summary, input, label, [role='button'], [role='tab']"),
    moves: is("[type=range], [type=radio], [role='tab'], .chat-lines, .inner-page, .inner-page *, .transcript, .transcript *, dialog *"),
  };
}
