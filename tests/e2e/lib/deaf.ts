// A browser that does not know Opus, as there are: what it says of itself, and what it does when it gets some all the same.
import type { BrowserContext } from "@playwright/test";

/** In pages of this context from now on. */
export async function withoutOpus(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const isOpus = (type: string | undefined): boolean => /opus/i.test(type ?? "");
    const knows = MediaSource.isTypeSupported.bind(MediaSource);
    MediaSource.isTypeSupported = (type) => !isOpus(type) && knows(type);
    const add = MediaSource.prototype.addSourceBuffer;
    MediaSource.prototype.addSourceBuffer = function (type) {
      if (isOpus(type)) throw new DOMException(type, "NotSupportedError");
      return add.call(this, type);
    };
    const change = SourceBuffer.prototype.changeType;
    SourceBuffer.prototype.changeType = function (type) {
      if (isOpus(type)) throw new DOMException(type, "NotSupportedError");
      change.call(this, type);
    };
    const plays = HTMLMediaElement.prototype.canPlayType;
    HTMLMediaElement.prototype.canPlayType = function (type) {
      return isOpus(type) ? "" : plays.call(this, type);
    };
    const decodes = navigator.mediaCapabilities.decodingInfo.bind(navigator.mediaCapabilities);
    navigator.mediaCapabilities.decodingInfo = async (wish) => {
      const told = await decodes(wish);
      return isOpus(wish.audio?.contentType) ? { ...told, supported: false, smooth: false, powerEfficient: false } : told;
    };
  });
}
