//! Passkeys: making, using and removing them. Challenges are kept as digests, bound to who was asked, and answered once.

use data_encoding::BASE64URL_NOPAD;
use kernel::text::{Lines, clean};
use kernel::{Error, Result, id};
use serde::Deserialize;
use serde_json::{Value, json};
use web::Cx;

use super::account::own;
use super::proof;
use super::sign_in::begin_here;
use super::told::{self, Change};
use crate::audit::By;
use crate::limits;
use crate::model::{AccountId, PasskeyId, SessionId, Way};
use crate::store::passkeys::{self, Fresh};
use crate::store::{accounts, sessions};
use crate::webauthn::{self, ALGORITHMS, Party};

/// What a browser is to do before it asks again, milliseconds.
const TIMEOUT_MS: u64 = 300_000;

/// A passkey as the browser hands it over ("Web Authentication: Level 3", §5.1.8); all bytes in base64url.
#[derive(Debug, Deserialize)]
pub(crate) struct Credential {
    pub(crate) id: String,
    pub(crate) response: Response,
}

/// What the authenticator answered: the one or the other.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Response {
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    #[serde(default)]
    attestation_object: String,
    #[serde(default)]
    authenticator_data: String,
    #[serde(default)]
    signature: String,
    #[serde(default)]
    user_handle: Option<String>,
}

fn refused() -> Error {
    Error::conflict("identity-passkey-refused")
}

/// What is broken goes to the log; the person learns that it did not work and what to do.
fn broken(what: webauthn::Broken) -> Error {
    tracing::warn!("a passkey was refused: {what}");
    refused()
}

fn bytes(text: &str) -> Result<Vec<u8>> {
    BASE64URL_NOPAD
        .decode(text.trim_end_matches('=').as_bytes())
        .map_err(|_| refused())
}

async fn challenge(cx: &Cx, account: Option<&AccountId>) -> Result<String> {
    let challenge = BASE64URL_NOPAD.encode(id::secret().as_bytes());
    let peer = cx.client.peer.map(|peer| peer.ip().to_string());
    let peer = peer.unwrap_or_default();
    let mut tx = cx.db.begin().await?;
    if passkeys::asked(&mut tx, &peer, cx.now).await? >= limits::PASSKEY_CHALLENGES_MAX {
        return Err(Error::TooMany {
            retry_after: limits::PASSKEY_CHALLENGE_LIFE,
        });
    }
    let expires = cx.now + limits::PASSKEY_CHALLENGE_LIFE;
    passkeys::ask(
        &mut tx,
        &id::digest(&challenge),
        account,
        &peer,
        cx.now,
        expires,
    )
    .await?;
    tx.commit().await?;
    Ok(challenge)
}

/// What the browser needs to make a passkey.
pub(crate) async fn creation(cx: &Cx) -> Result<Value> {
    let account = own(cx)?;
    proof::recent(cx, &account).await?;
    let actor = cx.signed_in()?;
    let party = Party::of(&cx.site.public_url);
    let known = passkeys::of(&cx.db, &account).await?;
    let known = known
        .iter()
        .map(|own| json!({ "type": "public-key", "id": own.credential }));
    let kinds = ALGORITHMS
        .iter()
        .map(|alg| json!({ "type": "public-key", "alg": alg }));
    Ok(json!({
        "rp": { "id": party.id, "name": party.id },
        // The handle says nothing about the person but which account it is.
        "user": { "id": BASE64URL_NOPAD.encode(account.as_str().as_bytes()), "name": actor.email, "displayName": actor.name },
        "challenge": challenge(cx, Some(&account)).await?,
        "pubKeyCredParams": kinds.collect::<Vec<_>>(),
        "timeout": TIMEOUT_MS,
        "excludeCredentials": known.collect::<Vec<_>>(),
        "authenticatorSelection": { "residentKey": "required", "requireResidentKey": true, "userVerification": "required" },
        "attestation": "none",
    }))
}

/// Keeps a passkey that was just made; from now on the session counts as one that began with it.
pub(crate) async fn add(cx: &Cx, name: &str, credential: &Credential) -> Result<()> {
    let account = own(cx)?;
    proof::recent(cx, &account).await?;
    let name = clean(name, Lines::One);
    let name: String = name.chars().take(limits::PASSKEY_NAME_CHARS_MAX).collect();
    let client_data = bytes(&credential.response.client_data)?;
    let asked = webauthn::challenge_of(&client_data).map_err(broken)?;
    let party = Party::of(&cx.site.public_url);
    let attestation = bytes(&credential.response.attestation_object)?;
    let made = webauthn::register(&party, &asked, &client_data, &attestation).map_err(broken)?;
    if !made.verified || made.credential != credential.id.trim_end_matches('=') {
        return Err(refused());
    }
    let mut tx = cx.db.begin().await?;
    if !passkeys::answer(&mut tx, &id::digest(&asked), Some(&account), cx.now).await? {
        return Err(refused());
    }
    if passkeys::count(&mut tx, &account).await? >= limits::PASSKEYS_PER_ACCOUNT_MAX {
        return Err(Error::conflict("identity-passkeys-many"));
    }
    let fresh = Fresh {
        account: &account,
        credential: &made.credential,
        public_key: &made.public_key,
        uses: i64::from(made.count),
        name: &name,
        now: cx.now,
    };
    let id = passkeys::insert(&mut tx, &fresh).await?;
    passkeys::strengthen(&mut tx, &SessionId::stored(cx.signed_in()?.session.clone())).await?;
    let by = By::themselves(cx, &account, None)?;
    by.record(
        &mut tx,
        "passkey.add",
        id.as_str(),
        &Value::Null,
        &Value::Null,
    )
    .await?;
    told::tell(&mut tx, cx, Change::PasskeyAdded).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes a passkey away.
pub(crate) async fn remove(cx: &Cx, id: &PasskeyId) -> Result<()> {
    let account = own(cx)?;
    proof::recent(cx, &account).await?;
    let mut tx = cx.db.begin().await?;
    if !passkeys::delete(&mut tx, &account, id).await? {
        return Err(Error::NotFound("passkey"));
    }
    let by = By::themselves(cx, &account, None)?;
    by.record(
        &mut tx,
        "passkey.remove",
        id.as_str(),
        &Value::Null,
        &Value::Null,
    )
    .await?;
    told::tell(&mut tx, cx, Change::PasskeyRemoved).await?;
    tx.commit().await?;
    Ok(())
}

/// What the browser needs to ask for a passkey. It names no account: the passkey says whose it is, so that nobody learns
/// which accounts there are.
pub(crate) async fn request(cx: &Cx) -> Result<Value> {
    let party = Party::of(&cx.site.public_url);
    Ok(json!({
        "challenge": challenge(cx, None).await?,
        "rpId": party.id,
        "timeout": TIMEOUT_MS,
        "allowCredentials": [],
        "userVerification": "required",
    }))
}

/// Signs the holder of a passkey in; the secret of the session.
pub(crate) async fn sign_in(cx: &Cx, credential: &Credential) -> Result<String> {
    let response = &credential.response;
    let client_data = bytes(&response.client_data)?;
    let asked = webauthn::challenge_of(&client_data).map_err(broken)?;
    let known = passkeys::lock(&cx.db, credential.id.trim_end_matches('=')).await?;
    let known = known.ok_or_else(|| Error::conflict("identity-passkey-unknown"))?;
    let handle = bytes(response.user_handle.as_deref().unwrap_or_default())?;
    if handle != known.account.as_str().as_bytes() {
        return Err(refused());
    }
    let party = Party::of(&cx.site.public_url);
    let (said, signature) = (
        bytes(&response.authenticator_data)?,
        bytes(&response.signature)?,
    );
    let key = &known.public_key;
    let used = webauthn::assert(&party, &asked, key, &client_data, &said, &signature);
    let used = used.map_err(broken)?;
    let count = i64::from(used.count);
    // A counter that does not go up means that somebody has a copy (§6.1.1); most authenticators do not count at all.
    let copied = (count != 0 || known.uses != 0) && count <= known.uses;
    if !used.verified || copied {
        tracing::warn!(passkey = %known.id, copied, "a passkey was refused: not verified, or a copy");
        return Err(refused());
    }
    let mut tx = cx.db.begin().await?;
    if !passkeys::answer(&mut tx, &id::digest(&asked), None, cx.now).await? {
        return Err(refused());
    }
    passkeys::used(&mut tx, &known.id, count, cx.now).await?;
    let begun = begin_here(&mut tx, cx, &known.account, Way::Passkey).await?;
    let session = sessions::id_of(&mut tx, &id::digest(begun.secret())).await?;
    passkeys::strengthen(&mut tx, &session).await?;
    tx.commit().await?;
    let account = accounts::account(&cx.db, known.account.as_str()).await?;
    let name = account.map(|account| account.name).unwrap_or_default();
    tracing::info!(account = %known.account, "{name} signed in with a passkey");
    Ok(begun.announce(cx))
}
