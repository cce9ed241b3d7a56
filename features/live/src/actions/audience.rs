//! Who may watch: anyone, people who are signed in, or people on a list; per conference, and per track where it
//! has a rule of its own.

use identity::{Contents, Grant, Scope, audit};
use kernel::{Error, Message, Result};
use program::{Lifecycle, Programme, Track, TrackId, Watch};
use serde::Serialize;
use web::Cx;

use crate::model::Pass;
use crate::model::audience::read_people;
use crate::store::audience as store;
use crate::{AUDIENCE, Live, limits};

/// What became of a pasted list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Added {
    pub(crate) new: usize,
    pub(crate) known: usize,
    pub(crate) removed: u64,
    /// Lines that name nobody.
    #[serde(skip)]
    pub(crate) strange: Vec<(usize, String)>,
}

/// What happens to those who are on the list already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Onto {
    /// They stay.
    Added,
    /// They go.
    Replaced,
}

impl Live {
    /// Whether whoever asks may watch a track, or what belongs to no track. Asked of the database and not of
    /// what was once found, since a right that is renewed must still be there.
    pub(crate) async fn admit(
        &self,
        cx: &Cx,
        programme: &Programme,
        track: Option<&Track>,
    ) -> Result<()> {
        if !programme.is_live_at(cx.now) {
            return self.admit_the_team(cx, programme).await;
        }
        let rule = self.0.gate.rule(programme, track);
        if rule == Watch::Anyone {
            return Ok(());
        }
        let actor = cx.signed_in()?;
        if !identity::actions::is_live(&cx.db, &actor.session, cx.now).await? {
            return Err(Error::Unauthenticated);
        }
        if rule == Watch::SignedIn {
            return Ok(());
        }
        let conference = &programme.conference.id;
        let track = track.map_or("", |track| track.id.as_str());
        let (account, email) = (actor.account.as_str(), actor.email.as_str());
        let listed = store::is_listed(&cx.db, conference, track, account, email).await?;
        if listed || Scope::of(cx, conference).await?.is_team() {
            return Ok(());
        }
        Err(Error::forbidden("live-not-listed"))
    }

    /// While the live page is not open only the team is let in, to rehearse; who may not know of the conference does
    /// not learn of it here either.
    async fn admit_the_team(&self, cx: &Cx, programme: &Programme) -> Result<()> {
        let conference = &programme.conference;
        if let Some(actor) = &cx.actor
            && identity::actions::is_live(&cx.db, &actor.session, cx.now).await?
            && Scope::of(cx, &conference.id).await?.is_team()
        {
            return Ok(());
        }
        if !conference.effects().open {
            return Err(Error::NotFound("conference"));
        }
        Err(Error::forbidden(match conference.lifecycle {
            Lifecycle::Archive | Lifecycle::Closed => "live-is-over",
            _ => "live-not-open",
        }))
    }

    /// The right to watch a track, if whoever asks has it: none where none is needed.
    pub(crate) async fn pass(
        &self,
        cx: &Cx,
        programme: &Programme,
        track: &Track,
    ) -> Result<Option<Pass>> {
        self.admit(cx, programme, Some(track)).await?;
        let needed = self.0.gate.needs_pass(programme, track);
        let slug = &programme.conference.slug;
        Ok(needed.then(|| self.0.gate.pass(slug, &track.slug)))
    }

    /// Gives a track a rule of its own, or (`None`) that of its conference.
    pub(crate) async fn set_rule(
        &self,
        cx: &Cx,
        grant: &Grant<Contents>,
        programme: &Programme,
        track: &Track,
        watch: Option<Watch>,
    ) -> Result<()> {
        let before = self.own_rule(&track.id).await?;
        if before == watch {
            return Ok(());
        }
        let mut tx = cx.db.begin().await?;
        store::set_rule(&mut tx, grant.conference(), &track.id, watch).await?;
        audit::record(
            &mut tx,
            grant,
            "audience.rule",
            track.id.as_str(),
            &before,
            &watch,
        )
        .await?;
        tx.commit().await?;
        self.audience_changed(programme).await
    }

    /// The rule that a track has for itself.
    pub(crate) async fn own_rule(&self, track: &TrackId) -> Result<Option<Watch>> {
        let rules = store::rules(&self.0.app.db).await?;
        let own = rules.into_iter().find(|rule| rule.track == *track);
        Ok(own.map(|rule| rule.watch))
    }

    /// Adds the people that a pasted text or a CSV file names to the list of a track, or (`None`) of all.
    pub(crate) async fn add_people(
        &self,
        cx: &Cx,
        grant: &Grant<Contents>,
        programme: &Programme,
        track: Option<&Track>,
        text: &str,
        onto: Onto,
    ) -> Result<Added> {
        let named = read_people(text);
        if named.people.is_empty() {
            return Err(Error::invalid("people", "live-audience-nobody"));
        }
        let list = track.map_or("", |track| track.id.as_str());
        let mut added = Added {
            strange: named.strange,
            ..Added::default()
        };
        let mut tx = cx.db.begin().await?;
        if onto == Onto::Replaced {
            added.removed = store::clear(&mut tx, grant.conference(), list).await?;
        }
        for person in &named.people {
            let by = grant.account().as_str();
            let is_new = store::add(&mut tx, grant.conference(), list, person, by, cx.now).await?;
            added.new += usize::from(is_new);
            added.known += usize::from(!is_new);
        }
        let count = store::count(&mut tx, grant.conference()).await?;
        if count > limits::LIST_MAX {
            let message = Message::new("live-audience-too-many").with("max", limits::LIST_MAX);
            return Err(Error::invalid("people", message));
        }
        let before = count - i64::try_from(added.new).unwrap_or(0);
        audit::record(&mut tx, grant, "audience.add", list, &before, &added).await?;
        tx.commit().await?;
        self.audience_changed(programme).await?;
        Ok(added)
    }

    /// Takes somebody off a list.
    pub(crate) async fn remove_person(
        &self,
        cx: &Cx,
        grant: &Grant<Contents>,
        programme: &Programme,
        list: &str,
        person: &str,
    ) -> Result<()> {
        let mut tx = cx.db.begin().await?;
        if !store::remove(&mut tx, grant.conference(), list, person).await? {
            return Err(Error::NotFound("person"));
        }
        let gone: Option<&str> = None;
        audit::record(
            &mut tx,
            grant,
            "audience.remove",
            list,
            &Some(person),
            &gone,
        )
        .await?;
        tx.commit().await?;
        self.audience_changed(programme).await
    }

    /// Who may watch may be others now: everybody who does is asked again.
    async fn audience_changed(&self, programme: &Programme) -> Result<()> {
        self.0
            .gate
            .learn(&self.0.app.db, &self.0.programmes)
            .await?;
        self.0.app.bus.publish(AUDIENCE, &programme.conference.id);
        Ok(())
    }
}
