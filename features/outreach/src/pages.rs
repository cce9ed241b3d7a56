//! `/{conf}/admin/mail` and `/ops/mail`: the outbox; below it the letters.

mod letters;
mod outbox;

pub(crate) use letters::LetterPath;
pub(crate) use outbox::MailPath;

use axum::extract::{FromRef, FromRequestParts};
use http::request::Parts;
use identity::{Access, Role, Routes, Scope};
use kernel::Error;
use program::{Programmes, brand};
use web::{Cx, Letter, Page};

use crate::keeper::Keeper;

/// Who does the mails of a conference.
pub(crate) const MAILERS: Access = Access::Role(&[Role::Contents]);

/// What the pages need.
#[derive(Clone)]
pub(crate) struct Desk {
    programmes: Programmes,
    letters: &'static [&'static [Letter]],
}

impl Desk {
    pub(crate) fn letters(&self) -> impl Iterator<Item = &'static Letter> {
        self.letters.iter().copied().flatten()
    }

    pub(crate) fn letter(&self, keeper: &Keeper, name: &str) -> kernel::Result<&'static Letter> {
        let found = self
            .letters()
            .find(|letter| letter.name == name && keeper.may_word(letter));
        found.ok_or(Error::NotFound("letter"))
    }
}

/// Routes of this feature. `letters` are those that the features declare.
pub fn routes(programmes: Programmes, letters: &'static [&'static [Letter]]) -> Routes {
    Routes::<Desk>::new()
        .merge(pages())
        .merge(crate::api::routes())
        .state(Desk {
            programmes,
            letters,
        })
}

/// The same pages for the team of a conference and for the site's owner.
fn pages() -> Routes<Desk> {
    Routes::new()
        .get("/{conf}/admin/mail", MAILERS, outbox::list)
        .post("/{conf}/admin/mail/{mail}/resend", MAILERS, outbox::resend)
        .post("/{conf}/admin/mail/resend", MAILERS, outbox::resend_all)
        .get("/{conf}/admin/letters", MAILERS, letters::list)
        .get(
            "/{conf}/admin/letters/{letter}/{locale}",
            MAILERS,
            letters::form,
        )
        .post(
            "/{conf}/admin/letters/{letter}/{locale}",
            MAILERS,
            letters::save,
        )
        .post(
            "/{conf}/admin/letters/{letter}/{locale}/reset",
            MAILERS,
            letters::reset,
        )
        .post(
            "/{conf}/admin/letters/{letter}/{locale}/try",
            MAILERS,
            letters::try_out,
        )
        .get("/ops/mail", Access::Owner, outbox::list)
        .post("/ops/mail/{mail}/resend", Access::Owner, outbox::resend)
        .post("/ops/mail/resend", Access::Owner, outbox::resend_all)
        .get("/ops/letters", Access::Owner, letters::list)
        .get(
            "/ops/letters/{letter}/{locale}",
            Access::Owner,
            letters::form,
        )
        .post(
            "/ops/letters/{letter}/{locale}",
            Access::Owner,
            letters::save,
        )
        .post(
            "/ops/letters/{letter}/{locale}/reset",
            Access::Owner,
            letters::reset,
        )
        .post(
            "/ops/letters/{letter}/{locale}/try",
            Access::Owner,
            letters::try_out,
        )
}

/// Where a page is: whose mails it shows, and what stands around them.
struct Place {
    keeper: Keeper,
    page: Page,
    /// Path of the section, without a slash at its end: `/matsuri-days/admin` or `/ops`.
    base: String,
    /// Name of what it belongs to.
    title: String,
    /// Where that name leads.
    up: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Place
where
    Desk: FromRef<S>,
{
    type Rejection = web::Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> web::Result<Self> {
        let cx = Cx::from_request_parts(parts, state).await?;
        let keeper = Keeper::from_request_parts(parts, state).await?;
        let Keeper::Conference(grant) = &keeper else {
            return Ok(Self {
                keeper,
                page: Page::new(&cx),
                base: "/ops".to_owned(),
                title: cx.text("outreach-site", &[]),
                up: "/".to_owned(),
            });
        };
        let desk = Desk::from_ref(state);
        let programme = desk.programmes.of(&cx.db, grant.conference()).await?;
        let programme = programme.ok_or(Error::NotFound("conference"))?;
        let conference = &programme.conference;
        let base = format!("/{}/admin", conference.slug);
        let section = parts.uri.path().split('/').nth(3).unwrap_or_default();
        let scope = parts.extensions.get::<Scope>();
        let brand = brand(&cx, conference, scope, &format!("{base}/{section}"));
        Ok(Self {
            page: Page::new(&cx).with_brand(brand),
            title: conference.title_in(cx.locale).to_owned(),
            up: base.clone(),
            base,
            keeper,
        })
    }
}
