//! An OpenID provider over loopback HTTP: real discovery, keys, codes, PKCE and signatures, and on demand real lies.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use http::{HeaderMap, StatusCode};
use ring::digest::{SHA256, digest};
use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use serde_json::{Value, json};

use crate::Stage;

/// A key that is used nowhere else.
const RSA: &str = include_str!("rsa-for-tests.b64");

/// In what providers differ.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) name: &'static str,
    /// What the issuer is, after scheme, host and port.
    pub(crate) issuer: &'static str,
    pub(crate) alg: &'static str,
    /// How clients may say who they are; this site is registered with the last one.
    pub(crate) auth: &'static [&'static str],
    /// Whether answers name their issuer (RFC 9207).
    pub(crate) names_itself: bool,
    /// Whether verified is a text.
    pub(crate) words: bool,
    /// Whether its tokens leave the mail address to the userinfo endpoint.
    pub(crate) strict: bool,
}

pub(crate) const GOOGLE: Shape = Shape {
    name: "google",
    issuer: "",
    alg: "RS256",
    auth: &["client_secret_post"],
    names_itself: false,
    words: false,
    strict: false,
};
pub(crate) const AUTH0: Shape = Shape {
    name: "auth0",
    issuer: "/",
    alg: "RS256",
    auth: &[],
    names_itself: false,
    words: true,
    strict: false,
};
pub(crate) const KEYCLOAK: Shape = Shape {
    name: "keycloak",
    issuer: "/realms/days",
    alg: "ES256",
    auth: &["client_secret_basic"],
    names_itself: true,
    words: false,
    strict: false,
};
/// To the letter of the specification.
pub(crate) const STRICT: Shape = Shape {
    name: "strict",
    issuer: "",
    alg: "RS256",
    auth: &["client_secret_basic", "client_secret_post"],
    names_itself: true,
    words: false,
    strict: true,
};

/// What it says about the next person.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) subject: String,
    pub(crate) email: String,
    pub(crate) verified: bool,
}

/// How it lies.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Lie {
    /// This claim is something else.
    Claim(&'static str, Value),
    /// The token is not signed, and says so.
    Unsigned,
    /// The token is signed with the public key as a shared secret.
    Confused,
    /// A key that it does not publish.
    OtherKey,
    /// The userinfo endpoint speaks of somebody else.
    OtherPerson,
}

/// A code that waits to be redeemed.
struct Code {
    nonce: String,
    challenge: String,
    redirect: String,
    now: i64,
}

pub(crate) struct Fake {
    shape: Shape,
    base: String,
    rsa: RsaKeyPair,
    ec: Mutex<EcdsaKeyPair>,
    kid: AtomicUsize,
    codes: Mutex<HashMap<String, Code>>,
    pub(crate) person: Mutex<Person>,
    pub(crate) lie: Mutex<Option<Lie>>,
    /// How often it was asked about itself.
    pub(crate) asked: AtomicUsize,
    /// Whether it answers.
    pub(crate) broken: Mutex<Option<StatusCode>>,
}

fn ec() -> EcdsaKeyPair {
    let (kind, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(kind, &random).expect("a key");
    EcdsaKeyPair::from_pkcs8(kind, pkcs8.as_ref(), &random).expect("a key")
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    BASE64URL_NOPAD.encode(bytes.as_ref())
}

/// Pairs of a query or a form.
pub(crate) fn pairs(text: &str) -> HashMap<String, String> {
    let uri: http::Uri = format!("/?{text}").parse().expect("a query");
    let pairs = axum::extract::Query::<HashMap<String, String>>::try_from_uri(&uri);
    pairs.expect("a query").0
}

impl Fake {
    /// Starts one; it ends with the test's runtime.
    #[allow(
        clippy::disallowed_methods,
        reason = "a server of the test, not of the site"
    )]
    pub(crate) async fn start(shape: Shape) -> Arc<Self> {
        // What the binary does at its start.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let text: String = RSA.split_whitespace().collect();
        let der = BASE64.decode(text.as_bytes()).expect("base64");
        let fake = Arc::new(Self {
            shape,
            base: format!("http://127.0.0.1:{port}"),
            rsa: RsaKeyPair::from_pkcs8(&der).expect("a key"),
            ec: Mutex::new(ec()),
            kid: AtomicUsize::new(1),
            codes: Mutex::default(),
            person: Mutex::new(Person {
                subject: "1234567890".into(),
                email: "Aiko@Example.org".into(),
                verified: true,
            }),
            lie: Mutex::default(),
            asked: AtomicUsize::new(0),
            broken: Mutex::default(),
        });
        let path = shape.issuer.trim_end_matches('/');
        let router = Router::new()
            .route(
                &format!("{path}/.well-known/openid-configuration"),
                get(discovery),
            )
            .route("/keys", get(keys))
            .route("/token", post(token))
            .route("/userinfo", get(userinfo))
            .with_state(Arc::clone(&fake));
        tokio::spawn(async move { axum::serve(listener, router).await });
        fake
    }

    pub(crate) fn settings(&self) -> identity::oidc::Settings {
        let mut settings = identity::oidc::Settings::named(self.shape.name);
        // Operators leave a last slash out, or write one.
        let issuer = self.issuer();
        let issuer = issuer.strip_suffix('/').unwrap_or(&issuer);
        for (field, value) in [
            ("issuer", issuer),
            ("client_id", "us&them"),
            ("client_secret", "s:e/c r+t"),
            ("label", self.shape.name),
        ] {
            settings.put(field, value).expect("a setting");
        }
        settings
    }

    pub(crate) fn issuer(&self) -> String {
        format!("{}{}", self.base, self.shape.issuer)
    }

    /// Signs with another key from now on.
    pub(crate) fn rotate(&self) {
        *self.ec.lock().expect("free") = ec();
        self.kid.fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn says(&self, subject: &str, email: &str, verified: bool) {
        *self.person.lock().expect("free") = Person {
            subject: subject.into(),
            email: email.into(),
            verified,
        };
    }

    pub(crate) fn lies(&self, lie: Option<Lie>) {
        *self.lie.lock().expect("free") = lie;
    }

    /// Somebody goes where `location` says and agrees: where the provider sends them back to.
    pub(crate) fn agree(&self, stage: &Stage, location: &str) -> String {
        let query = location
            .strip_prefix(&format!("{}/authorize?tenant=a&", self.base))
            .unwrap_or_else(|| panic!("{location} leads elsewhere"));
        let asked = pairs(query);
        assert_eq!(
            (asked["response_type"].as_str(), asked["client_id"].as_str()),
            ("code", "us&them")
        );
        assert_eq!(asked["code_challenge_method"], "S256");
        assert!(asked["scope"].split(' ').any(|word| word == "openid"));
        let code = kernel::id::secret();
        let kept = Code {
            nonce: asked["nonce"].clone(),
            challenge: asked["code_challenge"].clone(),
            redirect: asked["redirect_uri"].clone(),
            now: stage.site.clock.now().as_second(),
        };
        self.codes.lock().expect("free").insert(code.clone(), kept);
        let back = asked["redirect_uri"].strip_prefix("http://box.test");
        let back = back.expect("it leads back to us");
        let issuer = if self.shape.names_itself {
            format!("&iss={}", web::failure::encode(&self.issuer()))
        } else {
            String::new()
        };
        format!("{back}?code={code}&state={}{issuer}", asked["state"])
    }

    fn id_token(&self, code: &Code) -> String {
        let person = self.person.lock().expect("free").clone();
        let verified = if self.shape.words {
            json!(person.verified.to_string())
        } else {
            json!(person.verified)
        };
        let mut body = json!({
            "iss": self.issuer(), "sub": person.subject, "aud": "us&them", "azp": "us&them",
            "iat": code.now, "exp": code.now + 3600, "nonce": code.nonce,
        });
        if !self.shape.strict {
            body["email"] = json!(person.email);
            body["email_verified"] = verified;
            body["name"] = json!("愛子 山田");
        }
        let lie = self.lie.lock().expect("free").clone();
        if let Some(Lie::Claim(name, value)) = &lie {
            body[*name] = match value {
                // Relative to the time of the sign-in.
                Value::Number(seconds) => json!(code.now + seconds.as_i64().expect("whole")),
                value => value.clone(),
            };
        }
        let alg = match lie {
            Some(Lie::Unsigned) => "none",
            Some(Lie::Confused) => "HS256",
            _ => self.shape.alg,
        };
        let kid = format!("{}-{}", self.shape.alg, self.kid.load(Ordering::SeqCst));
        let header = json!({ "alg": alg, "typ": "JWT", "kid": kid });
        let signed = format!(
            "{}.{}",
            encode(header.to_string()),
            encode(body.to_string())
        );
        let signature = self.sign(alg, lie == Some(Lie::OtherKey), &signed);
        format!("{signed}.{}", encode(signature))
    }

    fn sign(&self, alg: &str, other: bool, signed: &str) -> Vec<u8> {
        let random = SystemRandom::new();
        match alg {
            "none" => Vec::new(),
            "HS256" => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, self.rsa.public().as_ref());
                hmac::sign(&key, signed.as_bytes()).as_ref().to_vec()
            }
            "RS256" => {
                let mut signature = vec![0; self.rsa.public().modulus_len()];
                let done = self.rsa.sign(
                    &RSA_PKCS1_SHA256,
                    &random,
                    signed.as_bytes(),
                    &mut signature,
                );
                done.expect("signed");
                if other {
                    signature[0] ^= 1;
                }
                signature
            }
            _ => {
                let other_key = ec();
                let own = self.ec.lock().expect("free");
                let key = if other { &other_key } else { &*own };
                let signature = key.sign(&random, signed.as_bytes());
                signature.expect("signed").as_ref().to_vec()
            }
        }
    }
}

async fn discovery(State(fake): State<Arc<Fake>>) -> Response {
    fake.asked.fetch_add(1, Ordering::SeqCst);
    if let Some(status) = *fake.broken.lock().expect("free") {
        return status.into_response();
    }
    let base = &fake.base;
    let mut document = json!({
        "issuer": fake.issuer(), "authorization_endpoint": format!("{base}/authorize?tenant=a"),
        "token_endpoint": format!("{base}/token"), "jwks_uri": format!("{base}/keys"),
        "response_types_supported": ["code"], "subject_types_supported": ["public"],
    });
    if !fake.shape.auth.is_empty() {
        document["token_endpoint_auth_methods_supported"] = json!(fake.shape.auth);
    }
    if fake.shape.strict {
        document["authorization_response_iss_parameter_supported"] = json!(true);
        document["userinfo_endpoint"] = json!(format!("{base}/userinfo"));
    }
    Json(document).into_response()
}

async fn keys(State(fake): State<Arc<Fake>>) -> Json<Value> {
    let kid = fake.kid.load(Ordering::SeqCst);
    let public = ring::rsa::PublicKeyComponents::<Vec<u8>>::from(fake.rsa.public());
    let own = fake.ec.lock().expect("free");
    let point = own.public_key().as_ref();
    Json(json!({ "keys": [
        { "kty": "oct", "k": "c2VjcmV0", "kid": "strange" },
        { "kty": "RSA", "alg": "RSA-OAEP", "use": "enc", "kid": "enc", "n": "AQAB", "e": "AQAB" },
        { "kty": "RSA", "alg": "RS256", "use": "sig", "kid": format!("RS256-{kid}"),
          "n": encode(&public.n),
          "e": encode(&public.e) },
        { "kty": "EC", "crv": "P-256", "kid": format!("ES256-{kid}"),
          "x": encode(&point[1..33]), "y": encode(&point[33..]) },
    ] }))
}

/// What stands in no token of a strict provider.
async fn userinfo(State(fake): State<Arc<Fake>>, headers: HeaderMap) -> Response {
    if headers
        .get("authorization")
        .is_none_or(|line| line != "Bearer x")
    {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let person = fake.person.lock().expect("free").clone();
    let other = *fake.lie.lock().expect("free") == Some(Lie::OtherPerson);
    let subject = if other { "other" } else { &person.subject };
    Json(json!({ "sub": subject, "email": person.email, "email_verified": person.verified, "name": "愛子 山田" }))
        .into_response()
}

/// Redeems a code: who asks, and whether they began it, is checked as a provider does.
async fn token(State(fake): State<Arc<Fake>>, headers: HeaderMap, body: String) -> Response {
    let form = pairs(&body);
    let refuse =
        |word: &str| (StatusCode::BAD_REQUEST, Json(json!({ "error": word }))).into_response();
    let basic = headers.get("authorization").map(|line| {
        let line = line.to_str().expect("text").strip_prefix("Basic ");
        let both = BASE64.decode(line.expect("basic").as_bytes());
        let both = String::from_utf8(both.expect("base64")).expect("text");
        let (id, secret) = both.split_once(':').expect("two").to_owned();
        let both = pairs(&format!("id={id}&secret={secret}"));
        (both["id"].clone(), both["secret"].clone())
    });
    let posted = || {
        Some((
            form.get("client_id")?.clone(),
            form.get("client_secret")?.clone(),
        ))
    };
    let wants_post = fake.shape.auth.last() == Some(&"client_secret_post");
    let who = if wants_post { posted() } else { basic };
    if who != Some(("us&them".into(), "s:e/c r+t".into())) {
        return refuse("invalid_client");
    }
    let code = fake.codes.lock().expect("free").remove(&form["code"]);
    let Some(code) = code else {
        return refuse("invalid_grant");
    };
    let challenge = encode(digest(&SHA256, form["code_verifier"].as_bytes()));
    if form["grant_type"] != "authorization_code"
        || form["redirect_uri"] != code.redirect
        || challenge != code.challenge
    {
        return refuse("invalid_grant");
    }
    let token = fake.id_token(&code);
    Json(json!({ "access_token": "x", "token_type": "Bearer", "id_token": token })).into_response()
}
