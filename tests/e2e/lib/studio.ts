// A browser as sender: in place of camera and microphone the test signal, drawn and sounded by the page itself.
import type { BrowserContext, Page } from "@playwright/test";
import { CODE, PICTURE, TONE } from "./signal.ts";

/** What `getUserMedia` gives in pages of this context from now on. */
export async function signalAsCamera(context: BrowserContext): Promise<void> {
  await context.addInitScript(install, { code: CODE, picture: PICTURE, tone: TONE });
}

/** Runs in the page. */
function install({ code, picture, tone }: { code: typeof CODE; picture: typeof PICTURE; tone: typeof TONE }): void {
  const draw = (): MediaStreamTrack => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [picture.width, picture.height];
    const paper = canvas.getContext("2d");
    const cell = picture.width / code.bits;
    let shown = 0;
    const next = (): void => {
      const number = Math.floor((Date.now() * picture.rate) / 1_000);
      if (!paper || number === shown) return;
      shown = number;
      const clock = Math.ceil((number * 1_000) / picture.rate) >>> 0;
      const check = ((clock ^ (clock >>> 8) ^ (clock >>> 16) ^ (clock >>> 24)) & 0xff) ^ 0xa5;
      const word = clock.toString(2).padStart(code.clockBits, "0") + check.toString(2).padStart(code.bits - code.clockBits, "0");
      paper.fillStyle = "#666";
      paper.fillRect(0, 0, picture.width, picture.height);
      for (let bit = 0; bit < code.bits; bit += 1) {
        paper.fillStyle = word[bit] === "1" ? "#fff" : "#000";
        paper.fillRect(bit * cell, code.top, cell, code.height);
      }
    };
    setInterval(next, 5);
    next();
    const track = canvas.captureStream(picture.rate).getVideoTracks()[0];
    if (!track) throw new Error("a canvas gives no picture");
    return track;
  };
  const sound = (): MediaStreamTrack => {
    const context = new AudioContext();
    const voice = context.createOscillator();
    const out = context.createMediaStreamDestination();
    const quiet = context.createGain();
    quiet.gain.value = 0.25;
    voice.connect(quiet).connect(out);
    voice.start();
    let planned = 0;
    const plan = (): void => {
      const now = performance.timeOrigin + performance.now();
      // The clock of the sound is not that of the page: each tone is set anew from both.
      for (let turn = Math.max(planned + 1, Math.ceil(now / tone.ms)); turn * tone.ms < now + 1_000; turn += 1) {
        const at = context.currentTime + (turn * tone.ms - now) / 1_000;
        voice.frequency.setValueAtTime(tone.lowest + (turn % tone.count) * tone.step, Math.max(0, at));
        planned = turn;
      }
    };
    setInterval(plan, 200);
    plan();
    const track = out.stream.getAudioTracks()[0];
    if (!track) throw new Error("an oscillator gives no sound");
    return track;
  };
  navigator.mediaDevices.getUserMedia = async (wish = {}) => {
    const tracks = [...(wish.video ? [draw()] : []), ...(wish.audio ? [sound()] : [])];
    return new MediaStream(tracks);
  };
}

/** Goes live on a page of the studio. */
export async function goLive(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.locator('[data-action="allow"]').click();
  await page.locator('.golive-state[data-state="ready"]').waitFor();
  await page.locator('[data-action="start"]').click();
  await page.locator('.golive-state[data-state="live"]').waitFor({ timeout: 30_000 });
}
