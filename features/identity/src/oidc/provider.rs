//! A provider behind the network: what it says about itself, where people are sent, and what a code is worth.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use data_encoding::{BASE64, BASE64URL_NOPAD};
use kernel::{Timestamp, id};
use reqwest::{Client, RequestBuilder, header};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;

use super::settings::is_safe;
use super::token::{self, Expected, Key, Told};
use super::{Broken, Claims, Settings};
use crate::limits;

/// A provider.
#[derive(Debug)]
pub(crate) struct Provider {
    /// As it is configured.
    pub(crate) settings: Settings,
    client: Client,
    known: Mutex<Memory>,
    /// One request at a time asks the provider about itself.
    asking: Semaphore,
    /// Whether it refused a client that said who it is in the head of a request, and took it in the body.
    wants_body: AtomicBool,
}

/// What is remembered of a provider.
#[derive(Debug, Default)]
struct Memory {
    known: Option<Arc<Known>>,
    failed: Option<(Timestamp, String)>,
    /// When a key that was not known made us ask again.
    puzzled: Option<Timestamp>,
}

/// What a provider says about itself ("OpenID Connect Discovery 1.0", §3), with its keys.
#[derive(Debug)]
pub(crate) struct Known {
    document: Document,
    keys: Vec<Key>,
    at: Timestamp,
}

#[derive(Debug, Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    userinfo_endpoint: Option<String>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
    access_token: Option<String>,
}

/// What the userinfo endpoint says ("OpenID Connect Core 1.0", §5.3.2).
#[derive(Deserialize)]
struct Person {
    sub: String,
    #[serde(flatten)]
    told: Told,
}

/// How a client says who it is (RFC 6749, §2.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Introduction {
    /// In the head of the request: `client_secret_basic`.
    Head,
    /// In its body: `client_secret_post`, or no secret at all.
    Body,
}

#[derive(Default, Deserialize)]
struct Refusal {
    #[serde(default)]
    error: String,
}

/// Where a provider sends somebody back to, and what belongs to this one sign-in. All of it comes from one secret, which
/// only the browser that began it has.
#[derive(Debug)]
pub(crate) struct Return {
    pub(crate) secret: String,
    pub(crate) callback: String,
}

impl Return {
    fn part(&self, name: &str) -> String {
        id::digest(&format!("{name} {}", self.secret))
    }

    /// What comes back with the code.
    pub(crate) fn state(&self) -> String {
        self.part("state")
    }

    /// What has to stand in the ID token.
    fn nonce(&self) -> String {
        self.part("nonce")
    }

    /// What proves that whoever redeems the code also asked for it (RFC 7636).
    fn verifier(&self) -> String {
        self.part("verifier")
    }

    fn challenge(&self) -> String {
        let digest = ring::digest::digest(&ring::digest::SHA256, self.verifier().as_bytes());
        BASE64URL_NOPAD.encode(digest.as_ref())
    }
}

/// What requests to providers are sent with.
pub(super) fn client() -> reqwest::Result<Client> {
    Client::builder()
        .connect_timeout(limits::PROVIDER_CONNECT)
        .timeout(limits::PROVIDER_ANSWER)
        // What a provider says about itself names its addresses; nobody may send us elsewhere.
        .redirect(reqwest::redirect::Policy::none())
        .user_agent("matsuri")
        .build()
}

fn away(error: impl std::fmt::Display) -> Broken {
    Broken::Away(error.to_string())
}

impl Provider {
    pub(super) fn new(settings: Settings, client: Client) -> Self {
        Self {
            settings,
            client,
            known: Mutex::default(),
            asking: Semaphore::new(1),
            wants_body: AtomicBool::new(false),
        }
    }

    /// Where the browser goes to begin.
    pub(crate) async fn door(&self, to: &Return, now: Timestamp) -> Result<String, Broken> {
        let known = self.known(now).await?;
        let endpoint = &known.document.authorization_endpoint;
        let pairs = form(&[
            ("response_type", "code"),
            ("client_id", &self.settings.client_id),
            ("redirect_uri", &to.callback),
            ("scope", &self.settings.scopes),
            ("state", &to.state()),
            ("nonce", &to.nonce()),
            ("code_challenge", &to.challenge()),
            ("code_challenge_method", "S256"),
        ]);
        let joint = if endpoint.contains('?') { '&' } else { '?' };
        Ok(format!("{endpoint}{joint}{pairs}"))
    }

    /// Whether an answer comes from this provider, by the issuer that it names (RFC 9207). One that names none is taken only
    /// from a provider that does not say that its answers name it.
    pub(crate) async fn issued(
        &self,
        issuer: Option<&str>,
        now: Timestamp,
    ) -> Result<bool, Broken> {
        let known = self.known(now).await?;
        Ok(match issuer {
            Some(issuer) => known.document.issuer == issuer,
            None => {
                !known
                    .document
                    .authorization_response_iss_parameter_supported
            }
        })
    }

    /// The issuer as it stands in its tokens: half of the name of everybody there.
    pub(crate) async fn issuer(&self, now: Timestamp) -> Result<String, Broken> {
        Ok(self.known(now).await?.document.issuer.clone())
    }

    /// What the provider says about whoever came back with a code.
    pub(crate) async fn redeem(
        &self,
        code: &str,
        to: &Return,
        now: Timestamp,
    ) -> Result<Claims, Broken> {
        let known = self.known(now).await?;
        let tokens = self.tokens(&known.document, code, to).await?;
        let nonce = to.nonce();
        let verify = |known: &Known| {
            let expected = Expected {
                issuer: &known.document.issuer,
                client_id: &self.settings.client_id,
                nonce: &nonce,
                now,
            };
            token::verify(&tokens.id_token, &known.keys, &expected)
        };
        let claims = match verify(&known) {
            // It may sign with a key that it did not have when it was last asked.
            Err(token::Broken::UnknownKey | token::Broken::Signature) if self.may_ask(now) => {
                let newer = self.ask(now, Some(&known)).await?;
                verify(&newer)?
            }
            verdict => verdict?,
        };
        self.completed(&known.document, &tokens, claims).await
    }

    /// Whether a key that is not known may make us ask again: whoever sends nonsense must not make us ask all the time.
    fn may_ask(&self, now: Timestamp) -> bool {
        let mut memory = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let since = memory.puzzled;
        let may = since.is_none_or(|since| elapsed(since, now) >= limits::PROVIDER_AGAIN);
        if may {
            memory.puzzled = Some(now);
        }
        may
    }

    /// Adds what the provider says only where it is asked: with an access token at hand it may leave the mail address out
    /// of the ID token (Core, §5.4), as strict providers do.
    async fn completed(
        &self,
        document: &Document,
        tokens: &Tokens,
        mut claims: Claims,
    ) -> Result<Claims, Broken> {
        let (None, Some(endpoint), Some(access)) = (
            &claims.email,
            &document.userinfo_endpoint,
            &tokens.access_token,
        ) else {
            return Ok(claims);
        };
        let (status, body) = fetch(self.client.get(endpoint).bearer_auth(access)).await?;
        let person: Person = parse(status, &body, "userinfo endpoint")?;
        // The access token may be somebody else's (§5.3.2).
        if person.sub != claims.subject {
            return Err(token::Broken::Subject.into());
        }
        claims.add(person.told);
        Ok(claims)
    }

    /// Redeems a code. A provider may take clients both ways and expect one of them from each, as it was registered there,
    /// without saying which: the code of a client that it does not know is not used up, so that the other way is tried.
    async fn tokens(&self, document: &Document, code: &str, to: &Return) -> Result<Tokens, Broken> {
        let both = document.takes("client_secret_basic") && document.takes("client_secret_post");
        let head = document.takes("client_secret_basic") && self.settings.client_secret.is_some();
        let way = if head && !(both && self.wants_body.load(Ordering::Relaxed)) {
            Introduction::Head
        } else {
            Introduction::Body
        };
        let (status, body) = self.asked(document, code, to, way).await?;
        let (status, body) = if way == Introduction::Head
            && both
            && status.is_client_error()
            && refusal(&body) == "invalid_client"
        {
            let other = self.asked(document, code, to, Introduction::Body).await?;
            self.wants_body
                .store(other.0.is_success(), Ordering::Relaxed);
            other
        } else {
            (status, body)
        };
        if status.is_client_error() {
            let word: String = refusal(&body).chars().take(60).collect();
            return Err(Broken::Refused(format!("{status} {}", word.escape_debug())));
        }
        parse(status, &body, "token endpoint")
    }

    /// What the token endpoint answers to a client that says who it is in one way.
    async fn asked(
        &self,
        document: &Document,
        code: &str,
        to: &Return,
        way: Introduction,
    ) -> Result<(http::StatusCode, Vec<u8>), Broken> {
        let Settings {
            client_id,
            client_secret,
            ..
        } = &self.settings;
        let verifier = to.verifier();
        let mut pairs = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", to.callback.as_str()),
            ("code_verifier", verifier.as_str()),
        ];
        let mut request = self.client.post(&document.token_endpoint);
        let secret = client_secret.as_deref();
        if way == Introduction::Head {
            // Both are encoded as in a form first.
            let both = [client_id.as_str(), secret.unwrap_or_default()].map(encode);
            let line = format!("Basic {}", BASE64.encode(both.join(":").as_bytes()));
            request = request.header(header::AUTHORIZATION, line);
        } else {
            pairs.push(("client_id", client_id));
            pairs.extend(secret.map(|secret| ("client_secret", secret)));
        }
        let request = request
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form(&pairs));
        fetch(request).await
    }

    /// What is known of the provider; asked for where it is too old.
    pub(crate) async fn known(&self, now: Timestamp) -> Result<Arc<Known>, Broken> {
        let fresh = |known: &Arc<Known>| elapsed(known.at, now) < limits::PROVIDER_KNOWN;
        let known = self.remembered();
        match known {
            Some(known) if fresh(&known) => Ok(known),
            old => self.ask(now, old.as_ref()).await,
        }
    }

    fn remembered(&self) -> Option<Arc<Known>> {
        let memory = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        memory.known.clone()
    }

    /// Asks the provider about itself, unless somebody else just did. `old` is what is known so far: it goes on being good
    /// for a day while the provider is away.
    async fn ask(&self, now: Timestamp, old: Option<&Arc<Known>>) -> Result<Arc<Known>, Broken> {
        let _permit = self.asking.acquire().await.map_err(away)?;
        {
            let memory = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(known) = &memory.known
                && old.is_none_or(|old| !Arc::ptr_eq(old, known))
            {
                return Ok(Arc::clone(known));
            }
            if let Some((at, why)) = &memory.failed
                && elapsed(*at, now) < limits::PROVIDER_PAUSE
            {
                return still_good(old, now).ok_or_else(|| Broken::Away(why.clone()));
            }
        }
        let asked = self.discover(now).await;
        let mut memory = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        match asked {
            Ok(known) => {
                let known = Arc::new(known);
                memory.known = Some(Arc::clone(&known));
                memory.failed = None;
                Ok(known)
            }
            Err(broken) => {
                tracing::warn!(provider = %self.settings.name, "a sign-in provider cannot be asked: {broken}");
                memory.failed = Some((now, broken.to_string()));
                still_good(old, now).ok_or(broken)
            }
        }
    }

    async fn discover(&self, now: Timestamp) -> Result<Known, Broken> {
        let configured = self.settings.issuer.trim_end_matches('/');
        let address = format!("{configured}/.well-known/openid-configuration");
        let (status, body) = fetch(self.client.get(&address)).await?;
        let document: Document = parse(status, &body, "discovery document")?;
        if document.issuer.trim_end_matches('/') != configured {
            let said: String = document.issuer.chars().take(200).collect();
            let said = said.escape_debug();
            return Err(away(format!(
                "it calls itself {said}: is the issuer right?"
            )));
        }
        let plain = configured.starts_with("http://");
        let mut named = vec![
            &document.authorization_endpoint,
            &document.token_endpoint,
            &document.jwks_uri,
        ];
        named.extend(&document.userinfo_endpoint);
        if !named.iter().all(|address| is_safe(address, plain)) {
            return Err(away("one of its addresses is not https://"));
        }
        let (status, body) = fetch(self.client.get(&document.jwks_uri)).await?;
        let set: KeySet = parse(status, &body, "key set")?;
        let read = |key| serde_json::from_value(key).ok();
        // Kinds of keys that we do not know are left alone (RFC 7517, §5).
        let keys: Vec<Key> = set.keys.into_iter().filter_map(read).collect();
        if keys.is_empty() || keys.len() > limits::PROVIDER_KEYS_MAX {
            return Err(away(format!("it has {} keys", keys.len())));
        }
        Ok(Known {
            document,
            keys,
            at: now,
        })
    }
}

impl Document {
    /// Whether clients may say who they are in this way. Where nothing is said it is in the head of the request (Discovery, §3).
    fn takes(&self, method: &str) -> bool {
        match &self.token_endpoint_auth_methods_supported {
            Some(all) => all.iter().any(|one| one == method),
            None => method == "client_secret_basic",
        }
    }
}

/// Why a request was refused, in the provider's word.
fn refusal(body: &[u8]) -> String {
    let refusal: Refusal = serde_json::from_slice(body).unwrap_or_default();
    refusal.error
}

fn still_good(old: Option<&Arc<Known>>, now: Timestamp) -> Option<Arc<Known>> {
    old.filter(|known| elapsed(known.at, now) < limits::PROVIDER_KNOWN_MAX)
        .cloned()
}

fn elapsed(since: Timestamp, now: Timestamp) -> std::time::Duration {
    now.duration_since(since).unsigned_abs()
}

/// Pairs as in a form.
fn form(pairs: &[(&str, &str)]) -> String {
    let pair = |(name, value): &(&str, &str)| format!("{name}={}", encode(value));
    pairs.iter().map(pair).collect::<Vec<_>>().join("&")
}

fn encode(text: &str) -> String {
    web::failure::encode(text).replace('/', "%2F")
}

/// Status and body of an answer, which is bounded in time and size.
async fn fetch(request: RequestBuilder) -> Result<(http::StatusCode, Vec<u8>), Broken> {
    let request = request.header(header::ACCEPT, "application/json");
    // Its address may have been made of what somebody sent: only what went wrong is told.
    let told = |error: reqwest::Error| away(cause(&error.without_url()));
    let mut answer = request.send().await.map_err(told)?;
    let (status, mut body) = (answer.status(), Vec::new());
    while let Some(piece) = answer.chunk().await.map_err(told)? {
        body.extend_from_slice(&piece);
        if body.len() > limits::PROVIDER_ANSWER_BYTES_MAX {
            return Err(away("its answer is too long"));
        }
    }
    Ok((status, body))
}

/// The deepest reason, which says most.
fn cause(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.last().map(ToString::to_string).unwrap_or_default()
}

fn parse<T: DeserializeOwned>(
    status: http::StatusCode,
    body: &[u8],
    what: &str,
) -> Result<T, Broken> {
    if !status.is_success() {
        return Err(away(format!("its {what} answers {status}")));
    }
    serde_json::from_slice(body).map_err(|error| away(format!("its {what} is malformed: {error}")))
}
