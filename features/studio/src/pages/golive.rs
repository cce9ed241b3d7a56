//! The page from which a browser goes live. All of it is an island: without script there is no camera.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use identity::{Broadcast, Grant, Scope};
use media_core::Seat;
use serde::{Deserialize, Serialize};
use web::page::Markup;
use web::{Cx, Page, Result};

use super::framed;
use crate::Studio;
use crate::actions::named;
use crate::model::parse_seat;

/// What the page's island begins with.
#[derive(Serialize)]
struct FirstState<'a> {
    conf: &'a str,
    track: TrackName<'a>,
    /// The input that is sent to.
    seat: Seat,
    /// Where passes are asked for.
    passes: String,
    /// Where bytes are sent to see how fast they go.
    network_test: String,
    network_test_bytes: usize,
    locale: &'static str,
}

#[derive(Serialize)]
struct TrackName<'a> {
    slug: &'a str,
    name: &'a str,
}

#[derive(askama::Template)]
#[template(path = "studio_golive.html")]
struct GoLivePage {
    page: Page,
    slug: String,
    lead: String,
    offered: bool,
    /// There is nothing that makes its sound heard everywhere.
    is_opus_alone: bool,
    island: Markup,
}

/// Which input, where it is not the primary one.
#[derive(Deserialize)]
pub(super) struct Wish {
    seat: Option<String>,
}

pub(super) async fn page(
    cx: Cx,
    scope: Scope,
    _: Grant<Broadcast>,
    State(studio): State<Studio>,
    Path((conf, track)): Path<(String, String)>,
    Query(wish): Query<Wish>,
) -> Result<Response> {
    let programme = studio.named(&conf).await?;
    let track = named(&programme, &track)?;
    let seat = parse_seat(wish.seat.as_deref())?;
    let api = format!("/api/v2/conferences/{conf}");
    let first = FirstState {
        conf: &conf,
        track: TrackName {
            slug: &track.slug,
            name: &track.name,
        },
        seat,
        passes: format!("{api}/tracks/{}/go-live", track.slug),
        network_test: format!("{api}/studio/network-test"),
        network_test_bytes: crate::limits::NETWORK_TEST_BYTES_MAX,
        locale: cx.locale.as_str(),
    };
    let page = framed(&cx, &scope, &programme);
    let template = GoLivePage {
        slug: conf.clone(),
        lead: page.ta("studio-golive-lead", &[("track", track.name.as_str())]),
        offered: studio.0.publish.whip,
        is_opus_alone: studio.is_opus_alone(),
        island: page.island("golive", &first),
        page: page.clone(),
    };
    Ok(page.render(&template))
}
