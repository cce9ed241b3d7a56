//! What runs with nobody waiting.

use futures_util::future::BoxFuture;
use kernel::Result;
use platform::jobs::{Job, Worker};
use web::App;

use crate::actions::{self, RemovalDue, SwitchDue, Writer};
use crate::programmes::Programmes;

/// A change of the lifecycle whose date has come.
pub(crate) const SWITCH: &str = "program.switch";

/// A deleted conference whose days of grace are over.
pub(crate) const REMOVE: &str = "program.remove";

/// Teaches a worker the jobs of this feature.
#[must_use]
pub fn on(worker: Worker, app: &App, programmes: &Programmes) -> Worker {
    let own = (app.clone(), programmes.clone());
    let worker = worker.on(SWITCH, move |job| switch(own.clone(), job));
    let own = (app.clone(), programmes.clone());
    worker.on(REMOVE, move |job| remove(own.clone(), job))
}

fn switch((app, programmes): (App, Programmes), job: Job) -> BoxFuture<'static, Result<()>> {
    Box::pin(async move {
        let due: SwitchDue = job.payload()?;
        let writer = Writer::by_itself(&app, &programmes);
        actions::enter_due(&writer, &due.conference).await
    })
}

fn remove((app, programmes): (App, Programmes), job: Job) -> BoxFuture<'static, Result<()>> {
    Box::pin(async move {
        let due: RemovalDue = job.payload()?;
        let writer = Writer::by_itself(&app, &programmes);
        actions::remove_due(&writer, &due).await
    })
}
