//! The form of one slate or clip: what it is called, what it is for, where it is played.

use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use identity::{Broadcast, Grant, Scope};
use kernel::Error;
use program::Programme;
use web::form::{Choice, Done, Sheet, Submitted};
use web::{Cx, Page, Result};

use super::actions::Change;
use super::model::{Onto, Purpose, SlateId, parse_purpose};
use super::pages::{home, parse_id};
use super::store::{self, Row};
use crate::Studio;
use crate::pages::framed;

#[derive(askama::Template)]
#[template(path = "studio_slate.html")]
struct SlatePage {
    page: Page,
    slug: String,
    back: String,
    name: String,
    sheet: Sheet,
}

/// What stands in the form of a film as it is now.
fn sheet(cx: &Cx, programme: &Programme, row: &Row) -> Sheet {
    let word = |key: &str| cx.text(&format!("studio-slate-{key}"), &[]);
    let choice = |value: &str, key: &str| Choice::new(value, word(key));
    let purpose = |one: &Purpose| choice(one.as_str(), &format!("purpose-{one}"));
    let tracks = programme.tracks.iter();
    let tracks = tracks.map(|track| Choice::new(&*track.slug, &*track.name));
    let onto = match row.tracks {
        Onto::All => "all",
        Onto::Some(_) => "some",
    };
    Sheet::of(row.version)
        .put("name", &row.name)
        .put("purpose", row.purpose)
        .put("enabled", if row.enabled { "yes" } else { "" })
        .put("onto", onto)
        .put_all("track", row.tracks.names(programme))
        .offer("purpose", Purpose::ALL.iter().map(purpose).collect())
        .offer("onto", vec![choice("all", "all"), choice("some", "some")])
        .offer("track", tracks.collect())
}

/// What somebody decided in it.
fn change(programme: &Programme, sheet: &Sheet) -> kernel::Result<Change> {
    let named = sheet.values("track").iter().map(String::as_str);
    let tracks = match Onto::parse(programme, named)? {
        _ if sheet.value("onto") == "all" => Onto::All,
        // Nothing is ticked: then it is played nowhere.
        Onto::All => Onto::Some(Vec::new()),
        some @ Onto::Some(_) => some,
    };
    Ok(Change {
        name: Some(sheet.value("name").to_owned()),
        purpose: Some(parse_purpose(sheet.value("purpose"))?),
        enabled: Some(sheet.has("enabled", "yes")),
        tracks: Some(tracks),
    })
}

async fn find(cx: &Cx, grant: &Grant<Broadcast>, id: &SlateId) -> kernel::Result<Row> {
    let found = store::find(&cx.db, grant.conference(), id).await?;
    found.ok_or(Error::NotFound("slate"))
}

fn show(
    cx: &Cx,
    scope: &Scope,
    programme: &Programme,
    row: &Row,
    (status, sheet): (StatusCode, Sheet),
) -> Response {
    let page = framed(cx, scope, programme);
    let slug = programme.conference.slug.clone();
    let template = SlatePage {
        back: home(&slug),
        slug,
        name: row.name.clone(),
        sheet,
        page: page.clone(),
    };
    page.render_status(status, &template)
}

pub(super) async fn page(
    cx: Cx,
    scope: Scope,
    grant: Grant<Broadcast>,
    State(studio): State<Studio>,
    Path((conf, slate)): Path<(String, String)>,
) -> Result<Response> {
    let (programme, id) = (studio.named(&conf).await?, parse_id(&slate)?);
    let row = find(&cx, &grant, &id).await?;
    let shown = (StatusCode::OK, sheet(&cx, &programme, &row));
    Ok(show(&cx, &scope, &programme, &row, shown))
}

pub(super) async fn save(
    cx: Cx,
    scope: Scope,
    grant: Grant<Broadcast>,
    State(studio): State<Studio>,
    Path((conf, slate)): Path<(String, String)>,
    submitted: Submitted,
) -> Result<Response> {
    let (programme, id) = (studio.named(&conf).await?, parse_id(&slate)?);
    let row = find(&cx, &grant, &id).await?;
    let typed = sheet(&cx, &programme, &row).typed(&submitted);
    if let Some(status) = typed.pause() {
        return Ok(show(&cx, &scope, &programme, &row, (status, typed)));
    }
    let version = typed.version().ok_or(Error::Unconditional)?;
    let changed = match change(&programme, &typed) {
        Ok(change) => {
            let change = studio.change_slate(&programme, &grant, &id, version, change);
            change.await
        }
        Err(error) => Err(error),
    };
    match changed {
        Ok(row) => Ok(Done::to(&cx, format!("{}#{id}", home(&conf)))
            .say("studio-slate-changed", &[("name", &row.name)])
            .saved(&submitted)
            .into_response()),
        // Between the look and the save.
        Err(Error::Stale) => {
            let row = find(&cx, &grant, &id).await?;
            let typed = sheet(&cx, &programme, &row).typed(&submitted);
            Ok(show(
                &cx,
                &scope,
                &programme,
                &row,
                (StatusCode::CONFLICT, typed),
            ))
        }
        Err(error) => {
            let refused = typed.refused(&cx, error)?;
            Ok(show(&cx, &scope, &programme, &row, refused))
        }
    }
}
