//! Files and bulk acts by the API: schedule files, spreadsheets, pictures, slides; the rules of the pages.

use http::{Method, StatusCode};
use identity::Role;
use identity::actions::Persona;
use kit::{Answer, Browser};
use serde_json::{Value, json};

use crate::pages::TODAY;
use crate::talks::contents;
use crate::{Stage, stages};

const API: &str = "/api/v2/conferences/today";
const PDF: &[u8] = b"%PDF-1.7\n1 0 obj<<>>endobj\n%%EOF\n";

async fn post(browser: &Browser, path: &str, kind: &str, file: &[u8]) -> Answer {
    let file = file.to_vec();
    browser.send(Method::POST, path, Some(kind), file).await
}

fn tag(answer: &Answer) -> String {
    let tag = answer.headers.get("etag").expect("a tag");
    tag.to_str().expect("text").to_owned()
}

async fn desk(stage: &Stage) -> Browser {
    let persona = Persona {
        email: "desk@example.org",
        name: "Dai",
        role: Some(Role::Desk),
        conferences: &[stage.programme("today").await.conference.id.clone()],
        owner: false,
    };
    stage.site.sign_in_as(&persona).await
}

#[tokio::test]
async fn a_schedule_file_is_compared_and_then_imported_as_it_was_seen() {
    for stage in stages("schedule api").await {
        stage.import(TODAY).await;
        let team = contents(&stage).await;
        let file = TODAY.replace("<title>Tea</title>", "<title>Coffee</title>");
        let compare = format!("{API}/schedule/compare");
        let import = format!("{API}/schedule/import");
        let xml = "application/xml";
        let seen = post(&team, &compare, xml, file.as_bytes()).await;
        assert_eq!(seen.status, StatusCode::OK, "{}", seen.body);
        let report = seen.json();
        assert_eq!(report["changed"][0]["title"], "Coffee");
        assert_eq!(report["changed"][0]["fields"], json!(["title"]));
        let titles = |programme: &program::Programme| -> Vec<String> {
            let talks = programme.talks.iter();
            talks.map(|talk| talk.title.clone()).collect()
        };
        let before = stage.programme("today").await;
        assert!(titles(&before).contains(&"Tea".into()), "only looked at");
        let blind = post(&team, &import, xml, file.as_bytes()).await;
        assert_eq!(blind.status, StatusCode::PRECONDITION_REQUIRED);
        let other = team.clone().with("if-match", "\"v999\"");
        let other = post(&other, &import, xml, file.as_bytes()).await;
        assert_eq!(other.status, StatusCode::PRECONDITION_FAILED);
        let sure = team.clone().with("if-match", &tag(&seen));
        let done = post(&sure, &import, xml, file.as_bytes()).await;
        assert_eq!(done.status, StatusCode::OK, "{}", done.body);
        assert_eq!(done.json()["changed"], report["changed"]);
        let after = stage.programme("today").await;
        assert!(titles(&after).contains(&"Coffee".into()));
        let again = team.clone().with("if-match", &tag(&done));
        let again = post(&again, &import, xml, file.as_bytes()).await;
        assert_eq!(again.json()["changed"], json!([]), "{}", again.body);

        let broken = post(&team, &compare, xml, b"<schedule><day>").await;
        assert_eq!(broken.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(broken.json()["errors"][0]["field"], "body");
        let nothing = post(&team, &compare, xml, b"").await;
        assert_eq!(nothing.json()["errors"][0]["code"], "web-file-empty");
        let desk = desk(&stage).await;
        let refused = post(&desk, &compare, xml, file.as_bytes()).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn a_conference_is_made_of_a_schedule_file_once_per_key() {
    for stage in stages("import api").await {
        let persona = Persona {
            email: "owner@example.org",
            name: "Owner",
            role: None,
            conferences: &[],
            owner: true,
        };
        let owner = stage.site.sign_in_as(&persona).await;
        let keyed = owner.clone().with("idempotency-key", "once");
        let path = "/api/v2/import?lifecycle=draft";
        let made = post(&keyed, path, "application/xml", TODAY.as_bytes()).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        assert_eq!(made.json()["lifecycle"], "draft");
        let again = post(&keyed, path, "application/xml", TODAY.as_bytes()).await;
        assert_eq!(
            (again.status, &again.json()["id"]),
            (StatusCode::CREATED, &made.json()["id"])
        );
        let taken = post(&owner, path, "application/xml", TODAY.as_bytes()).await;
        assert_eq!(taken.json()["errors"][0]["code"], "program-import-taken");
        let odd = post(
            &owner,
            "/api/v2/import?lifecycle=x",
            "application/xml",
            b"x",
        )
        .await;
        assert_eq!(odd.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
}

#[tokio::test]
async fn a_spreadsheet_is_looked_at_mapped_taken_over_and_taken_back() {
    for stage in stages("sheet api").await {
        stage.import(TODAY).await;
        let team = contents(&stage).await;
        let all = format!("{API}/spreadsheets/talks");
        let csv = "title,who,note\nObserving,Aiko <b>,x\nNew one,Ken,y\n,Nobody,z\n";
        let keyed = team.clone().with("idempotency-key", "sheet");
        let named = format!("{all}?name=talks.csv");
        let made = post(&keyed, &named, "text/csv", csv.as_bytes()).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        let again = post(&keyed, &named, "text/csv", csv.as_bytes()).await;
        assert_eq!(again.json()["id"], made.json()["id"]);
        assert_eq!(
            team.get(&all).await.json().as_array().map(Vec::len),
            Some(1)
        );
        let look = made.json();
        assert_eq!(
            (&look["name"], &look["would"]["refused"]),
            (&json!("talks.csv"), &json!(1))
        );
        let one = format!("{all}/{}", look["id"].as_str().expect("an id"));
        let other = one.replace("/talks/", "/speakers/");
        assert_eq!(team.get(&other).await.status, StatusCode::NOT_FOUND);

        let wish = json!({"columns": ["title", "speakers", null]});
        let stale = team.clone().with("if-match", "\"x\"");
        let stale = stale.json(Method::PUT, &one, &wish).await;
        assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
        let sure = team.clone().with("if-match", &tag(&made));
        let mapped = sure.json(Method::PUT, &one, &wish).await;
        assert_eq!(mapped.status, StatusCode::OK, "{}", mapped.body);
        assert_eq!(mapped.json()["columns"][1]["field"], "speakers");
        let rows = team.get(&format!("{one}/rows?limit=2")).await.json();
        assert_eq!(rows["items"].as_array().map(Vec::len), Some(2));
        let next = rows["next"].as_str().expect("there is one more");
        let rest = team
            .get(&format!("{one}/rows?limit=2&cursor={next}"))
            .await
            .json();
        assert_eq!(
            (&rest["items"][0]["fate"], &rest["next"]),
            (&json!("refused"), &Value::Null)
        );
        let refused = team.get(&format!("{one}/rows?fate=refused")).await.json();
        assert_eq!(refused["items"].as_array().map(Vec::len), Some(1));
        assert_eq!(refused["items"][0]["line"], 4);

        let apply = format!("{one}/apply");
        let old = sure.json(Method::POST, &apply, &Value::Null).await;
        let fresh = team.clone().with("if-match", &tag(&mapped));
        let done = fresh.json(Method::POST, &apply, &Value::Null).await;
        assert_eq!(done.status, StatusCode::OK, "{} {}", old.body, done.body);
        assert_eq!(done.json()["new"], 2);
        let twice = fresh.json(Method::POST, &apply, &Value::Null).await;
        assert_eq!(twice.json(), done.json());
        let gone = team.get(&one).await;
        assert_eq!(gone.status, StatusCode::CONFLICT, "{}", gone.body);
        let undone = team
            .json(Method::POST, &format!("{one}/undo"), &Value::Null)
            .await;
        assert!(
            undone.json()["binned"].as_u64() >= Some(2),
            "{}",
            undone.body
        );
        let dropped = team.json(Method::DELETE, &one, &Value::Null).await;
        assert_eq!(dropped.status, StatusCode::NO_CONTENT);
        for odd in ["?encoding=ebcdic", "?separator=x"] {
            let answer = post(&team, &format!("{all}{odd}"), "text/csv", csv.as_bytes()).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{odd}");
        }
    }
}

#[tokio::test]
async fn several_talks_or_speakers_are_acted_upon_all_or_none() {
    for stage in stages("bulk api").await {
        stage.import(TODAY).await;
        let team = contents(&stage).await;
        let programme = stage.programme("today").await;
        let ids: Vec<String> = programme
            .talks
            .iter()
            .take(2)
            .map(|own| own.id.to_string())
            .collect();
        let act = format!("{API}/admin/talks/act");
        let bin = json!({"do": "bin", "ids": ids});
        let strange = json!({"do": "bin", "ids": [ids[0], "tlk_00000000000000000000000000"]});
        let none = team.json(Method::POST, &act, &strange).await;
        assert_eq!(none.status, StatusCode::NOT_FOUND, "{}", none.body);
        let done = team.json(Method::POST, &act, &bin).await;
        assert_eq!(
            done.json().as_array().map(Vec::len),
            Some(2),
            "{}",
            done.body
        );
        let twice = team.json(Method::POST, &act, &bin).await;
        assert_eq!(twice.json(), json!([]));
        let back = json!({"do": "restore", "ids": ids});
        let back = team.json(Method::POST, &act, &back).await;
        assert_eq!(back.json().as_array().map(Vec::len), Some(2));
        let many = vec![ids[0].clone(); program::limits::ACT_MAX + 1];
        for odd in [
            json!({"do": "eat", "ids": ids}),
            json!({"do": "bin", "ids": []}),
            json!({"do": "bin", "ids": many}),
        ] {
            let answer = team.json(Method::POST, &act, &odd).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{odd}");
        }
        let speaker = programme.speakers[0].id.to_string();
        let act = format!("{API}/admin/speakers/act");
        let bin = json!({"do": "bin", "ids": [speaker]});
        let done = team.json(Method::POST, &act, &bin).await;
        assert_eq!(done.json()[0]["id"], speaker.as_str(), "{}", done.body);
        let ready = team.get(&format!("{API}/readiness")).await.json();
        let open = ready
            .as_array()
            .expect("checks")
            .iter()
            .find(|own| own["what"] == "open");
        assert_eq!(open.expect("it is checked")["done"], true);
    }
}

#[tokio::test]
async fn pictures_and_slides_are_brought_and_taken_away() {
    for stage in stages("picture api").await {
        stage.import(TODAY).await;
        let team = contents(&stage).await;
        let pictures = format!("{API}/theme/pictures");
        let none = stage.site.anonymous().get(&pictures).await;
        assert_eq!((none.status, none.json()), (StatusCode::OK, json!([])));
        let sure = team.clone().with("if-match", &tag(&none));
        let (logo, kind) = (format!("{pictures}/logo"), Some("image/svg+xml"));
        let drawing = b"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 40 10\"><rect width=\"40\" height=\"10\"/></svg>";
        let shown = sure.send(Method::PUT, &logo, kind, drawing.to_vec()).await;
        assert_eq!(shown.status, StatusCode::OK, "{}", shown.body);
        assert_eq!(shown.json()[0]["spot"], "logo");
        let late = sure.send(Method::PUT, &logo, kind, drawing.to_vec()).await;
        assert_eq!(late.status, StatusCode::PRECONDITION_FAILED);
        let sure = team.clone().with("if-match", &tag(&shown));
        let said = json!({"alt": {"en": "Today"}});
        let said = sure.json(Method::PATCH, &logo, &said).await;
        assert_eq!(said.json()[0]["alt"]["en"], "Today", "{}", said.body);
        let sure = team.clone().with("if-match", &tag(&said));
        let down = sure.json(Method::DELETE, &logo, &Value::Null).await;
        assert_eq!(down.status, StatusCode::NO_CONTENT, "{}", down.body);

        let talk = stage.programme("today").await.talks[0].id.to_string();
        let slides = format!("{API}/talks/{talk}/slides");
        let keyed = team.clone().with("idempotency-key", "slides");
        let named = format!("{slides}?name=%E7%99%BA%E8%A1%A8.pdf");
        let made = post(&keyed, &named, "application/pdf", PDF).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        assert_eq!(made.json()["name"], "発表.pdf");
        let again = post(&keyed, &named, "application/pdf", PDF).await;
        assert_eq!(again.json()["id"], made.json()["id"]);
        let other = post(&keyed, &named, "application/pdf", b"%PDF-1.7 other").await;
        assert_eq!(other.json()["errors"][0]["code"], "web-once-other");
        let text = post(&team, &slides, "application/pdf", b"hello").await;
        assert_eq!(text.status, StatusCode::UNPROCESSABLE_ENTITY);
        let one = format!("{slides}/{}", made.json()["id"].as_str().expect("an id"));
        let binned = team.json(Method::DELETE, &one, &Value::Null).await;
        assert_eq!(binned.status, StatusCode::NO_CONTENT, "{}", binned.body);
        let list = team
            .get(&format!("{API}/admin/talks/{talk}/slides"))
            .await
            .json();
        assert!(list[0]["binned_at"].is_string(), "{list}");
        let back = team
            .json(Method::POST, &format!("{one}/restore"), &Value::Null)
            .await;
        assert_eq!(back.json()["binned_at"], Value::Null, "{}", back.body);
    }
}
