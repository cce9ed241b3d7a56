//! `/{conf}/theme/{file}`: the colours of a conference as a stylesheet. Its name is made of its content, so that it may be
//! kept for ever.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::header;
use identity::Scope;
use kernel::Error;
use web::Cx;

use super::programme;
use crate::programmes::Programmes;

pub(super) async fn stylesheet(
    cx: Cx,
    scope: Scope,
    State(programmes): State<Programmes>,
    Path((_, file)): Path<(String, String)>,
) -> web::Result<Response> {
    let programme = programme(&cx, &programmes, &scope).await?;
    let theme = programme.conference.settings().theme;
    // A name that is not that of the present content must not be given another one.
    if theme.is_plain() || theme.file() != file {
        return Err(Error::NotFound("stylesheet").into());
    }
    let fields = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (
            header::CACHE_CONTROL,
            super::looks::keeping(&cx, &programme.conference),
        ),
    ];
    Ok((fields, theme.css()).into_response())
}
