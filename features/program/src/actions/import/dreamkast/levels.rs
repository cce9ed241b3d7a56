//! The levels of an export, which Dreamkast calls difficulties: those that the conference offers already, or new ones
//! behind them.

use std::collections::BTreeMap;

use db::Tx;
use kernel::{Error, Message, Result};

use crate::actions::import::Plan;
use crate::dreamkast::Export;
use crate::exchange::text_of;
use crate::limits;
use crate::model::{Part, TermId, Words, free_slug, slug_or};
use crate::store::{Term, terms};

/// The words of the levels, by their numbers in the export.
pub(super) async fn offer(
    plan: &Plan<'_>,
    tx: &mut Tx,
    export: &Export,
) -> Result<BTreeMap<i64, String>> {
    let there = plan.was().map(|loaded| loaded.terms.as_slice());
    let there = there.unwrap_or_default().iter();
    let mut known: Vec<Term> = there
        .filter(|term| term.kind == Part::Levels)
        .cloned()
        .collect();
    let mut words = BTreeMap::new();
    for (number, name) in &export.levels {
        let same = known.iter().find(|term| is_called(term, name));
        let word = if let Some(term) = same {
            term.word.clone()
        } else {
            let term = term(*number, name, &known);
            terms::put(tx, &plan.conference, &term).await?;
            known.push(term.clone());
            term.word
        };
        words.insert(*number, word);
    }
    if known.len() > limits::TERMS_MAX {
        let message = Message::new("program-list-full").with("limit", limits::TERMS_MAX);
        return Err(Error::invalid("levels", message));
    }
    Ok(words)
}

/// Whether a level is called so, in any language.
fn is_called(term: &Term, name: &str) -> bool {
    let same = |text: &str| text.to_lowercase() == name.to_lowercase();
    same(&term.word) || term.names().values().any(|text| same(text))
}

fn term(number: i64, name: &str, known: &[Term]) -> Term {
    let base = slug_or(name, &format!("level-{number}"));
    let word = free_slug(&base, |word| known.iter().any(|own| own.word == word));
    let language = if name.is_ascii() { "en" } else { "ja" };
    let names: Words = [(language.to_owned(), name.to_owned())].into();
    let last = known.iter().map(|own| own.position).max().unwrap_or(0);
    Term {
        id: TermId::fresh(),
        kind: Part::Levels,
        position: last + 1,
        word,
        names: text_of(&names),
        version: 1,
    }
}
