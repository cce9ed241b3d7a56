//! The topic `encoder-test/{digest}`: docs/realtime.md. Its name is the digest of the test's key: who has the link knows
//! it, and so does the crew; nobody can publish with it.

use std::sync::Arc;

use kernel::{Error, Result};
use media_core::trial::Figures;
use realtime::{BoxFuture, Fold, Topic};
use serde_json::{Map, Value, json};
use web::Locale;

use super::{Standing, figures_of, words};
use crate::store::tests::TestRow;
use crate::{Studio, Who, store};

const PREFIX: &str = "encoder-test/";

/// Name of a test's topic.
pub(crate) fn topic(test: &TestRow) -> String {
    format!("{PREFIX}{}", test.digest)
}

/// Gives the topic to the hub.
pub(crate) fn register(studio: &Studio) {
    studio
        .0
        .hub
        .register(PREFIX, Arc::new(Test(studio.clone())));
}

/// `encoder-test/{digest}`.
struct Test(Studio);

impl Test {
    async fn find(&self, name: &str) -> Result<TestRow> {
        let digest = name.strip_prefix(PREFIX).unwrap_or_default();
        let found = store::tests::by_digest(&self.0.0.app.db, digest).await?;
        let good = found.filter(|test| test.revoked_at.is_none());
        good.ok_or(Error::NotFound("encoder test"))
    }
}

impl Topic<Who> for Test {
    fn open<'a>(&'a self, _: &'a Who, name: &'a str) -> BoxFuture<'a, Result<Value>> {
        Box::pin(async move { self.find(name).await.map(|_| Value::Null) })
    }

    fn load<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Value>> {
        Box::pin(async move {
            let test = self.find(name).await?;
            self.0.told_test(&test).await
        })
    }

    fn fold(&self, state: &mut Value, event: &Value) -> Fold {
        let mut told = event.clone();
        if let Some(members) = told.as_object_mut() {
            members.remove("kind");
        }
        if *state == told {
            return Fold::Unchanged;
        }
        *state = told;
        Fold::Changed
    }
}

impl Studio {
    /// Tells how a test stands, to those who watch.
    pub(super) async fn say_test(&self, test: &TestRow) {
        let topic = topic(test);
        if self.0.hub.subscribers(&topic) == 0 {
            return;
        }
        match self.told_test(test).await {
            Ok(mut event) => {
                event["kind"] = "test".into();
                self.0.hub.state(&topic, "test", &event);
            }
            Err(error) => tracing::warn!(%error, "an encoder test cannot be told just now"),
        }
    }

    /// How a test stands, in the words of every language: a frame is made once for all who watch.
    pub(crate) async fn told_test(&self, test: &TestRow) -> Result<Value> {
        let (state, figures, report) = match self.standing_test(test).await? {
            Standing::Waiting => ("waiting", Figures::default(), None),
            Standing::Running(figures) => ("running", *figures, None),
            Standing::Over(report) => ("over", figures_of(&report), Some(report.id)),
        };
        let mut told = json!({
            "state": state,
            "seconds": figures.seconds,
            "duration_s": test.duration_s,
            "report": report,
        });
        let texts = &self.0.app.texts;
        let mut by_language = Map::new();
        for locale in Locale::ALL {
            let say = |key: &str, args: &[(&str, &str)]| texts.get(locale, key, args);
            let summary = words::summary(&say, state, &figures, test.duration_s);
            let rows = words::rows(&say, &figures);
            by_language.insert(
                locale.as_str().to_owned(),
                json!({ "summary": summary, "rows": rows }),
            );
        }
        told["words"] = Value::Object(by_language);
        Ok(told)
    }
}
