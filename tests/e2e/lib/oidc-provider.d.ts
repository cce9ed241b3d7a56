// As much of it as the journeys use; it brings no types of its own.
declare module "oidc-provider" {
  import type { RequestListener } from "node:http";

  interface Context {
    path: string;
    body: unknown;
    response: { get(header: string): string | undefined };
    set(header: string, value: string): void;
  }

  export default class Provider {
    constructor(issuer: string, configuration: object);
    callback(): RequestListener;
    use(middleware: (context: Context, next: () => Promise<void>) => Promise<void>): void;
  }
}
