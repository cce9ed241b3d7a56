// WHIP (RFC 9725) from a browser: one offer, one answer, and again by itself until it is stopped.
import { PICTURE, SOUND, fragmentOf, pauseMs, preferred, refusalOf, renewed, type Trouble } from "./rules.ts";
import type { Pass } from "./types.ts";

/** A lost connection may come back by itself within this time. */
const PATIENCE_MS = 4_000;
/** From the answer to media. */
const CONNECT_MS = 12_000;

export interface Figures {
  bitrate_bps: number;
  fps: number;
  width: number;
  height: number;
  round_trip_ms: number | null;
  /** Share of packets lost on their way, of the last report. */
  lost: number;
  /** What keeps the picture from being better: nothing, the network, or this computer. */
  limited: "none" | "bandwidth" | "cpu" | "other";
}

export interface Listener {
  connecting(): void;
  live(): void;
  /** It tries again after a pause. */
  waiting(trouble: Trouble): void;
  /** It does not try again. */
  ended(trouble: Trouble): void;
  figures(figures: Figures): void;
}

class Refusal extends Error {
  constructor(readonly status: number) {
    super(`refused with ${status}`);
  }
}

export class Publisher {
  readonly #pass: () => Promise<Pass>;
  readonly #listener: Listener;
  #video: MediaStreamTrack | null;
  #audio: MediaStreamTrack | null;
  #peer: RTCPeerConnection | null = null;
  #session: { url: string; token: string; answer: string } | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #meter: ReturnType<typeof setInterval> | undefined;
  #attempt = 0;
  #stopped = false;
  #before: { at: number; bytes: number } | null = null;

  constructor(pass: () => Promise<Pass>, video: MediaStreamTrack | null, audio: MediaStreamTrack | null, listener: Listener) {
    this.#pass = pass;
    this.#video = video;
    this.#audio = audio;
    this.#listener = listener;
  }

  start(): void {
    void this.#begin();
  }

  /** Sends other sources from now on, without a new connection where the kinds stay the same. */
  async replace(video: MediaStreamTrack | null, audio: MediaStreamTrack | null): Promise<void> {
    const kinds = (a: MediaStreamTrack | null, b: MediaStreamTrack | null): boolean => (a === null) === (b === null);
    const same = kinds(video, this.#video) && kinds(audio, this.#audio);
    [this.#video, this.#audio] = [video, audio];
    if (!this.#peer) return;
    if (!same) {
      this.#leave();
      return this.#begin();
    }
    for (const sender of this.#peer.getSenders()) {
      const track = sender.track?.kind === "video" ? video : audio;
      if (sender.track && track && sender.track !== track) await sender.replaceTrack(track);
    }
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#leave();
  }

  async #begin(): Promise<void> {
    if (this.#stopped) return;
    this.#attempt += 1;
    this.#listener.connecting();
    try {
      await this.#connect();
    } catch (error) {
      this.#leave();
      if (this.#stopped) return;
      const { trouble, again } = error instanceof Refusal ? refusalOf(error.status) : ({ trouble: "unreachable", again: true } as const);
      if (again) this.#again(trouble);
      else this.#end(trouble);
    }
  }

  async #connect(): Promise<void> {
    const pass = await this.#pass();
    const peer = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
    this.#peer = peer;
    if (this.#video) {
      const sender = peer.addTransceiver(this.#video, { direction: "sendonly", sendEncodings: [{ maxBitrate: PICTURE.bitrate, maxFramerate: PICTURE.fps }] });
      const codecs = preferred(RTCRtpSender.getCapabilities("video")?.codecs ?? []);
      if (codecs.length === 0) throw new Refusal(422);
      sender.setCodecPreferences(codecs);
    }
    if (this.#audio) peer.addTransceiver(this.#audio, { direction: "sendonly", sendEncodings: [{ maxBitrate: SOUND.bitrate }] });
    peer.addEventListener("connectionstatechange", () => this.#changed(peer));
    await peer.setLocalDescription(await peer.createOffer());
    // The server answers whoever knows its password: it needs none of our addresses.
    const answer = await fetch(pass.endpoint, {
      method: "POST",
      headers: { authorization: `Bearer ${pass.token}`, "content-type": "application/sdp" },
      body: peer.localDescription?.sdp ?? "",
      signal: AbortSignal.timeout(CONNECT_MS),
    });
    // The pass was good a moment ago: somebody ended it.
    if (!answer.ok) throw new Refusal(answer.status === 401 ? 403 : answer.status);
    const location = answer.headers.get("location");
    const sdp = await answer.text();
    if (location) this.#session = { url: new URL(location, answer.url).href, token: pass.token, answer: sdp };
    if (this.#stopped || this.#peer !== peer) return this.#leave();
    await peer.setRemoteDescription({ type: "answer", sdp });
    await keepSize(peer);
    this.#timer = setTimeout(() => peer.connectionState !== "connected" && this.#lost(peer, "unreachable"), CONNECT_MS);
  }

  #changed(peer: RTCPeerConnection): void {
    if (peer !== this.#peer) return;
    clearTimeout(this.#timer);
    switch (peer.connectionState) {
      case "connected":
        this.#attempt = 0;
        this.#listener.live();
        this.#watch(peer);
        break;
      case "disconnected":
        this.#timer = setTimeout(() => this.#lost(peer, "lost"), PATIENCE_MS);
        void this.#restart(peer);
        break;
      case "failed":
      case "closed":
        this.#lost(peer, "lost");
        break;
    }
  }

  /** The network changed: the session goes on by another one, if the server can. If not, a new session follows after a while. */
  async #restart(peer: RTCPeerConnection): Promise<void> {
    const session = this.#session;
    if (!session || peer.signalingState !== "stable") return;
    try {
      const offer = await peer.createOffer({ iceRestart: true });
      await peer.setLocalDescription(offer);
      const told = await fetch(session.url, {
        method: "PATCH",
        headers: { authorization: `Bearer ${session.token}`, "content-type": "application/trickle-ice-sdpfrag", "if-match": "*" },
        body: fragmentOf(offer.sdp ?? ""),
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      const sdp = told.status === 200 ? renewed(session.answer, await told.text()) : null;
      if (sdp === null) throw new Error("no other transport");
      if (this.#peer !== peer) return;
      session.answer = sdp;
      await peer.setRemoteDescription({ type: "answer", sdp });
    } catch {
      // A session that is not there any more, or a network that is not there yet: a new one is tried, with pauses.
      if (peer.connectionState !== "connected") this.#lost(peer, "lost");
    }
  }

  #lost(peer: RTCPeerConnection, trouble: Trouble): void {
    if (peer !== this.#peer || this.#stopped) return;
    this.#leave();
    this.#again(trouble);
  }

  #again(trouble: Trouble): void {
    this.#listener.waiting(trouble);
    this.#timer = setTimeout(() => void this.#begin(), pauseMs(this.#attempt, Math.random()));
  }

  #end(trouble: Trouble): void {
    this.#stopped = true;
    this.#listener.ended(trouble);
  }

  /** Tells the server, so that the seat is free at once. */
  #leave(): void {
    clearTimeout(this.#timer);
    clearInterval(this.#meter);
    this.#before = null;
    const session = this.#session;
    this.#session = null;
    if (session) {
      // Goes out even when the page is being closed; that nobody answers then does not matter.
      fetch(session.url, { method: "DELETE", keepalive: true, headers: { authorization: `Bearer ${session.token}` } }).catch(() => {});
    }
    const peer = this.#peer;
    this.#peer = null;
    peer?.close();
  }

  #watch(peer: RTCPeerConnection): void {
    clearInterval(this.#meter);
    this.#meter = setInterval(() => {
      void peer.getStats().then((report) => peer === this.#peer && this.#listener.figures(this.#read(report)));
    }, 1000);
  }

  #read(report: RTCStatsReport): Figures {
    const figures: Figures = { bitrate_bps: 0, fps: 0, width: 0, height: 0, round_trip_ms: null, lost: 0, limited: "none" };
    let bytes = 0;
    let at = 0;
    report.forEach((entry: Record<string, unknown>) => {
      const number = (key: string): number => (typeof entry[key] === "number" ? entry[key] : 0);
      if (entry["type"] === "outbound-rtp") {
        bytes += number("bytesSent");
        at = number("timestamp");
        if (entry["kind"] === "video") {
          figures.fps = number("framesPerSecond");
          [figures.width, figures.height] = [number("frameWidth"), number("frameHeight")];
          figures.limited = (entry["qualityLimitationReason"] as Figures["limited"] | undefined) ?? "none";
        }
      } else if (entry["type"] === "remote-inbound-rtp") {
        if (entry["roundTripTime"] !== undefined) figures.round_trip_ms = Math.round(number("roundTripTime") * 1000);
        figures.lost = Math.max(figures.lost, number("fractionLost"));
      }
    });
    if (this.#before && at > this.#before.at) figures.bitrate_bps = ((bytes - this.#before.bytes) * 8000) / (at - this.#before.at);
    this.#before = { at, bytes };
    return figures;
  }
}

/** On a bad line fewer pictures are better than smaller ones: each other size makes every player begin anew. */
async function keepSize(peer: RTCPeerConnection): Promise<void> {
  for (const sender of peer.getSenders()) {
    if (sender.track?.kind !== "video") continue;
    const parameters = sender.getParameters() as RTCRtpSendParameters & { degradationPreference?: string };
    parameters.degradationPreference = "maintain-resolution";
    // Browsers that do not know it ignore it or say so; the picture goes out all the same.
    await sender.setParameters(parameters).catch(() => {});
  }
}

/** Asks for a pass. */
export async function askPass(url: string, seat: string): Promise<Pass> {
  const answer = await fetch(url, { method: "POST", headers: { "content-type": "application/json", accept: "application/json" }, body: JSON.stringify({ seat }) });
  if (!answer.ok) throw new Refusal(answer.status === 409 ? 404 : answer.status);
  return (await answer.json()) as Pass;
}
