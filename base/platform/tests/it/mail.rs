use std::sync::Arc;
use std::time::Duration;

use platform::jobs::{Worker, dead};
use platform::mail::{self, Mail, Origin, Transport, mailbox, queue};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::sync::Mutex;

use super::{clock, stores};

fn letter() -> Mail {
    Mail {
        to: "祭 <mika@example.org>".to_owned(),
        subject: "サインイン".to_owned(),
        text: "https://example.org/sign-in?token=secret".to_owned(),
        html: Some("<p>secret</p>".to_owned()),
        origin: Origin::default(),
    }
}

#[tokio::test]
async fn a_mail_is_queued_once_for_its_key_and_lies_in_the_mailbox() {
    for db in stores("mailbox").await {
        let clock = clock();
        let mut tx = db.begin().await.expect("begins");
        assert!(
            queue(&mut tx, &letter(), "invite/1", clock.now())
                .await
                .expect("queued")
        );
        assert!(
            !queue(&mut tx, &letter(), "invite/1", clock.now())
                .await
                .expect("known")
        );
        tx.commit().await.expect("commits");
        let sender = mail::sender(db.clone(), clock.clone(), Transport::Mailbox);
        let worker = Worker::new(db.clone(), clock.clone()).on(mail::SEND, sender);
        assert_eq!(worker.run_due().await.expect("runs"), 1);
        let kept = mailbox(&db, 10).await.expect("read");
        assert_eq!(kept.len(), 1);
        assert_eq!(
            (&kept[0].body, kept[0].sent_at),
            (&letter().text, Some(clock.now()))
        );
    }
}

/// A mail server that takes one mail after the other and remembers their lines.
async fn server() -> (String, Arc<Mutex<Vec<String>>>) {
    server_that_answers(b"250 yes\r\n").await
}

/// The same, with one answer to every recipient.
pub(crate) async fn server_that_answers(
    recipient: &'static [u8],
) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let address = format!("smtp://{}", listener.local_addr().expect("bound"));
    let taken = Arc::new(Mutex::new(Vec::new()));
    let store = Arc::clone(&taken);
    let tasks = platform::Tasks::new(tokio::runtime::Handle::current());
    tasks.spawn("smtp", async move {
        while let Ok((stream, _)) = listener.accept().await {
            let mut stream = BufReader::new(stream);
            stream.write_all(b"220 test\r\n").await.expect("written");
            let (mut line, mut data) = (String::new(), false);
            while stream.read_line(&mut line).await.unwrap_or(0) > 0 {
                let answer: &[u8] = match line.trim_end() {
                    "." => {
                        data = false;
                        b"250 taken\r\n"
                    }
                    _ if data => b"",
                    "DATA" => {
                        data = true;
                        b"354 go on\r\n"
                    }
                    "QUIT" => break,
                    to if to.starts_with("RCPT") => recipient,
                    _ => b"250 yes\r\n",
                };
                store.lock().await.push(std::mem::take(&mut line));
                stream.write_all(answer).await.expect("written");
            }
        }
    });
    (address, taken)
}

#[tokio::test]
async fn a_mail_server_gets_each_mail_and_its_secret_is_forgotten_here() {
    for db in stores("smtp").await {
        let (clock, (address, taken)) = (clock(), server().await);
        let transport = Transport::smtp(&address, "Matsuri <no-reply@example.org>").expect("good");
        queue(&db, &letter(), "key", clock.now())
            .await
            .expect("queued");
        let sender = mail::sender(db.clone(), clock.clone(), transport);
        let worker = Worker::new(db.clone(), clock.clone()).on(mail::SEND, sender);
        worker.run_due().await.expect("runs");
        let lines = taken.lock().await.concat();
        assert!(lines.contains("RCPT TO:<mika@example.org>"), "{lines}");
        assert!(
            lines.contains("token=3Dsecret") || lines.contains("token=secret"),
            "{lines}"
        );
        assert!(lines.contains("@example.org>\r\n") && lines.contains("Message-ID: <mal_"));
        let kept = mailbox(&db, 10).await.expect("read");
        assert!(kept[0].sent_at.is_some() && kept[0].body.is_empty() && kept[0].html.is_none());
    }
}

#[tokio::test]
async fn of_a_mail_that_is_to_be_forgotten_nothing_is_left_once_a_server_took_it() {
    for db in stores("forgotten").await {
        let (clock, (address, taken)) = (clock(), server().await);
        let transport = Transport::smtp(&address, "Matsuri <no-reply@example.org>").expect("good");
        let mut receipt = letter();
        receipt.origin.forgotten = true;
        queue(&db, &receipt, "receipt", clock.now())
            .await
            .expect("queued");
        assert_eq!(mailbox(&db, 10).await.expect("read").len(), 1, "it waits");
        let sender = mail::sender(db.clone(), clock.clone(), transport);
        let worker = Worker::new(db.clone(), clock.clone()).on(mail::SEND_AND_FORGET, sender);
        assert_eq!(worker.run_due().await.expect("runs"), 1);
        assert!(taken.lock().await.concat().contains("mika@example.org"));
        assert_eq!(mailbox(&db, 10).await.expect("read").len(), 0, "it left");
    }
}

#[tokio::test]
async fn an_address_that_is_none_is_given_up_and_a_server_that_is_none_is_refused() {
    for db in stores("badmail").await {
        let (clock, (address, _)) = (clock(), server().await);
        let transport = Transport::smtp(&address, "no-reply@example.org").expect("good");
        let mail = Mail {
            to: "a@b\r\nBcc: c@d".to_owned(),
            ..letter()
        };
        queue(&db, &mail, "key", clock.now()).await.expect("queued");
        let sender = mail::sender(db.clone(), clock.clone(), transport);
        let worker = Worker::new(db.clone(), clock.clone()).on(mail::SEND, sender);
        worker.run_due().await.expect("runs");
        assert_eq!(dead(&db, 10).await.expect("listed").len(), 1);
    }
    let error = Transport::smtp("mail.example.org", "a@example.org").expect_err("no scheme");
    assert!(error.to_string().contains("smtp://host:port"), "{error}");
    assert!(Transport::smtp("smtp://localhost", "nobody").is_err());
}

/// Everything a worker has to do with mails, at `per_minute` mails to crowds.
fn worker(db: &db::Db, clock: &kernel::Clock, transport: Transport, per_minute: u32) -> Worker {
    let sender = mail::sender(db.clone(), clock.clone(), transport);
    Worker::new(db.clone(), clock.clone())
        .on(mail::SEND, sender.clone())
        .on(mail::SEND_ONE_OF_MANY, sender)
        .paced(mail::SEND_ONE_OF_MANY, per_minute)
}

#[tokio::test]
async fn mails_to_a_crowd_leave_at_their_pace_and_hold_nobody_up() {
    for db in stores("pace").await {
        let clock = clock();
        let worker = worker(&db, &clock, Transport::Mailbox, 60);
        for n in 0..20 {
            let mut one = letter();
            one.origin.one_of_many = true;
            queue(&db, &one, &format!("crowd/{n}"), clock.now())
                .await
                .expect("queued");
        }
        queue(&db, &letter(), "alone", clock.now())
            .await
            .expect("queued");
        let burst = platform::limits::PACE_BURST.as_secs();
        assert_eq!(
            worker.run_due().await.expect("runs") as u64,
            burst + 1,
            "what a few seconds bring, and the one that somebody waits for"
        );
        assert_eq!(worker.run_due().await.expect("runs"), 0);
        clock.advance(Duration::from_secs(3));
        assert_eq!(worker.run_due().await.expect("runs"), 3);
        clock.advance(Duration::from_hours(1));
        assert_eq!(worker.run_due().await.expect("runs") as u64, burst);
    }
}
