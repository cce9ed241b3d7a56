//! Talks and speakers from spreadsheets: looked at, taken over whole or not at all, taken back.

use std::time::Duration;

use db::{params, sql};
use http::{Method, StatusCode};
use kit::{Answer, Browser};

use crate::pages::TODAY;
use crate::talks::{contents, unescape};
use crate::{Stage, stages};

pub(crate) const TALKS: &str = "/today/admin/talks/import";
const SPEAKERS: &str = "/today/admin/speakers/import";

async fn bring(browser: &Browser, path: &str, file: &[u8]) -> Answer {
    let head = "content-disposition: form-data; name=\"file\"; filename=\"sheet.csv\"";
    let mut body = format!("--cut\r\n{head}\r\n\r\n").into_bytes();
    body.extend_from_slice(file);
    body.extend_from_slice(b"\r\n--cut--\r\n");
    let kind = Some("multipart/form-data; boundary=cut");
    browser.send(Method::POST, path, kind, body).await
}

/// Brings a file that can be read; the address of its page.
pub(crate) async fn brought(browser: &Browser, path: &str, file: &[u8]) -> String {
    let answer = bring(browser, path, file).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    answer.location().to_owned()
}

pub(crate) async fn page(browser: &Browser, path: &str) -> String {
    let answer = browser.get(path).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
    unescape(&answer.body)
}

pub(crate) fn digest(page: &str) -> String {
    let (_, rest) = page
        .split_once("name=\"digest\" value=\"")
        .unwrap_or_else(|| panic!("nothing to confirm in {page}"));
    rest.split_once('"').unwrap().0.to_owned()
}

/// How many rows are refused, changed, new and the same.
pub(crate) fn counts(page: &str) -> [usize; 4] {
    let (_, tabs) = page.split_once("<nav class=\"tabs\"").expect("tabs");
    let mut chips = tabs.split("<span class=\"chip\">").skip(1);
    [(); 4].map(|()| {
        let chip = chips.next().unwrap();
        chip.split_once('<').unwrap().0.parse().unwrap()
    })
}

async fn apply(browser: &Browser, sheet: &str) -> Answer {
    let digest = digest(&page(browser, sheet).await);
    browser
        .post(&format!("{sheet}/apply"), &[("digest", &digest)])
        .await
}

/// Brings a file and takes it over.
pub(crate) async fn taken(browser: &Browser, path: &str, file: &str) {
    let sheet = brought(browser, path, file.as_bytes()).await;
    let done = apply(browser, &sheet).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
}

async fn list(browser: &Browser, what: &str) -> String {
    browser
        .get(&format!("/today/admin/{what}?format=csv"))
        .await
        .body
}

#[tokio::test]
async fn a_japanese_spreadsheet_becomes_a_timetable_in_one_step_and_nothing_before() {
    for stage in stages("sheet").await {
        stage.import(TODAY).await;
        let browser = contents(&stage).await;
        let file = "ID,セッション名,日付,開始時刻,終了時刻,トラック名,登壇者名,種類,カテゴリ,概要,備考\r\n\
            S1,祭りの監視①,11/22,13:00,13:40,B,山田 愛子、髙橋,講演,Data,\"一行目\r\n二行目\",x\r\n\
            S2,休憩,2026年11月22日,13:40,14:00,,,休憩,,,\r\n\
            S3,夜の部,1日目,1:00,1:30,B,髙橋,,,,\r\n\
            S4,まだ時間のない話,,,,,髙橋,,,,\r\n";
        let (file, _, unmappable) = encoding_rs::SHIFT_JIS.encode(file);
        assert!(!unmappable);
        let before = list(&browser, "talks").await;
        let sheet = brought(&browser, TALKS, &file).await;
        let looked = page(&browser, &sheet).await;
        assert_eq!(counts(&looked), [0, 0, 4, 0], "{looked}");
        for said in [
            "4 rows.",
            "2 speakers are new",
            "2026-11-22 13:00–13:40",
            "2026-11-23 01:00–01:30",
            "Import: 4 new, 0 changed",
            "value=\"shift_jis\" selected",
        ] {
            assert!(looked.contains(said), "{said} in {looked}");
        }
        assert_eq!(
            list(&browser, "talks").await,
            before,
            "looking changes nothing"
        );
        let done = apply(&browser, &sheet).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
        let said = page(&browser, done.location()).await;
        assert!(said.contains("4 new, 0 changed."), "{said}");
        let programme = stage.programme("today").await;
        let talk = programme.talks.iter().find(|own| own.code == "S1").unwrap();
        let speakers: Vec<&str> = programme
            .speakers_of(&talk.id)
            .map(|own| own.name.as_str())
            .collect();
        assert_eq!(speakers, ["山田 愛子", "髙橋"]);
        assert_eq!(
            (talk.title.as_str(), talk.r#abstract.as_str()),
            ("祭りの監視①", "一行目\n二行目")
        );
        assert!(
            programme
                .talks
                .iter()
                .any(|own| own.code == "S2" && own.is_break())
        );
        assert!(
            !programme.talks.iter().any(|own| own.code == "S4"),
            "hidden until it has a time"
        );
        // Pressing twice, and bringing the same again, change nothing.
        let twice = browser
            .post(&format!("{sheet}/apply"), &[("digest", "x")])
            .await;
        assert_eq!(twice.status, StatusCode::SEE_OTHER, "{}", twice.body);
        let again = brought(&browser, TALKS, &file).await;
        let looked = page(&browser, &again).await;
        assert_eq!(counts(&looked), [0, 0, 0, 4], "{looked}");
        assert!(looked.contains("nothing would be different"), "{looked}");
        // All of it goes into the bin in one step, speakers too.
        let undone = browser.post(&format!("{sheet}/undo"), &[]).await;
        assert_eq!(undone.status, StatusCode::SEE_OTHER, "{}", undone.body);
        let bin = page(&browser, undone.location()).await;
        assert!(
            bin.contains("6 entries are in the bin.") && bin.contains("夜の部"),
            "{bin}"
        );
        assert_eq!(list(&browser, "talks").await, before);
        for (action, times) in [("talks.import", 1), ("talks.import.bring", 2)] {
            assert_eq!(audited(&stage, action).await, times, "{action}");
        }
    }
}

db::record! {
    struct Count { count: i64 }
}

/// How often the audit log speaks of an act.
async fn audited(stage: &Stage, action: &str) -> i64 {
    let audit = sql!(Count: "SELECT COUNT(*) AS count FROM audit WHERE action = $1");
    let counted = stage.site.app.db.one(audit, params![action]).await;
    counted.unwrap().count
}

#[tokio::test]
async fn a_list_that_was_saved_as_csv_comes_back_unchanged() {
    for stage in stages("roundtrip").await {
        stage.import(TODAY).await;
        let browser = contents(&stage).await;
        let odd = "code,title,when,track,speakers\n\
            F1,=1+1,2026-11-22 15:00–15:30,Track B,\"Smith, Jr.; @home\"\n\
            F2,'-x,2026-11-22 15:30–16:00,Track B,\n\
            F3,\"a \"\"b\"\", c\",2026-11-22 16:00–2026-11-23 01:00,Track B,Aiko <b>\n";
        taken(&browser, TALKS, odd).await;
        let programme = stage.programme("today").await;
        let titles: Vec<&str> = programme
            .talks
            .iter()
            .map(|own| own.title.as_str())
            .collect();
        assert!(
            titles.contains(&"=1+1") && titles.contains(&"-x"),
            "{titles:?}"
        );
        let all = "&column=starts&column=track&column=speakers&column=state&column=category&column=room\
            &column=kind&column=language&column=changed&column=hand&column=code";
        for (what, path) in [("talks", TALKS), ("speakers", SPEAKERS)] {
            for columns in ["", all] {
                for language in ["en", "ja"] {
                    let address = format!("/today/admin/{what}?format=csv{columns}");
                    let reader = contents(&stage).await.with("accept-language", language);
                    let file = reader.get(&address).await.body;
                    let sheet = brought(&browser, path, file.as_bytes()).await;
                    let looked = page(&browser, &sheet).await;
                    let [refused, changed, new, same] = counts(&looked);
                    assert_eq!((refused, changed, new), (0, 0, 0), "{file}\n{looked}");
                    assert_eq!(same, file.lines().count() - 1, "{file}");
                }
            }
        }
        // What was edited in it is the only thing that changes, and the file itself says so.
        let file = list(&browser, "talks").await.replace("=1+1", "=1+2");
        let sheet = brought(&browser, TALKS, file.as_bytes()).await;
        let looked = page(&browser, &sheet).await;
        assert_eq!(counts(&looked)[..3], [0, 1, 0], "{looked}");
        assert!(
            looked.contains("<del>=1+1</del> → <ins>=1+2</ins>"),
            "{looked}"
        );
    }
}

#[tokio::test]
async fn what_is_wrong_is_said_by_row_and_column_and_the_rest_can_go_on() {
    for stage in stages("refused").await {
        stage.import(TODAY).await;
        let browser = contents(&stage).await;
        let long = "x".repeat(1_001);
        let file = format!(
            "Number,Title,Day,Begins,Minutes,Track,Room,Speakers,Category,State\n\
            ,No length,1,15:00,,B,,,,\n\
            ,No such track,1,15:00,30,Z,,,,\n\
            ,No such day,2026-12-24,15:00,30,B,,,,\n\
            ,No time,1,,30,B,,,,\n\
            ,Bad time,1,25:00,30,B,,,,\n\
            ,On top of Tea,1,11:00,30,B,,,,\n\
            ,Two places at once,1,9:30,30,B,,Aiko <b>,,\n\
            ,Far too long,1,1:00,120,B,,,,\n\
            ,No category,1,15:00,30,B,,,Nowhere,\n\
            ,No state,1,15:00,30,B,,,,maybe\n\
            999999,Unknown,1,15:00,30,B,,,,\n\
            x,No number,1,15:00,30,B,,,,\n\
            ,,1,15:00,30,B,,,,\n\
            ,{long},1,15:00,30,B,,,,\n\
            ,Short row,1\n\
            ,Fine,1,16:00,30,B,,,,\n\
            ,Fine,1,16:00,30,B,,,,\n"
        );
        let sheet = brought(&browser, TALKS, file.as_bytes()).await;
        let looked = page(&browser, &sheet).await;
        assert_eq!(counts(&looked), [16, 0, 1, 0], "{looked}");
        for said in [
            "How long it is is missing",
            "There is no track “Z”",
            "“2026-12-24” is no day of this conference.",
            "Please fill this in.",
            "“25:00” is no time.",
            "“Tea” is on this track at that time.",
            "Aiko <b> speaks in “On <now>” at that time.",
            "begins before this day or ends after it",
            "There is no category “Nowhere”",
            "“maybe” is no state",
            "Number 999999 is not in this conference.",
            "“x” is no number.",
            "At most 1000 characters.",
            "The row has 3 cells, the header 10.",
            "Line 17 is about the same.",
            "16 rows are refused and stay out.",
        ] {
            assert!(looked.contains(said), "{said} in {looked}");
        }
        // What can be meant is meant when somebody says so.
        let columns = [
            "number", "title", "day", "starts", "minutes", "track", "room", "speakers", "category",
            "state",
        ];
        let mut wish: Vec<(&str, &str)> = columns.iter().map(|word| ("column", *word)).collect();
        wish.extend([
            ("encoding", "utf-8"),
            ("separator", "comma"),
            ("meant", "speaker"),
            ("meant", "day"),
        ]);
        let meant = browser.post(&sheet, &wish).await;
        assert_eq!(meant.status, StatusCode::SEE_OTHER, "{}", meant.body);
        let looked = page(&browser, &sheet).await;
        assert_eq!(counts(&looked), [14, 0, 3, 0], "{looked}");
        let done = apply(&browser, &sheet).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
        let names = list(&browser, "talks").await;
        assert!(
            names.contains("Fine") && names.contains("Far too long"),
            "{names}"
        );
        assert!(!names.contains("No length"), "{names}");
    }
}

#[tokio::test]
async fn talks_change_places_in_one_go_and_refused_ones_stay_in_the_way() {
    for stage in stages("swap").await {
        stage.import(TODAY).await;
        let browser = contents(&stage).await;
        taken(
            &browser,
            TALKS,
            "code,title,when,track\nA,A,11/22 15:00-15:30,B\nB,B,11/22 15:30-16:00,B\n",
        )
        .await;
        let swap = "code,title,when,track\nA,A,11/22 15:30-16:00,B\nB,B,11/22 15:00-15:30,B\n";
        let sheet = brought(&browser, TALKS, swap.as_bytes()).await;
        assert_eq!(counts(&page(&browser, &sheet).await), [0, 2, 0, 0]);
        apply(&browser, &sheet).await;
        let chain = "code,title,when,track\nA,A,11/22 15:00-15:30,B\nB,B,11/22 16:00-,Z\n";
        let sheet = brought(&browser, TALKS, chain.as_bytes()).await;
        let looked = page(&browser, &sheet).await;
        assert_eq!(counts(&looked), [2, 0, 0, 0], "{looked}");
        assert!(
            looked.contains("“B” is on this track at that time."),
            "{looked}"
        );
    }
}

#[tokio::test]
async fn what_was_edited_by_hand_is_left_alone_until_somebody_wants_otherwise() {
    for stage in stages("kept").await {
        stage.import(TODAY).await;
        let browser = contents(&stage).await;
        let file = |title: &str, kind: &str| {
            format!("title,when,kind\n{title},2026-11-22 10:30–11:00,{kind}\n")
        };
        taken(&browser, TALKS, &file("次の講演", "panel")).await;
        let sheet = brought(&browser, TALKS, file("次の講演", "lightning").as_bytes()).await;
        let looked = page(&browser, &sheet).await;
        assert_eq!(counts(&looked), [0, 0, 0, 1], "{looked}");
        assert!(looked.contains("One row says something else"), "{looked}");
        let over = [
            ("column", "title"),
            ("column", "when"),
            ("column", "kind"),
            ("encoding", "utf-8"),
            ("separator", "comma"),
            ("over_hand", "1"),
        ];
        browser.post(&sheet, &over).await;
        let looked = page(&browser, &sheet).await;
        assert_eq!(counts(&looked), [0, 1, 0, 0], "{looked}");
        assert_eq!(apply(&browser, &sheet).await.status, StatusCode::SEE_OTHER);
        // The schedule file has no say about it any more either.
        stage
            .import(&TODAY.replace("<version>1", "<version>2"))
            .await;
        let programme = stage.programme("today").await;
        assert!(programme.talks.iter().any(|own| own.kind == "lightning"));
    }
}

#[tokio::test]
async fn what_changed_since_somebody_looked_is_looked_at_again() {
    for stage in stages("overtaken").await {
        stage.import(TODAY).await;
        let browser = contents(&stage).await;
        let file = "name,bio\nAiko <b>,Sees everything\nSomebody new,\n";
        let sheet = brought(&browser, SPEAKERS, file.as_bytes()).await;
        let looked = page(&browser, &sheet).await;
        assert_eq!(counts(&looked), [0, 1, 1, 0], "{looked}");
        taken(&browser, SPEAKERS, "name,bio\nSomebody new,Old\n").await;
        let stale = browser
            .post(&format!("{sheet}/apply"), &[("digest", &digest(&looked))])
            .await;
        assert_eq!(stale.status, StatusCode::CONFLICT, "{}", stale.body);
        assert_eq!(
            counts(&unescape(&stale.body)),
            [0, 2, 0, 0],
            "{}",
            stale.body
        );
        assert_eq!(apply(&browser, &sheet).await.status, StatusCode::SEE_OTHER);
        let programme = stage.programme("today").await;
        let aiko = programme
            .speakers
            .iter()
            .find(|own| own.name == "Aiko <b>")
            .unwrap();
        assert_eq!(aiko.biography, "Sees everything");
    }
}

#[tokio::test]
async fn columns_are_remembered_and_files_are_forgotten() {
    for stage in stages("forgotten").await {
        stage.import(TODAY).await;
        let browser = contents(&stage).await;
        let file = "Foo,Bar\nA,11/22 15:00-15:30\n";
        let sheet = brought(&browser, TALKS, file.as_bytes()).await;
        let wish = [
            ("column", "title"),
            ("column", "when"),
            ("encoding", "utf-8"),
            ("separator", "comma"),
        ];
        browser.post(&sheet, &wish).await;
        let next = brought(&browser, TALKS, "Bar,Foo\n11/22 16:00-16:30,B\n".as_bytes()).await;
        assert_eq!(counts(&page(&browser, &next).await), [0, 0, 1, 0]);
        let unreadable = [
            ("column", "title"),
            ("encoding", "utf-16"),
            ("separator", "tab"),
        ];
        let said = browser.post(&next, &unreadable).await;
        assert_eq!(said.status, StatusCode::SEE_OTHER, "{}", said.body);
        let dropped = browser.post(&format!("{next}/drop"), &[]).await;
        assert_eq!(dropped.status, StatusCode::SEE_OTHER);
        assert_eq!(audited(&stage, "talks.import.drop").await, 1);
        assert_eq!(browser.get(&next).await.status, StatusCode::NOT_FOUND);
        let files = async || {
            let count = sql!(Count: "SELECT COUNT(*) AS count FROM blob");
            stage.site.app.db.one(count, params![]).await.unwrap().count
        };
        assert_eq!(files().await, 1);
        for _ in 0..12 {
            brought(&browser, TALKS, b"title\nA\n").await;
        }
        assert_eq!(files().await, 10, "older ones gave way");
        stage.site.clock.advance(Duration::from_hours(8 * 24));
        let worker =
            platform::jobs::Worker::new(stage.site.app.db.clone(), stage.site.clock.clone());
        let worker = program::jobs::on(worker, &stage.site.app, &stage.programmes);
        worker.run_due().await.unwrap();
        assert_eq!(files().await, 0);
    }
}

#[tokio::test]
async fn a_file_that_is_none_is_refused_with_a_sentence() {
    for stage in stages("none").await {
        stage.import(TODAY).await;
        let browser = contents(&stage).await;
        for (file, said) in [
            (&b"a,b\n1,\"2\n"[..], "begins that never ends"),
            (b"a\n\xff\xff\xff\n", "neither UTF-8 nor Shift_JIS"),
            (b"\n\n", "There are no rows"),
        ] {
            let answer = bring(&browser, TALKS, file).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{said}");
            assert!(answer.body.contains(said), "{}", answer.body);
        }
        let other = stage.site.anonymous();
        assert_ne!(
            bring(&other, TALKS, b"title\nA\n").await.status,
            StatusCode::OK
        );
    }
}

const TEAMS_TALKS: &str = "/api/v2/conferences/today/admin/talks";

#[tokio::test]
async fn a_level_comes_from_a_spreadsheet_and_is_in_lists_and_files() {
    for stage in stages("levels").await {
        stage.import(TODAY).await;
        let browser = contents(&stage).await;
        let conference = stage.programme("today").await.conference.id.clone();
        for (word, names) in [
            ("beginner", r#"{"ja":"初級","en":"Beginner"}"#),
            ("advanced", r#"{"ja":"上級","en":"Advanced"}"#),
        ] {
            let term = sql!(
                "INSERT INTO term (id, conference, kind, position, word, names, version)
                 VALUES ($1, $2, 'levels', 1, $3, $4, 1)"
            );
            let values = params![format!("trm_{word}"), &conference, word, names];
            stage.site.app.db.exec(term, values).await.unwrap();
        }
        let file = "code,title,when,track,難易度\n\
            L1,Easy talk,2026-11-22 15:00–15:30,Track B,初級\n\
            L2,Hard talk,2026-11-22 15:30–16:00,Track B,ADVANCED\n\
            L3,Odd talk,2026-11-22 16:00–16:30,Track B,for pilots\n";
        taken(&browser, TALKS, file).await;
        let easy = browser.get(&format!("{TEAMS_TALKS}?level=beginner")).await;
        let easy = easy.json();
        assert_eq!(easy["items"].as_array().unwrap().len(), 1, "{easy}");
        assert_eq!(easy["items"][0]["title"], "Easy talk");
        assert_eq!(easy["items"][0]["level"], "beginner");
        let seen = "/today/admin/talks?format=csv&column=level&column=code";
        let reader = contents(&stage).await.with("accept-language", "ja");
        let hard = reader.get(&format!("{seen}&level=advanced")).await.body;
        assert!(
            hard.contains("Hard talk") && hard.contains("上級"),
            "{hard}"
        );
        assert!(!hard.contains("Easy talk"), "{hard}");
        // What was saved comes back unchanged, in either language; an edited level is what changes.
        let all = reader.get(seen).await.body;
        let sheet = brought(&browser, TALKS, all.as_bytes()).await;
        let [refused, changed, new, _] = counts(&page(&browser, &sheet).await);
        assert_eq!((refused, changed, new), (0, 0, 0), "{all}");
        taken(&browser, TALKS, &all.replace("for pilots", "Beginner")).await;
        let easy = browser.get(&format!("{TEAMS_TALKS}?level=beginner")).await;
        assert_eq!(easy.json()["items"].as_array().unwrap().len(), 2);
        let visitor = stage.site.anonymous();
        let timetable = visitor.get("/today/timetable?level=advanced").await.body;
        assert!(timetable.contains("Hard talk"), "{timetable}");
        assert!(!timetable.contains("Easy talk"), "{timetable}");
        let xml = visitor.get("/today/schedule.xml").await.body;
        assert!(!xml.contains("advanced"), "{xml}");
        let json = visitor.get("/today/schedule.json").await.body;
        let mut other: serde_json::Value = serde_json::from_str(&json).unwrap();
        other["schedule"]["conference"]["acronym"] = "other".into();
        stage.import(&other.to_string()).await;
        let other = stage.programme("other").await;
        let again = other.schedule("https://example.org");
        let levels: Vec<&str> = again
            .events()
            .filter(|(_, _, event)| event.title == "Hard talk")
            .map(|(_, _, event)| event.level.as_str())
            .collect();
        assert_eq!(levels, ["advanced"]);
    }
}

#[tokio::test]
async fn of_two_who_say_at_once_what_columns_are_about_one_looks_again() {
    for stage in stages("columns").await {
        stage.import(TODAY).await;
        let browser = contents(&stage).await;
        let file = "code,title,when,track\nC1,One,2026-11-22 15:00–15:30,Track B\n";
        let sheet = brought(&browser, TALKS, file.as_bytes()).await;
        let id = sheet.rsplit('/').next().unwrap();
        let path = format!("/api/v2/conferences/today/spreadsheets/talks/{id}");
        let tag = format!("\"{}\"", digest(&page(&browser, &sheet).await));
        let browser = browser.with("if-match", &tag);
        let wish =
            |when: Option<&str>| serde_json::json!({"columns": ["code", "title", when, null]});
        let (one, other) = (wish(None), wish(Some("when")));
        let (one, other) = tokio::join!(
            browser.json(Method::PUT, &path, &one),
            browser.json(Method::PUT, &path, &other)
        );
        let mut answers = [one.status, other.status];
        answers.sort();
        let expected = [StatusCode::OK, StatusCode::PRECONDITION_FAILED];
        assert_eq!(answers, expected, "{} {}", one.body, other.body);
    }
}
