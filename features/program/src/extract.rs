//! The conference of a request's address.

use axum::extract::FromRequestParts;
use http::request::Parts;
use identity::Scope;
use kernel::Error;
use web::Cx;

use crate::store::{self, Conference};

/// On routes with `{conf}`: the conference itself, for handlers that need no more of it.
/// Those that need the timetable take [`crate::Programmes`] as state.
impl<S: Send + Sync> FromRequestParts<S> for Conference {
    type Rejection = web::Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let cx = Cx::from_request_parts(parts, state).await?;
        let scope = Scope::from_request_parts(parts, state).await?;
        let found = store::by_id(&cx.db, scope.conference()).await?;
        Ok(found.ok_or(Error::NotFound("conference"))?)
    }
}
