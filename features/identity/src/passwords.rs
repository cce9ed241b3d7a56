//! Hashes of passwords: Argon2id with what OWASP recommends. A hash says how it was made, so that stronger ones can
//! follow; verifying takes the same time whether there is a password or not.

use std::sync::OnceLock;

use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use kernel::{Error, Result, id};
use tokio::sync::Semaphore;

/// What the password was compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is another one, or there is none.
    Wrong,
    /// It is this one.
    Right,
    /// It is this one, and its hash is weaker than those that are made today.
    Outdated,
}

/// As hashes are made today.
fn hasher() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::DEFAULT)
}

fn made(password: &str) -> Result<String> {
    let secret = id::secret();
    let salt = SaltString::encode_b64(&secret.as_bytes()[..16]);
    let salt = salt.map_err(|error| Error::internal(error.to_string()))?;
    let hash = hasher().hash_password(password.as_bytes(), &salt);
    let hash = hash.map_err(|error| Error::internal(error.to_string()))?;
    Ok(hash.to_string())
}

/// A hash that no password has, for those who have none: comparing with it takes as long.
fn nobody() -> &'static str {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| made(&id::secret()).unwrap_or_default())
}

fn compare(password: &str, hash: Option<&str>) -> Verdict {
    let Ok(parsed) = PasswordHash::new(hash.unwrap_or(nobody())) else {
        return Verdict::Wrong;
    };
    let same = hasher().verify_password(password.as_bytes(), &parsed);
    if same.is_err() || hash.is_none() {
        return Verdict::Wrong;
    }
    let today = Params::try_from(&parsed).is_ok_and(|params| {
        let own = Params::DEFAULT;
        (params.m_cost(), params.t_cost(), params.p_cost())
            == (own.m_cost(), own.t_cost(), own.p_cost())
    });
    if today && parsed.algorithm == argon2::ARGON2ID_IDENT {
        Verdict::Right
    } else {
        Verdict::Outdated
    }
}

/// The hash of a password, made where no request waits for it; `room` bounds how many are.
pub(crate) async fn hash(password: String, room: &Semaphore) -> Result<String> {
    let _permit = room.acquire().await.map_err(Error::internal)?;
    let made = tokio::task::spawn_blocking(move || made(&password));
    made.await.map_err(Error::internal)?
}

/// Compares a password with a hash, or with none in the same time.
pub(crate) async fn verify(
    password: String,
    hash: Option<String>,
    room: &Semaphore,
) -> Result<Verdict> {
    let _permit = room.acquire().await.map_err(Error::internal)?;
    let compared = tokio::task::spawn_blocking(move || compare(&password, hash.as_deref()));
    compared.await.map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_says_how_it_was_made_and_never_the_password() {
        let hash = made("correct horse battery").expect("hashed");
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        assert_ne!(
            hash,
            made("correct horse battery").expect("hashed"),
            "salted"
        );
        assert_eq!(
            compare("correct horse battery", Some(&hash)),
            Verdict::Right
        );
        assert_eq!(
            compare("correct horse batterz", Some(&hash)),
            Verdict::Wrong
        );
        assert_eq!(compare("correct horse battery", None), Verdict::Wrong);
        assert_eq!(compare("x", Some("no hash")), Verdict::Wrong);
    }
}
