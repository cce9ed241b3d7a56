// The keyboard of the live page. Single keys can be switched off (WCAG 2.1.4) and never work while somebody writes.

export type Action = "toggle" | "mute" | "full" | "pip" | "help" | "back10" | "forward10" | "back5" | "forward5" | "louder" | "quieter" | "live" | "start";

const KEYS: Record<string, Action> = {
  k: "toggle",
  " ": "toggle",
  m: "mute",
  f: "full",
  i: "pip",
  "?": "help",
  j: "back10",
  l: "forward10",
  ArrowLeft: "back5",
  ArrowRight: "forward5",
  ArrowUp: "louder",
  ArrowDown: "quieter",
  End: "live",
  Home: "start",
};

/** Rows of the help: keys and the word for what they do. */
export const HELP: readonly (readonly [readonly string[], string])[] = [
  [["k", "␣"], "live-key-toggle"],
  [["m"], "live-key-mute"],
  [["↑", "↓"], "live-key-volume"],
  [["f"], "live-key-full"],
  [["i"], "live-key-pip"],
  [["←", "→"], "live-key-five"],
  [["j", "l"], "live-key-ten"],
  [["Home", "End"], "live-key-ends"],
  [["?"], "live-key-help"],
];

/** What a key press means here, or null. */
export function actionOf(event: Pick<KeyboardEvent, "key" | "altKey" | "ctrlKey" | "metaKey" | "defaultPrevented">, target: { writes: boolean; presses: boolean; moves: boolean }): Action | null {
  if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || target.writes) return null;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  // A focused button keeps its space bar; a slider or a scrolling list keeps its arrows, Home and End.
  if (key === " " && target.presses) return null;
  if (target.moves && (key.startsWith("Arrow") || key === "Home" || key === "End")) return null;
  return KEYS[key] ?? null;
}

/** What the focused element does with keys by itself. */
export function usesOf(target: EventTarget | null): { writes: boolean; presses: boolean; moves: boolean } {
  if (!(target instanceof HTMLElement)) return { writes: false, presses: false, moves: false };
  const field = target instanceof HTMLInputElement ? target.type : "";
  return {
    writes: target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || (field !== "" && !["range", "checkbox", "radio", "button", "submit"].includes(field)),
    presses: target.matches("button, a, summary, input, label, [role='button'], [role='tab']"),
    moves: field === "range" || field === "radio" || target.matches("[role='tab'], .chat-lines, .inner-page, .inner-page *, dialog *"),
  };
}
