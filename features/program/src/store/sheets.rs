//! Pages that a team writes.

use db::{Run, Tx, params, record, sql};
use kernel::{Result, Timestamp};

use crate::model::{ConferenceId, PageId, Words};

record! {
    /// A page that a team wrote.
    #[derive(PartialEq, serde::Serialize)]
    pub struct TextPage {
        /// Its id.
        pub id: PageId,
        /// Its name in addresses.
        pub slug: String,
        /// Its place among the pages.
        pub position: i64,
        /// Whether the menu leads to it.
        pub in_menu: bool,
        /// Whether people outside of the team see it.
        pub visible: bool,
        /// Its title, by language, JSON.
        pub titles: String,
        /// Its text as Markdown, by language, JSON.
        pub bodies: String,
        /// How often it was changed.
        pub version: i64,
        /// When it was changed last.
        pub changed_at: Timestamp,
    }
}

impl TextPage {
    /// Its title, by language.
    pub(crate) fn titles(&self) -> Words {
        crate::exchange::document(&self.titles)
    }

    /// Its text as Markdown, by language.
    pub(crate) fn bodies(&self) -> Words {
        crate::exchange::document(&self.bodies)
    }
}

pub(crate) async fn pages(mut run: impl Run, conference: &ConferenceId) -> Result<Vec<TextPage>> {
    Ok(run
        .all(
            sql!(TextPage: "SELECT id, slug, position, in_menu, visible, titles, bodies, version, changed_at
                            FROM conference_page WHERE conference = $1 ORDER BY position, slug"),
            params![conference],
        )
        .await?)
}

pub(crate) async fn page_named(
    mut run: impl Run,
    conference: &ConferenceId,
    slug: &str,
) -> Result<Option<TextPage>> {
    Ok(run
        .opt(
            sql!(TextPage: "SELECT id, slug, position, in_menu, visible, titles, bodies, version, changed_at
                            FROM conference_page WHERE conference = $1 AND slug = $2"),
            params![conference, slug],
        )
        .await?)
}

pub(crate) async fn put_page(tx: &mut Tx, conference: &ConferenceId, row: &TextPage) -> Result<()> {
    tx.exec(
        sql!(
            "INSERT INTO conference_page (id, conference, slug, position, in_menu, visible, titles, bodies, version, changed_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
             ON CONFLICT (id) DO UPDATE SET slug = $3, position = $4, in_menu = $5, visible = $6, titles = $7,
             bodies = $8, version = $9, changed_at = $10 WHERE conference_page.conference = $2"
        ),
        params![
            row.id, conference, row.slug, row.position, row.in_menu, row.visible, row.titles, row.bodies,
            row.version, row.changed_at
        ],
    )
    .await?;
    Ok(())
}

pub(crate) async fn remove_page(tx: &mut Tx, conference: &ConferenceId, id: &PageId) -> Result<()> {
    tx.exec(
        sql!("DELETE FROM conference_page WHERE conference = $1 AND id = $2"),
        params![conference, id],
    )
    .await?;
    Ok(())
}
