//! What runs with nobody waiting.

use futures_util::future::BoxFuture;
use kernel::Result;
use platform::jobs::{Job, Worker};
use web::App;

use crate::actions::{self, SwitchDue, Writer};
use crate::programmes::Programmes;

/// A change of the lifecycle whose date has come.
pub(crate) const SWITCH: &str = "program.switch";

/// Teaches a worker the jobs of this feature.
#[must_use]
pub fn on(worker: Worker, app: &App, programmes: &Programmes) -> Worker {
    let own = (app.clone(), programmes.clone());
    worker.on(SWITCH, move |job| switch(own.clone(), job))
}

fn switch((app, programmes): (App, Programmes), job: Job) -> BoxFuture<'static, Result<()>> {
    Box::pin(async move {
        let due: SwitchDue = job.payload()?;
        let writer = Writer::by_itself(&app, &programmes);
        actions::enter_due(&writer, &due.conference).await
    })
}
