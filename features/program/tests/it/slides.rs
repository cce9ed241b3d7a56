use std::time::Duration;

use http::{StatusCode, header};
use identity::{ConferenceId, Role};
use kit::Browser;
use platform::blob;
use platform::jobs::Worker;
use program::limits::{SLIDES_BYTES_MAX, SLIDES_MAX};

use crate::looks::{form, send};
use crate::pages::TODAY;
use crate::{Stage, stages};

const PDF: &[u8] = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj<<>>endobj\n%%EOF\n";

struct Desk {
    team: Browser,
    talk: String,
    admin: String,
}

async fn desk(stage: &Stage, ours: &ConferenceId) -> Desk {
    let own = std::slice::from_ref(ours);
    let team = stage.site.sign_in("Chika", Some(Role::Contents), own).await;
    let programme = stage.programme("today").await;
    let talk = programme
        .talk_named("on-now")
        .expect("a talk")
        .id
        .to_string();
    let admin = format!("/today/admin/talks/{talk}/slides");
    Desk { team, talk, admin }
}

async fn kept(stage: &Stage) -> usize {
    blob::all(&stage.site.app.db).await.expect("read").len()
}

async fn run_due(stage: &Stage) {
    let app = &stage.site.app;
    let worker = Worker::new(app.db.clone(), app.clock.clone());
    let worker = program::jobs::on(worker, app, &stage.programmes);
    worker.run_due().await.expect("the store answers");
}

/// The addresses of a talk's slides as the API says them, without the site.
async fn places(browser: &Browser) -> Vec<String> {
    let talk = browser
        .get("/api/v2/conferences/today/talks/on-now")
        .await
        .json();
    let slides = talk["slides"].as_array().expect("a list").clone();
    let place = |own: &serde_json::Value| {
        own["url"]
            .as_str()
            .expect("an address")
            .replace("http://box.test", "")
    };
    slides.iter().map(place).collect()
}

#[tokio::test]
async fn slides_are_uploaded_downloaded_binned_brought_back_and_gone_after_thirty_days() {
    for stage in stages("slides").await {
        let ours = stage.import(TODAY).await.conference.id;
        let Desk { team, admin, .. } = desk(&stage, &ours).await;
        let anonymous = stage.site.anonymous();
        let done = send(&team, &admin, form(&[], Some(PDF))).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
        let place = places(&anonymous).await.remove(0);
        let portable = program::portable::portable(&stage.site.app.db, &ours, "http://box.test");
        let section = portable.await.expect("read").expect("there").section;
        assert!(
            place.ends_with(section.files[0].as_str()),
            "{:?}",
            section.files
        );
        assert_eq!(section.content["slides"][0]["name"], "発表.pdf");
        let page = anonymous.get("/today/talks/on-now").await.body;
        assert!(page.contains(&place) && page.contains("発表.pdf"), "{page}");
        let file = anonymous.get(&place).await;
        assert_eq!(file.status, StatusCode::OK);
        assert_eq!(file.headers[header::CONTENT_TYPE], "application/pdf");
        assert_eq!(
            file.headers[header::CONTENT_LENGTH],
            PDF.len().to_string().as_str()
        );
        let disposition = file.headers[header::CONTENT_DISPOSITION]
            .to_str()
            .expect("ascii");
        assert!(
            disposition.starts_with("attachment;") && disposition.ends_with("%E8%A1%A8.pdf"),
            "{disposition}"
        );
        assert!(file.body.starts_with("%PDF-1.7"));
        let etag = file.headers[header::ETAG]
            .to_str()
            .expect("text")
            .to_owned();
        let again = stage
            .site
            .anonymous()
            .with("if-none-match", &etag)
            .get(&place)
            .await;
        assert_eq!(again.status, StatusCode::NOT_MODIFIED);

        let id = place.rsplit('/').next().expect("an id");
        let bin = format!("{admin}/{id}/bin");
        assert_eq!(team.post(&bin, &[]).await.status, StatusCode::SEE_OTHER);
        assert_eq!(anonymous.get(&place).await.status, StatusCode::NOT_FOUND);
        let said = team.get(&admin).await.body;
        assert!(
            said.contains(&format!("{admin}/{id}/restore")),
            "it can be undone: {said}"
        );
        assert_eq!(
            team.post(&format!("{admin}/{id}/restore"), &[])
                .await
                .status,
            StatusCode::SEE_OTHER
        );
        assert_eq!(anonymous.get(&place).await.status, StatusCode::OK);
        stage.site.clock.advance(Duration::from_hours(31 * 24));
        run_due(&stage).await;
        assert_eq!(kept(&stage).await, 1, "it was brought back");
        let team = desk(&stage, &ours).await.team;
        team.post(&bin, &[]).await;
        stage.site.clock.advance(Duration::from_hours(31 * 24));
        run_due(&stage).await;
        assert_eq!(kept(&stage).await, 0);
    }
}

#[tokio::test]
async fn slides_of_what_nobody_sees_are_seen_by_nobody_and_go_with_their_talk() {
    for stage in stages("slides_hidden").await {
        let ours = stage.import(TODAY).await.conference.id;
        let Desk { team, talk, admin } = desk(&stage, &ours).await;
        send(&team, &admin, form(&[], Some(PDF))).await;
        let anonymous = stage.site.anonymous();
        let place = places(&anonymous).await.remove(0);
        let id = place.rsplit('/').next().expect("an id").to_owned();
        let act = async |act: &str| {
            let fields = [("id", talk.as_str()), ("do", act)];
            let done = team.post("/today/admin/talks/act", &fields).await;
            assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
        };
        act("hidden").await;
        assert_eq!(anonymous.get(&place).await.status, StatusCode::NOT_FOUND);
        let own = team.get(&format!("{admin}/{id}")).await;
        assert_eq!(own.status, StatusCode::OK, "the team sees them");
        let refused = anonymous.get(&format!("{admin}/{id}")).await;
        assert!(refused.location().starts_with("/sign-in"), "{refused:?}");
        act("bin").await;
        stage.site.clock.advance(Duration::from_hours(31 * 24));
        run_due(&stage).await;
        assert_eq!(kept(&stage).await, 0);
    }
}

#[tokio::test]
async fn what_is_no_pdf_too_long_or_one_too_many_is_refused() {
    for stage in stages("slides_refused").await {
        let ours = stage.import(TODAY).await.conference.id;
        let Desk { team, admin, .. } = desk(&stage, &ours).await;
        for bad in [b"<html>".as_slice(), b"%PD", b"", b"MZ%PDF-"] {
            let refused = send(&team, &admin, form(&[], Some(bad))).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad:?}");
        }
        let length = usize::try_from(SLIDES_BYTES_MAX).expect("it fits");
        let mut long = PDF.to_vec();
        long.resize(length + 1, 0);
        let refused = send(&team, &admin, form(&[], Some(&long))).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(kept(&stage).await, 0);
        for _ in 0..SLIDES_MAX {
            let done = send(&team, &admin, form(&[], Some(PDF))).await;
            assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
        }
        let first = places(&team).await.remove(0);
        let id = first.rsplit('/').next().expect("an id").to_owned();
        let refused = send(&team, &admin, form(&[], Some(PDF))).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        team.post(&format!("{admin}/{id}/bin"), &[]).await;
        let done = send(&team, &admin, form(&[], Some(PDF))).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
        let full = team.post(&format!("{admin}/{id}/restore"), &[]).await;
        assert_eq!(
            full.status,
            StatusCode::CONFLICT,
            "there is no room for it now"
        );
        assert_eq!(places(&team).await.len(), SLIDES_MAX);
    }
}
