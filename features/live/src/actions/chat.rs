//! The chat of a talk: a line is checked, written, and only then acknowledged and told to everybody.
//!
//! One task writes all lines, as many as wait in one transaction: a commit reaches the disk some hundred times a
//! second at best, lines may come faster. It also gives lines their order, which is the same in the database, in
//! the topic and after a restart.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use identity::{Broadcast, ConferenceId, Grant, Scope, audit};
use kernel::{Error, Result, Timestamp};
use program::{Programme, TalkId};
use realtime::Bucket;
use serde_json::json;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use web::Cx;

use crate::model::{Line, LineId, parse_nonce, parse_text};
use crate::store::{self, Row};
use crate::topics::chat_topic;
use crate::{Live, limits};

/// Where lines are handed in.
pub(crate) struct Desk {
    orders: mpsc::Sender<Order>,
    rates: Mutex<HashMap<String, Bucket>>,
}

/// A line to be written.
pub(crate) struct Order {
    conference: ConferenceId,
    topic: String,
    nonce: String,
    row: Row,
    done: oneshot::Sender<Result<Line>>,
}

/// The desk, and where the orders come out.
pub(crate) fn desk() -> (Desk, mpsc::Receiver<Order>) {
    let (orders, receiver) = mpsc::channel(limits::CHAT_WAITING_MAX);
    (
        Desk {
            orders,
            rates: Mutex::default(),
        },
        receiver,
    )
}

impl Desk {
    /// Takes one from what a person may send.
    fn take(&self, account: &str) -> Result<()> {
        let (rate, burst, now) = (limits::CHAT_PER_SECOND, limits::CHAT_BURST, Instant::now());
        let mut rates = self.rates.lock().unwrap_or_else(PoisonError::into_inner);
        if rates.len() >= limits::CHAT_PEOPLE_MAX {
            rates.retain(|_, bucket| !bucket.is_full(rate, burst, now));
        }
        let bucket = rates
            .entry(account.to_owned())
            .or_insert_with(|| Bucket::full(burst, now));
        bucket
            .take(rate, burst, now)
            .map_err(|retry_after| Error::TooMany { retry_after })
    }
}

impl Live {
    /// Says something in the chat of a talk. The same nonce is the same line, however often it is sent.
    pub async fn post(
        &self,
        cx: &Cx,
        programme: &Programme,
        talk: &TalkId,
        text: &str,
        nonce: &str,
    ) -> Result<Line> {
        let actor = cx.signed_in()?;
        let conference = &programme.conference.id;
        let known = programme.talk(talk).filter(|talk| !talk.is_break());
        let known = known.ok_or(Error::NotFound("talk"))?;
        self.admit_to_talk(cx, programme, known).await?;
        programme.conference.changeable()?;
        let (text, nonce) = (parse_text(text)?, parse_nonce(nonce)?);
        if let Some(row) = store::sent(&cx.db, &actor.account, nonce).await? {
            return same(talk, row);
        }
        self.0.chat.take(&actor.account)?;
        if !self.is_open(conference, talk, cx.now).await? {
            return Err(Error::conflict("live-chat-closed"));
        }
        let team = Scope::of(cx, conference).await?.is_team();
        let row = Row {
            id: LineId::fresh(),
            talk: talk.clone(),
            account: actor.account.clone(),
            name: actor.name.clone(),
            badge: team.then(|| "team".to_owned()),
            text,
            at: cx.now,
        };
        let (done, written) = oneshot::channel();
        let topic = chat_topic(&programme.conference.slug, talk);
        let order = Order {
            conference: conference.clone(),
            topic,
            nonce: nonce.to_owned(),
            row,
            done,
        };
        self.0
            .chat
            .orders
            .try_send(order)
            .map_err(|_| Error::Unavailable("chat"))?;
        written.await.map_err(|_| Error::Unavailable("chat"))?
    }

    /// Whether the chat of a talk takes lines: while it is on air, and for some minutes after.
    pub async fn is_open(
        &self,
        conference: &ConferenceId,
        talk: &TalkId,
        now: Timestamp,
    ) -> Result<bool> {
        let since = now.checked_sub(limits::CHAT_GRACE).unwrap_or(now);
        onair::ended_since(&self.0.app.db, conference, talk, since).await
    }

    /// Removes a line for everybody. Removing it again changes nothing.
    pub async fn remove(
        &self,
        cx: &Cx,
        programme: &Programme,
        grant: &Grant<Broadcast>,
        line: &LineId,
    ) -> Result<()> {
        let conference = grant.conference();
        let talk = store::talk_of(&cx.db, conference, line)
            .await?
            .ok_or(Error::NotFound("line"))?;
        let mut tx = cx.db.begin().await?;
        if !store::remove(&mut tx, conference, line, grant.account().as_str(), cx.now).await? {
            return Ok(());
        }
        audit::record(&mut tx, grant, "chat.remove", line.as_str(), &talk, &()).await?;
        tx.commit().await?;
        let topic = chat_topic(&programme.conference.slug, &talk);
        self.0
            .hub
            .publish(&topic, &json!({ "kind": "removed", "id": line }));
        Ok(())
    }

    /// The last lines of a talk's chat before `before`.
    pub async fn lines(
        &self,
        programme: &Programme,
        talk: &TalkId,
        before: Timestamp,
        count: i64,
    ) -> Result<Vec<Line>> {
        programme.talk(talk).ok_or(Error::NotFound("talk"))?;
        store::lines(
            &self.0.app.db,
            &programme.conference.id,
            talk,
            before,
            count,
        )
        .await
    }

    /// Writes lines as they are handed in, until the desk closes.
    pub(crate) async fn write(&self, orders: &mut mpsc::Receiver<Order>) {
        let mut last = Timestamp::MIN;
        let mut batch = Vec::new();
        while orders.recv_many(&mut batch, limits::CHAT_BATCH_MAX).await > 0 {
            for order in &mut batch {
                // Later lines have later instants, also when the clock stands still or is set back.
                let after = last
                    .checked_add(std::time::Duration::from_micros(1))
                    .unwrap_or(last);
                order.row.at = self.0.app.clock.now().max(after);
                last = order.row.at;
            }
            let written = self.write_batch(&batch).await;
            let fault = written.as_ref().err().map(ToString::to_string);
            let mut written = written.unwrap_or_default().into_iter();
            for order in batch.drain(..) {
                let line = match (&fault, written.next()) {
                    (None, Some(outcome)) => self.tell(&order, outcome),
                    (fault, _) => {
                        let cause = fault.clone().unwrap_or_else(|| "no outcome".to_owned());
                        Err(Error::internal(format!(
                            "chat lines cannot be written: {cause}"
                        )))
                    }
                };
                // An error only says that nobody waits for the answer any more.
                let _ = order.done.send(line);
            }
        }
    }

    /// Writes a batch: for each line nothing if it is new, else what was there.
    async fn write_batch(&self, batch: &[Order]) -> Result<Vec<Option<Row>>> {
        let mut outcomes = Vec::with_capacity(batch.len());
        let mut tx = self.0.app.db.begin().await?;
        for order in batch {
            let added = store::add(&mut tx, &order.conference, &order.row, &order.nonce).await?;
            outcomes.push(if added {
                None
            } else {
                store::sent(&mut tx, &order.row.account, &order.nonce).await?
            });
        }
        tx.commit().await?;
        Ok(outcomes)
    }

    /// Tells everybody of a new line; whoever sent one again gets the first.
    fn tell(&self, order: &Order, known: Option<Row>) -> Result<Line> {
        if let Some(row) = known {
            return same(&order.row.talk, row);
        }
        let line = order.row.clone().shown();
        let mut event = json!(line);
        event["kind"] = "line".into();
        self.0.hub.publish(&order.topic, &event);
        Ok(line)
    }
}

/// The line that was sent before with the same nonce, if it was for the same talk.
fn same(talk: &TalkId, row: Row) -> Result<Line> {
    if row.talk == *talk {
        Ok(row.shown())
    } else {
        Err(Error::invalid("nonce", "live-chat-nonce"))
    }
}
