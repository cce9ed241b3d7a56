// Other tracks that are on air beside what is measured: encoders by `matsuri load publish`, in a conference of their own.
import { spawn, type ChildProcess } from "node:child_process";
import { matsuri, type Server } from "./server.ts";

export class Beside {
  readonly #child: ChildProcess;

  private constructor(addresses: readonly string[]) {
    this.#child = spawn(matsuri, ["load", "publish", ...addresses], { stdio: ["ignore", "pipe", "inherit"] });
  }

  /** So many tracks, all of them on air. */
  static async start(server: Server, tracks: number): Promise<Beside> {
    const rooms = Array.from({ length: tracks }, (_, n) => `Hall ${n + 1}`);
    await server.add(rooms);
    const addresses: string[] = [];
    for (let n = 1; n <= tracks; n += 1) addresses.push(await server.key("primary", `hall-${n}`));
    const beside = new Beside(addresses);
    await beside.#publishes(tracks);
    return beside;
  }

  #publishes(tracks: number): Promise<void> {
    let printed = "";
    return new Promise((resolve, reject) => {
      this.#child.stdout?.on("data", (chunk: Buffer) => {
        printed += chunk.toString();
        if (printed.split(" publishes").length > tracks) resolve();
      });
      this.#child.once("exit", () => reject(new Error(`the encoders ended:\n${printed}`)));
    });
  }

  stop(): void {
    this.#child.kill("SIGINT");
  }
}
