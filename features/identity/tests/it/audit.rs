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
            ("after=nonsense", 3),
        ] {
            let page = chair.get(&format!("/ours/admin/audit?{query}")).await;
            assert_eq!(
                (page.status, count(&page.body)),
                (StatusCode::OK, expected),
                "{query}"
            );
        }
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
            other.get("/ours/admin/audit.csv").await.status,
            StatusCode::FORBIDDEN
        );
        assert_eq!(other.get("/ops/audit").await.status, StatusCode::FORBIDDEN);
        let owner = stage.site.owner().await;
        assert_eq!(count(&owner.get("/ops/audit").await.body), 3);
    }
}

#[tokio::test]
async fn a_long_log_has_pages_and_exports_are_complete() {
    for stage in stages("auditlong", true).await {
        let count = usize::try_from(identity::limits::AUDIT_PAGE).expect("small") + 7;
        let chair = busy(&stage, count).await;
        let first = chair.get("/ours/admin/audit").await.body;
        let start = first.find("after=").expect("there is more");
        let next = first[start..].split('"').next().expect("the link ends");
        let second = chair.get(&format!("/ours/admin/audit?{next}")).await.body;
        assert_eq!(second.matches("audit-entry").count(), 7);
        let csv = chair.get("/ours/admin/audit.csv").await;
        assert_eq!(csv.body.lines().count(), count + 1);
        assert!(
            csv.headers["content-disposition"]
                .to_str()
                .expect("text")
                .contains("audit.csv")
        );
        let json = chair
            .get("/ours/admin/audit.json?action=invitation.send")
            .await
            .json();
        assert_eq!(json.as_array().expect("a list").len(), count);
        assert_eq!(json[0]["after"]["roles"][0], "desk");
        let none = chair
            .get("/ours/admin/audit.json?action=nothing")
            .await
            .json();
        assert_eq!(none.as_array().expect("a list").len(), 0);
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
        let csv = chair.get("/ours/admin/audit.csv").await.body;
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
