//! What is done with several talks or speakers at once, as with ticked rows of their lists: all of them, or none.

use axum::Json;
use axum::extract::State;
use identity::{Access, Contents, Grant, Role, Routes};
use kernel::{Error, Message};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use web::Cx;
use web::failure::Problem;

use crate::actions::{Writer, speakers, talks};
use crate::limits;
use crate::model::{SpeakerId, TalkId};
use crate::pages::talks::act_of;
use crate::programmes::Programmes;

const CONTENTS: Access = Access::Role(&[Role::Contents]);

pub(super) fn routes() -> Routes<Programmes> {
    Routes::new()
        .post(
            "/api/v2/conferences/{conf}/admin/talks/act",
            CONTENTS,
            on_talks,
        )
        .post(
            "/api/v2/conferences/{conf}/admin/speakers/act",
            CONTENTS,
            on_speakers,
        )
}

#[derive(OpenApi)]
#[openapi(paths(on_talks, on_speakers))]
pub(super) struct Api;

/// Something to be done with several records at once.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ActIn {
    /// `bin`, `restore`, or `release` (the next import has the say again); of talks also `planned`, `cancelled`, `hidden`.
    #[schema(example = "bin")]
    r#do: String,
    /// Ids of the records, at most 500.
    #[schema(example = json!(["tlk_06eb3q5v1k2m7n9p4r8s0t6u2a"]))]
    ids: Vec<String>,
}

/// A record to which an act made a difference.
#[derive(Debug, Serialize, ToSchema)]
struct ActedOut {
    /// Its id.
    #[schema(example = "tlk_06eb3q5v1k2m7n9p4r8s0t6u2a")]
    id: String,
    /// How often it was changed; also its entity tag.
    version: i64,
}

impl ActIn {
    fn ids<I>(&self, parse: impl Fn(&str) -> Option<I>) -> kernel::Result<Vec<I>> {
        if self.ids.is_empty() {
            return Err(Error::invalid("ids", "web-field-empty"));
        }
        if self.ids.len() > limits::ACT_MAX {
            let message = Message::new("program-act-many").with("limit", limits::ACT_MAX);
            return Err(Error::invalid("ids", message));
        }
        let ids = self.ids.iter().map(|id| parse(id));
        ids.collect::<Option<_>>().ok_or(Error::NotFound("record"))
    }

    fn unknown() -> Error {
        Error::invalid("do", "web-field-choice")
    }
}

/// Does something with several talks: all of them, or none. Those to which it made no difference are left out of the
/// answer, so that sent twice it is the same as once.
#[utoipa::path(post, path = "/api/v2/conferences/{conf}/admin/talks/act", tag = "programme",
    params(("conf" = String, Path, description = "Name of the conference")),
    request_body = ActIn, security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = Vec<ActedOut>), (status = 409, body = Problem, description = "Another talk stands there now")))]
async fn on_talks(
    cx: Cx,
    grant: Grant<Contents>,
    State(programmes): State<Programmes>,
    web::form::Json(body): web::form::Json<ActIn>,
) -> web::Result<Json<Vec<ActedOut>>> {
    let act = act_of(&body.r#do).ok_or_else(ActIn::unknown)?;
    let ids = body.ids(|id| TalkId::parse(id).ok())?;
    let writer = Writer::of(&cx, &programmes);
    let changed = talks::act(&writer, &grant, &ids, act, None).await?;
    let out = changed.into_iter().map(|own| ActedOut {
        id: own.id.to_string(),
        version: own.version,
    });
    Ok(Json(out.collect()))
}

/// Does something with several speakers: all of them, or none. Those to whom it made no difference are left out of the
/// answer, so that sent twice it is the same as once.
#[utoipa::path(post, path = "/api/v2/conferences/{conf}/admin/speakers/act", tag = "programme",
    params(("conf" = String, Path, description = "Name of the conference")),
    request_body(content = ActIn, example = json!({"do": "bin", "ids": ["spk_06eb3q5v1k2m7n9p4r8s0t6u2a"]})),
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = Vec<ActedOut>)))]
async fn on_speakers(
    cx: Cx,
    grant: Grant<Contents>,
    State(programmes): State<Programmes>,
    web::form::Json(body): web::form::Json<ActIn>,
) -> web::Result<Json<Vec<ActedOut>>> {
    let act = match body.r#do.as_str() {
        "bin" => speakers::Act::Bin,
        "restore" => speakers::Act::Restore,
        "release" => speakers::Act::Release,
        _ => return Err(ActIn::unknown().into()),
    };
    let ids = body.ids(|id| SpeakerId::parse(id).ok())?;
    let writer = Writer::of(&cx, &programmes);
    let changed = speakers::act(&writer, &grant, &ids, act, None).await?;
    let out = changed.into_iter().map(|own| ActedOut {
        id: own.id.to_string(),
        version: own.version,
    });
    Ok(Json(out.collect()))
}
