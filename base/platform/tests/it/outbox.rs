use db::Db;
use kernel::Clock;
use platform::jobs::Worker;
use platform::limits;
use platform::mail::{self, Mail, Origin, Transport, queue};
use platform::outbox::{Entry, State, Wanted, counts, forget, page, resend};

use super::mail::server_that_answers;
use super::{clock, stores};

fn letter(scope: &str, to: &str, subject: &str) -> Mail {
    Mail {
        to: to.to_owned(),
        subject: subject.to_owned(),
        text: "…".to_owned(),
        html: None,
        origin: Origin {
            scope: scope.to_owned(),
            letter: "test-invitation".to_owned(),
            sender: Some("Matsuri Days, 実行委員会".to_owned()),
            reply_to: Some("desk@example.org".to_owned()),
            one_of_many: false,
            forgotten: false,
        },
    }
}

async fn put(db: &Db, clock: &Clock, mail: &Mail) {
    let key = kernel::id::fresh("key");
    queue(db, mail, &key, clock.now()).await.expect("queued");
}

fn worker(db: &Db, clock: &Clock, transport: Transport) -> Worker {
    let sender = mail::sender(db.clone(), clock.clone(), transport);
    Worker::new(db.clone(), clock.clone()).on(mail::SEND, sender)
}

async fn all(db: &Db) -> Vec<Entry> {
    page(db, &Wanted::default(), platform::limits::OUTBOX_PAGE)
        .await
        .expect("listed")
}

async fn one(db: &Db) -> Entry {
    all(db).await.pop().expect("a mail")
}

#[tokio::test]
async fn a_refusal_for_good_is_shown_with_the_servers_words_and_can_be_sent_again() {
    for db in stores("outbox_dead").await {
        let clock = clock();
        let (address, _) = server_that_answers(b"550 no such person\r\n").await;
        let transport = Transport::smtp(&address, "no-reply@example.org").expect("good");
        put(&db, &clock, &letter("cnf_1", "gone@example.org", "Hello")).await;
        assert_eq!(one(&db).await.state, State::Queued);
        worker(&db, &clock, transport)
            .run_due()
            .await
            .expect("runs");
        let dead = one(&db).await;
        assert_eq!((dead.state, dead.next_at), (State::Dead, None));
        assert!(dead.last_error.is_some_and(|said| said.contains("550")));

        let elsewhere = resend(&db, Some("cnf_2"), &dead.id, clock.now()).await;
        assert!(!elsewhere.expect("asked"), "another conference's mail");
        let again = resend(&db, Some("cnf_1"), &dead.id, clock.now()).await;
        assert!(again.expect("asked"));
        let (address, taken) = server_that_answers(b"250 yes\r\n").await;
        let transport = Transport::smtp(&address, "Site <no-reply@example.org>").expect("good");
        worker(&db, &clock, transport)
            .run_due()
            .await
            .expect("runs");
        assert_eq!(one(&db).await.state, State::Sent);
        let lines = taken.lock().await.concat();
        assert!(lines.contains("Reply-To: desk@example.org"), "{lines}");
        assert!(lines.contains("<no-reply@example.org>"), "{lines}");
        let twice = resend(&db, None, &dead.id, clock.now()).await;
        assert!(!twice.expect("asked"), "what left is not sent again");
    }
}

#[tokio::test]
async fn a_refusal_that_may_pass_is_shown_with_the_next_attempt() {
    for db in stores("outbox_retrying").await {
        let clock = clock();
        let (address, _) = server_that_answers(b"451 later\r\n").await;
        let transport = Transport::smtp(&address, "no-reply@example.org").expect("good");
        put(&db, &clock, &letter("", "slow@example.org", "Hello")).await;
        worker(&db, &clock, transport)
            .run_due()
            .await
            .expect("runs");
        let left = platform::outbox::waiting(&db).await.expect("counted");
        let left: Vec<_> = left.iter().map(|one| (one.state, one.count)).collect();
        assert_eq!(left, [(State::Retrying, 1)]);
        let waiting = one(&db).await;
        assert_eq!(
            (waiting.state, waiting.attempts),
            (State::Retrying, Some(1))
        );
        assert!(waiting.next_at.is_some_and(|at| at > clock.now()));
    }
}

#[tokio::test]
async fn the_outbox_is_searched_filtered_and_turned_page_by_page() {
    for db in stores("outbox_pages").await {
        let clock = clock();
        let whole_page = usize::try_from(limits::OUTBOX_PAGE).expect("small");
        let many = whole_page + 3;
        for n in 0..many {
            put(
                &db,
                &clock,
                &letter("cnf_1", &format!("p{n}@example.org"), "100% ready"),
            )
            .await;
            // Some are queued at the very same instant.
            if n % 3 == 0 {
                clock.advance(std::time::Duration::from_secs(1));
            }
        }
        put(
            &db,
            &clock,
            &letter("cnf_2", "else@example.org", "採択のお知らせ"),
        )
        .await;

        let mut wanted = Wanted {
            scope: Some("cnf_1".to_owned()),
            ..Wanted::default()
        };
        let first = page(&db, &wanted, platform::limits::OUTBOX_PAGE)
            .await
            .expect("listed");
        assert_eq!(first.len(), whole_page);
        let last = first.last().expect("some");
        wanted.before = Some((last.queued_at, last.id.clone()));
        let second = page(&db, &wanted, platform::limits::OUTBOX_PAGE)
            .await
            .expect("listed");
        assert_eq!(second.len(), 3);
        let mut ids: Vec<_> = first.iter().chain(&second).map(|mail| &mail.id).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), many);

        let found = async |text: &str, state| {
            let wanted = Wanted {
                text: text.to_owned(),
                state,
                ..Wanted::default()
            };
            page(&db, &wanted, platform::limits::OUTBOX_PAGE)
                .await
                .expect("listed")
                .len()
        };
        assert_eq!(found("採択", None).await, 1);
        assert_eq!(found("P7@", None).await, 1);
        assert_eq!(found("0% r", None).await, whole_page);
        assert_eq!(found("0_ r", None).await, 0);
        assert_eq!(found("else", Some(State::Queued)).await, 1);
        assert_eq!(found("else", Some(State::Sent)).await, 0);
        let counted = counts(&db, Some("cnf_2")).await.expect("counted");
        assert_eq!(
            counted
                .iter()
                .map(|it| (it.state, it.count))
                .collect::<Vec<_>>(),
            [(State::Queued, 1)]
        );
    }
}

#[tokio::test]
async fn what_left_or_was_given_up_is_forgotten_after_a_quarter_and_what_waits_is_not() {
    for db in stores("outbox_forget").await {
        let clock = clock();
        put(&db, &clock, &letter("", "sent@example.org", "Hello")).await;
        put(&db, &clock, &letter("", "a@b\r\nBcc: c@d", "Dead")).await;
        let (address, _) = server_that_answers(b"250 yes\r\n").await;
        let transport = Transport::smtp(&address, "no-reply@example.org").expect("good");
        worker(&db, &clock, transport)
            .run_due()
            .await
            .expect("runs");
        put(&db, &clock, &letter("", "waits@example.org", "Hello")).await;
        assert_eq!(forget(&db, clock.now()).await.expect("forgets"), 0);
        clock.advance(limits::MAIL_KEPT.unsigned_abs() + std::time::Duration::from_secs(1));
        assert_eq!(forget(&db, clock.now()).await.expect("forgets"), 2);
        assert_eq!(one(&db).await.recipient, "waits@example.org");
    }
}
