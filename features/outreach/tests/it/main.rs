//! Letters and the outbox from outside, on both stores.

mod api;
mod letters;
mod outbox;

use std::sync::Arc;

use identity::{ConferenceId, Role};
use kit::{Browser, Parts, Site, Slot};
use platform::mail::{Mail, Origin, queue};
use program::Programmes;
use web::letter::{Letter, Reach};

/// A letter of conferences and one of the site; the only feature so far that sends any is identity.
const LETTERS: &[&[Letter]] = &[identity::LETTERS];

pub(crate) const INVITATION: &str = "identity-invitation-mail";
pub(crate) const SIGN_IN: &str = "identity-mail";

const TALKS: &[Slot<'_>] = &[Slot {
    track: "Track A",
    title: "Opening",
    from: 0,
    minutes: 30,
}];

/// Two conferences, `ours` and `theirs`.
pub(crate) struct Stage {
    pub(crate) site: Site,
    programmes: Programmes,
}

pub(crate) async fn stages(name: &str) -> Vec<Stage> {
    let mut stages = Vec::new();
    for db in kit::engines(name).await {
        let programmes = Programmes::new();
        let parts = Parts {
            db,
            migrations: &[
                platform::MIGRATIONS,
                identity::MIGRATIONS,
                program::MIGRATIONS,
            ],
            texts: &[program::TEXTS, outreach::TEXTS],
            conferences: Arc::new(programmes.clone()),
            demo: true,
        };
        let site = Site::compose(parts, async |app| {
            for acronym in ["ours", "theirs"] {
                neighbours::put(app, &programmes, acronym, TALKS).await;
            }
            identity::routes(Arc::new(programmes.clone()))
                .merge(outreach::routes(programmes.clone(), LETTERS))
        })
        .await;
        stages.push(Stage { site, programmes });
    }
    stages
}

impl Stage {
    pub(crate) async fn id(&self, slug: &str) -> ConferenceId {
        let found = self.programmes.named(&self.site.app.db, slug).await;
        let programme = found.expect("read").expect("there");
        programme.conference.id.clone()
    }

    /// Somebody with a role in one conference.
    pub(crate) async fn member(&self, name: &str, role: Role, slug: &str) -> Browser {
        let of = [self.id(slug).await];
        self.site.sign_in(name, Some(role), &of).await
    }

    /// Queues a mail of a conference, or of the site.
    pub(crate) async fn mail(&self, scope: &str, to: &str, subject: &str) {
        let mail = Mail {
            to: to.to_owned(),
            subject: subject.to_owned(),
            text: "swordfish".to_owned(),
            html: None,
            origin: Origin {
                scope: scope.to_owned(),
                ..Origin::default()
            },
        };
        let key = kernel::id::fresh("key");
        let app = &self.site.app;
        queue(&app.db, &mail, &key, app.clock.now())
            .await
            .expect("queued");
    }
}

#[test]
fn a_letter_explains_itself_in_every_language() {
    let texts = web::Texts::load(&[web::texts::TEXTS, identity::TEXTS]).expect("well-formed");
    for letter in LETTERS.iter().copied().flatten() {
        for locale in web::Locale::ALL {
            let first = letter.first_wording(&texts, locale);
            letter
                .parse(&first.subject, &first.body)
                .expect("the first wording is one");
            for one in letter.explained(&texts, locale, locale) {
                assert!(!one.about.contains("-about") && !one.example.contains("-example"));
            }
        }
    }
    assert!(LETTERS[0].iter().any(|letter| letter.reach == Reach::Site));
}
