//! SQL of the chat.

pub(crate) mod audience;
pub(crate) mod captions;
pub(crate) mod viewers;

use db::{Db, Run, Tx, params, record, sql};
use identity::ConferenceId;
use kernel::{Result, Timestamp};
use program::TalkId;

use crate::limits;
use crate::model::{Author, Line, LineId, author_id};

record! {
    /// A line as it is stored.
    #[derive(PartialEq)]
    pub(crate) struct Row {
        pub(crate) id: LineId,
        pub(crate) talk: TalkId,
        pub(crate) account: String,
        pub(crate) name: String,
        pub(crate) badge: Option<String>,
        pub(crate) text: String,
        pub(crate) at: Timestamp,
    }
    struct Secret { secret: String }
    struct Removed { talk: TalkId, removed_at: Option<Timestamp> }
}

impl Row {
    /// The line as everybody sees it.
    pub(crate) fn shown(self) -> Line {
        let author = Author {
            id: author_id(self.talk.as_str(), &self.account),
            name: self.name,
            badge: self.badge,
        };
        Line {
            id: self.id,
            at: self.at,
            author,
            text: self.text,
        }
    }
}

/// The last lines of a talk before `before`, oldest first.
pub(crate) async fn lines(
    mut run: impl Run,
    conference: &ConferenceId,
    talk: &TalkId,
    before: Timestamp,
    count: i64,
) -> Result<Vec<Line>> {
    let mut rows: Vec<Row> = run
        .all(
            sql!(Row:
                "SELECT id, talk, account, name, badge, text, at FROM chat_line
                 WHERE talk = $1 AND conference = $2 AND removed_at IS NULL AND at < $3
                 ORDER BY at DESC, id DESC LIMIT $4"),
            params![
                talk,
                conference,
                &before,
                &count.clamp(1, limits::CHAT_LINES_MAX)
            ],
        )
        .await?;
    rows.reverse();
    Ok(rows.into_iter().map(Row::shown).collect())
}

/// Every line of a conference that was not removed, in order.
pub(crate) async fn all_lines(mut run: impl Run, conference: &ConferenceId) -> Result<Vec<Row>> {
    Ok(run
        .all(
            sql!(Row:
                "SELECT id, talk, account, name, badge, text, at FROM chat_line
                 WHERE conference = $1 AND removed_at IS NULL ORDER BY at, id"),
            params![conference],
        )
        .await?)
}

/// The line that somebody has sent with this nonce.
pub(crate) async fn sent(mut run: impl Run, account: &str, nonce: &str) -> Result<Option<Row>> {
    Ok(run
        .opt(
            sql!(Row: "SELECT id, talk, account, name, badge, text, at FROM chat_line WHERE account = $1 AND nonce = $2"),
            params![account, nonce],
        )
        .await?)
}

/// Adds a line. False if it is there already.
pub(crate) async fn add(
    tx: &mut Tx,
    conference: &ConferenceId,
    row: &Row,
    nonce: &str,
) -> Result<bool> {
    let added = tx
        .exec(
            sql!(
                "INSERT INTO chat_line (id, conference, talk, account, name, badge, text, nonce, at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (account, nonce) DO NOTHING"
            ),
            params![
                &row.id, conference, &row.talk, &row.account, &row.name, &row.badge, &row.text, nonce, &row.at
            ],
        )
        .await?;
    Ok(added == 1)
}

/// Removes a line. False if somebody has already.
pub(crate) async fn remove(
    tx: &mut Tx,
    conference: &ConferenceId,
    line: &LineId,
    by: &str,
    now: Timestamp,
) -> Result<bool> {
    let removed = tx
        .exec(
            sql!(
                "UPDATE chat_line SET removed_at = $3, removed_by = $4
                 WHERE id = $1 AND conference = $2 AND removed_at IS NULL"
            ),
            params![line, conference, &now, by],
        )
        .await?;
    Ok(removed == 1)
}

/// The talk of a line, whether it was removed or not.
pub(crate) async fn talk_of(
    mut run: impl Run,
    conference: &ConferenceId,
    line: &LineId,
) -> Result<Option<TalkId>> {
    let found = run
        .opt(
            sql!(Removed: "SELECT talk, removed_at FROM chat_line WHERE id = $1 AND conference = $2"),
            params![line, conference],
        )
        .await?;
    Ok(found.map(|removed| removed.talk))
}

/// The secret that viewers' tokens are signed with; made by whoever comes first.
pub(crate) async fn secret(db: &Db) -> Result<String> {
    db.exec(
        sql!("INSERT INTO live_secret (name, secret) VALUES ('viewer', $1) ON CONFLICT (name) DO NOTHING"),
        params![&kernel::id::secret()],
    )
    .await?;
    let found = db
        .one(
            sql!(Secret: "SELECT secret FROM live_secret WHERE name = 'viewer'"),
            params![],
        )
        .await?;
    Ok(found.secret)
}
