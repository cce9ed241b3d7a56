// A bad network: packets between two ends of this machine that are slow, late and lost (kit/link), and a browser at the far end.
import { chromium, type Browser, type LaunchOptions } from "@playwright/test";
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { matsuri } from "./server.ts";

const programme = process.env.MATSURI_LINK ?? join(dirname(matsuri), "link");

/** What a link is told: kilobits per second, milliseconds one way, and of a hundred packets. */
export interface Quality {
  rate?: number;
  delay?: number;
  jitter?: number;
  loss?: number;
}

export class Link {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  readonly #folder = mkdtempSync(join(tmpdir(), "matsuri-link-"));
  #namespace = "";
  /** Where servers listen for whoever is at the far end: an address that only the far end can reach. */
  near = "";

  private constructor() {
    this.#child = spawn(programme, { stdio: "pipe" });
    const reader: Interface = createInterface(this.#child.stdout);
    this.#lines = reader[Symbol.asyncIterator]();
  }

  /** Makes one, or says why there can be none: the system has no namespaces, or this process may not make any. */
  static async make(): Promise<Link | string> {
    if (!existsSync(programme)) return `${programme} is not there: cargo build --package link`;
    const link = new Link();
    const [word, namespace, near] = (await link.#hear()).split(" ");
    if (word !== "ready" || !namespace || !near) {
      await link.remove();
      return `${word} ${namespace}`;
    }
    [link.#namespace, link.near] = [namespace, near];
    return link;
  }

  async #hear(): Promise<string> {
    const { value } = await this.#lines.next();
    return String(value ?? "nothing was said");
  }

  async #order(words: string): Promise<void> {
    this.#child.stdin.write(`${words}\n`);
    const said = await this.#hear();
    if (said !== "ok") throw new Error(`${words}: ${said}`);
  }

  /** How it is from now on; what is not named is perfect. */
  async become(quality: Quality): Promise<void> {
    const words = Object.entries(quality).map(([name, value]) => `${name}=${value}`);
    await this.#order(words.length === 0 ? "delay=0" : words.join(" "));
  }

  /** Nothing arrives any more, and nobody is told. */
  async down(): Promise<void> {
    await this.#order("down");
  }

  async up(): Promise<void> {
    await this.#order("up");
  }

  /** The far end is on another network: the address that it had is gone. */
  async move(): Promise<void> {
    await this.#order("move");
  }

  /** A browser at the far end, for which `origin` is as trustworthy as behind TLS. */
  async browser({ executablePath, args }: LaunchOptions, origin: string): Promise<Browser> {
    const wrapped = join(this.#folder, "browser");
    writeFileSync(wrapped, `#!/bin/sh\nexec nsenter --net=/var/run/netns/${this.#namespace} ${executablePath} "$@"\n`);
    chmodSync(wrapped, 0o755);
    return chromium.launch({ executablePath: wrapped, args: [...(args ?? []), `--unsafely-treat-insecure-origin-as-secure=${origin}`] });
  }

  async remove(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.stdin.end();
    if (this.#child.exitCode === null) await ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
