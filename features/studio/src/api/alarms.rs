//! The history of alarms, for programs.

use axum::Json;
use axum::extract::{Path, Query, State};
use identity::{Broadcast, Grant, Routes};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::Result;

use super::TEAM;
use crate::actions::named;
use crate::wall::history::PastAlarm;
use crate::{Studio, limits};

const PATH: &str = "/api/v2/conferences/{conf}/alarms";

pub(super) fn routes() -> Routes<Studio> {
    Routes::new().get(PATH, TEAM, past)
}

/// Which alarms.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// Name of a track in addresses; all tracks where none is named.
    track: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Items of a page, 50 where nothing is said.
    limit: Option<i64>,
}

/// A page of alarms, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PastAlarms {
    items: Vec<PastAlarm>,
    /// What to ask for next; null at the end.
    #[schema(required)]
    next: Option<String>,
}

/// `PastAlarms` that stand and that stood: when they rose, who took care of them, when they were over.
#[utoipa::path(get, path = "/api/v2/conferences/{conf}/alarms", tag = "studio",
    params(("conf" = String, Path, description = "Name of the conference in addresses"), Which),
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = PastAlarms), (status = 403, body = web::failure::Problem),
              (status = 404, body = web::failure::Problem)))]
pub(crate) async fn past(
    _: Grant<Broadcast>,
    State(studio): State<Studio>,
    Path(conf): Path<String>,
    Query(which): Query<Which>,
) -> Result<Json<PastAlarms>> {
    let programme = studio.named(&conf).await?;
    let track = match &which.track {
        Some(track) => Some(named(&programme, track)?),
        None => None,
    };
    let limit = which.limit.unwrap_or(50).clamp(1, limits::PAGE_ITEMS_MAX);
    let cursor = which.cursor.as_deref();
    let mut items = studio.history(&programme, track, cursor, limit + 1).await?;
    let next = cut(&mut items, limit, |alarm| alarm.id.to_string());
    Ok(Json(PastAlarms { items, next }))
}

/// Leaves a page of one item more than it has; where the next page begins, if there is one.
pub(super) fn cut<T>(items: &mut Vec<T>, limit: i64, id: impl Fn(&T) -> String) -> Option<String> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = items.len() > limit;
    items.truncate(limit);
    items.last().filter(|_| more).map(id)
}
