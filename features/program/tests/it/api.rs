use http::StatusCode;

use crate::pages::TODAY;
use crate::stages;

#[tokio::test]
async fn programs_read_the_programme() {
    for stage in stages("api").await {
        stage.import(TODAY).await;
        let anonymous = stage.site.anonymous();
        let all = anonymous.get("/api/v2/conferences").await.json();
        assert_eq!(all[0]["slug"], "today");
        assert_eq!(all[0]["watch"], "anyone");
        let one = anonymous.get("/api/v2/conferences/today").await;
        assert_eq!(one.json()["first_day"], "2026-11-22");

        let table = anonymous.get("/api/v2/conferences/today/timetable").await;
        let tag = table.headers["etag"].to_str().unwrap().to_owned();
        let table = table.json();
        assert_eq!(table["days"].as_array().map(Vec::len), Some(2));
        assert_eq!(table["tracks"][0]["slug"], "a");
        assert_eq!(table["talks"][0]["title"], "On <now>");
        assert_eq!(table["talks"][0]["starts_at"], "2026-11-22T00:30:00Z");
        assert_eq!(table["talks"][0]["speakers"][0]["slug"], "aiko-b");
        assert!(
            table["talks"][0]["number"]
                .as_i64()
                .is_some_and(|number| number > 0)
        );
        assert!(
            table["talks"]
                .as_array()
                .unwrap()
                .iter()
                .any(|talk| talk["is_break"] == true)
        );
        let again = stage
            .site
            .anonymous()
            .with("if-none-match", &tag)
            .get("/api/v2/conferences/today/timetable")
            .await;
        assert_eq!(again.status, StatusCode::NOT_MODIFIED);

        let talk = anonymous
            .get("/api/v2/conferences/today/talks/on-now")
            .await
            .json();
        assert_eq!(talk["abstract"], "Hello **world** [x](javascript:alert(1))");
        assert!(
            !talk["abstract_html"]
                .as_str()
                .unwrap()
                .contains("javascript")
        );
        let speaker = anonymous
            .get("/api/v2/conferences/today/speakers/aiko-b")
            .await
            .json();
        assert_eq!(speaker["talks"][0], "on-now");
        assert_eq!(
            anonymous
                .get("/api/v2/conferences/today/speakers")
                .await
                .json()
                .as_array()
                .map(Vec::len),
            Some(1)
        );
        assert_eq!(
            anonymous
                .get("/api/v2/conferences/today/tracks")
                .await
                .json()[1]["name"],
            "Track B"
        );
        assert_eq!(
            anonymous
                .get("/api/v2/conferences/today/talks")
                .await
                .json()
                .as_array()
                .map(Vec::len),
            Some(5)
        );

        let missing = anonymous.get("/api/v2/conferences/nowhere/talks").await;
        assert_eq!(missing.status, StatusCode::NOT_FOUND);
        assert_eq!(missing.headers["content-type"], "application/problem+json");
    }
}

#[test]
fn every_route_of_the_api_is_described() {
    let described = program::openapi();
    let routes = program::routes(program::Programmes::new()).table();
    for route in routes
        .iter()
        .filter(|route| route.path.starts_with("/api/"))
    {
        assert!(
            described.paths.paths.contains_key(route.path),
            "{}",
            route.path
        );
    }
}
