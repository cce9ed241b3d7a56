import { describe, expect, test } from "vitest";
import { canHear } from "../src/live/hearing.ts";
import { NEEDED_BPS, decibels, fragmentOf, judge, loudness, pauseMs, preferred, refusalOf, renewed, troubleOf } from "../src/golive/rules.ts";

describe("going live", () => {
  test("a restart of the transport changes credentials and candidates, and nothing else", () => {
    const offer = "v=0\r\na=ice-ufrag:new\r\na=ice-pwd:secret\r\nm=video 9\r\na=ice-ufrag:new\r\na=ice-pwd:secret\r\n";
    expect(fragmentOf(offer)).toBe("a=ice-ufrag:new\r\na=ice-pwd:secret\r\n");
    expect(fragmentOf("v=0\r\n")).toBe("");
    const answer = "v=0\r\nm=video 9\r\na=ice-ufrag:old\r\na=ice-pwd:old\r\na=candidate:1 old\r\na=candidate:2 old\r\na=recvonly\r\n";
    const fragment = "a=ice-lite\r\na=ice-ufrag:ours\r\na=ice-pwd:ours2\r\nm=video 9\r\na=candidate:1 new\r\n";
    expect(renewed(answer, fragment)).toBe("v=0\r\nm=video 9\r\na=ice-ufrag:ours\r\na=ice-pwd:ours2\r\na=candidate:1 new\r\na=recvonly\r\n");
    expect(renewed(answer, "a=ice-ufrag:ours\r\n")).toBeNull();
  });

  test("H.264 that everything decodes comes first, and nothing but what repairs losses comes along", () => {
    const codec = (mimeType: string, sdpFmtpLine = ""): { mimeType: string; sdpFmtpLine: string } => ({ mimeType, sdpFmtpLine });
    const codecs = [
      codec("video/VP8"),
      codec("video/rtx"),
      codec("video/H264", "packetization-mode=0;profile-level-id=42e01f"),
      codec("video/H264", "packetization-mode=1;profile-level-id=640c1f"),
      codec("video/H264", "packetization-mode=1;profile-level-id=42e01f"),
      codec("video/red"),
    ];
    expect(preferred(codecs).map((one) => one.sdpFmtpLine || one.mimeType)).toEqual([
      "packetization-mode=1;profile-level-id=42e01f",
      "packetization-mode=1;profile-level-id=640c1f",
      "packetization-mode=0;profile-level-id=42e01f",
      "video/rtx",
    ]);
    expect(preferred([codec("video/VP8"), codec("video/rtx")])).toEqual([]);
  });

  test("pauses grow, differ and end at ten seconds", () => {
    expect([1, 2, 3].map((attempt) => pauseMs(attempt, 1))).toEqual([1000, 2000, 4000]);
    expect(pauseMs(50, 1)).toBe(10_000);
    expect(pauseMs(50, 0)).toBe(6_000);
  });

  test("what can pass by itself is tried again, and what cannot is not", () => {
    expect(refusalOf(409)).toEqual({ trouble: "busy", again: true });
    expect(refusalOf(503)).toEqual({ trouble: "unreachable", again: true });
    expect([401, 403, 404, 422, 400].map((status) => refusalOf(status).again)).toEqual([false, false, false, false, false]);
    expect([{ name: "NotAllowedError" }, { name: "NotFoundError" }, null].map(troubleOf)).toEqual(["denied", "no-device", "in-use"]);
  });

  test("a link is judged by what the picture needs", () => {
    const bytes = 1_000_000;
    const ms = (bps: number): number => (bytes * 8000) / bps + 40;
    expect(judge([40, 30, 50], bytes, ms(3 * NEEDED_BPS)).verdict).toBe("good");
    expect(judge([40], bytes, ms(1.5 * NEEDED_BPS)).verdict).toBe("tight");
    expect(judge([40], bytes, ms(0.5 * NEEDED_BPS)).verdict).toBe("poor");
    expect(judge([900], bytes, ms(50 * NEEDED_BPS)).verdict).toBe("poor");
    expect(judge([10, 999, 20], bytes, 1000).round_trip_ms).toBe(20);
  });

  test("the level tells silence, whispering and shouting apart", () => {
    const tone = (amplitude: number): Float32Array => Float32Array.from({ length: 4800 }, (_, n) => amplitude * Math.sin(n / 10));
    expect([0, 0.0005, 0.003, 0.2, 1].map((amplitude) => loudness(decibels(tone(amplitude))))).toEqual(["silent", "silent", "quiet", "good", "loud"]);
    expect(decibels(new Float32Array(0))).toBe(-90);
  });

  test("a viewer is told when the device has no decoder for the sound", () => {
    const old = { isTypeSupported: (type: string) => !type.includes("opus") };
    expect([canHear("opus", old), canHear("mp4a.40.2", old), canHear("opus", undefined)]).toEqual([false, true, true]);
  });
});
