//! Pages that a team writes: code of conduct, privacy, job board.

use db::Tx;
use identity::{Contents, Grant, audit};
use kernel::text::{Lines, clean, is_slug, to_slug};
use kernel::{Error, Field, Message, Result};
use platform::once::Once;

use super::{Way, Writer};
use crate::exchange::text_of;
use crate::limits;
use crate::model::{ConferenceId, MenuEntry, PageId, Words};
use crate::store::sheets::{self, TextPage};
use crate::store::{self, Conference, write};

/// A page as somebody wrote it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageDraft {
    /// Its name in addresses; empty to make it from the English title.
    pub slug: String,
    /// Whether the menu leads to it.
    pub in_menu: bool,
    /// Whether people outside of the team see it.
    pub visible: bool,
    /// Its title, by language.
    pub titles: Words,
    /// Its text as Markdown, by language.
    pub bodies: Words,
}

impl PageDraft {
    fn checked(&self) -> Result<Self> {
        let mut faults: Vec<Field> = Vec::new();
        let mut fault = |name: String, message: Message| {
            faults.push(Field {
                name: name.into(),
                message,
            });
        };
        let too_long = |limit: usize| Message::new("program-too-long").with("limit", limit);
        let mut own = self.clone();
        for (words, lines, limit, field) in [
            (
                &mut own.titles,
                Lines::One,
                limits::TITLE_CHARS_MAX,
                "title",
            ),
            (&mut own.bodies, Lines::Many, limits::PAGE_CHARS_MAX, "body"),
        ] {
            for (language, text) in words.iter_mut() {
                *text = clean(text, lines);
                if text.chars().count() > limit {
                    fault(format!("{field}_{language}"), too_long(limit));
                }
            }
            words.retain(|_, text| !text.is_empty());
            if words.len() > limits::LANGUAGES_MAX {
                fault(field.to_owned(), too_long(limits::LANGUAGES_MAX));
            }
        }
        if own.titles.is_empty() {
            fault("title_ja".to_owned(), Message::new("program-needed"));
        }
        own.slug = clean(&self.slug, Lines::One);
        if own.slug.is_empty() {
            own.slug = own
                .titles
                .get("en")
                .map(|title| to_slug(title))
                .unwrap_or_default();
        }
        if !is_slug(&own.slug, limits::SLUG_CHARS_MIN)
            || own.slug.starts_with('-')
            || own.slug.ends_with('-')
        {
            fault(
                "slug".to_owned(),
                Message::new("program-page-slug-malformed"),
            );
        }
        if faults.is_empty() {
            Ok(own)
        } else {
            Err(Error::Invalid(faults))
        }
    }
}

/// Writes a new page; its id, which is also kept for a client that may ask again.
///
/// # Errors
/// `Invalid` with every field that cannot be used.
pub async fn add_page(
    writer: &Writer<'_>,
    grant: &Grant<Contents>,
    draft: &PageDraft,
    once: Option<&Once>,
) -> Result<PageId> {
    let mut work = Work::begin(writer, grant).await?;
    if work.pages.len() >= limits::PAGES_MAX {
        let message = Message::new("program-list-full").with("limit", limits::PAGES_MAX);
        return Err(Error::invalid("slug", message));
    }
    let position = work
        .pages
        .iter()
        .map(|page| page.position)
        .max()
        .unwrap_or(0)
        + 1;
    let page = work.row(draft, PageId::fresh(), position, 1)?;
    let id = page.id.clone();
    work.put(page).await?;
    let after = (&draft.slug, &draft.titles, draft.visible, draft.in_menu);
    if let Some(once) = once {
        once.keep(&mut work.tx, 201, &id, writer.now).await?;
    }
    work.finish("page.add", &id, &(), &after).await?;
    Ok(id)
}

/// Changes a page over the version that was read, where one is named.
///
/// # Errors
/// `NotFound` when it is not there, `Stale` when it is at another version by now, `Invalid` with every field that
/// cannot be used.
pub async fn change_page(
    writer: &Writer<'_>,
    grant: &Grant<Contents>,
    (id, version): (&PageId, Option<i64>),
    draft: &PageDraft,
) -> Result<()> {
    let mut work = Work::begin(writer, grant).await?;
    let was = work.page(id, version)?;
    let page = work.row(draft, was.id.clone(), was.position, was.version + 1)?;
    work.put(page).await?;
    let before = (was.slug.clone(), was.titles(), was.visible, was.in_menu);
    let after = (&draft.slug, &draft.titles, draft.visible, draft.in_menu);
    work.finish("page.change", id, &before, &after).await
}

/// Moves a page one place in the list, and so in the menu.
///
/// # Errors
/// `NotFound` when it is not there.
pub async fn order_page(
    writer: &Writer<'_>,
    grant: &Grant<Contents>,
    id: &PageId,
    way: Way,
) -> Result<()> {
    let mut work = Work::begin(writer, grant).await?;
    let at = work.pages.iter().position(|page| page.id == *id);
    let at = at.ok_or(Error::NotFound("page"))?;
    let to = match way {
        Way::Up => at.checked_sub(1),
        Way::Down => Some(at + 1).filter(|to| *to < work.pages.len()),
    };
    let Some(to) = to else {
        return Ok(());
    };
    work.pages.swap(at, to);
    for (position, page) in (1_i64..).zip(&mut work.pages) {
        page.position = position;
        sheets::put_page(&mut work.tx, grant.conference(), page).await?;
    }
    work.finish("page.order", id, &at, &to).await
}

/// Removes a page over the version that was read, where one is named.
///
/// # Errors
/// `NotFound` when it is not there, `Stale` when it is at another version by now.
pub async fn remove_page(
    writer: &Writer<'_>,
    grant: &Grant<Contents>,
    (id, version): (&PageId, Option<i64>),
) -> Result<()> {
    let mut work = Work::begin(writer, grant).await?;
    let was = work.page(id, version)?;
    sheets::remove_page(&mut work.tx, grant.conference(), id).await?;
    work.pages.retain(|page| page.id != *id);
    // What it said stays in the log: there is no bin for pages.
    let before = (was.slug.clone(), was.titles(), was.bodies());
    work.finish("page.remove", id, &before, &()).await
}

/// The menu that pages make.
fn menu(pages: &[TextPage]) -> Vec<MenuEntry> {
    let shown = pages.iter().filter(|page| page.visible && page.in_menu);
    let entry = |page: &TextPage| MenuEntry {
        slug: page.slug.clone(),
        titles: page.titles(),
    };
    shown.map(entry).collect()
}

/// Writes the menu of a conference that was just made with pages.
pub(super) async fn write_menu(tx: &mut Tx, conference: &ConferenceId) -> Result<()> {
    let row = store::by_id(&mut *tx, conference).await?;
    let row = row.ok_or(Error::NotFound("conference"))?;
    let mut settings = row.settings();
    settings.menu = menu(&sheets::pages(&mut *tx, conference).await?);
    let text = text_of(&settings);
    write::put_settings(tx, conference, &text).await
}

struct Work<'a> {
    writer: &'a Writer<'a>,
    grant: &'a Grant<Contents>,
    tx: Tx,
    conference: Conference,
    pages: Vec<TextPage>,
}

impl<'a> Work<'a> {
    async fn begin(writer: &'a Writer<'a>, grant: &'a Grant<Contents>) -> Result<Self> {
        let mut tx = writer.db.begin().await?;
        store::talks::wait_for_turn(&mut tx, grant.conference()).await?;
        let conference = store::by_id(&mut tx, grant.conference()).await?;
        let conference = conference.ok_or(Error::NotFound("conference"))?;
        let pages = sheets::pages(&mut tx, grant.conference()).await?;
        Ok(Self {
            writer,
            grant,
            tx,
            conference,
            pages,
        })
    }

    fn page(&self, id: &PageId, version: Option<i64>) -> Result<TextPage> {
        let page = self.pages.iter().find(|page| page.id == *id);
        let page = page.ok_or(Error::NotFound("page"))?;
        if version.is_some_and(|version| version != page.version) {
            return Err(Error::Stale);
        }
        Ok(page.clone())
    }

    fn row(&self, draft: &PageDraft, id: PageId, position: i64, version: i64) -> Result<TextPage> {
        let draft = draft.checked()?;
        let mut others = self.pages.iter().filter(|page| page.id != id);
        if others.any(|page| page.slug == draft.slug) {
            return Err(Error::invalid("slug", "program-name-taken"));
        }
        Ok(TextPage {
            id,
            slug: draft.slug,
            position,
            in_menu: draft.in_menu,
            visible: draft.visible,
            titles: text_of(&draft.titles),
            bodies: text_of(&draft.bodies),
            version,
            changed_at: self.writer.now,
        })
    }

    async fn put(&mut self, page: TextPage) -> Result<()> {
        sheets::put_page(&mut self.tx, self.grant.conference(), &page).await?;
        self.pages.retain(|own| own.id != page.id);
        self.pages.push(page);
        self.pages.sort_by_key(|page| page.position);
        Ok(())
    }

    async fn finish(
        mut self,
        action: &str,
        id: &PageId,
        before: &(impl serde::Serialize + Sync),
        after: &(impl serde::Serialize + Sync),
    ) -> Result<()> {
        let mut settings = self.conference.settings();
        settings.menu = menu(&self.pages);
        let row = Conference {
            settings: text_of(&settings),
            changed_at: self.writer.now,
            ..self.conference
        };
        write::update_conference(&mut self.tx, &row).await?;
        audit::record(&mut self.tx, self.grant, action, id.as_str(), before, after).await?;
        self.tx.commit().await?;
        self.writer.announce(&row.id, row.version + 1);
        Ok(())
    }
}
