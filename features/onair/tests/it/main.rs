//! What is on air, from outside, on both stores.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends with its first surprise"
)]

mod follow;
mod pages;
mod people;

use std::ops::Deref;

use neighbours::{Adds, Neighbours};

/// Two conferences and what is on air in them.
pub(crate) struct Stage(Neighbours);

impl Deref for Stage {
    type Target = Neighbours;

    fn deref(&self) -> &Neighbours {
        &self.0
    }
}

pub(crate) async fn stages(name: &str) -> Vec<Stage> {
    let adds = Adds {
        migrations: &[],
        texts: &[],
    };
    let all = Neighbours::on_each_store(name, adds, async |_, programmes| {
        let routes = onair::routes(programmes.clone());
        (routes.merge(program::routes(programmes.clone())), ())
    });
    let all = all.await.into_iter();
    all.map(|(neighbours, ())| Stage(neighbours)).collect()
}

impl Stage {
    /// Title of what is on a track, with who decides.
    pub(crate) async fn on(&self, slug: &str, track: &str) -> (Option<String>, String) {
        let path = format!("/api/v2/conferences/{slug}/tracks/{track}/on-air");
        let body = self.site.anonymous().get(&path).await.json();
        (
            body["title"].as_str().map(str::to_owned),
            body["mode"].as_str().unwrap().to_owned(),
        )
    }
}
