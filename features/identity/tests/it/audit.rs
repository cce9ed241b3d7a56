//! The audit log: found, filtered, exported, and never changed.

use db::{params, sql};
use http::StatusCode;
use identity::Role;
use identity::actions::Persona;

use crate::team::id_of;
use crate::{Stage, stages};

/// A chair who invites some people, so that there is something in the log.
async fn busy(stage: &Stage, count: usize) -> kit::Browser {
    let ours = [stage.ours.clone()];
    let chair = stage.site.sign_in("Chie", Some(Role::Chair), &ours).await;
    for n in 0..count {
        let email = format!("p{n}@example.org");
        let sent = chair
            .post(
                "/ours/admin/team/invitations",
                &[("email", &email), ("roles", "desk")],
            )
            .await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER);
        stage.site.clock.advance(std::time::Duration::from_hours(1));
    }
    chair
}

#[tokio::test]
async fn the_log_is_searched_and_filtered_by_its_address() {
    for stage in stages("auditfind", true).await {
        let chair = busy(&stage, 3).await;
        let own = id_of(&stage, "chie@example.org").await;
        let count = |body: &str| body.matches("audit-entry").count();
        let all = chair.get("/ours/admin/audit").await;
        assert_eq!(count(&all.body), 3, "{}", all.body);
        for (query, expected) in [
            ("q=INVITATION", 3),
            ("q=chie", 3),
            ("q=100%25", 0),
            ("q=%00", 3),
            ("action=invitation.send", 3),
            ("action=invitation.revoke", 0),
            ("from=2026-11-23", 0),
            ("to=2026-11-21", 0),
            ("from=2026-11-22&to=2026-11-22", 3),
            ("from=nonsense", 3),
            ("cursor=nonsense", 3),
            // What people read for the act, also two characters of it.
            ("q=invited", 3),
            ("sort=who", 3),
            ("sort=-who", 3),
            ("sort=act", 3),
            ("sort=-act&column=trace", 3),
            ("sort=at", 3),
        ] {
            let page = chair.get(&format!("/ours/admin/audit?{query}")).await;
            assert_eq!(
                (page.status, count(&page.body)),
                (StatusCode::OK, expected),
                "{query}"
            );
        }
        let japanese = chair.clone().with("accept-language", "ja");
        let found = japanese.get("/ours/admin/audit?q=%E6%8B%9B%E5%BE%85").await;
        assert_eq!(count(&found.body), 3, "two characters");
        let mine = chair.get(&format!("/ours/admin/audit?who={own}")).await;
        assert_eq!(count(&mine.body), 3);
        // Another conference has its own log.
        let theirs = [stage.theirs.clone()];
        let other = stage.site.sign_in("Theo", Some(Role::Chair), &theirs).await;
        assert_eq!(count(&other.get("/theirs/admin/audit").await.body), 0);
        assert_eq!(
            other.get("/ours/admin/audit").await.status,
            StatusCode::FORBIDDEN
        );
        assert_eq!(
            other.get("/ours/admin/audit.json").await.status,
            StatusCode::FORBIDDEN
        );
        assert_eq!(other.get("/ops/audit").await.status, StatusCode::FORBIDDEN);
        let owner = stage.site.owner().await;
        assert_eq!(count(&owner.get("/ops/audit").await.body), 3);
    }
}

#[tokio::test]
async fn what_was_written_with_quotes_is_found_as_people_write_it() {
    for stage in stages("auditquotes", true).await {
        let ours = [stage.ours.clone()];
        let chair = stage.site.sign_in("Chie", Some(Role::Chair), &ours).await;
        let account = id_of(&stage, "chie@example.org").await;
        let insert = sql!(
            "INSERT INTO audit (id, at, conference, account, action, subject, before, after, trace)
             VALUES ('aud_quoted', $1, $2, $3, 'talk.edit', 'tlk_1', 'null', $4, 't')"
        );
        let after = serde_json::json!({ "title": "The \"Big\" C:\\Talk 100%" }).to_string();
        let at = kit::start().as_microsecond();
        let db = &stage.site.app.db;
        db.exec(insert, params![at, stage.ours, account, after])
            .await
            .expect("it is there");
        for (query, expected) in [
            ("the%20%22big%22", 1),
            ("%22big%22%20c%3A%5Ctalk%20100%25", 1),
            ("%22title%22%3A", 1),
            ("%22small%22", 0),
            ("%22big%25", 0),
        ] {
            for (path, mark) in [
                ("/ours/admin/audit", "audit-entry"),
                ("/api/v2/conferences/ours/audit", "aud_quoted"),
            ] {
                let found = chair.get(&format!("{path}?q={query}")).await;
                let count = found.body.matches(mark).count();
                assert_eq!(count, expected, "{path} {query}: {}", found.body);
            }
        }
    }
}

/// Entries beside those that people made: acts, records and instants that differ, and a word in Japanese in some.
async fn fill(stage: &Stage, rows: i64) {
    let account = id_of(stage, "chie@example.org").await;
    let start = kit::start().as_microsecond();
    let insert = sql!(
        "INSERT INTO audit (id, at, conference, account, action, subject, before, after, trace)
         WITH RECURSIVE n (i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < $4)
         SELECT 'aud_x' || CAST(100000 + i AS TEXT), $3 - i * 1000000, $1, $2,
         CASE WHEN i % 3 = 0 THEN 'talk.edit' ELSE 'talk.bin' END, 'tlk_' || CAST(i % 500 AS TEXT),
         '{\"title\":\"Talk\"}', CASE WHEN i % 1000 = 0 THEN '{\"title\":\"監視入門\"}' ELSE '{\"title\":\"Other\"}' END, 't'
         FROM n"
    );
    let db = &stage.site.app.db;
    db.exec(insert, params![stage.ours, account, start, rows])
        .await
        .expect("it is there");
}

/// Everything that a list shows from page to page, by the ids of its rows.
async fn walked(chair: &kit::Browser, address: &str) -> Vec<String> {
    let (mut path, mut seen) = (format!("/ours/admin/audit?{address}"), Vec::new());
    loop {
        let body = chair.get(&path).await.body;
        let rows = body.split("class=\"audit-entry\" id=\"").skip(1);
        seen.extend(rows.filter_map(|row| row.split('"').next().map(str::to_owned)));
        let Some((before, _)) = body.split_once("\" rel=\"next\"") else {
            return seen;
        };
        let next = before.rsplit("href=\"").next().expect("it leads somewhere");
        path = next.replace("&amp;", "&").replace("&#38;", "&");
        assert!(seen.len() < 1_000, "it goes in circles");
    }
}

#[tokio::test]
async fn a_long_log_has_pages_in_every_order_and_exports_are_complete() {
    for stage in stages("auditlong", true).await {
        let chair = busy(&stage, 2).await;
        fill(&stage, 230).await;
        for sort in ["at", "-at", "who", "-who", "act", "-act"] {
            let mut seen = walked(&chair, &format!("sort={sort}")).await;
            assert_eq!(seen.len(), 232, "{sort}");
            seen.sort_unstable();
            seen.dedup();
            assert_eq!(seen.len(), 232, "{sort}: one comes twice");
        }
        let csv = chair
            .get("/ours/admin/audit?format=csv&column=record")
            .await;
        let lines: Vec<&str> = csv.body.lines().collect();
        assert_eq!(lines.len(), 233);
        assert_eq!(lines[0], "\u{feff}When,Record", "what is seen, and no more");
        let name = csv.headers["content-disposition"].to_str().expect("text");
        assert!(name.contains("audit.csv"), "{name}");
        let some = chair
            .get("/ours/admin/audit?format=csv&action=talk.edit")
            .await;
        assert_eq!(some.body.lines().count(), 1 + 230 / 3);
        assert!(some.body.contains("title: Talk → Other"), "{}", some.body);
        let json = chair
            .get("/ours/admin/audit.json?action=invitation.send")
            .await
            .json();
        assert_eq!(json.as_array().expect("a list").len(), 2);
        assert_eq!(json[1]["after"]["roles"][0], "desk");
        let none = chair
            .get("/ours/admin/audit.json?action=nothing")
            .await
            .json();
        assert_eq!(none.as_array().expect("a list").len(), 0);
        let owner = Persona {
            email: "olga@example.org",
            name: "Olga",
            role: None,
            conferences: &[],
            owner: true,
        };
        let owner = stage.site.sign_in_as(&owner).await;
        for sort in ["at", "-at", "who", "-who", "act", "-act"] {
            let page = owner.get(&format!("/ops/audit?sort={sort}")).await.body;
            assert_eq!(page.matches("audit-entry").count(), 100, "{sort}");
        }
        let all = owner.get("/ops/audit?format=csv").await.body;
        assert!(
            all.lines().nth(1).expect("a row").ends_with(",ours"),
            "{all}"
        );
    }
}

#[tokio::test]
async fn the_first_of_ten_thousand_entries_comes_soon() {
    // Generous: the figure is 300 ms in an optimised build on an idle machine.
    let patience = std::time::Duration::from_secs(5);
    for stage in stages("auditmany", true).await {
        let chair = busy(&stage, 1).await;
        fill(&stage, 10_000).await;
        for (address, rows) in [
            ("", 100),
            ("?q=%E7%9B%A3%E8%A6%96", 10),
            ("?sort=who", 100),
            ("?sort=act", 100),
            ("?subject=tlk_7", 20),
        ] {
            let began = std::time::Instant::now();
            let answer = chair.get(&format!("/ours/admin/audit{address}")).await;
            let took = began.elapsed();
            println!("{address} took {took:?}");
            assert_eq!(
                answer.body.matches("audit-entry").count(),
                rows,
                "{address}"
            );
            assert!(took < patience, "{address} took {took:?}");
        }
    }
}

#[tokio::test]
async fn a_name_that_is_a_formula_is_none_in_the_export() {
    for stage in stages("auditcsv", true).await {
        let ours = [stage.ours.clone()];
        let persona = Persona {
            email: "eve@example.org",
            name: "=HYPERLINK(\"http://evil.example\")",
            role: Some(Role::Chair),
            conferences: &ours,
            owner: false,
        };
        let chair = stage.site.sign_in_as(&persona).await;
        chair
            .post(
                "/ours/admin/team/invitations",
                &[("email", "a@example.org"), ("roles", "desk")],
            )
            .await;
        let csv = chair.get("/ours/admin/audit?format=csv").await.body;
        assert!(
            csv.contains("\"'=HYPERLINK(\"\"http://evil.example\"\")\""),
            "{csv}"
        );
    }
}

#[tokio::test]
async fn the_database_itself_refuses_to_change_what_was_written() {
    for stage in stages("auditfixed", true).await {
        busy(&stage, 1).await;
        let db = &stage.site.app.db;
        let changed = db
            .exec(sql!("UPDATE audit SET action = 'nothing'"), params![])
            .await;
        assert!(
            changed
                .expect_err("refused")
                .to_string()
                .contains("append-only")
        );
        let deleted = db.exec(sql!("DELETE FROM audit"), params![]).await;
        assert!(
            deleted
                .expect_err("refused")
                .to_string()
                .contains("append-only")
        );
    }
}

/// Every act that the sources record: `noun.verb` between quotes in a file that speaks of the log, but for names of files and
/// of news.
fn acts() -> std::collections::BTreeSet<String> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut folders = vec![root.join("features"), root.join("matsuri/src")];
    let mut acts = std::collections::BTreeSet::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("it is there") {
            let path = entry.expect("it can be read").path();
            if path.is_dir() {
                if !path.ends_with("tests") {
                    folders.push(path);
                }
                continue;
            }
            if path.extension().is_none_or(|ending| ending != "rs") {
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("it can be read");
            let speaks = ["audit::", "record(", "Self::Put(_) =>", "Self::Bin =>"];
            if !speaks.iter().any(|word| text.contains(word)) {
                continue;
            }
            let code = text.lines().filter(|line| {
                let other = ["//", "#[", "const ", "pub const ", "publish("];
                !other.iter().any(|word| line.trim_start().starts_with(word))
                    && !line.contains(".publish(")
            });
            for line in code {
                let quoted = line.split('"').skip(1).step_by(2);
                acts.extend(quoted.filter(|word| is_act(word)).map(str::to_owned));
            }
        }
    }
    acts
}

fn is_act(word: &str) -> bool {
    let plain = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|c| c.is_ascii_lowercase() || c == b'_' || c == b'-')
    };
    let files = [
        "csv", "json", "html", "xml", "ics", "flv", "db", "sock", "toml", "pdf",
    ];
    word.split_once('.').is_some_and(|(noun, verb)| {
        plain(noun)
            && verb.split('.').all(plain)
            && noun.len() > 1
            && noun != "membership"
            && !files.contains(&verb)
    })
}

#[tokio::test]
async fn every_act_that_anybody_records_has_words_in_every_language() {
    let acts = acts();
    assert!(acts.len() > 60, "{acts:?}");
    let texts = web::Texts::load(&[identity::TEXTS]).expect("well-formed");
    let mut wordless = Vec::new();
    for act in &acts {
        let key = format!("identity-did-{}", act.replace(['.', '_'], "-"));
        for locale in web::Locale::ALL {
            if !texts.has(locale, &key) {
                wordless.push(format!("{key} in {}", locale.as_str()));
            }
        }
    }
    assert!(wordless.is_empty(), "{wordless:#?}");
}
