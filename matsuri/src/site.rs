//! The features, put together: their tables, messages and routes, and what connects them.

use std::sync::Arc;

use db::Db;
use futures_util::future::BoxFuture;
use identity::{Access, ConferenceGuard, ConferenceId, Conferences};
use web::App;

/// Tables of everything, in the order in which they refer to each other.
pub const MIGRATIONS: &[db::Migrations] = &[platform::MIGRATIONS, identity::MIGRATIONS];

/// Messages of everything.
pub const TEXTS: &[web::texts::Source] = &[web::texts::TEXTS, identity::TEXTS];

/// Who finds conferences by their name.
pub fn conferences() -> Arc<dyn Conferences> {
    Arc::new(None0)
}

struct None0;

impl Conferences for None0 {
    fn find<'a>(
        &'a self,
        _: &'a Db,
        _: &'a str,
    ) -> BoxFuture<'a, kernel::Result<Option<ConferenceId>>> {
        Box::pin(async { Ok(None) })
    }
    fn all<'a>(&'a self, _: &'a Db) -> BoxFuture<'a, kernel::Result<Vec<ConferenceId>>> {
        Box::pin(async { Ok(Vec::new()) })
    }
}

/// Every route, with who may use it.
pub fn routes(_app: &App) -> identity::Routes {
    identity::routes(conferences())
}

/// The site as a router: every route behind its guard, within the door.
pub fn router(app: &App, meter: Arc<dyn web::enter::Meter>) -> axum::Router {
    let guard: Arc<dyn web::Guard<Access>> = Arc::new(ConferenceGuard::new(conferences()));
    web::enter::site(app.clone(), meter, routes(app).guarded(&guard))
}
