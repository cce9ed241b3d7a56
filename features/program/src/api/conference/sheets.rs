//! Pages that a team writes.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use http::{Method, StatusCode};
use identity::{Access, Contents, Grant, Role, Routes, Scope};
use kernel::Error;
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use web::Cx;
use web::api::{Call, IfMatch, versioned};
use web::failure::Problem;

use super::OrderIn;
use crate::actions::{self, PageDraft, Writer};
use crate::markup;
use crate::model::{PageId, Words};
use crate::programmes::Programmes;
use crate::store::sheets::{self, TextPage};

const CONTENTS: Access = Access::Role(&[Role::Contents]);

pub(super) fn routes() -> Routes<Programmes> {
    Routes::new()
        .get("/api/v2/conferences/{conf}/pages", Access::Anyone, pages)
        .post("/api/v2/conferences/{conf}/pages", CONTENTS, add)
        .get(
            "/api/v2/conferences/{conf}/pages/{sheet}",
            Access::Anyone,
            page,
        )
        .on(
            Method::PUT,
            "/api/v2/conferences/{conf}/pages/{sheet}",
            CONTENTS,
            change,
        )
        .post(
            "/api/v2/conferences/{conf}/pages/{sheet}/order",
            CONTENTS,
            order,
        )
        .delete("/api/v2/conferences/{conf}/pages/{sheet}", CONTENTS, remove)
}

#[derive(OpenApi)]
#[openapi(paths(pages, add, page, change, order, remove))]
pub(super) struct Api;

/// A page that a team wrote.
#[derive(Debug, Serialize, ToSchema)]
struct PageOut {
    /// Its id.
    id: String,
    /// Its name in addresses.
    slug: String,
    /// Its title, by language.
    titles: Words,
    /// Its text as Markdown, by language.
    bodies: Words,
    /// The same as safe HTML.
    bodies_html: Words,
    /// Whether the menu leads to it.
    in_menu: bool,
    /// Whether people outside of the team see it.
    visible: bool,
    /// How often it was changed.
    version: i64,
}

/// A page as somebody writes it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PageIn {
    /// Its name in addresses; empty to make it from the English title.
    #[serde(default)]
    slug: String,
    /// Its title, by language.
    titles: Words,
    /// Its text as Markdown, by language.
    #[serde(default)]
    bodies: Words,
    /// Whether the menu leads to it.
    #[serde(default)]
    in_menu: bool,
    /// Whether people outside of the team see it.
    #[serde(default)]
    visible: bool,
}

impl PageOut {
    fn of(page: &TextPage) -> Self {
        let bodies = page.bodies();
        let html = bodies
            .iter()
            .map(|(language, text)| (language.clone(), markup::to_page(text)));
        Self {
            id: page.id.to_string(),
            slug: page.slug.clone(),
            titles: page.titles(),
            bodies_html: html.collect(),
            bodies,
            in_menu: page.in_menu,
            visible: page.visible,
            version: page.version,
        }
    }
}

impl PageIn {
    fn draft(self) -> PageDraft {
        PageDraft {
            slug: self.slug,
            in_menu: self.in_menu,
            visible: self.visible,
            titles: self.titles,
            bodies: self.bodies,
        }
    }
}

/// By its name in addresses, or its id.
async fn found(cx: &Cx, scope: &Scope, name: &str) -> web::Result<TextPage> {
    let pages = sheets::pages(&cx.db, scope.conference()).await?;
    let mut pages = pages.into_iter();
    let page = pages.find(|page| page.slug == name || page.id.as_str() == name);
    let page = page.filter(|page| page.visible || scope.is_team());
    Ok(page.ok_or(Error::NotFound("page"))?)
}

/// Pages that the team wrote, in the order of the menu.
#[utoipa::path(get, path = "/api/v2/conferences/{conf}/pages", tag = "conference", params(("conf" = String, Path, description = "Name of the conference")),
    responses((status = 200, body = Vec<PageOut>), (status = 404, body = Problem)))]
async fn pages(cx: Cx, scope: Scope) -> web::Result<Json<Vec<PageOut>>> {
    let pages = sheets::pages(&cx.db, scope.conference()).await?;
    let seen = pages.iter().filter(|page| page.visible || scope.is_team());
    Ok(Json(seen.map(PageOut::of).collect()))
}

/// A page that the team wrote, by its name in addresses or its id.
#[utoipa::path(get, path = "/api/v2/conferences/{conf}/pages/{sheet}", tag = "conference",
    params(("conf" = String, Path, description = "Name of the conference"), ("sheet" = String, Path, description = "Name or id of the page")),
    responses((status = 200, body = PageOut), (status = 404, body = Problem)))]
async fn page(
    cx: Cx,
    scope: Scope,
    Path((_, name)): Path<(String, String)>,
) -> web::Result<Response> {
    let page = found(&cx, &scope, &name).await?;
    Ok(versioned(StatusCode::OK, page.version, &PageOut::of(&page)))
}

/// Writes a new page.
#[utoipa::path(post, path = "/api/v2/conferences/{conf}/pages", tag = "conference", params(("conf" = String, Path, description = "Name of the conference"),
        ("Idempotency-Key" = Option<String>, Header, description = "A key of your own, once per page")),
    request_body = PageIn, security(("bearer" = []), ("session" = [])),
    responses((status = 201, body = PageOut), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn add(
    cx: Cx,
    scope: Scope,
    grant: Grant<Contents>,
    State(programmes): State<Programmes>,
    call: Call<PageIn>,
) -> web::Result<Response> {
    let writer = Writer::of(&cx, &programmes);
    let id = if let Some(id) = call.made(&cx.db, cx.now).await? {
        PageId::stored(id)
    } else {
        let draft = call.body.draft();
        actions::add_page(&writer, &grant, &draft, call.once.as_ref()).await?
    };
    let page = found(&cx, &scope, id.as_str()).await?;
    Ok(versioned(
        StatusCode::CREATED,
        page.version,
        &PageOut::of(&page),
    ))
}

/// Changes a page. `If-Match` names the version that was read.
#[utoipa::path(put, path = "/api/v2/conferences/{conf}/pages/{sheet}", tag = "conference",
    params(("conf" = String, Path, description = "Name of the conference"), ("sheet" = String, Path, description = "Id of the page"),
           ("If-Match" = String, Header, description = "ETag of what was read")),
    request_body = PageIn, security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = PageOut), (status = 403, body = Problem), (status = 404, body = Problem), (status = 412, body = Problem),
              (status = 422, body = Problem), (status = 428, body = Problem)))]
async fn change(
    cx: Cx,
    scope: Scope,
    grant: Grant<Contents>,
    State(programmes): State<Programmes>,
    Path((_, name)): Path<(String, String)>,
    IfMatch(version): IfMatch,
    web::form::Json(body): web::form::Json<PageIn>,
) -> web::Result<Response> {
    let id = PageId::parse(&name).map_err(|_| Error::NotFound("page"))?;
    let writer = Writer::of(&cx, &programmes);
    actions::change_page(&writer, &grant, (&id, Some(version)), &body.draft()).await?;
    let page = found(&cx, &scope, id.as_str()).await?;
    Ok(versioned(StatusCode::OK, page.version, &PageOut::of(&page)))
}

/// Moves a page one place in the list, and so in the menu.
#[utoipa::path(post, path = "/api/v2/conferences/{conf}/pages/{sheet}/order", tag = "conference",
    params(("conf" = String, Path, description = "Name of the conference"), ("sheet" = String, Path, description = "Id of the page")),
    request_body = OrderIn, security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = Vec<PageOut>), (status = 409, body = Problem)))]
async fn order(
    cx: Cx,
    scope: Scope,
    grant: Grant<Contents>,
    State(programmes): State<Programmes>,
    Path((_, name)): Path<(String, String)>,
    web::form::Json(body): web::form::Json<OrderIn>,
) -> web::Result<Json<Vec<PageOut>>> {
    let id = PageId::parse(&name).map_err(|_| Error::NotFound("page"))?;
    actions::order_page(&Writer::of(&cx, &programmes), &grant, &id, body.way()?).await?;
    pages(cx, scope).await
}

/// Removes a page. `If-Match` names the version that was read.
#[utoipa::path(delete, path = "/api/v2/conferences/{conf}/pages/{sheet}", tag = "conference",
    params(("conf" = String, Path, description = "Name of the conference"), ("sheet" = String, Path, description = "Id of the page"),
           ("If-Match" = String, Header, description = "ETag of what was read")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 412, body = Problem), (status = 428, body = Problem)))]
async fn remove(
    cx: Cx,
    grant: Grant<Contents>,
    State(programmes): State<Programmes>,
    Path((_, name)): Path<(String, String)>,
    IfMatch(version): IfMatch,
) -> web::Result<StatusCode> {
    let id = PageId::parse(&name).map_err(|_| Error::NotFound("page"))?;
    let writer = Writer::of(&cx, &programmes);
    actions::remove_page(&writer, &grant, (&id, Some(version))).await?;
    Ok(StatusCode::NO_CONTENT)
}
