//! `/{conf}/admin/mail` and `/ops/mail`: the outbox; below it the letters.

mod letters;
mod outbox;

use identity::{Access, Contents, Grant, Role, Routes, Scope, SiteGrant};
use kernel::Error;
use program::{Programmes, brand};
use web::{Cx, Letter, Page};

use crate::keeper::Keeper;

/// Who does the mails of a conference.
const MAILERS: Access = Access::Role(&[Role::Contents]);

/// What the pages need.
#[derive(Clone)]
pub(crate) struct Desk {
    programmes: Programmes,
    letters: &'static [&'static [Letter]],
}

impl Desk {
    fn letters(&self) -> impl Iterator<Item = &'static Letter> {
        self.letters.iter().copied().flatten()
    }

    fn letter(&self, keeper: &Keeper, name: &str) -> kernel::Result<&'static Letter> {
        let found = self
            .letters()
            .find(|letter| letter.name == name && keeper.may_word(letter));
        found.ok_or(Error::NotFound("letter"))
    }
}

/// Routes of this feature. `letters` are those that the features declare.
pub fn routes(programmes: Programmes, letters: &'static [&'static [Letter]]) -> Routes {
    Routes::<Desk>::new()
        .get("/{conf}/admin/mail", MAILERS, outbox::of_conference)
        .post(
            "/{conf}/admin/mail/{mail}/resend",
            MAILERS,
            outbox::resend_of_conference,
        )
        .get(
            "/{conf}/admin/letters",
            MAILERS,
            letters::list_of_conference,
        )
        .get(
            "/{conf}/admin/letters/{letter}/{locale}",
            MAILERS,
            letters::form_of_conference,
        )
        .post(
            "/{conf}/admin/letters/{letter}/{locale}",
            MAILERS,
            letters::save_of_conference,
        )
        .post(
            "/{conf}/admin/letters/{letter}/{locale}/reset",
            MAILERS,
            letters::reset_of_conference,
        )
        .post(
            "/{conf}/admin/letters/{letter}/{locale}/try",
            MAILERS,
            letters::try_of_conference,
        )
        .get("/ops/mail", Access::Owner, outbox::of_site)
        .post(
            "/ops/mail/{mail}/resend",
            Access::Owner,
            outbox::resend_of_site,
        )
        .get("/ops/letters", Access::Owner, letters::list_of_site)
        .get(
            "/ops/letters/{letter}/{locale}",
            Access::Owner,
            letters::form_of_site,
        )
        .post(
            "/ops/letters/{letter}/{locale}",
            Access::Owner,
            letters::save_of_site,
        )
        .post(
            "/ops/letters/{letter}/{locale}/reset",
            Access::Owner,
            letters::reset_of_site,
        )
        .post(
            "/ops/letters/{letter}/{locale}/try",
            Access::Owner,
            letters::try_of_site,
        )
        .state(Desk {
            programmes,
            letters,
        })
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

impl Place {
    async fn of_conference(
        cx: &Cx,
        desk: &Desk,
        grant: Grant<Contents>,
        scope: &Scope,
        section: &str,
    ) -> kernel::Result<Self> {
        let programme = desk.programmes.of(&cx.db, grant.conference()).await?;
        let programme = programme.ok_or(Error::NotFound("conference"))?;
        let conference = &programme.conference;
        let base = format!("/{}/admin", conference.slug);
        let brand = brand(cx, conference, Some(scope), &format!("{base}/{section}"));
        Ok(Self {
            keeper: Keeper::Conference(grant),
            page: Page::new(cx).with_brand(brand),
            title: conference.title_in(cx.locale).to_owned(),
            up: base.clone(),
            base,
        })
    }

    fn of_site(cx: &Cx, grant: SiteGrant) -> Self {
        Self {
            keeper: Keeper::Site(grant),
            page: Page::new(cx),
            base: "/ops".to_owned(),
            title: cx.text("outreach-site", &[]),
            up: "/".to_owned(),
        }
    }
}
