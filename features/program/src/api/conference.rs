//! The part of `/api/v2` with which a team makes and changes its conference.

mod lifecycle;
mod make;
mod settings;
mod sheets;
mod structure;
mod theme;

use identity::Routes;
use utoipa::OpenApi as _;

use crate::programmes::Programmes;

pub(super) fn routes() -> Routes<Programmes> {
    lifecycle::routes()
        .merge(make::routes())
        .merge(settings::routes())
        .merge(sheets::routes())
        .merge(structure::routes())
        .merge(theme::routes())
}

pub(super) fn openapi() -> utoipa::openapi::OpenApi {
    let mut all = lifecycle::Api::openapi();
    for own in [
        make::Api::openapi(),
        settings::Api::openapi(),
        sheets::Api::openapi(),
        structure::Api::openapi(),
        theme::Api::openapi(),
    ] {
        all.merge(own);
    }
    all
}
