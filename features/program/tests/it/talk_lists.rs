//! The team's list of talks: pages by cursor, search, and ten thousand rows.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use db::{params, sql};
use http::StatusCode;
use kernel::value::{Param as _, Value};

use crate::pages::TODAY;
use crate::talks::contents;
use crate::{Stage, stages};

/// As many as the figure is about.
const ROWS: i64 = 10_000;
/// Generous: the figure is 300 ms in an optimised build on an idle machine.
const PATIENCE: Duration = Duration::from_secs(5);

/// Fills the conference, and the index with abstracts of four hundred characters.
async fn fill(stage: &Stage, rows: i64) {
    let programme = stage.programme("today").await;
    let (conference, day) = (&programme.conference.id, &programme.days[0].id);
    let db = &stage.site.app.db;
    let start = kit::start().as_microsecond();
    db.exec(
        sql!(
            "INSERT INTO talk (id, conference, number, guid, file_id, code, day, position, starts_at, ends_at, slug, file_slug,
             url, title, subtitle, kind, language, abstract, description, logo, license, document, version, created_at,
             changed_at)
             WITH RECURSIVE n (i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < $4)
             SELECT 'tlk_x' || CAST(i AS TEXT), $1, 1000 + i, 'g' || CAST(i AS TEXT), i, '', $2, i, $3 + i * 1000000,
             $3 + i * 1000000 + 60000000, 'x' || CAST(i AS TEXT), '', '',
             CASE WHEN i % 1000 = 0 THEN '監視入門 ' ELSE 'Talk ' END || CAST(i AS TEXT), '', 'talk', 'ja', '', '', '', '',
             '{}', 1, $3 + (i * 7919) % 10007, $3 + (i * 7919) % 10007 FROM n"
        ),
        params![conference, day, start, rows],
    )
    .await
    .unwrap();
    db.exec(
        sql!(
            "INSERT INTO search_text (scope, kind, subject, body)
             SELECT conference, 'talk.text', id, lower(title) || $2 FROM talk WHERE conference = $1 AND slug LIKE 'x%'"
        ),
        params![conference, format!(" {}", "むかしむかし祭りの夜に".repeat(36))],
    )
    .await
    .unwrap();
    db.exec(
        sql!(
            "INSERT INTO speaker (id, conference, number, slug, guid, code, name, biography, avatar, document)
             WITH RECURSIVE n (i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < $2)
             SELECT 'spk_x' || CAST(i AS TEXT), $1, 1000 + i, 'x' || CAST(i AS TEXT), '', '',
             'Person ' || CAST((i * 7919) % 10007 AS TEXT), '', '', '{}' FROM n"
        ),
        params![conference, rows],
    )
    .await
    .unwrap();
}

#[tokio::test]
async fn the_first_row_of_ten_thousand_comes_soon() {
    for stage in stages("tenthousand").await {
        stage.import(TODAY).await;
        fill(&stage, ROWS).await;
        stage
            .site
            .app
            .db
            .exec(
                sql!(sqlite "DELETE FROM talk WHERE 1 = 0", postgres "ANALYZE"),
                params![],
            )
            .await
            .unwrap();
        let browser = contents(&stage).await;
        // The first request reads the whole programme into memory.
        browser.get("/today/admin/talks").await;
        let people = browser.get("/today/admin/speakers?sort=number").await;
        assert_eq!(people.status, StatusCode::OK);
        for address in [
            "",
            "?q=%E7%9B%A3%E8%A6%96",
            "?q=%E8%A6%96",
            "?q=talk",
            "?sort=-changed",
            "?sort=title",
            "?state=hidden",
        ] {
            let began = Instant::now();
            let answer = browser.get(&format!("/today/admin/talks{address}")).await;
            let took = began.elapsed();
            assert_eq!(answer.status, StatusCode::OK, "{address}");
            assert!(took < PATIENCE, "{address} took {took:?}");
            if address.contains("%E7") {
                assert_eq!(
                    answer.body.matches("監視入門").count(),
                    20,
                    "ten rows, each named twice: link and checkbox"
                );
            }
        }
        uses_its_indices(&stage).await;
    }
}

/// Every order of a list comes from an index, not from sorting everything; so does what is looked up for each row.
async fn uses_its_indices(stage: &Stage) {
    let db = &stage.site.app.db;
    let conference = &stage.programme("today").await.conference.id;
    let none = params![conference, "[]", 0_i64, ""];
    let talks = |key: Value| {
        let rest = [params!["", "", "", "", 101_i64], vec![key], params![""]];
        [none.clone()].into_iter().chain(rest).flatten().collect()
    };
    let speakers = |key: Value| {
        let rest = [params![101_i64], vec![key], params![""]];
        [none.clone()]
            .into_iter()
            .chain(rest)
            .flatten()
            .collect::<Vec<Value>>()
    };
    let first = || i64::MIN.to_value();
    let last = || i64::MAX.to_value();
    let word = || "".to_value();
    let orders: [(&str, &str, &str, Vec<Value>); 10] = [
        (
            "talks.rs",
            "t.starts_at, t.id",
            "talk_starts",
            talks(first()),
        ),
        (
            "talks.rs",
            "t.starts_at DESC, t.id DESC",
            "talk_starts",
            talks(last()),
        ),
        (
            "talks.rs",
            "t.changed_at, t.id",
            "talk_changed",
            talks(first()),
        ),
        (
            "talks.rs",
            "t.changed_at DESC, t.id DESC",
            "talk_changed",
            talks(last()),
        ),
        ("talks.rs", "t.title, t.id", "talk_title", talks(word())),
        (
            "talks.rs",
            "t.title DESC, t.id DESC",
            "talk_title",
            talks(word()),
        ),
        (
            "speakers.rs",
            "p.name, p.id",
            "speaker_name",
            speakers(word()),
        ),
        (
            "speakers.rs",
            "p.name DESC, p.id DESC",
            "speaker_name",
            speakers(word()),
        ),
        (
            "speakers.rs",
            "p.number, p.id",
            "speaker_number",
            speakers(first()),
        ),
        (
            "speakers.rs",
            "p.number DESC, p.id DESC",
            "speaker_number",
            speakers(last()),
        ),
    ];
    for (file, order, index, values) in orders {
        let wanted = format!("ORDER BY {order} LIMIT");
        let statement = db::STATEMENTS
            .iter()
            .find(|sql| sql.at.contains(&format!("store/{file}")) && sql.sqlite.contains(&wanted))
            .unwrap_or_else(|| panic!("no list is in the order {order}"));
        let plan = db::plan(db, statement, values).await.unwrap().join("\n");
        assert!(plan.contains(index), "{order}: {plan}");
        for sorting in [
            "TEMP B-TREE FOR ORDER BY",
            "SCAN t\n",
            "SCAN p\n",
            "Seq Scan on talk t",
            "Seq Scan on speaker p ",
        ] {
            assert!(!plan.contains(sorting), "{order}: {plan}");
        }
    }
}

#[tokio::test]
async fn pages_by_cursor_show_every_row_once_in_every_order() {
    for stage in stages("cursors").await {
        stage.import(TODAY).await;
        fill(&stage, 230).await;
        let browser = contents(&stage).await;
        for sort in [
            "starts", "-starts", "title", "-title", "changed", "-changed",
        ] {
            let mut seen: Vec<String> = Vec::new();
            let mut path = format!("/today/admin/talks?sort={sort}");
            let mut pages = 0;
            loop {
                pages += 1;
                assert!(pages < 10, "{sort} never ends");
                let page = browser.get(&path).await.body;
                let ids = page.split("name=\"id\" value=\"").skip(1);
                seen.extend(ids.map(|rest| rest.split('"').next().unwrap().to_owned()));
                let Some((before, _)) = page.split_once("\" rel=\"next\"") else {
                    break;
                };
                path = before
                    .rsplit_once("href=\"")
                    .unwrap()
                    .1
                    .replace("&#38;", "&");
            }
            let once: BTreeSet<&String> = seen.iter().collect();
            assert_eq!((pages, seen.len(), once.len()), (3, 235, 235), "{sort}");
        }
        let narrowed = browser
            .get("/today/admin/talks?q=talk%2010&sort=title")
            .await
            .body;
        assert!(
            narrowed.contains("Talk 10<")
                && narrowed.contains("Talk 110<")
                && !narrowed.contains("Talk 20<"),
            "{narrowed}"
        );
        let csv = browser
            .get("/today/admin/talks?format=csv&q=talk&column=state")
            .await;
        assert!(
            csv.body.starts_with("\u{feff}Title,State,Number\r\n"),
            "{}",
            csv.body
        );
        assert_eq!(
            csv.body.lines().count(),
            231,
            "all that is seen, not a page of it"
        );
    }
}

#[tokio::test]
async fn japanese_words_of_any_length_are_found_with_filters() {
    for stage in stages("search").await {
        stage.import(TODAY).await;
        let browser = contents(&stage).await;
        let track = stage.programme("today").await.tracks[0].id.to_string();
        for (query, found) in [
            ("q=%E6%AC%A1", true),
            ("q=%E8%AC%9B%E6%BC%94", true),
            ("q=%E6%AC%A1%E3%81%AE%E8%AC%9B%E6%BC%94", true),
            ("q=%E6%BC%94%E8%AC%9B", false),
            ("q=aiko", false),
            (&format!("q=%E6%AC%A1&track={track}"), true),
            ("q=%E6%AC%A1&track=trk_other", false),
            ("q=%E6%AC%A1&state=planned", true),
            ("q=%E6%AC%A1&state=cancelled", false),
            ("q=%00%27%22", false),
        ] {
            let answer = browser.get(&format!("/today/admin/talks?{query}")).await;
            assert_eq!(answer.status, StatusCode::OK, "{query}");
            assert_eq!(
                answer.body.contains("次の講演"),
                found,
                "{query}: {}",
                answer.body
            );
        }
        let aiko = browser.get("/today/admin/talks?q=AIKO").await.body;
        assert!(aiko.contains("On &#60;now&#62;"), "by who speaks: {aiko}");
    }
}
