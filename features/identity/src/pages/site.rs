//! `/ops/settings`: what the owner of the site chooses for everybody.

use askama::Template;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use kernel::Error;
use serde::Deserialize;
use web::form::Done;
use web::{Cx, Form, Page};

use super::{Complaints, House};
use crate::actions::site as act;
use crate::guard::Access;
use crate::rights::SiteGrant;
use crate::store::accounts;

pub(super) fn routes() -> web::Routes<Access, House> {
    web::Routes::<Access, House>::new()
        .get("/ops/settings", Access::Owner, page)
        .post("/ops/settings", Access::Owner, save)
        .post("/ops/people/link", Access::Owner, send_link)
}

#[derive(Template)]
#[template(path = "site.html")]
struct SitePage {
    page: Page,
    chosen: act::Chosen,
    owners: Vec<accounts::Account>,
    email: String,
    complaints: Complaints,
}

async fn show(cx: &Cx, email: String, complaints: Complaints) -> web::Result<Response> {
    let status = if complaints.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let page = Page::new(cx);
    let view = SitePage {
        page: page.clone(),
        chosen: act::chosen(&cx.db).await?,
        owners: accounts::owners(&cx.db).await?,
        email,
        complaints,
    };
    Ok(page.render_status(status, &view))
}

async fn page(cx: Cx) -> web::Result<Response> {
    show(&cx, String::new(), Complaints::default()).await
}

#[derive(Deserialize)]
struct Ticked {
    team_passkey: Option<String>,
    password: Option<String>,
}

async fn save(cx: Cx, grant: SiteGrant, Form(ticked): Form<Ticked>) -> web::Result<Response> {
    let chosen = act::Chosen {
        team_passkey: ticked.team_passkey.is_some(),
        password: ticked.password.is_some(),
    };
    match act::choose(&cx, &grant, chosen, |_| true).await {
        Ok(()) => Ok(Done::to(&cx, "/ops/settings")
            .say("identity-saved", &[])
            .into_response()),
        Err(Error::Invalid(fields)) => show(&cx, String::new(), Complaints::of(&cx, &fields)).await,
        Err(error) => Err(error.into()),
    }
}

#[derive(Deserialize)]
struct Whom {
    #[serde(default)]
    email: String,
}

async fn send_link(cx: Cx, grant: SiteGrant, Form(whom): Form<Whom>) -> web::Result<Response> {
    match act::send_link(&cx, &grant, &whom.email).await {
        Ok(()) => {
            let done = Done::to(&cx, "/ops/settings");
            Ok(done
                .say("identity-link-sent", &[("email", &whom.email)])
                .into_response())
        }
        Err(Error::Invalid(fields)) => show(&cx, whom.email, Complaints::of(&cx, &fields)).await,
        Err(error) => Err(error.into()),
    }
}
