//! Which input of a track is on air: the server decides, until somebody of the team does.

use identity::{Broadcast, Grant, audit};
use kernel::text::{Lines, clean};
use kernel::{Error, Result, Timestamp};
use media_core::{Order, Unable};
use program::{Programme, Track};
use serde_json::json;

use super::channel;
use crate::{INPUT_CHANGED, Studio, limits, store};

impl Studio {
    /// Does what a person wants of a track's inputs: one of them, the slate, or that the server decides again.
    pub async fn direct(
        &self,
        programme: &Programme,
        track: &Track,
        order: Order,
        reason: &str,
        grant: &Grant<Broadcast>,
    ) -> Result<()> {
        let conference = &programme.conference.id;
        if grant.conference() != conference {
            return Err(Error::NotFound("track"));
        }
        let reason = clean(reason, Lines::One);
        if reason.chars().count() > limits::REASON_CHARS_MAX {
            return Err(Error::invalid("reason", "studio-reason-too-long"));
        }
        if order == Order::Slate && !self.0.channels.has_slate() {
            return Err(Error::conflict("studio-no-slate"));
        }
        let name = channel(programme, track).ok_or(Error::NotFound("track"))?;
        if order == Order::Clips && !self.0.channels.has_clips(&name) {
            return Err(Error::conflict("studio-no-clips"));
        }
        let db = &self.0.app.db;
        let mut tx = db.begin().await?;
        let before = store::wanted(&mut tx, conference, &track.id).await?;
        let before = before.map_or(Order::Auto, |wanted| wanted.wanted);
        let wanted = store::Choice {
            track: track.id.clone(),
            conference: conference.clone(),
            wanted: order,
            changed_at: grant.at(),
            changed_by: grant.name().to_owned(),
            reason,
        };
        store::want(&mut tx, &wanted, grant.account()).await?;
        audit::record(
            &mut tx,
            grant,
            "studio.input",
            track.id.as_str(),
            &before,
            &order,
        )
        .await?;
        tx.commit().await?;
        self.order(programme, track, order)?;
        tracing::info!(%conference, track = %track.slug, %order, "{} wants {order} on {}", grant.name(), track.slug);
        let news = json!({ "conference": conference, "track": track.id });
        self.0.app.bus.publish(INPUT_CHANGED, &news);
        Ok(())
    }

    fn order(&self, programme: &Programme, track: &Track, order: Order) -> Result<()> {
        let name = channel(programme, track).ok_or(Error::NotFound("track"))?;
        let directed = self.0.channels.direct(&name, order);
        directed.map_err(|unable| match unable {
            Unable::NoSlate => Error::conflict("studio-no-slate"),
            Unable::Full => Error::conflict("studio-full"),
        })
    }

    /// After a start: what people wanted holds on.
    pub(crate) async fn remember(&self, now: Timestamp) -> Result<()> {
        let app = &self.0.app;
        for wanted in store::all_wanted(&app.db).await? {
            let age = now.duration_since(wanted.changed_at).unsigned_abs();
            let is_passing = matches!(wanted.wanted, Order::Slate | Order::Clips);
            if is_passing && age > limits::SLATE_REMEMBERED {
                continue;
            }
            let programme = self.0.programmes.of(&app.db, &wanted.conference).await?;
            let Some(programme) = programme else { continue };
            if let Some(track) = programme.track(&wanted.track)
                && let Err(error) = self.order(&programme, track, wanted.wanted)
            {
                tracing::warn!(%error, track = %track.slug, "what somebody wanted on air cannot be remembered");
            }
        }
        Ok(())
    }
}
