//! `/account/data`: everything that is kept about me, as a file; and the end of my account.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use kernel::Error;
use serde::Deserialize;
use web::{Cx, Form, Page, download};

use super::sign_in::with_cookie;
use super::{Complaints, House};
use crate::actions::farewell::{self as act, Obstacles};
use crate::actions::proof;
use crate::guard::Access;
use crate::holders::{Fate, Kept};

pub(super) fn routes() -> web::Routes<Access, House> {
    web::Routes::<Access, House>::new()
        .get("/account/data", Access::SignedIn, page)
        .get("/account/data/export.json", Access::SignedIn, export)
        .post("/account/delete", Access::SignedIn, delete)
}

struct KeptView {
    what: String,
    why: String,
    count: usize,
    stays: bool,
}

impl KeptView {
    fn all(cx: &Cx, kept: &[Kept]) -> Vec<Self> {
        let view = |kept: &Kept| Self {
            what: cx.text(kept.label, &[]),
            why: cx.text(&format!("{}-why", kept.label), &[]),
            count: kept.count,
            stays: kept.fate == Fate::Anonymised,
        };
        kept.iter().map(view).collect()
    }
}

#[derive(Template)]
#[template(path = "data.html")]
struct DataPage {
    page: Page,
    email: String,
    kept: Vec<KeptView>,
    obstacles: Obstacles,
    /// Whether this session began a moment ago.
    recent: bool,
    typed: String,
    complaints: Complaints,
}

async fn show(
    cx: &Cx,
    house: &House,
    status: StatusCode,
    typed: String,
    complaints: Complaints,
) -> web::Result<Response> {
    let kept = act::kept(cx, &house.holders).await?;
    let page = Page::new(cx);
    let view = DataPage {
        page: page.clone(),
        email: cx.signed_in()?.email.clone(),
        kept: KeptView::all(cx, &kept),
        obstacles: act::obstacles(cx, &*house.conferences).await?,
        recent: proof::standing(cx).await?.recent,
        typed,
        complaints,
    };
    Ok(page.render_status(status, &view))
}

async fn page(cx: Cx, State(house): State<House>) -> web::Result<Response> {
    let (typed, none) = (String::new(), Complaints::default());
    show(&cx, &house, StatusCode::OK, typed, none).await
}

async fn export(cx: Cx, State(house): State<House>) -> web::Result<Response> {
    let all = act::export(&cx, &house.holders).await?;
    let text = serde_json::to_string_pretty(&all).map_err(Error::internal)?;
    Ok((download::json("matsuri-person"), text).into_response())
}

#[derive(Deserialize)]
struct Proof {
    #[serde(default)]
    email: String,
}

#[derive(Template)]
#[template(path = "deleted.html")]
struct DeletedPage {
    page: Page,
    number: String,
    email: String,
    kept: Vec<KeptView>,
}

/// The answer is the receipt itself: there is nobody left whom another page could know.
async fn delete(
    cx: Cx,
    State(house): State<House>,
    Form(proof): Form<Proof>,
) -> web::Result<Response> {
    match act::delete(&cx, &*house.conferences, &house.holders, &proof.email).await {
        Ok(receipt) => {
            let mut gone = cx.clone();
            gone.actor = None;
            let page = Page::new(&gone);
            let view = DeletedPage {
                page: page.clone(),
                number: receipt.number,
                email: receipt.email,
                kept: KeptView::all(&cx, &receipt.kept),
            };
            Ok(with_cookie(&cx, page.render(&view), "", 0))
        }
        Err(Error::Invalid(fields)) => {
            let complaints = Complaints::of(&cx, &fields);
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            show(&cx, &house, status, proof.email, complaints).await
        }
        // The page says what has to be done first.
        Err(Error::Forbidden(_)) => {
            let none = Complaints::default();
            show(&cx, &house, StatusCode::FORBIDDEN, proof.email, none).await
        }
        Err(Error::Conflict(_)) => {
            let none = Complaints::default();
            show(&cx, &house, StatusCode::CONFLICT, proof.email, none).await
        }
        Err(error) => Err(error.into()),
    }
}
