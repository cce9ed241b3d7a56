//! Reading the audit log. Nothing here writes; the database refuses to change what is there.

use db::{Db, Run, params, record, sql};
use kernel::{Result, Timestamp};
use serde::Serialize;
use web::api::Cursor;

use crate::model::{AccountId, AuditId, ConferenceId};

record! {
    /// An entry.
    #[derive(Serialize)]
    pub(crate) struct Entry {
        pub(crate) id: AuditId,
        pub(crate) at: Timestamp,
        pub(crate) conference: Option<ConferenceId>,
        pub(crate) account: AccountId,
        /// Nobody's any more once the account is deleted.
        pub(crate) name: Option<String>,
        pub(crate) action: String,
        pub(crate) subject: String,
        pub(crate) before: String,
        pub(crate) after: String,
        pub(crate) trace: String,
    }
}

record! {
    /// Somebody who acted.
    pub(crate) struct Actor {
        pub(crate) account: AccountId,
        pub(crate) name: Option<String>,
    }
}

impl Entry {
    /// Its value of what a list is sorted by, as text.
    pub(crate) fn key(&self, order: Order) -> String {
        match order {
            Order::At => self.at.as_microsecond().to_string(),
            Order::Who => self.name.clone().unwrap_or_default(),
            Order::Act => self.action.clone(),
        }
    }
}

/// What a list of entries is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// When.
    At,
    /// The name of who did it.
    Who,
    /// What was done.
    Act,
}

/// Which entries; what is empty does not matter.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) account: String,
    pub(crate) action: String,
    pub(crate) subject: String,
    pub(crate) from: Timestamp,
    pub(crate) until: Timestamp,
    /// What stands somewhere in them, in lower case.
    pub(crate) text: String,
    /// Acts that are meant by it too.
    pub(crate) actions: Vec<String>,
    pub(crate) order: Order,
    pub(crate) descending: bool,
    /// The last entry that was seen.
    pub(crate) after: Option<Cursor>,
}

impl Wanted {
    /// The pattern of the text as JSON writes it, where that is not as people do: with quotes and backslashes.
    fn written(&self) -> String {
        let json = serde_json::Value::from(self.text.as_str()).to_string();
        let inner = json.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
        let inner = inner.filter(|inner| *inner != self.text);
        inner.map(db::containing).unwrap_or_default()
    }
}

/// A statement of the list in one order: from `$8` and `$9`, at most `$10` rows.
macro_rules! page_by {
    ($first:literal, $after:literal, $order:literal) => {
        sql!(Entry: concat!(
            "SELECT u.id, u.at, u.conference, u.account, a.name, u.action, u.subject, u.before, u.after, u.trace
             FROM audit u LEFT JOIN account a ON a.id = u.account WHERE ",
            $first,
            " AND u.at >= $5 AND u.at < $6 AND ",
            $after,
            " AND ($2 = '' OR u.account = $2) AND ($3 = '' OR u.action = $3) AND ($4 = '' OR u.subject = $4)
              AND ($7 = '%%' OR $11 LIKE '%|' || u.action || '|%'
                OR LOWER(u.action || ' ' || u.subject || ' ' || COALESCE(a.name, '') || ' ' || u.before || ' ' || u.after)
                LIKE $7 ESCAPE '!'
                OR ($12 <> '' AND LOWER(u.before || ' ' || u.after) LIKE $12 ESCAPE '!'))
              ORDER BY ",
            $order,
            " LIMIT $10"
        ))
    };
}

/// The statements of a conference's list, and of the whole site's.
macro_rules! pages_by {
    ($conference:expr, $after:literal, $order:literal) => {
        if $conference {
            page_by!("u.conference = $1", $after, $order)
        } else {
            page_by!("$1 = ''", $after, $order)
        }
    };
}

/// A page of entries of a conference, or of the whole site.
pub(crate) async fn page(
    db: &Db,
    conference: Option<&ConferenceId>,
    wanted: &Wanted,
    limit: i64,
) -> Result<Vec<Entry>> {
    let own = conference.is_some();
    let (key, id) = wanted
        .after
        .as_ref()
        .map_or(("", ""), |cursor| (cursor.key.as_str(), cursor.id.as_str()));
    let mut values = params![
        conference.map_or("", ConferenceId::as_str),
        &wanted.account,
        &wanted.action,
        &wanted.subject,
        &wanted.from,
        &wanted.until,
        db::containing(&wanted.text)
    ];
    match wanted.order {
        Order::At => {
            let end = if wanted.descending {
                i64::MAX
            } else {
                i64::MIN
            };
            let key: i64 = key.parse().unwrap_or(end);
            values.extend(params![key, id]);
        }
        Order::Who | Order::Act => values.extend(params![key, id]),
    }
    let actions = format!("|{}|", wanted.actions.join("|"));
    values.extend(params![limit, actions, wanted.written()]);
    let statement = match (wanted.order, wanted.descending) {
        (Order::At, true) => pages_by!(
            own,
            "(u.at, u.id) < (CAST($8 AS BIGINT), $9)",
            "u.at DESC, u.id DESC"
        ),
        (Order::At, false) => {
            pages_by!(own, "(u.at, u.id) > (CAST($8 AS BIGINT), $9)", "u.at, u.id")
        }
        (Order::Act, true) => pages_by!(
            own,
            "($9 = '' OR (u.action, u.id) < ($8, $9))",
            "u.action DESC, u.id DESC"
        ),
        (Order::Act, false) => pages_by!(
            own,
            "($9 = '' OR (u.action, u.id) > ($8, $9))",
            "u.action, u.id"
        ),
        (Order::Who, true) => pages_by!(
            own,
            "($9 = '' OR (COALESCE(a.name, ''), u.id) < ($8, $9))",
            "COALESCE(a.name, '') DESC, u.id DESC"
        ),
        (Order::Who, false) => pages_by!(
            own,
            "($9 = '' OR (COALESCE(a.name, ''), u.id) > ($8, $9))",
            "COALESCE(a.name, ''), u.id"
        ),
    };
    Ok(db.all(statement, values).await?)
}

/// Everything that was done in a conference, or on the whole site, by its word.
pub(crate) async fn actions(db: &Db, conference: Option<&ConferenceId>) -> Result<Vec<String>> {
    let own =
        sql!(String: "SELECT DISTINCT action FROM audit WHERE conference = $1 ORDER BY action");
    let whole = sql!(String: "SELECT DISTINCT action FROM audit ORDER BY action");
    Ok(match conference {
        Some(conference) => db.all(own, params![conference]).await?,
        None => db.all(whole, params![]).await?,
    })
}

/// Everybody who did something in a conference, or on the whole site.
pub(crate) async fn actors(db: &Db, conference: Option<&ConferenceId>) -> Result<Vec<Actor>> {
    let own = sql!(Actor:
        "SELECT DISTINCT u.account, a.name FROM audit u LEFT JOIN account a ON a.id = u.account
         WHERE u.conference = $1 ORDER BY a.name, u.account");
    let whole = sql!(Actor:
        "SELECT DISTINCT u.account, a.name FROM audit u LEFT JOIN account a ON a.id = u.account
         ORDER BY a.name, u.account");
    Ok(match conference {
        Some(conference) => db.all(own, params![conference]).await?,
        None => db.all(whole, params![]).await?,
    })
}

record! {
    /// How often something was done.
    pub(crate) struct Done {
        pub(crate) action: String,
        pub(crate) count: i64,
    }
}

/// How often what was done between two instants, the second one excluded.
pub(crate) async fn done(db: &Db, from: Timestamp, until: Timestamp) -> Result<Vec<Done>> {
    let sql = sql!(Done:
        "SELECT action, COUNT(*) AS count FROM audit WHERE at >= $1 AND at < $2 GROUP BY action ORDER BY action");
    Ok(db.all(sql, params![&from, &until]).await?)
}

/// How many acts somebody left in the log.
pub(crate) async fn count_of(db: &Db, account: &AccountId) -> Result<i64> {
    let sql = sql!(i64: "SELECT COUNT(*) FROM audit WHERE account = $1");
    Ok(db.one(sql, params![account]).await?)
}

record! {
    /// What was done about a member.
    pub(crate) struct Deed {
        pub(crate) action: String,
        pub(crate) before: String,
    }
}

/// The newest act about a member's place in a team, since `since`.
pub(crate) async fn about_member(
    run: &mut impl Run,
    conference: &ConferenceId,
    account: &AccountId,
    since: Timestamp,
) -> Result<Option<Deed>> {
    let sql = sql!(Deed:
        "SELECT action, before FROM audit
         WHERE conference = $1 AND subject = $2 AND action LIKE 'member.%' AND at > $3
         ORDER BY at DESC, id DESC LIMIT 1");
    Ok(run.opt(sql, params![conference, account, &since]).await?)
}
