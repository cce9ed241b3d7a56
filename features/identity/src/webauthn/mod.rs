//! Passkeys: what authenticators say, checked as "Web Authentication: Level 3" (W3C) says in §7.1 and §7.2.
//!
//! Pure: no clock, no store, no HTTP. Who calls it keeps challenges single-use, and demands that the person was verified
//! ([`Registered::verified`], [`Asserted::verified`]). Attestation is not asked for: what the maker of an authenticator
//! says about it matters to nobody here. Signatures are checked by ring.

mod cbor;

use data_encoding::BASE64URL_NOPAD;
use ring::digest::{SHA256, digest};
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey,
};
use serde::Deserialize;

use self::cbor::Value;

/// Length of a credential's id (§7.1, step 25).
const CREDENTIAL_BYTES_MAX: usize = 1023;

/// COSE's numbers of the algorithms that we ask for, the best first (RFC 9053).
pub(crate) const ALGORITHMS: &[i64] = &[-7, -8, -257];

/// Why something an authenticator or browser said is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Broken(&'static str);

/// Who we are to authenticators.
#[derive(Clone, Debug)]
pub(crate) struct Party {
    /// Scheme, host and port of our pages.
    pub(crate) origin: String,
    /// The host alone: to which passkeys are bound.
    pub(crate) id: String,
}

impl Party {
    /// The party of a site by its public address.
    pub(crate) fn of(public_url: &str) -> Self {
        let authority = public_url
            .split_once("://")
            .map_or(public_url, |(_, rest)| rest);
        let host = match authority.strip_prefix('[') {
            Some(literal) => literal.split(']').next().unwrap_or_default(),
            None => authority.split(':').next().unwrap_or_default(),
        };
        Self {
            origin: public_url.to_owned(),
            id: host.to_owned(),
        }
    }
}

/// A passkey that was just made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Registered {
    /// Its id, base64url.
    pub(crate) credential: String,
    /// Its public key in COSE.
    pub(crate) public_key: Vec<u8>,
    /// How often it was used, where the authenticator counts.
    pub(crate) count: u32,
    /// Whether the authenticator made sure who the person is.
    pub(crate) verified: bool,
}

/// A passkey that was just used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Asserted {
    /// How often it was used, where the authenticator counts.
    pub(crate) count: u32,
    /// Whether the authenticator made sure who the person is.
    pub(crate) verified: bool,
}

/// What the browser says it was asked (§5.8.1).
#[derive(Deserialize)]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(default, rename = "crossOrigin")]
    cross_origin: bool,
}

/// Checks what the browser says it was asked; the challenge that it answers.
fn answered(party: &Party, client_data: &[u8], kind: &str) -> Result<String, Broken> {
    let data: ClientData =
        serde_json::from_slice(client_data).map_err(|_| Broken("the client data is no JSON"))?;
    if data.kind != kind {
        return Err(Broken("the client data is for something else"));
    }
    if data.origin != party.origin || data.cross_origin {
        return Err(Broken("the client data comes from another site"));
    }
    Ok(data.challenge)
}

/// The challenge that client data claims to answer, so that it can be looked up; not yet believed.
pub(crate) fn challenge_of(client_data: &[u8]) -> Result<String, Broken> {
    let data: ClientData =
        serde_json::from_slice(client_data).map_err(|_| Broken("the client data is no JSON"))?;
    Ok(data.challenge)
}

/// What an authenticator says about itself and what it did (§6.1).
struct AuthenticatorData<'a> {
    flags: u8,
    count: u32,
    credential: Option<Attested<'a>>,
}

/// A new credential.
struct Attested<'a> {
    id: &'a [u8],
    /// Its public key in COSE.
    key: &'a [u8],
}

const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const MAY_BE_BACKED_UP: u8 = 0x08;
const BACKED_UP: u8 = 0x10;
const HAS_CREDENTIAL: u8 = 0x40;
const HAS_EXTENSIONS: u8 = 0x80;

impl<'a> AuthenticatorData<'a> {
    fn read(party: &Party, bytes: &'a [u8]) -> Result<Self, Broken> {
        let short = Broken("the authenticator data is too short");
        let (own, rest) = bytes.split_at_checked(32).ok_or(short)?;
        let (head, rest) = rest.split_first_chunk::<5>().ok_or(short)?;
        if own != digest(&SHA256, party.id.as_bytes()).as_ref() {
            return Err(Broken("the passkey belongs to another site"));
        }
        let flags = head[0];
        if flags & PRESENT == 0 {
            return Err(Broken("nobody was present"));
        }
        if flags & BACKED_UP != 0 && flags & MAY_BE_BACKED_UP == 0 {
            return Err(Broken("a passkey that cannot be backed up claims to be"));
        }
        let (credential, mut rest) = if flags & HAS_CREDENTIAL == 0 {
            (None, rest)
        } else {
            let (credential, rest) = Self::credential(rest)?;
            (Some(credential), rest)
        };
        if flags & HAS_EXTENSIONS != 0 {
            (_, rest) = Value::read(rest)?;
        }
        if !rest.is_empty() {
            return Err(Broken("the authenticator data is too long"));
        }
        Ok(Self {
            flags,
            count: u32::from_be_bytes([head[1], head[2], head[3], head[4]]),
            credential,
        })
    }

    /// Attested credential data (§6.5.1): maker, id, public key.
    fn credential(bytes: &'a [u8]) -> Result<(Attested<'a>, &'a [u8]), Broken> {
        let short = Broken("the credential is too short");
        let (_maker, rest) = bytes.split_first_chunk::<16>().ok_or(short)?;
        let (length, rest) = rest.split_first_chunk::<2>().ok_or(short)?;
        let length = usize::from(u16::from_be_bytes(*length));
        if length == 0 || length > CREDENTIAL_BYTES_MAX {
            return Err(Broken("the credential's id is too long"));
        }
        let (id, rest) = rest.split_at_checked(length).ok_or(short)?;
        let (_, behind) = Value::read(rest)?;
        let key = &rest[..rest.len() - behind.len()];
        Ok((Attested { id, key }, behind))
    }
}

/// Checks a new passkey (§7.1). `challenge` is what we had asked, base64url.
pub(crate) fn register(
    party: &Party,
    challenge: &str,
    client_data: &[u8],
    attestation: &[u8],
) -> Result<Registered, Broken> {
    if answered(party, client_data, "webauthn.create")? != challenge {
        return Err(Broken("the client data answers another challenge"));
    }
    let (object, rest) = Value::read(attestation)?;
    let said = object.named("authData").and_then(Value::bytes);
    let (Some(said), true) = (said, rest.is_empty()) else {
        return Err(Broken("the attestation object has no authenticator data"));
    };
    let data = AuthenticatorData::read(party, said)?;
    let Attested { id, key } = data.credential.ok_or(Broken("there is no credential"))?;
    let known = Key::read(key)?;
    let statement = object.named("attStmt");
    match object.named("fmt").and_then(Value::text) {
        Some("none") if statement == Some(&Value::Map(Vec::new())) => {}
        // Browsers leave in place what an authenticator signs with the passkey itself (§8.2, self attestation).
        Some("packed") if statement.is_some_and(|s| s.named("x5c").is_none()) => {
            let signature = statement
                .and_then(|s| s.named("sig"))
                .and_then(Value::bytes);
            let signature = signature.ok_or(Broken("the attestation has no signature"))?;
            let algorithm = statement.and_then(|s| s.named("alg")).and_then(Value::int);
            if algorithm != Some(known.algorithm()) {
                return Err(Broken("the attestation is signed in another way"));
            }
            known.verify(&signed(said, client_data), signature)?;
        }
        _ => return Err(Broken("attestation was not asked for")),
    }
    Ok(Registered {
        credential: BASE64URL_NOPAD.encode(id),
        public_key: key.to_owned(),
        count: data.count,
        verified: data.flags & VERIFIED != 0,
    })
}

/// Checks a use of a passkey (§7.2).
pub(crate) fn assert(
    party: &Party,
    challenge: &str,
    public_key: &[u8],
    client_data: &[u8],
    said: &[u8],
    signature: &[u8],
) -> Result<Asserted, Broken> {
    if answered(party, client_data, "webauthn.get")? != challenge {
        return Err(Broken("the client data answers another challenge"));
    }
    let data = AuthenticatorData::read(party, said)?;
    Key::read(public_key)?.verify(&signed(said, client_data), signature)?;
    Ok(Asserted {
        count: data.count,
        verified: data.flags & VERIFIED != 0,
    })
}

/// What is signed: the authenticator data and the hash of the client data.
fn signed(said: &[u8], client_data: &[u8]) -> Vec<u8> {
    [said, digest(&SHA256, client_data).as_ref()].concat()
}

/// A public key (RFC 9052 §7, RFC 9053).
enum Key<'a> {
    /// Uncompressed point.
    P256(Vec<u8>),
    Ed25519(&'a [u8]),
    Rsa {
        modulus: &'a [u8],
        exponent: &'a [u8],
    },
}

impl<'a> Key<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, Broken> {
        let wrong = Broken("a public key of a kind that was not asked for");
        let (key, rest) = Value::read(bytes)?;
        if !rest.is_empty() {
            return Err(wrong);
        }
        let int = |name| key.numbered(name).and_then(Value::int);
        let part = |name| key.numbered(name).and_then(Value::bytes).ok_or(wrong);
        match (int(1), int(3), int(-1)) {
            (Some(2), Some(-7), Some(1)) => {
                let (x, y) = (part(-2)?, part(-3)?);
                if x.len() != 32 || y.len() != 32 {
                    return Err(wrong);
                }
                Ok(Self::P256([&[4], x, y].concat()))
            }
            (Some(1), Some(-8), Some(6)) => Ok(Self::Ed25519(part(-2)?)),
            (Some(3), Some(-257), _) => Ok(Self::Rsa {
                modulus: part(-1)?,
                exponent: part(-2)?,
            }),
            _ => Err(wrong),
        }
    }

    fn algorithm(&self) -> i64 {
        match self {
            Self::P256(_) => -7,
            Self::Ed25519(_) => -8,
            Self::Rsa { .. } => -257,
        }
    }

    fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Broken> {
        let done = match self {
            Self::P256(point) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).verify(message, signature)
            }
            Self::Ed25519(key) => UnparsedPublicKey::new(&ED25519, key).verify(message, signature),
            Self::Rsa { modulus, exponent } => {
                let key = RsaPublicKeyComponents {
                    n: modulus,
                    e: exponent,
                };
                key.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
            }
        };
        done.map_err(|_| Broken("the signature is wrong"))
    }
}

#[cfg(test)]
mod tests;
