//! Mail servers as they are on a bad day.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use db::Db;
use kernel::Clock;
use platform::jobs::{Worker, enqueue};
use platform::mail::{self, Mail, Origin, Transport, queue};
use platform::outbox::{self, Entry, State, Wanted};
use platform::{Tasks, limits};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, Notify};

use super::{clock, stores};

/// What a server does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mood {
    /// Nothing; it knows addresses in all letters.
    Good,
    /// It knows addresses in ASCII alone.
    Ascii,
    /// It takes the first mail and vanishes before it says so.
    VanishesAfterData,
    /// It says that it took a mail, and vanishes before the goodbye.
    VanishesAfterYes,
    /// It has no time for the first recipient.
    BusyAtFirst,
    /// It knows nobody.
    KnowsNobody,
    /// It accepts connections and says nothing.
    Silent,
}

/// What a server was told, line by line.
type Heard = Arc<Mutex<Vec<String>>>;

async fn server(mood: Mood) -> (String, Heard) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let address = format!("smtp://{}", listener.local_addr().expect("bound"));
    let (heard, served) = (Heard::default(), Arc::new(AtomicUsize::new(0)));
    let store = Arc::clone(&heard);
    let tasks = Tasks::new(tokio::runtime::Handle::current());
    let each = tasks.clone();
    tasks.spawn("smtp", async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (store, served) = (Arc::clone(&store), Arc::clone(&served));
            each.spawn("smtp connection", async move {
                let _ = talk(stream, mood, &store, &served).await;
            });
        }
    });
    (address, heard)
}

async fn talk(
    stream: TcpStream,
    mood: Mood,
    heard: &Heard,
    served: &AtomicUsize,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    if mood == Mood::Silent {
        heard.lock().await.push("somebody is there".to_owned());
        std::future::pending::<()>().await;
    }
    stream.write_all(b"220 test\r\n").await?;
    let (mut line, mut data) = (String::new(), false);
    while stream.read_line(&mut line).await? > 0 {
        heard.lock().await.push(line.clone());
        let said = std::mem::take(&mut line);
        let is_first = |served: &AtomicUsize| served.fetch_add(1, Ordering::Relaxed) == 0;
        let answer: &[u8] = match said.trim_end() {
            "." => {
                data = false;
                if mood == Mood::VanishesAfterData && is_first(served) {
                    return Ok(());
                }
                b"250 taken\r\n"
            }
            _ if data => b"",
            "DATA" => {
                data = true;
                b"354 go on\r\n"
            }
            "QUIT" => {
                if mood != Mood::VanishesAfterYes {
                    stream.write_all(b"221 bye\r\n").await?;
                }
                return Ok(());
            }
            hello if hello.starts_with("EHLO") && mood != Mood::Ascii => {
                b"250-test\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n"
            }
            to if to.starts_with("RCPT") && mood == Mood::KnowsNobody => b"550 unknown\r\n",
            to if to.starts_with("RCPT") && mood == Mood::BusyAtFirst && is_first(served) => {
                b"451 later\r\n"
            }
            _ => b"250 yes\r\n",
        };
        stream.write_all(answer).await?;
    }
    Ok(())
}

async fn letter(db: &Db, clock: &Clock, to: &str) {
    let mail = Mail {
        to: to.to_owned(),
        subject: "祭".to_owned(),
        text: "Hello".to_owned(),
        html: None,
        origin: Origin::default(),
    };
    let key = kernel::id::fresh("key");
    queue(db, &mail, &key, clock.now()).await.expect("queued");
}

fn worker(db: &Db, clock: &Clock, address: &str) -> Worker {
    let transport = Transport::smtp(address, "Matsuri <no-reply@example.org>").expect("good");
    let sender = mail::sender(db.clone(), clock.clone(), transport);
    Worker::new(db.clone(), clock.clone())
        .on(mail::SEND, sender)
        .few(mail::KINDS, limits::MAILS_AT_ONCE)
}

async fn the_only(db: &Db) -> Entry {
    let mut page = outbox::page(db, &Wanted::default(), 9).await.expect("read");
    assert_eq!(page.len(), 1);
    page.remove(0)
}

async fn count(heard: &Heard, begins: &str) -> usize {
    let lines = heard.lock().await;
    lines.iter().filter(|line| line.starts_with(begins)).count()
}

#[tokio::test]
async fn a_server_that_vanishes_with_a_mail_gets_it_again_under_the_same_name() {
    for db in stores("smtp_vanish").await {
        let (clock, (address, heard)) = (clock(), server(Mood::VanishesAfterData).await);
        letter(&db, &clock, "mika@example.org").await;
        let worker = worker(&db, &clock, &address);
        worker.run_due().await.expect("runs");
        let entry = the_only(&db).await;
        assert_eq!(entry.state, State::Retrying, "{entry:?}");
        clock.advance(Duration::from_mins(1));
        worker.run_due().await.expect("runs");
        assert_eq!(the_only(&db).await.state, State::Sent);
        clock.advance(Duration::from_hours(1));
        worker.run_due().await.expect("runs");
        let lines = heard.lock().await.clone();
        let names: Vec<&String> = lines
            .iter()
            .filter(|line| line.starts_with("Message-ID:"))
            .collect();
        assert_eq!(names.len(), 2, "once in vain, once for good");
        assert_eq!(names[0], names[1], "a mailbox can tell that it is the same");
    }
}

#[tokio::test]
async fn a_mail_that_was_taken_is_sent_whatever_the_server_does_then() {
    for db in stores("smtp_yes").await {
        let (clock, (address, heard)) = (clock(), server(Mood::VanishesAfterYes).await);
        letter(&db, &clock, "mika@example.org").await;
        let worker = worker(&db, &clock, &address);
        for _ in 0..3 {
            worker.run_due().await.expect("runs");
            clock.advance(Duration::from_hours(1));
        }
        assert_eq!(the_only(&db).await.state, State::Sent);
        assert_eq!(count(&heard, "DATA").await, 1);
    }
}

#[tokio::test]
async fn a_busy_server_is_asked_again_and_one_that_never_will_is_not() {
    for db in stores("smtp_codes").await {
        let (clock, (address, heard)) = (clock(), server(Mood::BusyAtFirst).await);
        letter(&db, &clock, "mika@example.org").await;
        let worker = self::worker(&db, &clock, &address);
        worker.run_due().await.expect("runs");
        let entry = the_only(&db).await;
        assert_eq!(entry.state, State::Retrying);
        assert!(entry.last_error.is_some_and(|said| said.contains("451")));
        assert!(entry.next_at.is_some_and(|at| at > clock.now()));
        clock.advance(Duration::from_mins(1));
        worker.run_due().await.expect("runs");
        assert_eq!(the_only(&db).await.state, State::Sent);
        assert_eq!(count(&heard, "DATA").await, 1);
    }
    for db in stores("smtp_never").await {
        let (clock, (address, heard)) = (clock(), server(Mood::KnowsNobody).await);
        letter(&db, &clock, "nobody@example.org").await;
        let worker = self::worker(&db, &clock, &address);
        for _ in 0..3 {
            worker.run_due().await.expect("runs");
            clock.advance(Duration::from_hours(3));
        }
        let entry = the_only(&db).await;
        assert_eq!(entry.state, State::Dead);
        assert!(entry.last_error.is_some_and(|said| said.contains("550")));
        assert_eq!(count(&heard, "RCPT").await, 1);
    }
}

#[tokio::test]
async fn where_starttls_is_demanded_and_not_offered_nothing_is_said() {
    for db in stores("smtp_tls").await {
        let (clock, (address, heard)) = (clock(), server(Mood::Good).await);
        letter(&db, &clock, "mika@example.org").await;
        let host = address.trim_start_matches("smtp://");
        let address = format!("smtp://user:swordfish@{host}?tls=required");
        worker(&db, &clock, &address).run_due().await.expect("runs");
        assert_eq!(
            the_only(&db).await.state,
            State::Retrying,
            "it may be mended"
        );
        let lines = heard.lock().await.concat();
        assert!(
            !lines.contains("AUTH") && !lines.contains("MAIL FROM"),
            "{lines}"
        );
    }
    let shown = Transport::smtp("smtp://user:swordfish@mail.example.org", "a@example.org");
    let error = shown.expect_err("a password in the clear").to_string();
    assert!(
        error.contains("tls=required") && !error.contains("swordfish"),
        "{error}"
    );
    for good in [
        "smtps://user:p@mail.example.org",
        "smtp://user:p@mail.example.org:587?tls=required",
        "smtp://user:p@localhost:25",
        "smtp://mail.example.org:25",
    ] {
        assert!(Transport::smtp(good, "a@example.org").is_ok(), "{good}");
    }
    let sly = Transport::smtp("smtp://user:p@localhost.example.org", "a@example.org");
    assert!(sly.is_err());
}

#[tokio::test]
async fn an_address_in_other_letters_goes_where_it_is_known_and_is_given_up_where_not() {
    for (mood, state) in [(Mood::Good, State::Sent), (Mood::Ascii, State::Dead)] {
        for db in stores("smtp_letters").await {
            let (clock, (address, _)) = (clock(), server(mood).await);
            letter(&db, &clock, "美香@example.org").await;
            worker(&db, &clock, &address).run_due().await.expect("runs");
            let entry = the_only(&db).await;
            assert_eq!(entry.state, state, "{mood:?} {entry:?}");
        }
    }
}

#[tokio::test]
async fn a_silent_server_holds_up_mails_and_nothing_else() {
    for db in stores("smtp_silent").await {
        let (clock, (address, waiting)) = (clock(), server(Mood::Silent).await);
        for n in 0..3 * limits::JOBS_AT_ONCE {
            letter(&db, &clock, &format!("p{n}@example.org")).await;
        }
        let done = Arc::new(Notify::new());
        let tell = Arc::clone(&done);
        let worker = worker(&db, &clock, &address).on("other", move |_| {
            let tell = Arc::clone(&tell);
            async move {
                tell.notify_one();
                Ok(())
            }
        });
        let tasks = Tasks::new(tokio::runtime::Handle::current());
        worker.spawn(&tasks);
        let half = limits::SMTP_TIMEOUT / 2;
        let held_up = async {
            while waiting.lock().await.len() < limits::MAILS_AT_ONCE {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(half, held_up)
            .await
            .expect("mails begin");
        enqueue(&db, "other", &(), clock.now())
            .await
            .expect("queued");
        let waited = tokio::time::timeout(half, done.notified()).await;
        assert!(
            waited.is_ok(),
            "another kind of job waited for the mail server"
        );
        assert_eq!(waiting.lock().await.len(), limits::MAILS_AT_ONCE);
    }
}
