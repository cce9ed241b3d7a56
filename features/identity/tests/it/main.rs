//! Identity from outside, on both stores.

#![allow(clippy::panic, reason = "a test ends with its first surprise")]

mod account;
mod api;
mod audit;
mod fake;
mod figures;
mod passkeys;
mod passwords;
mod providers;
mod roles;
mod sign_in;
mod team;

use std::sync::Arc;

use identity::{Access, ConferenceId, Role};
use kit::{NamedConferences, Parts, Site};

/// Two conferences and a page in each that only the broadcast team may see.
pub(crate) struct Stage {
    pub(crate) site: Site,
    pub(crate) ours: ConferenceId,
    pub(crate) theirs: ConferenceId,
}

/// The newest mail says to `to`, in this language, what changed about how they sign in.
pub(crate) async fn told(stage: &Stage, to: &str, sentence: &str) {
    let mails = platform::mail::mailbox(&stage.site.app.db, 1).await;
    let mail = mails.expect("read").remove(0);
    assert_eq!(mail.recipient, to);
    assert!(mail.body.contains(sentence), "{}", mail.body);
    assert!(mail.body.contains("/account/security"), "{}", mail.body);
}

pub(crate) async fn stages(name: &str, demo: bool) -> Vec<Stage> {
    stages_with(name, demo, identity::Options::default).await
}

pub(crate) async fn stages_with(
    name: &str,
    demo: bool,
    options: impl Fn() -> identity::Options,
) -> Vec<Stage> {
    let mut stages = Vec::new();
    for db in kit::engines(name).await {
        let (ours, theirs) = (ConferenceId::fresh(), ConferenceId::fresh());
        let named = vec![
            ("ours".to_owned(), ours.clone()),
            ("theirs".to_owned(), theirs.clone()),
        ];
        let conferences = Arc::new(NamedConferences(named));
        let parts = Parts {
            db,
            migrations: &[platform::MIGRATIONS, identity::MIGRATIONS],
            texts: &[],
            conferences: conferences.clone(),
            demo,
        };
        let site = Site::start(parts, |_| {
            identity::routes_with(conferences, options())
                .merge(account::routes())
                .get(
                    "/{conf}/studio",
                    Access::Role(&[Role::Broadcast]),
                    roles::studio,
                )
                .get("/site", Access::Owner, || async { "owner" })
        })
        .await;
        stages.push(Stage { site, ours, theirs });
    }
    stages
}
