//! `/{conf}/pages/{page}`: what a team wrote.

use askama::Template;
use askama::filters::Safe;
use axum::extract::{Path, State};
use axum::response::Response;
use http::HeaderMap;
use identity::Scope;
use kernel::Error;
use web::{Cx, Page};

use super::{brand, programme, rendered, respond_page};
use crate::markup;
use crate::model::word_in;
use crate::programmes::Programmes;
use crate::store::sheets;

#[derive(Template)]
#[template(path = "page.html")]
struct SheetPage {
    page: Page,
    base: String,
    conference: String,
    title: String,
    preview: String,
    body: Safe<String>,
    hidden: bool,
}

pub(super) async fn page(
    cx: Cx,
    scope: Scope,
    State(programmes): State<Programmes>,
    Path((_, name)): Path<(String, String)>,
    headers: HeaderMap,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    let conference = &programme.conference;
    if !kernel::text::is_slug(&name, 1) {
        return Err(Error::NotFound("page").into());
    }
    let own = sheets::page_named(&cx.db, &conference.id, &name).await?;
    let own = own.filter(|own| own.visible || scope.is_team());
    let own = own.ok_or(Error::NotFound("page"))?;
    respond_page(&cx, &headers, &programmes, &programme, || {
        let language = cx.locale.as_str();
        let base = format!("/{}", conference.slug);
        let current = format!("{base}/pages/{}", own.slug);
        let bodies = own.bodies();
        let body = word_in(&bodies, language);
        rendered(&SheetPage {
            page: Page::new(&cx).with_brand(brand(&cx, conference, Some(&scope), &current)),
            conference: conference.title_in(cx.locale).to_owned(),
            title: word_in(&own.titles(), language).to_owned(),
            preview: markup::excerpt(body, 200),
            body: Safe(markup::to_page(body)),
            hidden: !own.visible,
            base,
        })
    })
}
