//! `captions/{conf}/{track}`: what is said on a track, as soon as it is written.

use kernel::{Error, Result};
use program::{Programme, Track};
use realtime::{BoxFuture, Fold, Topic};
use serde_json::{Value, json};
use std::sync::Arc;

use super::{now, parts};
use crate::{Live, Who, limits};

/// Name of a track's topic.
pub(crate) fn captions_topic(conference: &str, track: &str) -> String {
    format!("{PREFIX}{conference}/{track}")
}

pub(super) const PREFIX: &str = "captions/";

pub(super) struct Captions(pub(super) Live);

impl Captions {
    async fn track(&self, name: &str) -> Result<(Arc<Programme>, Track)> {
        let (conference, track) = parts(name, PREFIX)?;
        let programme = self.0.named(conference).await?;
        let track = programme.track_named(track).cloned();
        Ok((programme, track.ok_or(Error::NotFound("track"))?))
    }
}

impl Topic<Who> for Captions {
    fn open<'a>(&'a self, who: &'a Who, name: &'a str) -> BoxFuture<'a, Result<Value>> {
        Box::pin(async move {
            let (programme, track) = self.track(name).await?;
            self.0.admit(&now(who), &programme, Some(&track)).await?;
            Ok(json!({}))
        })
    }

    fn load<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Value>> {
        Box::pin(async move {
            let (programme, track) = self.track(name).await?;
            let captions = self.0.captions(&programme, &track).await?;
            Ok(json!({ "captions": captions }))
        })
    }

    fn fold(&self, state: &mut Value, event: &Value) -> Fold {
        let Some(captions) = state["captions"].as_array_mut() else {
            return Fold::Unchanged;
        };
        let is_it =
            |known: &Value| known["id"] == event["id"] && known["language"] == event["language"];
        let known = captions.iter().position(is_it);
        if let Some(at) = known {
            if captions[at]["revision"].as_i64() >= event["revision"].as_i64() {
                return Fold::Unchanged;
            }
            captions.remove(at);
        }
        let mut caption = event.clone();
        if let Some(members) = caption.as_object_mut() {
            members.remove("kind");
        }
        captions.push(caption);
        let too_many = captions.len().saturating_sub(limits::CAPTIONS_SHOWN);
        captions.drain(..too_many);
        Fold::Changed
    }
}
