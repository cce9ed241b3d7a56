//! Films that organisers bring: brought, checked, played in breaks, and with words in them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use http::{Method, StatusCode};
use identity::Role;
use kit::Browser;
use media_core::{ChannelName, On, Order, Seat, Slate, Status, testing};
use media_film::{Programs, Workshop};
use serde_json::{Value, json};

use crate::stage::{Stage, stages};

const PAGE: &str = "/ours/studio/slates";
const API: &str = "/api/v2/conferences/ours/slates";
const INPUT: &str = "/api/v2/conferences/ours/tracks/a/input";

/// A film of two seconds, as ffmpeg writes it with these options.
fn film(dir: &Path, name: &str, options: &[&str]) -> PathBuf {
    let path = dir.join(name);
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-y", "-f", "lavfi", "-i"]);
    command.args([
        "testsrc2=size=320x180:rate=30:duration=2",
        "-f",
        "lavfi",
        "-i",
    ]);
    command.args([
        "sine=frequency=440:sample_rate=48000:duration=2",
        "-pix_fmt",
        "yuv420p",
    ]);
    let output = command.args(options).arg(&path).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    path
}

const FITS: &[&str] = &["-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac"];
const FOREIGN: &[&str] = &["-c:v", "libvpx", "-deadline", "realtime", "-an"];

fn without_ffmpeg(dir: &Path) -> Workshop {
    let none = || "/nonexistent/program".to_owned();
    let programs = Programs {
        ffmpeg: none(),
        ffprobe: none(),
        fc_match: none(),
    };
    Workshop::with(programs, dir.join("work"))
}

async fn bring(browser: &Browser, about: &str, film: &Path) -> Value {
    let bytes = std::fs::read(film).unwrap();
    let path = format!("{API}?{about}");
    let kind = Some("application/octet-stream");
    let brought = browser.send(Method::POST, &path, kind, bytes).await;
    assert_eq!(brought.status, StatusCode::CREATED, "{}", brought.body);
    brought.json()
}

/// Waits until a film was checked.
async fn checked(browser: &Browser, id: &Value) -> Value {
    for _ in 0..1_200 {
        let listed = browser.get(API).await.json();
        let slates = listed["slates"].as_array().unwrap();
        let slate = slates.iter().find(|slate| slate["id"] == *id).unwrap();
        if ["ready", "refused"].contains(&slate["stage"].as_str().unwrap()) {
            return slate.clone();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    unreachable!("nobody checks the film")
}

async fn until(stage: &Stage, track: &str, is: impl FnMut(&Status) -> bool) {
    let name = ChannelName::parse(&format!("ours/{track}")).unwrap();
    let mut status = stage.channels.status(&name);
    let waited = tokio::time::timeout(Duration::from_mins(1), status.wait_for(is)).await;
    assert!(
        waited.is_ok(),
        "{:?}",
        stage.channels.status(&name).borrow()
    );
}

async fn acts(stage: &Stage) -> Vec<String> {
    let statement =
        db::sql!(String: "SELECT action FROM audit WHERE action LIKE 'slate.%' ORDER BY at, id");
    stage
        .site
        .app
        .db
        .all(statement, db::params![])
        .await
        .unwrap()
}

#[tokio::test]
async fn a_film_is_checked_converted_and_plays_in_the_break_that_the_timetable_has() {
    let dir = tempfile::tempdir().unwrap();
    let foreign = film(dir.path(), "a.webm", FOREIGN);
    for stage in stages("clips").await {
        let work = tempfile::tempdir().unwrap();
        stage
            .studio
            .work_in(Workshop::new(work.path().to_owned()), foreign.clone());
        let ken = stage.crew().await;
        let brought = bring(&ken, "purpose=clip&name=Sponsor%20A", &foreign).await;
        assert_eq!(
            (&brought["stage"], &brought["name"]),
            (&json!("waiting"), &json!("Sponsor A"))
        );
        let clip = checked(&ken, &brought["id"]).await;
        assert_eq!(
            (&clip["stage"], &clip["enabled"]),
            (&json!("ready"), &json!(true)),
            "{clip}"
        );
        assert_eq!(clip["facts"]["picture"]["codec"], "vp8");
        let id = clip["id"].as_str().unwrap();
        let page = ken.get(PAGE).await;
        assert!(
            page.body.contains("320×180 · 30.00 fps · vp8"),
            "{}",
            page.body
        );
        assert!(page.body.contains("silence was added"));
        let look = ken
            .with("range", "bytes=0-99")
            .get(&format!("{PAGE}/{id}/film"))
            .await;
        assert_eq!(look.status, StatusCode::PARTIAL_CONTENT);
        assert_eq!(look.headers["content-type"], "video/mp4");
        let ken = stage.crew().await;
        while !stage
            .channels
            .has_clips(&ChannelName::parse("ours/a").unwrap())
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let switched = ken
            .post(&format!("{PAGE}/in-breaks"), &[("in_breaks", "1")])
            .await;
        assert_eq!(switched.status, StatusCode::SEE_OTHER);
        assert_eq!(ken.get(API).await.json()["in_breaks"], true);
        until(&stage, "a", |status| status.on == On::Nothing).await;
        // The opening is over, and the break is on.
        stage.site.clock.advance(Duration::from_mins(22));
        stage.look(onair::model::Cause::Time).await;
        until(&stage, "a", |status| status.on == On::Clips).await;
        until(&stage, "a", |status| {
            status.playing.as_deref() == Some("Sponsor A")
        })
        .await;
        stage.site.clock.advance(Duration::from_mins(10));
        stage.look(onair::model::Cause::Time).await;
        until(&stage, "a", |status| status.on == On::Nothing).await;
        let ordered = ken
            .json(Method::POST, INPUT, &json!({"order": "clips"}))
            .await;
        assert_eq!(ordered.json()["output"]["on"], "clips");
        assert_eq!(ordered.json()["output"]["playing"], "Sponsor A");
        let removed = ken.post(&format!("{PAGE}/{id}/remove"), &[]).await;
        assert_eq!(removed.status, StatusCode::SEE_OTHER);
        until(&stage, "a", |status| status.on == On::Nothing).await;
        let refused = ken
            .json(Method::POST, INPUT, &json!({"order": "clips"}))
            .await;
        assert_eq!(refused.json()["code"], "studio-no-clips");
        assert_eq!(
            acts(&stage).await,
            ["slate.bring", "slate.in_breaks", "slate.remove"]
        );
        let files = db::sql!(i64: "SELECT count(*) FROM blob");
        let left: i64 = stage.site.app.db.one(files, db::params![]).await.unwrap();
        assert_eq!(left, 0, "no file is kept that nobody plays");
    }
}

#[tokio::test]
async fn without_ffmpeg_a_film_that_fits_is_taken_and_another_is_refused_with_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let (fits, foreign) = (
        film(dir.path(), "a.mp4", FITS),
        film(dir.path(), "b.webm", FOREIGN),
    );
    for stage in stages("fits").await {
        stage
            .studio
            .work_in(without_ffmpeg(dir.path()), fits.clone());
        let ken = stage.crew().await;
        let slate = bring(&ken, "purpose=slate&name=Ours", &fits).await;
        let slate = checked(&ken, &slate["id"]).await;
        assert_eq!(
            (&slate["stage"], &slate["facts"]["container"]),
            (&json!("ready"), &json!("mp4")),
            "{slate}"
        );
        let other = bring(&ken, "purpose=clip&name=Web&tracks=b", &foreign).await;
        let other = checked(&ken, &other["id"]).await;
        assert_eq!(
            (&other["stage"], &other["refusal"]["why"]),
            (&json!("refused"), &json!("unknown"))
        );
        assert_eq!(
            (&other["all_tracks"], &other["tracks"]),
            (&json!(false), &json!(["b"]))
        );
        let page = ken.get(PAGE).await.body;
        assert!(
            page.contains("a key frame every 2 seconds (60 frames)"),
            "{page}"
        );
        // Everybody's slate gives way to the conference's own.
        let encoder = testing::Encoder::default();
        let everybodys = Slate::new(&encoder.configs(), encoder.frames(2), 2_000_000).unwrap();
        stage.channels.set_slate(Some(everybodys));
        let name = ChannelName::parse("ours/a").unwrap();
        stage.channels.direct(&name, Order::Slate).unwrap();
        until(&stage, "a", |status| {
            status.playing.as_deref() == Some("Ours") && !status.titled
        })
        .await;
        let path = format!("{API}/{}", slate["id"].as_str().unwrap());
        let off = json!({"version": slate["version"], "enabled": false});
        assert_eq!(
            ken.json(Method::PATCH, &path, &off).await.json()["enabled"],
            false
        );
        until(&stage, "a", |status| {
            status.on == On::Slate && status.playing.is_none()
        })
        .await;
    }
}

#[tokio::test]
async fn what_comes_is_written_into_the_slate_and_pages_are_told() {
    let dir = tempfile::tempdir().unwrap();
    let neutral = film(dir.path(), "neutral.mp4", FITS);
    for stage in stages("titles").await {
        let work = tempfile::tempdir().unwrap();
        let name = ChannelName::parse("ours/a").unwrap();
        let input = stage
            .channels
            .admit(&name, Seat::Primary, testing::source())
            .unwrap();
        testing::Encoder::default().send(&input, 6).unwrap();
        stage
            .studio
            .work_in(Workshop::new(work.path().to_owned()), neutral.clone());
        let encoder = testing::Encoder::default();
        let everybodys = Slate::new(&encoder.configs(), encoder.frames(2), 2_000_000).unwrap();
        stage.channels.set_slate(Some(everybodys));
        stage.channels.direct(&name, Order::Slate).unwrap();
        until(&stage, "a", |status| status.titled).await;
        drop(input);
    }
}

/// The value of a hidden field.
fn hidden(page: &str, name: &str) -> String {
    let (_, rest) = page
        .split_once(&format!("name=\"{name}\" value=\""))
        .unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

#[tokio::test]
async fn films_go_with_their_conference() {
    let dir = tempfile::tempdir().unwrap();
    let fits = film(dir.path(), "a.mp4", FITS);
    for stage in stages("films that go").await {
        stage
            .studio
            .work_in(without_ffmpeg(dir.path()), fits.clone());
        let ken = stage.crew().await;
        let brought = bring(&ken, "purpose=clip&name=One", &fits).await;
        checked(&ken, &brought["id"]).await;
        let db = &stage.site.app.db;
        let kept = || async {
            let files = db::sql!(i64: "SELECT count(*) FROM blob");
            let kept: i64 = db.one(files, db::params![]).await.unwrap();
            kept
        };
        assert_eq!(kept().await, 1);
        let mut tx = db.begin().await.unwrap();
        for statement in [
            db::sql!(
                "DELETE FROM talk WHERE conference IN (SELECT id FROM conference WHERE slug = $1)"
            ),
            db::sql!(
                "DELETE FROM track WHERE conference IN (SELECT id FROM conference WHERE slug = $1)"
            ),
            db::sql!("DELETE FROM conference WHERE slug = $1"),
        ] {
            tx.exec(statement, db::params!["ours"]).await.unwrap();
        }
        tx.commit().await.unwrap();
        assert_eq!(kept().await, 0);
    }
}

#[tokio::test]
async fn the_crew_orders_renames_and_chooses_tracks_and_nobody_overwrites_what_they_have_not_seen()
{
    let dir = tempfile::tempdir().unwrap();
    let fits = film(dir.path(), "a.mp4", FITS);
    for stage in stages("order of films").await {
        stage
            .studio
            .work_in(without_ffmpeg(dir.path()), fits.clone());
        let ken = stage.crew().await;
        let mut ids = Vec::new();
        for name in ["One", "Two", "Three"] {
            let brought = bring(&ken, &format!("purpose=clip&name={name}"), &fits).await;
            checked(&ken, &brought["id"]).await;
            ids.push(brought["id"].as_str().unwrap().to_owned());
        }
        let moved = ken
            .post(&format!("{PAGE}/{}/move", ids[2]), &[("to", "earlier")])
            .await;
        assert_eq!(moved.status, StatusCode::SEE_OTHER);
        let names = |listed: &Value| -> Vec<String> {
            let slates = listed["slates"].as_array().unwrap();
            slates
                .iter()
                .map(|slate| slate["name"].as_str().unwrap().to_owned())
                .collect()
        };
        let listed = ken.get(API).await.json();
        assert_eq!(names(&listed), ["One", "Three", "Two"]);
        let path = format!("{PAGE}/{}", ids[0]);
        let old = ken.get(&path).await.body;
        assert!(old.contains("value=\"One\""), "{old}");
        let save = async |page: &str, name: &str| {
            let (version, was) = (hidden(page, "version"), hidden(page, "was"));
            let fields = [
                ("version", version.as_str()),
                ("was", &was),
                ("name", name),
                ("purpose", "clip"),
                ("onto", "some"),
                ("track", "b"),
            ];
            ken.post(&path, &fields).await
        };
        assert_eq!(save(&old, "First").await.status, StatusCode::SEE_OTHER);
        let late = save(&old, "Late").await;
        assert_eq!(late.status, StatusCode::CONFLICT);
        assert!(late.body.contains("value=\"Late\""), "what was typed stays");
        assert!(late.body.contains("pick.name"), "beside what is");
        let now = ken.get(&path).await.body;
        let nameless = save(&now, "").await;
        assert_eq!(nameless.status, StatusCode::UNPROCESSABLE_ENTITY);
        let listed = ken.get(API).await.json();
        let first = &listed["slates"][0];
        assert_eq!(
            (&first["name"], &first["enabled"], &first["tracks"]),
            (&json!("First"), &json!(false), &json!(["b"]))
        );
        for (field, bad) in [
            ("name", json!("")),
            ("name", json!("x".repeat(101))),
            ("purpose", json!("film")),
            ("tracks", json!(["c"])),
            ("move", json!("up")),
        ] {
            let mut change = json!({"version": first["version"]});
            change[field] = bad;
            let refused = ken
                .json(Method::PATCH, &format!("{API}/{}", ids[0]), &change)
                .await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        }
        let decided = ken
            .json(Method::PATCH, API, &json!({"in_breaks": true}))
            .await;
        assert_eq!(decided.status, StatusCode::NO_CONTENT);
        let removed = ken
            .send(Method::DELETE, &format!("{API}/{}", ids[1]), None, vec![])
            .await;
        assert_eq!(removed.status, StatusCode::NO_CONTENT);
        let gone = ken
            .send(Method::DELETE, &format!("{API}/{}", ids[1]), None, vec![])
            .await;
        assert_eq!(gone.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn others_are_refused_and_so_is_what_is_no_film_or_one_too_many() {
    for stage in stages("films refused").await {
        let nao = stage.site.sign_in("Nao", None, &[]).await;
        assert_eq!(nao.get(PAGE).await.status, StatusCode::FORBIDDEN);
        assert_eq!(nao.get(API).await.status, StatusCode::FORBIDDEN);
        let ken = stage.crew().await;
        let bytes = || b"no film at all".to_vec();
        for (about, body) in [
            ("purpose=film&name=a", bytes()),
            ("purpose=clip&name=", bytes()),
            ("purpose=clip&name=a&tracks=c", bytes()),
            ("purpose=clip&name=a", Vec::new()),
        ] {
            let refused = ken
                .send(Method::POST, &format!("{API}?{about}"), None, body)
                .await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{about}");
        }
        let kind = Some("multipart/form-data; boundary=x");
        let form = "--x\r\ncontent-disposition: form-data; name=\"purpose\"\r\n\r\nclip\r\n\
            --x\r\ncontent-disposition: form-data; name=\"film\"; filename=\"スポンサー.mp4\"\r\n\r\nno film\r\n--x--\r\n";
        let sent = ken.send(Method::POST, PAGE, kind, form.into()).await;
        assert_eq!(
            (sent.status, sent.location()),
            (StatusCode::SEE_OTHER, PAGE)
        );
        let listed = ken.get(API).await.json();
        assert_eq!(listed["slates"][0]["name"], "スポンサー");
        let id = listed["slates"][0]["id"].as_str().unwrap();
        let cut = ken.send(Method::POST, PAGE, kind, form[..150].into()).await;
        assert_eq!(cut.status, StatusCode::UNPROCESSABLE_ENTITY);
        let none = ken.send(Method::POST, PAGE, kind, "--x--\r\n".into()).await;
        assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
        // Another conference's film is not found.
        let theirs = stage.conference("theirs").await;
        let mei = stage
            .site
            .sign_in("Mei", Some(Role::Broadcast), &[theirs])
            .await;
        let path = format!("/api/v2/conferences/theirs/slates/{id}");
        let refused = mei.send(Method::DELETE, &path, None, vec![]).await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND);
        let unready = ken.get(&format!("{PAGE}/{id}/film")).await;
        assert_eq!(unready.status, StatusCode::NOT_FOUND);
        for n in 1..40 {
            let path = format!("{API}?purpose=clip&name={n}");
            let brought = ken.send(Method::POST, &path, None, bytes()).await;
            assert_eq!(brought.status, StatusCode::CREATED, "{n}");
        }
        let many = ken
            .send(
                Method::POST,
                &format!("{API}?purpose=clip&name=x"),
                None,
                bytes(),
            )
            .await;
        assert_eq!(many.json()["code"], "studio-slate-too-many");
        assert!(
            ken.get(PAGE)
                .await
                .body
                .contains("as many films as there may be")
        );
    }
}

#[tokio::test]
async fn what_was_interrupted_goes_on_after_a_restart_but_not_for_ever() {
    let dir = tempfile::tempdir().unwrap();
    let fits = film(dir.path(), "a.mp4", FITS);
    for stage in stages("films resumed").await {
        let ken = stage.crew().await;
        let mut ids = Vec::new();
        for name in ["Once", "Again"] {
            ids.push(bring(&ken, &format!("purpose=clip&name={name}"), &fits).await["id"].clone());
        }
        let working = db::sql!("UPDATE slate SET stage = 'working', attempts = $2 WHERE name = $1");
        for (name, attempts) in [("Once", 1_i64), ("Again", 3)] {
            let db = &stage.site.app.db;
            db.exec(working, db::params![name, &attempts])
                .await
                .unwrap();
        }
        stage
            .studio
            .work_in(without_ffmpeg(dir.path()), fits.clone());
        assert_eq!(checked(&ken, &ids[0]).await["stage"], "ready");
        let again = checked(&ken, &ids[1]).await;
        assert_eq!(
            (&again["stage"], &again["refusal"]["why"]),
            (&json!("refused"), &json!("unplayable"))
        );
    }
}

#[tokio::test]
async fn films_that_are_switched_on_take_only_so_much_of_the_memory() {
    let dir = tempfile::tempdir().unwrap();
    let fits = film(dir.path(), "a.mp4", FITS);
    for stage in stages("films in memory").await {
        stage
            .studio
            .work_in(without_ffmpeg(dir.path()), fits.clone());
        let ken = stage.crew().await;
        let first = bring(&ken, "purpose=clip&name=Large", &fits).await;
        checked(&ken, &first["id"]).await;
        let large = db::sql!("UPDATE slate SET bytes = 268435456 WHERE name = 'Large'");
        stage.site.app.db.exec(large, db::params![]).await.unwrap();
        let second = bring(&ken, "purpose=clip&name=Second", &fits).await;
        let second = checked(&ken, &second["id"]).await;
        assert_eq!(
            (&second["stage"], &second["enabled"]),
            (&json!("ready"), &json!(false))
        );
        let path = format!("{API}/{}", second["id"].as_str().unwrap());
        let on = json!({"version": second["version"], "enabled": true});
        let refused = ken.json(Method::PATCH, &path, &on).await;
        assert_eq!(refused.json()["code"], "studio-slate-memory");
    }
}
