//! Going live from a browser.

use identity::{Broadcast, Grant, audit};
use kernel::{Error, Result, Timestamp};
use media_core::Seat;
use program::{Programme, Track};
use serde_json::json;

use super::channel;
use crate::passes::Pass;
use crate::{Studio, limits};

/// What a browser needs to begin: the one time that the secret is seen.
#[derive(Clone, PartialEq, Eq)]
pub struct Beginning {
    /// Where the offer goes, on this site.
    pub endpoint: String,
    /// The secret, as a bearer token.
    pub token: String,
    /// Until when it may begin.
    pub until: Timestamp,
}

impl std::fmt::Debug for Beginning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Beginning(…)")
    }
}

impl Studio {
    /// Gives somebody of the team a pass to go live with a browser, once.
    pub async fn pass(
        &self,
        programme: &Programme,
        track: &Track,
        seat: Seat,
        grant: &Grant<Broadcast>,
        session: &str,
    ) -> Result<Beginning> {
        let conference = &programme.conference.id;
        if grant.conference() != conference {
            return Err(Error::NotFound("track"));
        }
        if !self.0.publish.whip {
            return Err(Error::conflict("studio-golive-off"));
        }
        let channel = channel(programme, track).ok_or(Error::NotFound("track"))?;
        let token = kernel::id::secret();
        let until = grant.at() + limits::PASS_GOOD;
        let mut tx = self.0.app.db.begin().await?;
        let what = json!({ "seat": seat, "until": until });
        audit::record(
            &mut tx,
            grant,
            "golive.begin",
            track.id.as_str(),
            &(),
            &what,
        )
        .await?;
        tx.commit().await?;
        let endpoint = format!("/whip/{channel}");
        let pass = Pass {
            channel,
            seat,
            account: grant.account().clone(),
            conference: conference.clone(),
            session: session.to_owned(),
            until,
        };
        self.0
            .passes
            .issue(kernel::id::digest(&token), pass, grant.at());
        tracing::info!(%conference, track = %track.slug, %seat, "{} may go live on {} from a browser", grant.name(), track.slug);
        Ok(Beginning {
            endpoint,
            token,
            until,
        })
    }

    /// Ends every browser that sends to an input of a track. Returns whether there was one, or one about to begin.
    pub async fn end_browsers(
        &self,
        programme: &Programme,
        track: &Track,
        seat: Seat,
        grant: &Grant<Broadcast>,
    ) -> Result<bool> {
        if grant.conference() != &programme.conference.id {
            return Err(Error::NotFound("track"));
        }
        let channel = channel(programme, track).ok_or(Error::NotFound("track"))?;
        let mut tx = self.0.app.db.begin().await?;
        let what = json!({ "seat": seat });
        audit::record(&mut tx, grant, "golive.end", track.id.as_str(), &what, &()).await?;
        tx.commit().await?;
        Ok(self
            .0
            .passes
            .end(|pass| pass.channel == channel && pass.seat == seat)
            > 0)
    }
}
