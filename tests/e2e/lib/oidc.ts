// Somebody else's OpenID provider, on loopback: with its own pages, keys that change, clients of several kinds, and, on
// demand, tokens that lie under a good signature.
import { createPrivateKey, generateKeyPairSync, sign, type JsonWebKey } from "node:crypto";
import { createServer, type RequestListener, type Server as Listener } from "node:http";
import type { AddressInfo } from "node:net";
import OpenIdProvider from "oidc-provider";
import type { Page } from "@playwright/test";

/** What it knows about somebody; the name that they type is their subject. */
export interface Person {
  email: string;
  email_verified: boolean;
  name: string;
}

/** A client as it is registered: how it says who it is, and by what its tokens are signed. */
export interface Client {
  id: string;
  auth: "client_secret_basic" | "client_secret_post" | "none";
  alg: "RS256" | "ES256";
}

/** What proves a client; with what has to be encoded in it. */
export const SECRET = "s:e/c r+t&%";

function key(alg: Client["alg"], kid: string): JsonWebKey {
  const { privateKey } = alg === "RS256" ? generateKeyPairSync("rsa", { modulusLength: 2048 }) : generateKeyPairSync("ec", { namedCurve: "P-256" });
  return { ...privateKey.export({ format: "jwk" }), alg, use: "sig", kid };
}

function decoded(part: string | undefined): Record<string, unknown> {
  return JSON.parse(Buffer.from(part ?? "", "base64url").toString()) as Record<string, unknown>;
}

export class Provider {
  readonly people = new Map<string, Person>();
  /** Claims that the next tokens have instead of the true ones. */
  lie: Record<string, unknown> = {};
  /** Whether it is gone when a code is to be redeemed. */
  gone = false;
  /** Whether it keeps the next answer instead of sending somebody back with it. */
  keeps = false;
  /** The answer that it kept. */
  kept = "";
  #listener: Listener;
  #port = 0;
  #handler: RequestListener = (_, response) => void response.writeHead(503).end();
  #keys: JsonWebKey[] = [];
  #generation = 0;
  #clients: Client[] = [];
  #site = "";

  private constructor() {
    this.#listener = this.#listening();
  }

  static async listen(): Promise<Provider> {
    const provider = new Provider();
    await provider.back();
    return provider;
  }

  get issuer(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  #listening(): Listener {
    return createServer((request, response) => {
      if (this.gone && request.url === "/token") request.destroy();
      else this.#handler(request, response);
    });
  }

  /** Answers, for clients that come back to a site. */
  open(site: string, clients: Client[]): void {
    this.#site = site;
    this.#clients = clients;
    this.rotate();
  }

  /** Signs with other keys from now on, and publishes no others. */
  rotate(): void {
    this.#generation += 1;
    this.#keys = (["RS256", "ES256"] as const).map((alg) => key(alg, `${alg}-${this.#generation}`));
    const provider = new OpenIdProvider(this.issuer, {
      clients: this.#clients.map(({ id, auth, alg }) => ({
        client_id: id,
        ...(auth === "none" ? {} : { client_secret: SECRET }),
        token_endpoint_auth_method: auth,
        id_token_signed_response_alg: alg,
        redirect_uris: [`${this.#site}/sign-in/oidc/${id}/callback`],
        grant_types: ["authorization_code"],
        response_types: ["code"],
      })),
      jwks: { keys: this.#keys },
      cookies: { keys: ["for journeys alone"] },
      claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
      pkce: { required: () => true },
      ttl: { Interaction: 600, Session: 600, Grant: 600, AccessToken: 60, IdToken: 60, AuthorizationCode: 60 },
      findAccount: (_: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id, ...this.people.get(id) }) }),
    });
    provider.use(async (context, next) => {
      await next();
      const { body } = context;
      const to = context.response.get("location") ?? "";
      if (this.keeps && to.includes("/callback?")) {
        this.kept = to;
        context.set("location", `${this.issuer}/kept`);
      }
      if (context.path === "/token" && typeof body === "object" && body !== null && "id_token" in body) {
        body.id_token = this.#told(String(body.id_token));
      }
    });
    this.#handler = provider.callback();
  }

  /** The token with what is lied about, signed by the provider's own key. */
  #told(token: string): string {
    if (Object.keys(this.lie).length === 0) return token;
    const [head, body] = token.split(".");
    const { kid, alg } = decoded(head);
    const text = `${head}.${Buffer.from(JSON.stringify({ ...decoded(body), ...this.lie })).toString("base64url")}`;
    const jwk = this.#keys.find((own) => own.kid === kid);
    if (!jwk) throw new Error(`no key ${String(kid)}`);
    const privateKey = createPrivateKey({ key: jwk, format: "jwk" });
    const made = sign("sha256", Buffer.from(text), alg === "ES256" ? { key: privateKey, dsaEncoding: "ieee-p1363" } : privateKey);
    return `${text}.${made.toString("base64url")}`;
  }

  /** Is away: nobody answers at its address. */
  async away(): Promise<void> {
    const closed = new Promise((resolve) => this.#listener.close(resolve));
    this.#listener.closeAllConnections();
    await closed;
  }

  /** Is there again, at the same address. */
  async back(): Promise<void> {
    this.#listener = this.#listening();
    await new Promise<void>((resolve) => this.#listener.listen(this.#port, "127.0.0.1", resolve));
    this.#port = (this.#listener.address() as AddressInfo).port;
  }
}

/** Types a name at the provider's own page, and agrees to what is asked there. */
export async function agree(page: Page, name: string): Promise<void> {
  await page.locator('input[name="login"]').fill(name);
  await page.locator('input[name="password"]').fill("any");
  await page.getByRole("button", { name: "Sign-in" }).click();
  await page.getByRole("button", { name: "Continue" }).click();
}
