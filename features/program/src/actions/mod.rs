//! Use cases of the programme: import, start empty, shift.

mod copy;
mod create;
mod import;
pub(crate) mod index;
mod lifecycle;
mod looks;
mod merge;
mod removal;
mod report;
mod settle;
mod sheets;
pub mod slides;
pub mod speakers;
pub(crate) mod spreadsheets;
mod structure;
pub mod talks;
mod theme;

pub use copy::{Copy, Take, copy};
pub(crate) use create::day_bounds;
pub use create::{Start, create_empty, shift};
pub use import::{Begin, Destination, Imported, Onto, Taken, compare, import, import_dreamkast};
pub(crate) use lifecycle::{SwitchDue, listed};
pub use lifecycle::{advance, cancel_switch, enter_due, plan_switch};
pub use looks::{Brought, describe, hang, take_down};
pub(crate) use looks::{copied, stored_at};
pub use removal::{REMOVED, delete, restore};
pub(crate) use removal::{RemovalDue, remove_due};
pub use report::{Changed, Entry, Report};
pub use settle::{Settings, entitle, settle};
pub use sheets::{PageDraft, add_page, change_page, order_page, remove_page};
pub use structure::{Way, add, change, order, remove};
pub use theme::paint;

use db::Db;
use identity::ConferenceId;
use kernel::Timestamp;
use platform::Bus;
use serde::Serialize;

use crate::programmes::Programmes;

/// What an action works with. Made from a request, or by the composition root for the command line.
#[derive(Clone, Copy, Debug)]
pub struct Writer<'a> {
    /// The store.
    pub db: &'a Db,
    /// Where changes are announced.
    pub bus: &'a Bus,
    /// What is held in memory.
    pub programmes: &'a Programmes,
    /// Address of the site, without a trailing slash.
    pub public_url: &'a str,
    /// When it happens.
    pub now: Timestamp,
}

impl<'a> Writer<'a> {
    /// For a request.
    pub fn of(cx: &'a web::Cx, programmes: &'a Programmes) -> Self {
        Self {
            db: &cx.db,
            bus: &cx.bus,
            programmes,
            public_url: &cx.site.public_url,
            now: cx.now,
        }
    }

    /// For what runs by itself.
    pub fn by_itself(app: &'a web::App, programmes: &'a Programmes) -> Self {
        Self {
            db: &app.db,
            bus: &app.bus,
            programmes,
            public_url: &app.site.public_url,
            now: app.clock.now(),
        }
    }

    /// Tells everybody that a programme is another one now. Only after the commit.
    fn announce(&self, conference: &ConferenceId, version: i64) {
        self.programmes.forget(conference);
        self.bus.publish(
            "program.changed",
            &ProgramChanged {
                conference,
                version,
            },
        );
    }
}

/// What is published on the bus as `program.changed`.
#[derive(Serialize)]
struct ProgramChanged<'a> {
    conference: &'a ConferenceId,
    version: i64,
}

/// Address of a talk's page.
pub(crate) fn talk_url(public_url: &str, conference: &str, talk: &str) -> String {
    format!("{public_url}/{conference}/talks/{talk}")
}
