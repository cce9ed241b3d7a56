//! `/{conf}/admin/pages`: pages that a team writes.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use identity::{Contents, Grant, Scope};
use kernel::Error;
use serde::Deserialize;
use web::form::{Done, Sheet, Submitted};
use web::{Cx, Page};

use super::Frame;
use crate::actions::{self, PageDraft, Way, Writer};
use crate::markup;
use crate::model::{LANGUAGES, PageId, Words, word_in};
use crate::pages::programme;
use crate::programme::Programme;
use crate::programmes::Programmes;
use crate::store::sheets::{self, TextPage};

/// Pages that most conferences have: their names in addresses, which are also the words of their titles.
const USUAL: &[&str] = &["code-of-conduct", "privacy", "jobs", "hands-on", "access"];

#[derive(Template)]
#[template(path = "admin_pages.html")]
struct PagesPage {
    page: Page,
    frame: Frame,
    rows: Vec<Row>,
    usual: Vec<(String, String)>,
    editing: Option<Row>,
    sheet: Sheet,
    list: String,
}

#[derive(Clone)]
struct Row {
    id: String,
    href: String,
    shown: String,
    title: String,
    version: i64,
    visible: bool,
    in_menu: bool,
    languages: String,
}

fn row(cx: &Cx, base: &str, page: &TextPage) -> Row {
    let title = word_in(&page.titles(), cx.locale.as_str()).to_owned();
    let bodies = page.bodies();
    Row {
        href: format!("{base}/admin/pages/{}", page.id),
        shown: format!("{base}/pages/{}", page.slug),
        id: page.id.to_string(),
        title: if title.is_empty() {
            page.slug.clone()
        } else {
            title
        },
        version: page.version,
        visible: page.visible,
        in_menu: page.in_menu,
        languages: bodies.keys().cloned().collect::<Vec<_>>().join(", "),
    }
}

fn filled(draft: &PageDraft, version: Option<i64>) -> Sheet {
    let tick = |is: bool| if is { "yes" } else { "" };
    let mut sheet = version.map_or_else(Sheet::blank, Sheet::of);
    sheet = sheet
        .put("slug", &draft.slug)
        .put("in_menu", tick(draft.in_menu))
        .put("visible", tick(draft.visible));
    for language in LANGUAGES {
        let own = |words: &Words| words.get(language).cloned().unwrap_or_default();
        sheet = sheet
            .put(&format!("title_{language}"), own(&draft.titles))
            .put(&format!("body_{language}"), own(&draft.bodies));
    }
    sheet
}

fn draft_of(page: &TextPage) -> PageDraft {
    PageDraft {
        slug: page.slug.clone(),
        in_menu: page.in_menu,
        visible: page.visible,
        titles: page.titles(),
        bodies: page.bodies(),
    }
}

/// What a sheet says, over what is there: languages that the form does not ask for stay.
fn read(sheet: &Sheet, was: &PageDraft) -> PageDraft {
    let mut draft = was.clone();
    sheet.value("slug").clone_into(&mut draft.slug);
    draft.in_menu = sheet.has("in_menu", "yes");
    draft.visible = sheet.has("visible", "yes");
    for language in LANGUAGES {
        let value = |field: &str| sheet.value(&format!("{field}_{language}")).to_owned();
        draft.titles.insert(language.to_owned(), value("title"));
        draft.bodies.insert(language.to_owned(), value("body"));
    }
    draft
}

async fn show(
    cx: &Cx,
    scope: &Scope,
    programme: &Programme,
    editing: Option<&TextPage>,
    (status, mut sheet): (StatusCode, Sheet),
) -> web::Result<Response> {
    let frame = Frame::of(cx, scope, &programme.conference, "pages");
    for language in LANGUAGES {
        let name = format!("body_{language}");
        let html = markup::to_page(sheet.value(&name));
        sheet = sheet.preview(&name, html);
    }
    let pages = sheets::pages(&cx.db, &programme.conference.id).await?;
    let list = format!("{}/admin/pages", frame.base);
    let usual = USUAL
        .iter()
        .filter(|slug| !pages.iter().any(|page| page.slug == **slug));
    let usual = usual.map(|slug| {
        let title = cx.text(&format!("program-usual-{slug}"), &[]);
        (format!("{list}?usual={slug}#piece"), title)
    });
    let template = PagesPage {
        page: frame.page(cx, scope, &programme.conference),
        rows: pages
            .iter()
            .map(|page| row(cx, &frame.base, page))
            .collect(),
        usual: usual.collect(),
        editing: editing.map(|page| row(cx, &frame.base, page)),
        sheet,
        list,
        frame,
    };
    Ok(template.page.clone().render_status(status, &template))
}

#[derive(Deserialize)]
pub(super) struct Usual {
    #[serde(default)]
    usual: String,
}

/// The empty form, or one that begins a page that most conferences have.
fn begun(cx: &Cx, usual: &str) -> PageDraft {
    let mut draft = PageDraft {
        in_menu: true,
        visible: true,
        ..PageDraft::default()
    };
    if USUAL.contains(&usual) {
        usual.clone_into(&mut draft.slug);
        for locale in web::Locale::ALL {
            let title = cx.texts.get(locale, &format!("program-usual-{usual}"), &[]);
            draft.titles.insert(locale.as_str().to_owned(), title);
        }
    }
    draft
}

pub(super) async fn list(
    cx: Cx,
    scope: Scope,
    State(programmes): State<Programmes>,
    Query(query): Query<Usual>,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    let sheet = filled(&begun(&cx, &query.usual), None);
    show(&cx, &scope, &programme, None, (StatusCode::OK, sheet)).await
}

pub(super) async fn add(
    cx: Cx,
    scope: Scope,
    grant: Grant<Contents>,
    State(programmes): State<Programmes>,
    submitted: Submitted,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    let blank = PageDraft::default();
    let sheet = filled(&blank, None).typed(&submitted);
    if let Some(status) = sheet.pause() {
        return show(&cx, &scope, &programme, None, (status, sheet)).await;
    }
    let writer = Writer::of(&cx, &programmes);
    match actions::add_page(&writer, &grant, &read(&sheet, &blank), None).await {
        Ok(id) => {
            let place = format!("/{}/admin/pages#{id}", programme.conference.slug);
            Ok(Done::to(&cx, place)
                .say("program-piece-added", &[])
                .saved(&submitted)
                .into_response())
        }
        Err(error) => {
            let shown = sheet.refused(&cx, error)?;
            show(&cx, &scope, &programme, None, shown).await
        }
    }
}

async fn page_of(cx: &Cx, programme: &Programme, id: &str) -> web::Result<TextPage> {
    let pages = sheets::pages(&cx.db, &programme.conference.id).await?;
    let page = pages.into_iter().find(|page| page.id.as_str() == id);
    Ok(page.ok_or(Error::NotFound("page"))?)
}

pub(super) async fn piece(
    cx: Cx,
    scope: Scope,
    State(programmes): State<Programmes>,
    Path((_, id)): Path<(String, String)>,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    let own = page_of(&cx, &programme, &id).await?;
    let sheet = filled(&draft_of(&own), Some(own.version));
    show(&cx, &scope, &programme, Some(&own), (StatusCode::OK, sheet)).await
}

pub(super) async fn change(
    cx: Cx,
    scope: Scope,
    grant: Grant<Contents>,
    State(programmes): State<Programmes>,
    Path((_, id)): Path<(String, String)>,
    submitted: Submitted,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    let own = page_of(&cx, &programme, &id).await?;
    let was = draft_of(&own);
    let sheet = filled(&was, Some(own.version)).typed(&submitted);
    if let Some(status) = sheet.pause() {
        return show(&cx, &scope, &programme, Some(&own), (status, sheet)).await;
    }
    let writer = Writer::of(&cx, &programmes);
    let target = (&own.id, sheet.version());
    match actions::change_page(&writer, &grant, target, &read(&sheet, &was)).await {
        Ok(()) => {
            let place = format!("/{}/admin/pages#{id}", programme.conference.slug);
            let name = word_in(&was.titles, cx.locale.as_str()).to_owned();
            Ok(Done::to(&cx, place)
                .say("program-piece-saved", &[("name", &name)])
                .saved(&submitted)
                .into_response())
        }
        Err(Error::Stale) => {
            let own = page_of(&cx, &programme, &id).await?;
            let sheet = filled(&draft_of(&own), Some(own.version)).typed(&submitted);
            show(
                &cx,
                &scope,
                &programme,
                Some(&own),
                (StatusCode::CONFLICT, sheet),
            )
            .await
        }
        Err(error) => {
            let shown = sheet.refused(&cx, error)?;
            show(&cx, &scope, &programme, Some(&own), shown).await
        }
    }
}

fn id_of(text: &str) -> web::Result<PageId> {
    Ok(PageId::parse(text).map_err(|_| Error::NotFound("page"))?)
}

pub(super) async fn order(
    cx: Cx,
    grant: Grant<Contents>,
    State(programmes): State<Programmes>,
    Path((conf, id)): Path<(String, String)>,
    submitted: Submitted,
) -> web::Result<Response> {
    let way = Way::parse(submitted.text("way"));
    let way = way.ok_or_else(|| Error::invalid("way", "web-field-choice"))?;
    let writer = Writer::of(&cx, &programmes);
    actions::order_page(&writer, &grant, &id_of(&id)?, way).await?;
    Ok(Done::to(&cx, format!("/{conf}/admin/pages#{id}")).into_response())
}

pub(super) async fn remove(
    cx: Cx,
    grant: Grant<Contents>,
    State(programmes): State<Programmes>,
    Path((conf, id)): Path<(String, String)>,
    submitted: Submitted,
) -> web::Result<Response> {
    let writer = Writer::of(&cx, &programmes);
    actions::remove_page(&writer, &grant, (&id_of(&id)?, submitted.version())).await?;
    Ok(Done::to(&cx, format!("/{conf}/admin/pages"))
        .say("program-page-removed", &[])
        .into_response())
}
