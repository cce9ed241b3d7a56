import { describe, expect, it } from "vitest";
import { show, type Told } from "../src/encodertest/rows.ts";

/** As much of an element as is needed: no DOM is installed. */
class Stub {
  textContent = "";
  className = "";
  hidden = true;
  dataset: Record<string, string> = {};
  readonly parts: Record<string, Stub>;
  constructor(parts: Record<string, Stub> = {}) {
    this.parts = parts;
  }
  querySelector(selector: string): Stub | null {
    return this.parts[selector] ?? null;
  }
}

const told = (advice: string | null): Told => ({
  state: "running",
  words: { en: { summary: { verdict: "must", word: "must change", text: "Measuring" }, rows: [{ item: "bitrate", verdict: "good", value: "4500", word: "good", advice }] } },
});

describe("an encoder test", () => {
  const line = new Stub({ "[data-value]": new Stub(), "[data-verdict]": new Stub(), "[data-advice]": new Stub() });
  const section = new Stub({ "[data-summary-text]": new Stub(), "[data-summary-verdict]": new Stub(), '[data-item="bitrate"]': line });
  const shown = section as unknown as HTMLElement;

  it("puts what is told into its rows", () => {
    show(shown, told("Set it to CBR"), "en");
    expect(section.dataset["state"]).toBe("running");
    expect(section.parts["[data-summary-verdict]"]).toMatchObject({ textContent: "must change", className: "chip verdict-must" });
    expect(line.parts["[data-value]"]?.textContent).toBe("4500");
    expect(line.parts["[data-verdict]"]?.className).toBe("chip verdict-good");
    expect(line.parts["[data-advice]"]).toMatchObject({ textContent: "Set it to CBR", hidden: false });
    show(shown, told(null), "en");
    expect(line.parts["[data-advice]"]?.hidden).toBe(true);
  });

  it("leaves everything alone where a language is missing", () => {
    show(shown, { ...told(null), state: "over" }, "fr");
    expect(section.dataset["state"]).toBe("running");
  });
});
