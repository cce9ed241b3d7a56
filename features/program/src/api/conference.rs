//! The part of `/api/v2` with which a team makes and changes its conference.

mod lifecycle;
mod make;
mod pictures;
mod readiness;
mod schedule;
mod settings;
mod sheets;
mod spreadsheets;
mod structure;
mod theme;

use identity::Routes;
use kernel::Error;
use serde::Deserialize;
use utoipa::{OpenApi as _, ToSchema};

use crate::actions::Way;
use crate::programmes::Programmes;

pub(super) fn routes() -> Routes<Programmes> {
    lifecycle::routes()
        .merge(make::routes())
        .merge(pictures::routes())
        .merge(readiness::routes())
        .merge(schedule::routes())
        .merge(settings::routes())
        .merge(sheets::routes())
        .merge(spreadsheets::routes())
        .merge(structure::routes())
        .merge(theme::routes())
}

pub(super) fn openapi() -> utoipa::openapi::OpenApi {
    let mut all = lifecycle::Api::openapi();
    for own in [
        make::Api::openapi(),
        pictures::Api::openapi(),
        readiness::Api::openapi(),
        schedule::Api::openapi(),
        settings::Api::openapi(),
        sheets::Api::openapi(),
        spreadsheets::Api::openapi(),
        structure::Api::openapi(),
        theme::Api::openapi(),
    ] {
        all.merge(own);
    }
    all
}

/// Which way something moves in its list.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OrderIn {
    /// `up` or `down`.
    way: String,
}

impl OrderIn {
    fn way(&self) -> kernel::Result<Way> {
        Way::parse(&self.way).ok_or_else(|| Error::invalid("way", "web-field-choice"))
    }
}
