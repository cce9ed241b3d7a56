// Passkeys: the browser's half of WebAuthn. Whatever this finds on a page is hidden until it is sure that it works here.

interface Challenge {
  challenge: string;
  user?: { id: string; name: string; displayName: string };
  excludeCredentials?: { type: "public-key"; id: string }[];
  [key: string]: unknown;
}

const decode = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));

const encode = (bytes: ArrayBuffer): string =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

/** Posts JSON; a refusal is thrown as the sentence that the server gives. */
async function post(path: string, body: unknown): Promise<Response> {
  const headers = { "content-type": "application/json", accept: "application/json" };
  const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  if (answer.ok) return answer;
  const problem = (await answer.json().catch(() => ({}))) as { detail?: string };
  throw new Error(problem.detail ?? String(answer.status));
}

async function add(name: string): Promise<void> {
  const asked = (await (await post("/account/passkeys/options", {})).json()) as Challenge;
  const publicKey = {
    ...asked,
    challenge: decode(asked.challenge),
    user: { ...asked.user, id: decode(asked.user?.id ?? "") },
    excludeCredentials: (asked.excludeCredentials ?? []).map((known) => ({ ...known, id: decode(known.id) })),
  } as unknown as PublicKeyCredentialCreationOptions;
  const made = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential | null;
  if (!made) return;
  const response = made.response as AuthenticatorAttestationResponse;
  const credential = {
    id: made.id,
    response: { clientDataJSON: encode(response.clientDataJSON), attestationObject: encode(response.attestationObject) },
  };
  await post("/account/passkeys", { name, credential });
  location.assign("/account/security");
}

async function signIn(next: string): Promise<void> {
  const asked = (await (await post("/sign-in/passkey/options", {})).json()) as Challenge;
  const publicKey = { ...asked, challenge: decode(asked.challenge), allowCredentials: [] } as unknown as PublicKeyCredentialRequestOptions;
  const used = (await navigator.credentials.get({ publicKey })) as PublicKeyCredential | null;
  if (!used) return;
  const response = used.response as AuthenticatorAssertionResponse;
  const credential = {
    id: used.id,
    response: {
      clientDataJSON: encode(response.clientDataJSON),
      authenticatorData: encode(response.authenticatorData),
      signature: encode(response.signature),
      userHandle: response.userHandle ? encode(response.userHandle) : null,
    },
  };
  const answer = (await (await post("/sign-in/passkey", { next, credential })).json()) as { next: string };
  location.assign(answer.next);
}

function start(part: HTMLElement): void {
  const button = part.querySelector<HTMLButtonElement>("button");
  const told = part.querySelector<HTMLElement>("[data-passkey-error]");
  if (!button || !told) return;
  part.hidden = false;
  button.addEventListener("click", () => {
    told.hidden = true;
    button.disabled = true;
    const name = part.querySelector<HTMLInputElement>("input")?.value ?? "";
    const work = part.dataset["passkey"] === "add" ? add(name) : signIn(part.dataset["next"] ?? "/");
    void work
      .catch((error: unknown) => {
        // Whoever closes the browser's own dialog knows that; every other failure has words.
        if (error instanceof DOMException && (error.name === "NotAllowedError" || error.name === "AbortError")) return;
        told.textContent = error instanceof DOMException ? (part.dataset["failed"] ?? error.message) : String((error as Error).message);
        told.hidden = false;
      })
      .finally(() => (button.disabled = false));
  });
}

if (typeof PublicKeyCredential === "function" && isSecureContext) {
  for (const part of document.querySelectorAll<HTMLElement>("[data-passkey]")) start(part);
}
