use http::{Method, StatusCode};
use identity::{ConferenceId, Role};
use kit::Browser;
use program::Part;
use serde_json::{Value, json};

use crate::pages::TODAY;
use crate::schedule::fixture;
use crate::{Stage, stages};

async fn contents(stage: &Stage, ours: &ConferenceId) -> Browser {
    let own = std::slice::from_ref(ours);
    stage.site.sign_in("Chika", Some(Role::Contents), own).await
}

async fn list(browser: &Browser, part: &str) -> Vec<Value> {
    let path = format!("/api/v2/conferences/today/structure/{part}");
    let answer = browser.get(&path).await;
    assert_eq!(answer.status, StatusCode::OK, "{part}: {}", answer.body);
    answer.json().as_array().expect("a list").clone()
}

async fn post(browser: &Browser, path: &str, fields: &[(&str, &str)]) {
    let done = browser.post(path, fields).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{path}: {}", done.body);
}

fn id(of: &Value) -> &str {
    of["id"].as_str().expect("an id")
}

/// A first entry for each list.
const ENTRIES: &[(&str, &[(&str, &str)])] = &[
    ("days", &[("date", "2026-11-24"), ("name", "Workshops")]),
    ("rooms", &[("name", "Hall <b>"), ("capacity", "300")]),
    ("tracks", &[("name", "Track C")]),
    ("categories", &[("name", "Security"), ("color", "#e5482c")]),
    ("types", &[("name_ja", "基調講演"), ("name_en", "Keynote")]),
    ("levels", &[("name_ja", "初級"), ("word", "beginner")]),
    ("durations", &[("word", "40")]),
    ("languages", &[("name_ja", "日本語"), ("word", "ja")]),
];

#[tokio::test]
async fn every_list_is_filled_changed_ordered_and_emptied_by_hand() {
    for stage in stages("lists").await {
        let ours = stage.import(TODAY).await.conference.id;
        let team = contents(&stage, &ours).await;
        assert_eq!(ENTRIES.len(), Part::ALL.len());
        for (part, fields) in ENTRIES {
            let place = format!("/today/admin/{part}");
            let before = list(&team, part).await.len();
            let empty = team.post(&place, &[]).await;
            // A day has its date from the day before it.
            if *part != "days" {
                assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY, "{part}");
                assert_eq!(list(&team, part).await.len(), before);
            }
            if *part == "days" {
                assert_eq!(empty.status, StatusCode::SEE_OTHER, "{}", empty.body);
                let made = list(&team, part).await;
                let last = made.last().expect("it was made");
                post(&team, &format!("{place}/{}/remove", id(last)), &[]).await;
            }
            post(&team, &place, fields).await;
            let twice = team.post(&place, fields).await;
            if *part == "tracks" {
                let refused = team.post(&place, &[("name", "C"), ("slug", "c")]).await;
                assert_eq!(
                    refused.status,
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "the slug is taken"
                );
            } else {
                assert_eq!(
                    twice.status,
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "{part} twice"
                );
                assert_eq!(list(&team, part).await.len(), before + 1, "{part}");
            }
            let all = list(&team, part).await;
            let new = all.last().expect("it was added").clone();
            let page = team.get(&format!("{place}/{}", id(&new))).await;
            assert_eq!(page.status, StatusCode::OK, "{}", page.body);
            assert!(!page.body.contains("Hall <b>"), "names are escaped");
            let version = new["version"].to_string();
            let mut changed = fields.to_vec();
            changed.push(("version", &version));
            let renamed = match *part {
                "days" => ("name", "Hands-on"),
                "durations" => ("name_en", "Forty minutes"),
                "types" | "levels" | "languages" => ("name_en", "Renamed"),
                _ => ("name", "Renamed"),
            };
            changed.retain(|(name, _)| *name != renamed.0);
            changed.push(renamed);
            post(&team, &format!("{place}/{}", id(&new)), &changed).await;
            let stale = team.post(&format!("{place}/{}", id(&new)), &changed).await;
            assert_eq!(stale.status, StatusCode::CONFLICT, "{part}: {}", stale.body);
            let order = format!("{place}/{}/order", id(&new));
            let moved = team.post(&order, &[("way", "up")]).await;
            if *part == "days" {
                assert_eq!(moved.status, StatusCode::CONFLICT);
            } else {
                assert_eq!(moved.status, StatusCode::SEE_OTHER, "{}", moved.body);
                let at = list(&team, part)
                    .await
                    .iter()
                    .position(|own| id(own) == id(&new));
                assert_eq!(
                    at,
                    Some((all.len() - 1).saturating_sub(1)),
                    "{part} moved up"
                );
                post(&team, &order, &[("way", "down")]).await;
            }
            post(&team, &format!("{place}/{}/remove", id(&new)), &[]).await;
            assert!(
                list(&team, part)
                    .await
                    .iter()
                    .all(|own| id(own) != id(&new))
            );
            let gone = team.get(&format!("{place}/{}", id(&new))).await;
            assert_eq!(gone.status, StatusCode::NOT_FOUND);
        }
    }
}

#[tokio::test]
async fn what_was_removed_comes_back_with_its_number() {
    for stage in stages("numbers").await {
        let ours = stage.import(TODAY).await.conference.id;
        let team = contents(&stage, &ours).await;
        for (part, name) in [("rooms", "Track B"), ("tracks", "Track B")] {
            let before = list(&team, part).await;
            let own = before
                .iter()
                .find(|own| own["name"] == name)
                .expect("it is there");
            let place = format!("/today/admin/{part}");
            post(&team, &format!("{place}/{}/remove", id(own)), &[]).await;
            assert_eq!(list(&team, part).await.len(), before.len() - 1);
            post(&team, &place, &[("name", name)]).await;
            let after = list(&team, part).await;
            let again = after
                .iter()
                .find(|own| own["name"] == name)
                .expect("it is back");
            assert_eq!(again["number"], own["number"]);
            assert_eq!(again["id"], own["id"]);
        }
        // The talks lost it, as the page had said.
        let programme = stage.programme("today").await;
        let tomorrow = programme.talk_named("tomorrow").expect("it is there");
        assert!(tomorrow.room.is_none() && tomorrow.track.is_none());
    }
}

#[tokio::test]
async fn a_day_with_talks_stays() {
    for stage in stages("day stays").await {
        let ours = stage.import(TODAY).await.conference.id;
        let team = contents(&stage, &ours).await;
        let days = list(&team, "days").await;
        let path = format!("/today/admin/days/{}", id(&days[0]));
        assert!(
            team.get(&path)
                .await
                .body
                .contains("4 talks are on this day")
        );
        let refused = team.post(&format!("{path}/remove"), &[]).await;
        assert_eq!(refused.status, StatusCode::CONFLICT);
        let version = days[0]["version"].to_string();
        let short = [
            ("date", "2026-11-22"),
            ("from", "10:00"),
            ("to", "18:00"),
            ("version", version.as_str()),
        ];
        let refused = team.post(&path, &short).await;
        assert_eq!(
            refused.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{}",
            refused.body
        );
    }
}

#[tokio::test]
async fn a_rehearsal_day_is_nowhere_for_people_outside_of_the_team() {
    for stage in stages("internal").await {
        let ours = stage.import(TODAY).await.conference.id;
        let team = contents(&stage, &ours).await;
        let days = list(&team, "days").await;
        // The second day becomes a rehearsal.
        let version = days[1]["version"].to_string();
        let fields = [
            ("date", "2026-11-23"),
            ("from", "09:00"),
            ("to", "18:00"),
            ("name", "Rehearsal"),
            ("internal", "yes"),
            ("version", version.as_str()),
        ];
        post(
            &team,
            &format!("/today/admin/days/{}", id(&days[1])),
            &fields,
        )
        .await;
        let outsider = stage.site.sign_in("Guest", None, &[]).await;
        let anonymous = stage.site.anonymous();
        for path in [
            "/today/timetable?day=2",
            "/today/timetable?view=list",
            "/today/schedule.xml",
            "/today/schedule.json",
            "/today/calendar.ics",
            "/today/tracks/b/calendar.ics",
            "/api/v2/conferences/today/timetable",
            "/api/v2/conferences/today/talks",
        ] {
            for browser in [&anonymous, &outsider] {
                let answer = browser.get(path).await;
                assert_eq!(answer.status, StatusCode::OK, "{path}");
                assert!(!answer.body.contains("Tomorrow"), "{path}: {}", answer.body);
                assert!(!answer.body.contains("Rehearsal"), "{path}");
            }
        }
        for path in [
            "/today/talks/tomorrow",
            "/today/talks/tomorrow/calendar.ics",
            "/api/v2/conferences/today/talks/tomorrow",
        ] {
            assert_eq!(
                anonymous.get(path).await.status,
                StatusCode::NOT_FOUND,
                "{path}"
            );
            assert_eq!(team.get(path).await.status, StatusCode::OK, "{path}");
        }
        let seen = team.get("/api/v2/conferences/today/talks").await;
        assert!(seen.body.contains("Tomorrow"));
        // What the team sees is not kept for others, nor the other way round.
        assert!(
            !anonymous
                .get("/today/schedule.xml")
                .await
                .body
                .contains("Tomorrow")
        );
        assert!(
            team.get("/today/schedule.xml")
                .await
                .body
                .contains("Tomorrow")
        );

        // A file without it is imported; the rehearsal stays.
        let cut = TODAY.find("<day index=\"2\"").expect("a second day");
        let file = format!("{}</schedule>", &TODAY[..cut]).replace("<version>1<", "<version>2<");
        stage.import(&file).await;
        assert!(
            stage
                .programme("today")
                .await
                .talk_named("tomorrow")
                .is_some()
        );
    }
}

#[tokio::test]
async fn an_address_that_people_know_stays() {
    for stage in stages("slug").await {
        let ours = stage.import(TODAY).await.conference.id;
        let team = contents(&stage, &ours).await;
        let track = list(&team, "tracks").await[0].clone();
        let path = format!("/api/v2/conferences/today/structure/tracks/{}", id(&track));
        let change = async |body: Value| {
            let now = list(&team, "tracks").await;
            let own = now
                .iter()
                .find(|own| own["id"] == track["id"])
                .expect("it is there");
            let tag = format!("\"v{}\"", own["version"]);
            let team = contents(&stage, &ours).await.with("if-match", &tag);
            team.json(Method::PUT, &path, &body).await
        };
        let other = json!({"name": "Track A", "slug": "hall"});
        let refused = change(other.clone()).await;
        assert_eq!(
            refused.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{}",
            refused.body
        );
        let own = std::slice::from_ref(&ours);
        let chair = stage.site.sign_in("Chie", Some(Role::Chair), own).await;
        post(&chair, "/today/admin/lifecycle", &[("to", "draft")]).await;
        let done = change(other).await;
        assert_eq!(
            (done.status, &done.json()["slug"]),
            (StatusCode::OK, &json!("hall"))
        );
        assert_eq!(done.json()["number"], track["number"]);
        stage
            .programmes
            .ask_for_media(|conference, track| (conference, track) == ("today", "hall"));
        let refused = change(json!({"name": "Track A", "slug": "main"})).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        let place = format!("/today/admin/tracks/{}/remove", id(&track));
        assert_eq!(team.post(&place, &[]).await.status, StatusCode::CONFLICT);
    }
}

#[tokio::test]
async fn ids_of_another_conference_are_not_found_in_any_list() {
    for stage in stages("strange pieces").await {
        let ours = stage.import(TODAY).await.conference.id;
        let theirs = stage.import(&fixture("full.xml")).await.conference.id;
        let chair = stage
            .site
            .sign_in("Chie", Some(Role::Chair), std::slice::from_ref(&ours))
            .await
            .with("if-match", "\"v1\"");
        let next_door = stage
            .site
            .sign_in("Other", Some(Role::Chair), std::slice::from_ref(&theirs))
            .await;
        for (part, fields) in ENTRIES {
            next_door
                .post(&format!("/mori-2032/admin/{part}"), fields)
                .await;
            let path = format!("/api/v2/conferences/mori-2032/structure/{part}");
            let all = next_door.get(&path).await.json();
            let strange = id(&all[0]).to_owned();
            for path in ["", "/order", "/remove"] {
                let path = format!("/today/admin/{part}/{strange}{path}");
                let answer = chair.post(&path, &[("way", "up"), ("name", "X")]).await;
                let status = answer.status;
                let calendar = *part == "days" && path.ends_with("order");
                assert!(
                    status == StatusCode::NOT_FOUND || calendar,
                    "{path}: {status}"
                );
            }
            let path = format!("/api/v2/conferences/today/structure/{part}/{strange}");
            let change = chair.json(Method::PUT, &path, &json!({"name": "X"})).await;
            let remove = chair.send(Method::DELETE, &path, None, Vec::new()).await;
            for answer in [change, remove] {
                assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
            }
            let after = next_door
                .get(&format!("/api/v2/conferences/mori-2032/structure/{part}"))
                .await
                .json();
            assert_eq!(after, all, "{part}: nothing was changed");
        }
    }
}

#[tokio::test]
async fn lists_end_somewhere() {
    for stage in stages("full lists").await {
        let ours = stage.import(TODAY).await.conference.id;
        let team = contents(&stage, &ours).await;
        let path = "/api/v2/conferences/today/structure/levels";
        for number in 0..program::limits::TERMS_MAX {
            let body = json!({"word": format!("level-{number}"), "name_en": "Level"});
            let made = team.json(Method::POST, path, &body).await;
            assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        }
        let body = json!({"word": "more", "name_en": "More"});
        let refused = team.json(Method::POST, path, &body).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
}

#[tokio::test]
async fn settings_are_kept_checked_and_enforced() {
    for stage in stages("settings by hand").await {
        let ours = stage.import(TODAY).await.conference.id;
        let team = contents(&stage, &ours).await;
        let path = "/api/v2/conferences/today/settings";
        let read = team.get(path).await;
        let mut body = read.json();
        let tag = read.headers["etag"].to_str().unwrap().to_owned();
        body["descriptions"] = json!({"ja": "**祭り** <script>", "fr": "La fête"});
        body["contact"] = "hello@example.org".into();
        body["links"] = json!([{"names": {"en": "Sponsors"}, "url": "https://example.org/"}]);
        body["off"] = json!(["speakers", "files"]);
        body["zone"] = "Europe/Berlin".into();
        let team = team.with("if-match", &tag);
        let done = team.json(Method::PUT, path, &body).await;
        assert_eq!(done.status, StatusCode::OK, "{}", done.body);
        let stale = team.json(Method::PUT, path, &body).await;
        assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);

        let anonymous = stage.site.anonymous();
        for path in [
            "/today/speakers",
            "/today/speakers/aiko-b",
            "/today/schedule.xml",
            "/today/calendar.ics",
            "/today/talks/on-now/calendar.ics",
            "/api/v2/conferences/today/speakers",
            "/api/v2/conferences/today/speakers/aiko-b",
        ] {
            assert_eq!(
                anonymous.get(path).await.status,
                StatusCode::NOT_FOUND,
                "{path}"
            );
        }
        let japanese = stage.site.anonymous().with("accept-language", "ja");
        let top = japanese.get("/today").await.body;
        assert!(
            top.contains("<strong>祭り</strong>") && !top.contains("<script>"),
            "{top}"
        );
        assert!(top.contains("Sponsors") && top.contains("mailto:hello@example.org"));
        assert!(!top.contains("/today/speakers"), "{top}");
        // The clock times stayed as they were.
        let programme = stage.programme("today").await;
        let talk = programme.talk_named("on-now").expect("it is there");
        assert_eq!(talk.starts_at.to_string(), "2026-11-22T08:30:00Z");

        let tag = done.headers["etag"].to_str().unwrap().to_owned();
        let team = contents(&stage, &ours).await.with("if-match", &tag);
        for (name, bad) in [
            ("title", json!("")),
            ("zone", json!("Mars")),
            ("contact", json!("javascript:alert(1)")),
            ("registration_url", json!("javascript:alert(1)")),
            (
                "links",
                json!([{"names": {"en": "x"}, "url": "data:text/html,x"}]),
            ),
            (
                "links",
                json!([{"names": {}, "url": "https://example.org/"}]),
            ),
            ("descriptions", json!({"en": "x".repeat(20_001)})),
        ] {
            let mut wrong = body.clone();
            wrong[name] = bad;
            let refused = team.json(Method::PUT, path, &wrong).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        }
    }
}
