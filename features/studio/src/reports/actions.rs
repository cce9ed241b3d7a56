//! Use cases of encoder tests.

use identity::{Broadcast, Grant, audit};
use kernel::text::{Lines, clean};
use kernel::{Error, Result, Timestamp};
use program::{Programme, Track};
use serde_json::{Value, json};

use crate::model::{ReportId, TestId};
use crate::store::tests::{ReportRow, TestRow};
use crate::{Studio, limits, store};

/// What somebody wants to test.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish<'a> {
    /// What the encoder is called.
    pub(crate) name: &'a str,
    /// The track that it is for, if for one.
    pub(crate) track: Option<&'a Track>,
    /// How long.
    pub(crate) seconds: i64,
}

/// A new test: the one time that its key is seen.
pub(crate) struct Made {
    pub(crate) test: TestRow,
    pub(crate) key: String,
}

/// Where the key of a test is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Addresses {
    /// RTMP.
    pub(crate) server: String,
    /// The same over TLS, where it is offered.
    pub(crate) secure_server: Option<String>,
    /// WHIP, with the key as bearer token.
    pub(crate) whip: Option<String>,
    /// The page for whoever sends, who needs no account: it holds the key.
    pub(crate) page: String,
}

impl Studio {
    /// Makes the key of a test.
    pub(crate) async fn make_test(
        &self,
        programme: &Programme,
        wish: Wish<'_>,
        grant: &Grant<Broadcast>,
    ) -> Result<Made> {
        let conference = &programme.conference.id;
        if grant.conference() != conference {
            return Err(Error::NotFound("conference"));
        }
        let name = clean(wish.name, Lines::One);
        if name.is_empty() {
            return Err(Error::invalid("name", "studio-test-name-missing"));
        }
        if name.chars().count() > limits::TEST_NAME_CHARS_MAX {
            return Err(Error::invalid("name", "studio-test-name-long"));
        }
        if !limits::TEST_SECONDS.contains(&wish.seconds) {
            return Err(Error::invalid("seconds", "studio-test-bad-length"));
        }
        let (key, now) = (kernel::id::secret(), grant.at());
        let test = TestRow {
            id: TestId::fresh(),
            conference: conference.clone(),
            track: wish.track.map(|track| track.id.clone()),
            name,
            digest: kernel::id::digest(&key),
            duration_s: wish.seconds,
            created_at: now,
            created_by: grant.name().to_owned(),
            good_until: now + limits::TEST_GOOD,
            revoked_at: None,
        };
        let mut tx = self.0.app.db.begin().await?;
        if store::tests::good_count(&mut tx, conference, now).await? >= limits::TESTS_GOOD_MAX {
            return Err(Error::conflict("studio-test-too-many"));
        }
        store::tests::add(&mut tx, &test, grant.account()).await?;
        let what = json!({ "name": test.name, "track": test.track, "seconds": test.duration_s });
        let subject = test.id.as_str();
        audit::record(
            &mut tx,
            grant,
            "encoder-test.make",
            subject,
            &Value::Null,
            &what,
        )
        .await?;
        tx.commit().await?;
        tracing::info!(%conference, test = %test.id, "{} may test the encoder {}", grant.name(), test.name);
        Ok(Made { test, key })
    }

    /// Makes a test's key useless; whoever is tested is told and hung up on. Whether it was good.
    pub(crate) async fn revoke_test(
        &self,
        programme: &Programme,
        id: &TestId,
        grant: &Grant<Broadcast>,
    ) -> Result<bool> {
        let conference = &programme.conference.id;
        if grant.conference() != conference {
            return Err(Error::NotFound("encoder test"));
        }
        let mut tx = self.0.app.db.begin().await?;
        if !store::tests::revoke(&mut tx, conference, id, grant.at()).await? {
            return Ok(false);
        }
        let none = Value::Null;
        audit::record(
            &mut tx,
            grant,
            "encoder-test.revoke",
            id.as_str(),
            &none,
            &none,
        )
        .await?;
        tx.commit().await?;
        self.0.trials.revoke(id);
        Ok(true)
    }

    /// Tests of a conference that can begin.
    pub(crate) async fn good_tests(
        &self,
        programme: &Programme,
        now: Timestamp,
    ) -> Result<Vec<TestRow>> {
        store::tests::good(&self.0.app.db, &programme.conference.id, now).await
    }

    /// A test of a conference.
    pub(crate) async fn test(&self, programme: &Programme, id: &str) -> Result<TestRow> {
        let missing = || Error::NotFound("encoder test");
        let id = TestId::parse(id).map_err(|_| missing())?;
        let found = store::tests::test(&self.0.app.db, &programme.conference.id, &id).await?;
        found.ok_or_else(missing)
    }

    /// The test of a key, for whoever holds the link: only while the key is good.
    pub(crate) async fn test_of_key(
        &self,
        programme: &Programme,
        key: &str,
        now: Timestamp,
    ) -> Result<TestRow> {
        let found = store::tests::by_digest(&self.0.app.db, &kernel::id::digest(key)).await?;
        let good = found.filter(|test| {
            test.conference == programme.conference.id
                && test.revoked_at.is_none()
                && test.good_until > now
        });
        good.ok_or(Error::NotFound("encoder test"))
    }

    /// Reports of a conference before one of them (or the newest), and one more if there are more.
    pub(crate) async fn reports(
        &self,
        programme: &Programme,
        before: Option<&str>,
        count: i64,
    ) -> Result<Vec<ReportRow>> {
        let before = before.unwrap_or(store::NEWEST);
        let conference = &programme.conference.id;
        store::tests::reports(&self.0.app.db, conference, before, count).await
    }

    /// A report of a conference.
    pub(crate) async fn report(&self, programme: &Programme, id: &str) -> Result<ReportRow> {
        let missing = || Error::NotFound("report");
        let id = ReportId::parse(id).map_err(|_| missing())?;
        let found = store::tests::report(&self.0.app.db, &programme.conference.id, &id).await?;
        found.ok_or_else(missing)
    }

    /// Where the key of a test is used.
    pub(crate) fn test_addresses(&self, conference: &str, key: &str) -> Addresses {
        let (doors, site) = (&self.0.publish, &self.0.app.site);
        let whip = || site.url(&format!("/whip/{conference}/encoder-test"));
        Addresses {
            server: doors.rtmp.clone(),
            secure_server: doors.rtmps.clone(),
            whip: doors.whip.then(whip),
            page: site.url(&format!("/{conference}/encoder-test/{key}")),
        }
    }
}
