//! Passkeys, with an authenticator made of a key pair.

use data_encoding::BASE64URL_NOPAD;
use http::{Method, StatusCode};
use identity::Role;
use kit::{Answer, Browser};
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};

use crate::{Stage, stages};

/// What a phone has in it.
struct Authenticator {
    pair: EcdsaKeyPair,
    credential: Vec<u8>,
    account: String,
    count: u32,
    origin: &'static str,
    verifies: bool,
}

impl Authenticator {
    fn new() -> Self {
        let random = SystemRandom::new();
        let kind = &ECDSA_P256_SHA256_ASN1_SIGNING;
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(kind, &random).expect("a key");
        Self {
            pair: EcdsaKeyPair::from_pkcs8(kind, pkcs8.as_ref(), &random).expect("a key"),
            credential: kernel::id::secret().into_bytes(),
            account: String::new(),
            count: 0,
            origin: "http://box.test",
            verifies: true,
        }
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let data = json!({ "type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": false });
        data.to_string().into_bytes()
    }

    fn data(&self, flags: u8) -> Vec<u8> {
        let verified = if self.verifies { 0x04 } else { 0 };
        let mut data = digest(&SHA256, b"box.test").as_ref().to_vec();
        data.push(0x01 | verified | flags);
        data.extend_from_slice(&self.count.to_be_bytes());
        data
    }

    fn create(&mut self, options: &Value) -> Value {
        options["user"]["id"]
            .as_str()
            .expect("a handle")
            .clone_into(&mut self.account);
        let client_data = self.client_data("webauthn.create", options);
        let point = self.pair.public_key().as_ref();
        let mut data = self.data(0x40);
        data.extend_from_slice(&[0; 16]);
        data.extend_from_slice(
            &u16::try_from(self.credential.len())
                .expect("short")
                .to_be_bytes(),
        );
        data.extend_from_slice(&self.credential);
        data.extend_from_slice(&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32]);
        data.extend_from_slice(&point[1..33]);
        data.extend_from_slice(&[0x22, 0x58, 32]);
        data.extend_from_slice(&point[33..]);
        let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec();
        object.push(u8::try_from(data.len()).expect("short"));
        object.extend_from_slice(&data);
        let encode = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
        json!({ "id": encode(&self.credential), "response": { "clientDataJSON": encode(&client_data), "attestationObject": encode(&object) } })
    }

    fn get(&mut self, options: &Value) -> Value {
        if self.count > 0 {
            self.count += 1;
        }
        let client_data = self.client_data("webauthn.get", options);
        let data = self.data(0);
        let message = [data.as_slice(), digest(&SHA256, &client_data).as_ref()].concat();
        let signature = self
            .pair
            .sign(&SystemRandom::new(), &message)
            .expect("signed");
        let encode = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
        json!({ "id": encode(&self.credential), "response": { "clientDataJSON": encode(&client_data), "authenticatorData": encode(&data), "signature": encode(signature.as_ref()), "userHandle": self.account } })
    }
}

async fn post(browser: &Browser, path: &str, body: &Value) -> Answer {
    browser.json(Method::POST, path, body).await
}

async fn add(browser: &Browser, authenticator: &mut Authenticator) -> Answer {
    let options = post(browser, "/account/passkeys/options", &json!({})).await;
    if options.status != StatusCode::OK {
        return options;
    }
    let credential = authenticator.create(&options.json());
    let body = json!({ "name": "my phone", "credential": credential });
    post(browser, "/account/passkeys", &body).await
}

async fn sign_in(browser: &Browser, authenticator: &mut Authenticator) -> Answer {
    let options = post(browser, "/sign-in/passkey/options", &json!({}))
        .await
        .json();
    assert_eq!(
        options["allowCredentials"],
        json!([]),
        "no account is named"
    );
    let body = json!({ "next": "/ours/live", "credential": authenticator.get(&options) });
    post(browser, "/sign-in/passkey", &body).await
}

fn browser(stage: &Stage) -> Browser {
    stage.site.anonymous().with("accept", "application/json")
}

#[tokio::test]
async fn a_passkey_signs_in_without_a_mail_and_without_naming_anybody() {
    for stage in stages("passkey", true).await {
        let aiko = stage.site.sign_in("Aiko", None, &[]).await;
        let mut phone = Authenticator::new();
        assert_eq!(add(&aiko, &mut phone).await.status, StatusCode::CREATED);
        crate::told(&stage, "aiko@example.org", "A passkey was added.").await;
        assert!(
            aiko.get("/account/security")
                .await
                .body
                .contains("my phone")
        );
        for _ in 0..2 {
            let elsewhere = browser(&stage);
            let answer = sign_in(&elsewhere, &mut phone).await;
            assert_eq!(
                (answer.status, &answer.json()["next"]),
                (StatusCode::OK, &json!("/ours/live"))
            );
            let cookie = answer.headers["set-cookie"]
                .to_str()
                .expect("text")
                .to_owned();
            assert!(
                cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
                "{cookie}"
            );
            let page = elsewhere.get("/account/security").await.body;
            assert!(page.contains("aiko@example.org"), "{page}");
        }
        // Another can be added, and this one removed, by whoever used one; a session by mail cannot.
        let by_mail = stage.site.sign_in("Aiko", None, &[]).await;
        let refused = add(&by_mail, &mut Authenticator::new()).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        assert_eq!(
            add(&aiko, &mut Authenticator::new()).await.status,
            StatusCode::CREATED
        );
        let known = add(&aiko, &mut phone).await;
        assert_eq!(known.status, StatusCode::CONFLICT, "the same one twice");
        let page = aiko.get("/account/security").await.body;
        let start = page.find("/account/passkeys/psk_").expect("a form");
        let remove = page[start..].split('"').next().expect("it ends").to_owned();
        assert_eq!(
            by_mail.post(&remove, &[]).await.status,
            StatusCode::FORBIDDEN
        );
        let stranger = stage.site.sign_in("Stranger", None, &[]).await;
        assert_eq!(
            stranger.post(&remove, &[]).await.status,
            StatusCode::NOT_FOUND
        );
        assert_eq!(aiko.post(&remove, &[]).await.status, StatusCode::SEE_OTHER);
        crate::told(&stage, "aiko@example.org", "A passkey was removed.").await;
        let gone = sign_in(&browser(&stage), &mut phone).await;
        assert_eq!(gone.status, StatusCode::CONFLICT);
    }
}

#[tokio::test]
async fn no_answer_counts_twice_late_elsewhere_or_without_the_person() {
    for stage in stages("passkeybad", true).await {
        let aiko = stage.site.sign_in("Aiko", None, &[]).await;
        let mut phone = Authenticator::new();
        // A phone that counts.
        phone.count = 1;
        let asked = post(&aiko, "/account/passkeys/options", &json!({}))
            .await
            .json();
        let made = json!({ "name": "x", "credential": phone.create(&asked) });
        let ken = stage.site.sign_in("Ken", None, &[]).await;
        assert_eq!(
            post(&ken, "/account/passkeys", &made).await.status,
            StatusCode::CONFLICT,
            "what Aiko was asked is not for Ken to answer"
        );
        assert_eq!(
            post(&aiko, "/account/passkeys", &made).await.status,
            StatusCode::CREATED
        );
        assert_eq!(
            post(&aiko, "/account/passkeys", &made).await.status,
            StatusCode::CONFLICT,
            "once"
        );

        let elsewhere = browser(&stage);
        let options = post(&elsewhere, "/sign-in/passkey/options", &json!({}))
            .await
            .json();
        let used = json!({ "next": "//evil.example", "credential": phone.get(&options) });
        let first = post(&elsewhere, "/sign-in/passkey", &used).await;
        assert_eq!(first.json()["next"], "/", "never away from the site");
        assert_eq!(
            post(&elsewhere, "/sign-in/passkey", &used).await.status,
            StatusCode::CONFLICT,
            "once"
        );

        let late = post(&elsewhere, "/sign-in/passkey/options", &json!({}))
            .await
            .json();
        stage
            .site
            .clock
            .advance(identity::limits::PASSKEY_CHALLENGE_LIFE);
        let used = json!({ "credential": phone.get(&late) });
        assert_eq!(
            post(&elsewhere, "/sign-in/passkey", &used).await.status,
            StatusCode::CONFLICT,
            "late"
        );

        phone.count = 1;
        assert_eq!(
            sign_in(&elsewhere, &mut phone).await.status,
            StatusCode::CONFLICT,
            "a copy that counts anew"
        );
        phone.count = 50;
        phone.origin = "http://box.test.evil.example";
        assert_eq!(
            sign_in(&elsewhere, &mut phone).await.status,
            StatusCode::CONFLICT,
            "another site"
        );
        phone.origin = "http://box.test";
        phone.verifies = false;
        assert_eq!(
            sign_in(&elsewhere, &mut phone).await.status,
            StatusCode::CONFLICT,
            "anybody's finger"
        );
        phone.verifies = true;
        let own = std::mem::replace(
            &mut phone.account,
            BASE64URL_NOPAD.encode(b"acc_of_somebody_else"),
        );
        assert_eq!(
            sign_in(&elsewhere, &mut phone).await.status,
            StatusCode::CONFLICT,
            "another account"
        );
        phone.account = own;
        assert_eq!(sign_in(&elsewhere, &mut phone).await.status, StatusCode::OK);
        for nonsense in [
            json!({}),
            json!({ "credential": { "id": "x", "response": { "clientDataJSON": "e30" } } }),
        ] {
            let refused = post(&elsewhere, "/sign-in/passkey", &nonsense).await;
            assert!(refused.status.is_client_error(), "{}", refused.status);
        }
    }
}

#[tokio::test]
async fn passkeys_and_questions_for_them_are_bounded() {
    for stage in stages("passkeymany", true).await {
        let aiko = stage.site.sign_in("Aiko", None, &[]).await;
        for _ in 0..identity::limits::PASSKEYS_PER_ACCOUNT_MAX {
            assert_eq!(
                add(&aiko, &mut Authenticator::new()).await.status,
                StatusCode::CREATED
            );
        }
        assert_eq!(
            add(&aiko, &mut Authenticator::new()).await.status,
            StatusCode::CONFLICT
        );
        let nobody = browser(&stage);
        let mut last = StatusCode::OK;
        for _ in 0..=identity::limits::PASSKEY_CHALLENGES_MAX {
            last = post(&nobody, "/sign-in/passkey/options", &json!({}))
                .await
                .status;
        }
        assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
        stage
            .site
            .clock
            .advance(identity::limits::PASSKEY_CHALLENGE_LIFE);
        let later = post(&nobody, "/sign-in/passkey/options", &json!({})).await;
        assert_eq!(later.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_site_may_demand_a_passkey_of_its_teams() {
    for stage in stages("passkeyteam", true).await {
        let ours = [stage.ours.clone()];
        let owner = stage.site.owner().await;
        let ken = stage
            .site
            .sign_in("Ken", Some(Role::Broadcast), &ours)
            .await;
        let demand = [("team_passkey", "on")];
        let early = owner.post("/ops/settings", &demand).await;
        assert_eq!(
            early.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "she would shut herself out"
        );
        assert_eq!(
            add(&owner, &mut Authenticator::new()).await.status,
            StatusCode::CREATED
        );
        assert_eq!(
            owner.post("/ops/settings", &demand).await.status,
            StatusCode::SEE_OTHER
        );
        let refused = ken.get("/ours/studio").await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        assert!(refused.body.contains("passkey"), "{}", refused.body);
        let by_mail = stage.site.owner().await;
        assert_eq!(
            by_mail.get("/ops/settings").await.status,
            StatusCode::FORBIDDEN
        );
        let mut phone = Authenticator::new();
        assert_eq!(add(&ken, &mut phone).await.status, StatusCode::CREATED);
        assert_eq!(ken.get("/ours/studio").await.status, StatusCode::OK);
        let elsewhere = browser(&stage);
        sign_in(&elsewhere, &mut phone).await;
        assert_eq!(elsewhere.get("/ours/studio").await.status, StatusCode::OK);
        assert_eq!(
            owner.post("/ops/settings", &[]).await.status,
            StatusCode::SEE_OTHER
        );
        assert_eq!(by_mail.get("/ops/settings").await.status, StatusCode::OK);
        let log = owner.get("/ops/audit?action=site.settings").await.body;
        assert_eq!(log.matches("audit-entry").count(), 2, "{log}");
    }
}

#[tokio::test]
async fn an_owner_helps_somebody_in_without_learning_the_link() {
    for stage in stages("helplink", true).await {
        let owner = stage.site.owner().await;
        stage.site.sign_in("Ken", None, &[]).await;
        let sent = owner
            .post("/ops/people/link", &[("email", "ken@example.org")])
            .await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER);
        let link = crate::team::newest_link(&stage, "/sign-in/").await;
        let page = owner.get("/ops/settings").await;
        assert!(!sent.body.contains(&link) && !page.body.contains(&link));
        let ken = stage.site.anonymous();
        assert_eq!(ken.post(&link, &[]).await.status, StatusCode::SEE_OTHER);
        assert!(
            ken.get("/account/security")
                .await
                .body
                .contains("ken@example.org")
        );
        let unknown = owner
            .post("/ops/people/link", &[("email", "nobody@example.org")])
            .await;
        assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY);
        let ken = stage.site.sign_in("Ken", None, &[]).await;
        assert_eq!(
            ken.post("/ops/people/link", &[("email", "owner@example.org")])
                .await
                .status,
            StatusCode::FORBIDDEN
        );
    }
}
