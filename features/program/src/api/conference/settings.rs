//! What is said about a conference beyond its programme.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::Response;
use http::{Method, StatusCode};
use identity::{Access, Contents, Grant, Role, Routes, Scope};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use web::Cx;
use web::api::{IfMatch, versioned};
use web::failure::Problem;

use crate::actions::{self, Settings, Writer};
use crate::model::{ConferenceSettings, Feature, Looks, NamedLink, Theme, Watch, Words};
use crate::pages::programme;
use crate::programme::Programme;
use crate::programmes::Programmes;

const CONTENTS: Access = Access::Role(&[Role::Contents]);

pub(super) fn routes() -> Routes<Programmes> {
    Routes::new()
        .get("/api/v2/conferences/{conf}/settings", CONTENTS, settings)
        .on(
            Method::PUT,
            "/api/v2/conferences/{conf}/settings",
            CONTENTS,
            settle,
        )
}

#[derive(OpenApi)]
#[openapi(paths(settings, settle))]
pub(super) struct Api;

/// A link of the front page.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LinkIn {
    /// What it says, by language.
    names: BTreeMap<String, String>,
    /// Where it leads.
    url: String,
}

/// What is said about a conference beyond its programme.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SettingsIn {
    /// Title where none is given for the reader's language.
    title: String,
    /// Title for readers of Japanese; may be empty.
    #[serde(default)]
    title_ja: String,
    /// Title for readers of English; may be empty.
    #[serde(default)]
    title_en: String,
    /// A few sentences about it as Markdown, by language.
    #[serde(default)]
    descriptions: BTreeMap<String, String>,
    /// IANA zone. Another one keeps the clock times of days and talks.
    zone: String,
    /// `anyone`, `signed_in` or `listed`.
    #[schema(value_type = String, example = "anyone")]
    watch: Watch,
    /// A mail address, or the address of a page.
    #[serde(default)]
    contact: String,
    /// Where people register.
    #[serde(default)]
    registration_url: String,
    /// The name from which its mails come; its title where this is empty.
    #[serde(default)]
    sender: String,
    /// The mail address at which answers to its mails arrive; the site's where this is empty.
    #[serde(default)]
    reply_to: String,
    /// Links of the front page.
    #[serde(default)]
    links: Vec<LinkIn>,
    /// What is switched off: `live`, `chat`, `speakers`, `files`.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    off: Vec<Feature>,
}

impl SettingsIn {
    fn of(programme: &Programme) -> (i64, Self) {
        let own = Settings::of(&programme.conference);
        let link = |link: NamedLink| LinkIn {
            names: link.names,
            url: link.url,
        };
        let out = Self {
            title: own.title,
            title_ja: own.title_ja,
            title_en: own.title_en,
            descriptions: own.more.descriptions,
            zone: own.zone,
            watch: own.watch,
            contact: own.more.contact,
            registration_url: own.more.registration_url,
            sender: own.more.sender,
            reply_to: own.more.reply_to,
            links: own.more.links.into_iter().map(link).collect(),
            off: own.more.off.into_iter().collect(),
        };
        (own.more.version, out)
    }

    fn settings(self) -> Settings {
        let link = |link: LinkIn| NamedLink {
            names: link.names as Words,
            url: link.url,
        };
        Settings {
            title: self.title,
            title_ja: self.title_ja,
            title_en: self.title_en,
            zone: self.zone,
            watch: self.watch,
            more: ConferenceSettings {
                version: 0,
                descriptions: self.descriptions,
                contact: self.contact,
                registration_url: self.registration_url,
                sender: self.sender,
                reply_to: self.reply_to,
                menu: Vec::new(),
                theme: Theme::default(),
                looks: Looks::default(),
                links: self.links.into_iter().map(link).collect(),
                off: self.off.into_iter().collect(),
            },
        }
    }
}

/// What is said about a conference beyond its programme.
#[utoipa::path(get, path = "/api/v2/conferences/{conf}/settings", tag = "conference", params(("conf" = String, Path, description = "Name of the conference")),
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = SettingsIn), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn settings(
    cx: Cx,
    scope: Scope,
    State(programmes): State<Programmes>,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    let (version, out) = SettingsIn::of(&programme);
    Ok(versioned(StatusCode::OK, version, &out))
}

/// Sets it. `If-Match` names the version that was read.
#[utoipa::path(put, path = "/api/v2/conferences/{conf}/settings", tag = "conference",
    params(("conf" = String, Path, description = "Name of the conference"), ("If-Match" = String, Header, description = "ETag of what was read")),
    request_body = SettingsIn, security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = SettingsIn), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem),
              (status = 412, body = Problem), (status = 422, body = Problem), (status = 428, body = Problem)))]
async fn settle(
    cx: Cx,
    scope: Scope,
    grant: Grant<Contents>,
    State(programmes): State<Programmes>,
    IfMatch(version): IfMatch,
    web::form::Json(body): web::form::Json<SettingsIn>,
) -> web::Result<Response> {
    let writer = Writer::of(&cx, &programmes);
    actions::settle(&writer, &grant, &body.settings(), Some(version)).await?;
    let programme = programme(&cx, &programmes, &scope).await?;
    let (version, out) = SettingsIn::of(&programme);
    Ok(versioned(StatusCode::OK, version, &out))
}
