import { describe, expect, test } from "vitest";
import { Elsewhere } from "../src/live/elsewhere.svelte.ts";

/** A browser that knows other devices, as far as the player asks it. */
function sender(plays = "maybe", watches = true): { element: HTMLVideoElement; tell: (available: boolean) => void; happens: (name: string) => void; done: string[] } {
  const heard = new Map<string, () => void>();
  const done: string[] = [];
  let tell: (available: boolean) => void = () => {};
  let src: string | null = null;
  const remote = {
    addEventListener: (name: string, run: () => void) => void heard.set(name, run),
    watchAvailability: (run: (available: boolean) => void) => {
      tell = run;
      return watches ? Promise.resolve(1) : Promise.reject(new Error("not here"));
    },
    prompt: () => {
      done.push("prompt");
      return Promise.resolve();
    },
  };
  const element = {
    remote,
    canPlayType: () => plays,
    getAttribute: () => src,
    removeAttribute: () => (src = null),
    set src(url: string) {
      src = url;
      done.push(`src ${url}`);
    },
    play: () => {
      done.push("play");
      return Promise.resolve();
    },
    pause: () => done.push("pause"),
  };
  return { element: element as unknown as HTMLVideoElement, tell: (available) => tell(available), happens: (name) => heard.get(name)?.(), done };
}

describe("another device", () => {
  const here = (done: string[]): { rests(): void; returns(): void } => ({ rests: () => void done.push("rests"), returns: () => void done.push("returns") });
  test("is offered while there is one, plays while the picture here rests, and gives it back", () => {
    const { element, tell, happens, done } = sender();
    const elsewhere = new Elsewhere(element, here(done));
    elsewhere.show("/media/a/index.m3u8");
    expect(elsewhere.offered).toBe(false);
    tell(true);
    expect(elsewhere.offered).toBe(true);
    elsewhere.choose();
    happens("connect");
    expect(elsewhere.playing).toBe(true);
    // Another track, or another right to watch, goes on there.
    elsewhere.show("/t/x/media/a/index.m3u8");
    elsewhere.show("/t/x/media/a/index.m3u8");
    happens("disconnect");
    happens("disconnect");
    expect(done).toEqual(["src /media/a/index.m3u8", "prompt", "rests", "play", "src /t/x/media/a/index.m3u8", "play", "pause", "returns"]);
    elsewhere.show(null);
    expect([elsewhere.offered, elsewhere.playing]).toEqual([false, false]);
  });
  test("may be there where the browser looks for them only when asked", async () => {
    const { element, done } = sender("maybe", false);
    const elsewhere = new Elsewhere(element, here(done));
    elsewhere.show("/media/a/index.m3u8");
    await Promise.resolve();
    await Promise.resolve();
    expect(elsewhere.offered).toBe(true);
  });
  test("is never offered by browsers that cannot hand the playlist over", () => {
    const { element, tell, done } = sender("");
    const elsewhere = new Elsewhere(element, here(done));
    elsewhere.show("/media/a/index.m3u8");
    tell(true);
    expect(elsewhere.offered).toBe(false);
    const plain = new Elsewhere({} as HTMLVideoElement, here(done));
    plain.show("/media/a/index.m3u8");
    expect(plain.offered).toBe(false);
  });
});
