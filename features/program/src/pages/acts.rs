//! Acts on the ticked rows of a list, or on one record; also what undoes one, whose ids stand in its address.

use axum::response::{IntoResponse, Response};
use kernel::{Error, Message};
use serde::Deserialize;
use web::Cx;
use web::form::{Done, Submitted};

use crate::limits;

/// What an address says about an act that undoes another one.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Undone {
    /// What is done instead of `do`.
    #[serde(default)]
    act: String,
    /// Ids with commas between, instead of `id`.
    #[serde(default)]
    ids: String,
}

/// What is wanted, and of which records.
pub(super) struct Asked<I> {
    /// The act's word.
    pub(super) word: String,
    /// The records.
    pub(super) ids: Vec<I>,
    /// Whether it undoes something: then nothing undoes it in turn.
    undoes: bool,
}

impl Undone {
    /// What form and address ask for together.
    ///
    /// # Errors
    /// What `parse` says about an id, `Invalid` for too many of them.
    pub(super) fn asked<I>(
        self,
        submitted: &Submitted,
        parse: impl Fn(&str) -> kernel::Result<I>,
    ) -> kernel::Result<Asked<I>> {
        let named = self.ids.split(',').filter(|id| !id.is_empty());
        let ids: Vec<I> = named
            .chain(submitted.all("id"))
            .map(parse)
            .collect::<Result<_, _>>()?;
        if ids.len() > limits::ACT_MAX {
            let message = Message::new("program-act-many").with("limit", limits::ACT_MAX);
            return Err(Error::invalid("id", message));
        }
        let undoes = !self.act.is_empty();
        Ok(Asked {
            word: if undoes {
                self.act
            } else {
                submitted.act().to_owned()
            },
            ids,
            undoes,
        })
    }
}

impl<I> Asked<I> {
    /// Back to the list with what was done to whom, and a button for `back` where that undoes it.
    pub(super) fn done(
        &self,
        cx: &Cx,
        list: &str,
        said: &str,
        (changed, back): (&[&str], Option<&str>),
    ) -> Response {
        let count = changed.len().to_string();
        let mut done = Done::to(cx, list).say(said, &[("count", &count)]);
        let undoable = !self.undoes && !changed.is_empty() && changed.len() <= limits::UNDO_MAX;
        if let Some(back) = back.filter(|_| undoable) {
            done = done.undo(format!("{list}/act?act={back}&ids={}", changed.join(",")));
        }
        done.into_response()
    }

    /// Back to the list, since nothing was ticked.
    pub(super) fn nothing(cx: &Cx, list: &str) -> Response {
        Done::to(cx, list)
            .say("program-acted-none", &[])
            .into_response()
    }
}
