//! A context without a server, for tests of this crate.

use std::sync::Arc;

use db::Db;
use futures_util::future::BoxFuture;
use http::{HeaderMap, Method, Uri};
use kernel::Clock;
use platform::{Bus, Tasks};

use crate::cx::{Actor, App, Client, Cx, Sessions, Site};
use crate::texts::{Locale, Texts};

struct Nobody;

impl Sessions for Nobody {
    fn actor<'a>(
        &'a self,
        _: &'a App,
        _: &'a HeaderMap,
    ) -> BoxFuture<'a, kernel::Result<Option<Actor>>> {
        Box::pin(async { Ok(None) })
    }
}

/// A request of nobody in English, and the folder that its store needs.
pub(crate) async fn cx() -> (Cx, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let address = format!("sqlite:{}", folder.path().join("test.db").display());
    let app = App {
        blobs: platform::Blobs::new(folder.path().join("files")),
        db: Db::open(&address)
            .await
            .expect("a fresh file can be opened"),
        bus: Bus::new(),
        tasks: Tasks::new(tokio::runtime::Handle::current()),
        clock: Clock::held_at(kernel::clock::from_micros(1_795_309_200_000_000)),
        texts: Arc::new(Texts::load(&[crate::texts::TEXTS]).expect("the files are well-formed")),
        site: Arc::new(Site {
            public_url: "http://box.test".into(),
            locale: Locale::En,
            demo: false,
            media_url: None,
            mails: true,
        }),
        sessions: Arc::new(Nobody),
    };
    let headers = HeaderMap::new();
    let client = Client::of(&Method::GET, &Uri::from_static("/"), &headers, None);
    (Cx::new(&app, None, client, &headers), folder)
}
