// A look at the link before one goes live: how long there and back, how much per second.
import { judge, type Network } from "./rules.ts";

const ROUNDS = 5;

/** Sends a few empty requests and then one with `bytes`; throws where the server cannot be reached. */
export async function testNetwork(url: string, bytes: number): Promise<Network> {
  const send = async (body: Uint8Array<ArrayBuffer>): Promise<number> => {
    const began = performance.now();
    const answer = await fetch(url, { method: "POST", headers: { "content-type": "application/octet-stream" }, body, cache: "no-store", signal: AbortSignal.timeout(20_000) });
    await answer.arrayBuffer();
    if (!answer.ok) throw new Error(`refused with ${answer.status}`);
    return performance.now() - began;
  };
  // The first one also pays for the connection.
  await send(new Uint8Array(0));
  const round_trips: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) round_trips.push(await send(new Uint8Array(0)));
  // Noise, so that nothing on the way makes it smaller.
  const noise = new Uint8Array(bytes);
  for (let at = 0; at < bytes; at += 65_536) crypto.getRandomValues(noise.subarray(at, Math.min(bytes, at + 65_536)));
  return judge(round_trips, bytes, await send(noise));
}
