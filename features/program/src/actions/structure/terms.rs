//! The words that a conference offers for its talks, by hand.

use kernel::{Error, Result};

use super::Work;
use crate::exchange::text_of;
use crate::limits;
use crate::model::{Fields, TermDraft, TermId};
use crate::store::Term;
use crate::store::terms;

impl Work<'_> {
    pub(super) async fn add_term(&mut self, fields: &Fields) -> Result<String> {
        self.room_for_one(limits::TERMS_MAX)?;
        let own = self
            .loaded
            .terms
            .iter()
            .filter(|term| term.kind == self.part);
        let term = Term {
            id: TermId::fresh(),
            kind: self.part,
            position: own.map(|term| term.position).max().unwrap_or(0) + 1,
            word: String::new(),
            names: String::new(),
            version: 0,
        };
        let id = term.id.to_string();
        self.put_term(term, fields).await?;
        Ok(id)
    }

    pub(super) async fn change_term(&mut self, id: &str, fields: &Fields) -> Result<()> {
        let term = self.term(id)?;
        self.put_term(term, fields).await
    }

    fn term(&self, id: &str) -> Result<Term> {
        let found = self.loaded.terms.iter().find(|term| term.id.as_str() == id);
        found.cloned().ok_or(Error::NotFound("term"))
    }

    async fn put_term(&mut self, was: Term, fields: &Fields) -> Result<()> {
        let draft = TermDraft::read(self.part, fields)?;
        let is_taken = self
            .loaded
            .terms
            .iter()
            .any(|term| term.kind == self.part && term.id != was.id && term.word == draft.word);
        if is_taken {
            return Err(Error::invalid("word", "program-name-taken"));
        }
        let term = Term {
            word: draft.word,
            names: text_of(&draft.names),
            version: was.version + 1,
            ..was.clone()
        };
        terms::put(&mut self.tx, self.grant.conference(), &term).await?;
        let before = (was.version > 0).then(|| (was.word.clone(), was.names()));
        self.note(before.as_ref(), Some(&(&term.word, term.names())));
        Ok(())
    }

    pub(super) async fn remove_term(&mut self, id: &str) -> Result<()> {
        let term = self.term(id)?;
        terms::remove(&mut self.tx, self.grant.conference(), &term.id).await?;
        self.note(Some(&(&term.word, term.names())), None::<&()>);
        Ok(())
    }
}
