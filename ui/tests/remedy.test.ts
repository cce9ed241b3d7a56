import { afterEach, describe, expect, it, vi } from "vitest";
import { Remedy } from "../src/live/remedy.svelte.ts";

afterEach(() => vi.useRealTimers());

describe("what this browser cannot play", () => {
  it("is looked for again until a picture moves, and is said meanwhile", () => {
    vi.useFakeTimers();
    const helped: boolean[] = [];
    const remedy = new Remedy({ ready: () => true, help: (anew) => helped.push(anew), stop: () => {} });
    remedy.failed("M-DEV-1");
    vi.advanceTimersByTime(6_000);
    expect(helped).toEqual([true]);
    expect(remedy.trouble?.code).toBe("M-DEV-1");
    remedy.failed("M-DEV-1");
    vi.advanceTimersByTime(6_000);
    expect(helped).toHaveLength(2);
    remedy.well();
    expect(remedy.trouble).toBeNull();
    vi.advanceTimersByTime(60_000);
    expect(helped).toHaveLength(2);
  });

  it("is looked for at once when the server says that there is news, and goes on being looked for", () => {
    vi.useFakeTimers();
    const helped: boolean[] = [];
    const remedy = new Remedy({ ready: () => true, help: (anew) => helped.push(anew), stop: () => {} });
    remedy.failed("M-DEV-1");
    remedy.again();
    expect(helped).toEqual([true]);
    remedy.failed("M-DEV-1");
    vi.advanceTimersByTime(6_000);
    expect(helped).toEqual([true, true]);
  });
});
