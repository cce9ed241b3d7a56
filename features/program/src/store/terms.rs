//! Talk types, levels, durations and languages that a conference offers.

use db::{Run, Tx, params, record, sql};
use kernel::Result;

use crate::model::{ConferenceId, Part, TermId, Words, word_in};

record! {
    /// A word that talks may carry.
    #[derive(PartialEq, serde::Serialize)]
    pub struct Term {
        /// Its id.
        pub id: TermId,
        /// Which list it is in.
        pub kind: Part,
        /// Its place in the list.
        pub position: i64,
        /// What talks carry: `keynote`, `beginner`, `40` (minutes), `ja`.
        pub word: String,
        /// What people read, by language, JSON.
        pub names: String,
        /// How often it was changed.
        pub version: i64,
    }
}

impl Term {
    /// What people read, by language.
    pub fn names(&self) -> Words {
        crate::exchange::document(&self.names)
    }

    /// What a reader reads; the word itself where it has no name.
    pub fn name_in(&self, locale: web::Locale) -> String {
        let names = self.names();
        match word_in(&names, locale.as_str()) {
            "" => self.word.clone(),
            name => name.to_owned(),
        }
    }
}

pub(crate) async fn terms(run: &mut impl Run, conference: &ConferenceId) -> Result<Vec<Term>> {
    Ok(run
        .all(
            sql!(Term: "SELECT id, kind, position, word, names, version FROM term
                        WHERE conference = $1 ORDER BY kind, position, word"),
            params![conference],
        )
        .await?)
}

pub(crate) async fn put(tx: &mut Tx, conference: &ConferenceId, row: &Term) -> Result<()> {
    tx.exec(
        sql!(
            "INSERT INTO term (id, conference, kind, position, word, names, version)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (id) DO UPDATE SET position = $4, word = $5, names = $6, version = $7
             WHERE term.conference = $2"
        ),
        params![
            row.id,
            conference,
            row.kind,
            row.position,
            row.word,
            row.names,
            row.version
        ],
    )
    .await?;
    Ok(())
}

pub(crate) async fn remove(tx: &mut Tx, conference: &ConferenceId, id: &TermId) -> Result<()> {
    tx.exec(
        sql!("DELETE FROM term WHERE conference = $1 AND id = $2"),
        params![conference, id],
    )
    .await?;
    Ok(())
}
