//! ID tokens ("OpenID Connect Core 1.0", §3.1.3.7), checked without network: who made it, for whom, for which sign-in,
//! until when. Signatures by RS256 and ES256 alone: whoever chooses the algorithm is the key, never the token, so that
//! neither `none` nor a public key used as a shared secret is ever tried.

use data_encoding::BASE64URL_NOPAD;
use kernel::Timestamp;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::limits;

/// Google's tokens may leave the scheme out, as its documentation says.
const GOOGLE: (&str, &str) = ("https://accounts.google.com", "accounts.google.com");

/// Why a token is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Broken {
    #[error("it is malformed")]
    Malformed,
    #[error("its algorithm is neither RS256 nor ES256")]
    Algorithm,
    #[error("no key of the provider is named in it")]
    UnknownKey,
    #[error("its signature is wrong")]
    Signature,
    #[error("somebody else issued it")]
    Issuer,
    #[error("it is for somebody else")]
    Audience,
    #[error("it has expired, or is not valid yet")]
    Time,
    #[error("it belongs to another sign-in")]
    Nonce,
    #[error("the userinfo endpoint speaks of somebody else")]
    Subject,
}

/// A public key of a provider (RFC 7517); what is not used here is not read.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Key {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    alg: Option<String>,
    #[serde(default)]
    crv: String,
    #[serde(default)]
    n: String,
    #[serde(default)]
    e: String,
    #[serde(default)]
    x: String,
    #[serde(default)]
    y: String,
}

/// What has to be true of a token.
#[derive(Debug)]
pub(crate) struct Expected<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) client_id: &'a str,
    pub(crate) nonce: &'a str,
    pub(crate) now: Timestamp,
}

/// What a provider says about somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Claims {
    /// Who it is, for this provider; never given to somebody else.
    pub(crate) subject: String,
    /// Their address as it was told.
    pub(crate) email: Option<String>,
    /// Whether the provider knows that it is theirs.
    pub(crate) email_verified: bool,
    /// Their name.
    pub(crate) name: Option<String>,
}

/// What is told about somebody beside who it is, in a token or by the userinfo endpoint.
#[derive(Default, Deserialize)]
pub(super) struct Told {
    email: Option<String>,
    email_verified: Option<Value>,
    name: Option<String>,
}

impl Told {
    fn is_verified(&self) -> bool {
        match &self.email_verified {
            Some(Value::Bool(verified)) => *verified,
            // Some providers write it as a text.
            Some(Value::String(text)) => text == "true",
            _ => false,
        }
    }
}

impl Claims {
    /// Adds what was told apart from the token, which said no address. Address and whether it is verified belong together.
    pub(super) fn add(&mut self, told: Told) {
        self.email_verified = told.is_verified();
        self.email = told.email;
        self.name = self.name.take().or(told.name);
    }
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<Value>,
}

#[derive(Deserialize)]
struct Body {
    iss: String,
    sub: String,
    aud: Audience,
    azp: Option<String>,
    exp: f64,
    iat: f64,
    nbf: Option<f64>,
    nonce: Option<String>,
    #[serde(flatten)]
    told: Told,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// Checks everything about a token.
pub(crate) fn verify(token: &str, keys: &[Key], expected: &Expected<'_>) -> Result<Claims, Broken> {
    if token.len() > limits::ID_TOKEN_BYTES_MAX {
        return Err(Broken::Malformed);
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(Broken::Malformed)?;
    let (header, body) = signed.split_once('.').ok_or(Broken::Malformed)?;
    let signature = decoded(signature)?;
    let header: Header = json(header)?;
    // Extensions that have to be understood (RFC 7515, §4.1.11): none is.
    if header.crit.is_some() {
        return Err(Broken::Malformed);
    }
    check_signature(&header, keys, signed.as_bytes(), &signature)?;
    let body: Body = json(body)?;
    check(&body, expected)?;
    Ok(Claims {
        email_verified: body.told.is_verified(),
        subject: body.sub,
        email: body.told.email,
        name: body.told.name,
    })
}

fn decoded(text: &str) -> Result<Vec<u8>, Broken> {
    let bytes = BASE64URL_NOPAD.decode(text.as_bytes());
    bytes.map_err(|_| Broken::Malformed)
}

fn json<T: DeserializeOwned>(part: &str) -> Result<T, Broken> {
    serde_json::from_slice(&decoded(part)?).map_err(|_| Broken::Malformed)
}

fn check_signature(
    header: &Header,
    keys: &[Key],
    signed: &[u8],
    signature: &[u8],
) -> Result<(), Broken> {
    let kind = match header.alg.as_str() {
        "RS256" => "RSA",
        "ES256" => "EC",
        _ => return Err(Broken::Algorithm),
    };
    let fits = |key: &&Key| {
        key.kty == kind
            && key
                .purpose
                .as_deref()
                .is_none_or(|purpose| purpose == "sig")
            && key.alg.as_deref().is_none_or(|alg| alg == header.alg)
            && (header.kid.is_none() || key.kid == header.kid)
    };
    let mut candidates = keys.iter().filter(fits).peekable();
    if candidates.peek().is_none() {
        return Err(Broken::UnknownKey);
    }
    if candidates.any(|key| key.signed(signed, signature)) {
        Ok(())
    } else {
        Err(Broken::Signature)
    }
}

impl Key {
    fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        match self.kty.as_str() {
            "RSA" => {
                let (Ok(n), Ok(e)) = (decoded(&self.n), decoded(&self.e)) else {
                    return false;
                };
                let key = RsaPublicKeyComponents {
                    n: plain(&n),
                    e: plain(&e),
                };
                key.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
                    .is_ok()
            }
            "EC" if self.crv == "P-256" => {
                let (Ok(x), Ok(y)) = (decoded(&self.x), decoded(&self.y)) else {
                    return false;
                };
                if x.len() != 32 || y.len() != 32 {
                    return false;
                }
                let point = [&[4_u8], x.as_slice(), y.as_slice()].concat();
                let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
                key.verify(message, signature).is_ok()
            }
            _ => false,
        }
    }
}

/// A number without leading zeros, which some providers write and ring does not read.
fn plain(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

fn check(body: &Body, expected: &Expected<'_>) -> Result<(), Broken> {
    let google = expected.issuer == GOOGLE.0 && body.iss == GOOGLE.1;
    if body.iss != expected.issuer && !google {
        return Err(Broken::Issuer);
    }
    let (own, several) = match &body.aud {
        Audience::One(one) => (one == expected.client_id, false),
        Audience::Many(many) => (
            many.iter().any(|one| one == expected.client_id),
            many.len() > 1,
        ),
    };
    // Who asked for it has to be named where others may read it too, and is us wherever it is named.
    let asked = body.azp.as_deref();
    if !own || (several && asked.is_none()) || asked.is_some_and(|own| own != expected.client_id) {
        return Err(Broken::Audience);
    }
    #[expect(clippy::cast_precision_loss, reason = "seconds of our time are exact")]
    let now = expected.now.as_second() as f64;
    let slack = limits::CLOCK_SLACK.as_secs_f64();
    let old = limits::ID_TOKEN_AGE_MAX.as_secs_f64();
    let valid = body.exp + slack > now
        && body.iat - slack <= now
        && body.iat + old > now
        && body.nbf.is_none_or(|from| from - slack <= now);
    if !valid {
        return Err(Broken::Time);
    }
    if body.nonce.as_deref() != Some(expected.nonce) {
        return Err(Broken::Nonce);
    }
    if body.sub.is_empty() || body.sub.len() > limits::SUBJECT_BYTES_MAX {
        return Err(Broken::Malformed);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use ring::rand::SystemRandom;
    use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
    use serde_json::json;

    use super::*;

    struct Signer(EcdsaKeyPair);

    impl Signer {
        fn new() -> Self {
            let (kind, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
            let pkcs8 = EcdsaKeyPair::generate_pkcs8(kind, &random).expect("a key");
            Self(EcdsaKeyPair::from_pkcs8(kind, pkcs8.as_ref(), &random).expect("a key"))
        }

        fn key(&self) -> Key {
            let point = self.0.public_key().as_ref();
            Key {
                kty: "EC".into(),
                crv: "P-256".into(),
                x: BASE64URL_NOPAD.encode(&point[1..33]),
                y: BASE64URL_NOPAD.encode(&point[33..]),
                ..Key::default()
            }
        }

        fn sign(&self, header: &Value, body: &Value) -> String {
            let encode = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
            let signed = format!("{}.{}", encode(header), encode(body));
            let signature = self.0.sign(&SystemRandom::new(), signed.as_bytes());
            let signature = BASE64URL_NOPAD.encode(signature.expect("signed").as_ref());
            format!("{signed}.{signature}")
        }
    }

    const ISSUER: &str = "https://issuer.example/";

    fn expected(issuer: &str) -> Expected<'_> {
        Expected {
            issuer,
            client_id: "us",
            nonce: "once",
            now: Timestamp::from_second(1_000_000).expect("a time"),
        }
    }

    fn good() -> Value {
        json!({ "iss": ISSUER, "sub": "1", "aud": "us", "exp": 1_000_100, "iat": 999_990, "nonce": "once",
            "email": "a@example.org", "email_verified": true })
    }

    fn with(name: &str, value: Value) -> Value {
        let mut body = good();
        body[name] = value;
        body
    }

    fn verdict(body: &Value) -> Result<Claims, Broken> {
        let signer = Signer::new();
        let token = signer.sign(&json!({ "alg": "ES256" }), body);
        verify(&token, &[signer.key()], &expected(ISSUER))
    }

    #[test]
    fn everything_that_a_token_says_has_to_hold() {
        let claims = verdict(&good()).expect("it is good");
        assert!(claims.email_verified && claims.subject == "1");
        for (name, value, why) in [
            ("iss", json!("https://issuer.example"), Broken::Issuer),
            ("iss", json!("https://evil.example/"), Broken::Issuer),
            ("aud", json!("them"), Broken::Audience),
            ("aud", json!([]), Broken::Audience),
            ("aud", json!(["us", "them"]), Broken::Audience),
            ("azp", json!("them"), Broken::Audience),
            ("exp", json!(999_000), Broken::Time),
            ("iat", json!(1_001_000), Broken::Time),
            ("iat", json!(900_000), Broken::Time),
            ("nbf", json!(1_001_000), Broken::Time),
            ("nonce", json!("twice"), Broken::Nonce),
            ("nonce", Value::Null, Broken::Nonce),
            ("sub", json!(""), Broken::Malformed),
            (
                "sub",
                json!("x".repeat(limits::SUBJECT_BYTES_MAX + 1)),
                Broken::Malformed,
            ),
            ("exp", Value::Null, Broken::Malformed),
        ] {
            assert_eq!(
                verdict(&with(name, value.clone())),
                Err(why),
                "{name} {value}"
            );
        }
        let mut both = with("aud", json!(["us", "them"]));
        both["azp"] = json!("us");
        assert!(verdict(&both).is_ok());
    }

    #[test]
    fn only_what_the_provider_knows_counts_as_verified() {
        for (told, counts) in [
            (json!(true), true),
            (json!("true"), true),
            (json!(false), false),
            (json!("false"), false),
            (json!(1), false),
            (Value::Null, false),
        ] {
            let claims = verdict(&with("email_verified", told.clone())).expect("it is good");
            assert_eq!(claims.email_verified, counts, "{told}");
        }
    }

    #[test]
    fn the_key_says_how_a_token_is_signed_and_never_the_token() {
        let signer = Signer::new();
        let (key, expected) = (signer.key(), expected(ISSUER));
        let keys = std::slice::from_ref(&key);
        for alg in ["none", "None", "HS256", "RS256", "ES384", "PS256", ""] {
            let token = signer.sign(&json!({ "alg": alg }), &good());
            assert!(verify(&token, keys, &expected).is_err(), "{alg}");
            let bare = token.rsplit_once('.').expect("it has a signature").0;
            assert!(
                verify(&format!("{bare}."), keys, &expected).is_err(),
                "{alg}"
            );
        }
        let other = Signer::new().sign(&json!({ "alg": "ES256" }), &good());
        assert_eq!(verify(&other, keys, &expected), Err(Broken::Signature));
        let named = signer.sign(&json!({ "alg": "ES256", "kid": "x" }), &good());
        assert_eq!(verify(&named, keys, &expected), Err(Broken::UnknownKey));
        let more = signer.sign(&json!({ "alg": "ES256", "crit": ["b64"] }), &good());
        assert_eq!(verify(&more, keys, &expected), Err(Broken::Malformed));
        let secret = Key {
            purpose: Some("enc".into()),
            ..key.clone()
        };
        let token = signer.sign(&json!({ "alg": "ES256" }), &good());
        assert_eq!(
            verify(&token, &[secret], &expected),
            Err(Broken::UnknownKey)
        );
        for bad in ["", ".", "..", "a.b.c", "é.é.é"] {
            assert!(verify(bad, keys, &expected).is_err(), "{bad}");
        }
        let long = "x".repeat(limits::ID_TOKEN_BYTES_MAX + 1);
        assert_eq!(verify(&long, keys, &expected), Err(Broken::Malformed));
    }

    #[test]
    fn no_bit_of_a_token_can_be_changed() {
        let signer = Signer::new();
        let token = signer.sign(&json!({ "alg": "ES256" }), &good());
        let keys = [signer.key()];
        for at in (0..token.len()).step_by(7) {
            let mut bytes = token.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).expect("ASCII");
            // The last letter of a part may have bits that mean nothing; those are refused as well.
            assert!(verify(&changed, &keys, &expected(ISSUER)).is_err(), "{at}");
        }
    }

    #[test]
    fn google_may_leave_the_scheme_out_and_nobody_else() {
        let signer = Signer::new();
        let token = |iss: &str| signer.sign(&json!({ "alg": "ES256" }), &with("iss", json!(iss)));
        let keys = [signer.key()];
        assert!(verify(&token(GOOGLE.1), &keys, &expected(GOOGLE.0)).is_ok());
        let bare = verify(&token("issuer.example/"), &keys, &expected(ISSUER));
        assert_eq!(bare, Err(Broken::Issuer));
        let other = verify(&token(GOOGLE.1), &keys, &expected(ISSUER));
        assert_eq!(other, Err(Broken::Issuer));
    }
}
