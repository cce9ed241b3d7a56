//! `/account`: who I am.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode, header};
use kernel::Error;
use platform::blob::BlobId;
use web::form::{Choice, Done, Sheet, Submitted};
use web::{Cx, Page};

use super::House;
use crate::actions::account as act;
use crate::guard::Access;
use crate::limits;
use crate::model::profile::{LANGUAGES, Told};
use crate::store::accounts::{self, Profile};

/// What a form adds to the picture that it carries.
const FORM_BYTES: usize = 64 * 1024;

pub(super) fn routes() -> web::Routes<Access, House> {
    web::Routes::<Access, House>::new()
        .get("/account", Access::SignedIn, page)
        .post("/account", Access::SignedIn, save)
        .with_body(
            Method::POST,
            "/account/avatar",
            Access::SignedIn,
            limits::AVATAR_BYTES_MAX + FORM_BYTES,
            put_avatar,
        )
        .post("/account/avatar/remove", Access::SignedIn, remove_avatar)
        .get("/account/avatars/{avatar}", Access::Anyone, avatar)
}

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    page: Page,
    sheet: Sheet,
    avatar: Option<String>,
    avatar_complaint: Option<String>,
    zones: Vec<String>,
}

async fn profile(cx: &Cx) -> web::Result<Profile> {
    let found = accounts::profile(&mut &cx.db, &act::own(cx)?).await?;
    Ok(found.ok_or(Error::NotFound("account"))?)
}

fn sheet(cx: &Cx, profile: &Profile) -> Sheet {
    let languages = LANGUAGES
        .iter()
        .map(|tag| Choice::new(*tag, cx.text(&format!("identity-language-{tag}"), &[])));
    Sheet::of(profile.version)
        .put("name", &profile.name)
        .put("kana", &profile.kana)
        .put_all(
            "languages",
            profile.languages.split(' ').filter(|tag| !tag.is_empty()),
        )
        .put("zone", profile.zone.clone().unwrap_or_default())
        .offer("languages", languages.collect())
}

fn show(
    cx: &Cx,
    status: StatusCode,
    profile: &Profile,
    sheet: Sheet,
    avatar_complaint: Option<String>,
) -> Response {
    let zones = jiff::tz::db().available().map(|zone| zone.as_str().to_owned());
    let page = Page::new(cx);
    let view = AccountPage {
        page: page.clone(),
        sheet,
        avatar: profile.avatar.as_ref().map(ToString::to_string),
        avatar_complaint,
        zones: zones.filter(|zone| zone.contains('/')).collect(),
    };
    page.render_status(status, &view)
}

async fn page(cx: Cx) -> web::Result<Response> {
    let profile = profile(&cx).await?;
    let sheet = sheet(&cx, &profile);
    Ok(show(&cx, StatusCode::OK, &profile, sheet, None))
}

async fn save(cx: Cx, submitted: Submitted) -> web::Result<Response> {
    let present = profile(&cx).await?;
    let sheet = sheet(&cx, &present).typed(&submitted);
    if let Some(status) = sheet.pause() {
        return Ok(show(&cx, status, &present, sheet, None));
    }
    let told = Told::parse(
        sheet.value("name"),
        sheet.value("kana"),
        sheet.values("languages"),
        sheet.value("zone"),
    );
    let version = sheet.version().unwrap_or(present.version);
    let saved = match told {
        Ok(told) => act::save_profile(&cx, &told, version).await,
        Err(error) => Err(error),
    };
    match saved {
        Ok(()) => Ok(Done::to(&cx, "/account")
            .say("identity-saved", &[])
            .saved(&submitted)
            .into_response()),
        Err(Error::Stale) => {
            let fresh = profile(&cx).await?;
            let sheet = self::sheet(&cx, &fresh).typed(&submitted);
            Ok(show(&cx, StatusCode::CONFLICT, &fresh, sheet, None))
        }
        Err(error) => {
            let (status, sheet) = sheet.refused(&cx, error)?;
            Ok(show(&cx, status, &present, sheet, None))
        }
    }
}

async fn put_avatar(
    cx: Cx,
    State(house): State<House>,
    submitted: Submitted,
) -> web::Result<Response> {
    let file = submitted.file("avatar").map(|file| file.bytes.clone());
    let put = match file {
        Some(file) => act::put_avatar(&cx, file, &house.easel).await,
        None => Err(Error::invalid("avatar", "identity-avatar-none")),
    };
    match put {
        Ok(()) => Ok(Done::to(&cx, "/account")
            .say("identity-saved", &[])
            .into_response()),
        Err(Error::Invalid(fields)) => {
            let complaint = fields
                .first()
                .map(|field| cx.texts.message(cx.locale, &field.message));
            let profile = profile(&cx).await?;
            let sheet = sheet(&cx, &profile);
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(show(&cx, status, &profile, sheet, complaint))
        }
        Err(error) => Err(error.into()),
    }
}

async fn remove_avatar(cx: Cx) -> web::Result<Response> {
    act::remove_avatar(&cx).await?;
    Ok(Done::to(&cx, "/account")
        .say("identity-saved", &[])
        .into_response())
}

/// A picture is never changed, only replaced by another with another address; so it may be kept for ever.
async fn avatar(cx: Cx, Path(avatar): Path<String>) -> web::Result<Response> {
    let nothing = || Error::NotFound("picture");
    let id = BlobId::parse(&avatar).map_err(|_| nothing())?;
    if !accounts::is_avatar(&cx.db, &id).await? {
        return Err(nothing().into());
    }
    let picture = cx.blobs.get(&id).await?.ok_or_else(nothing)?;
    let fields = [
        (header::CONTENT_TYPE, "image/jpeg"),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (
            header::CONTENT_DISPOSITION,
            "inline; filename=\"picture.jpg\"",
        ),
    ];
    Ok((fields, picture).into_response())
}
