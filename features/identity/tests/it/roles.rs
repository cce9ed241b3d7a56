use http::{Method, StatusCode};
use identity::{Broadcast, Grant, Role};

use crate::stages;

pub(crate) async fn studio(grant: Grant<Broadcast>) -> String {
    format!("studio of {}", grant.conference())
}

#[tokio::test]
async fn a_role_opens_its_own_conference_and_no_other() {
    for stage in stages("roles", false).await {
        let (site, ours) = (&stage.site, vec![stage.ours.clone()]);
        let ken = site.sign_in("Ken", Some(Role::Broadcast), &ours).await;
        let seen = ken.get("/ours/studio").await;
        assert_eq!(
            (seen.status, seen.body),
            (StatusCode::OK, format!("studio of {}", stage.ours))
        );
        assert_eq!(
            ken.get("/theirs/studio").await.status,
            StatusCode::FORBIDDEN
        );
        assert_eq!(
            ken.get("/nowhere/studio").await.status,
            StatusCode::NOT_FOUND
        );

        let chair = site.sign_in("Chie", Some(Role::Chair), &ours).await;
        assert_eq!(chair.get("/ours/studio").await.status, StatusCode::OK);
        assert_eq!(
            chair.get("/theirs/studio").await.status,
            StatusCode::FORBIDDEN
        );
        assert_eq!(chair.get("/site").await.status, StatusCode::FORBIDDEN);

        let guest = site
            .sign_in(
                "Guest",
                Some(Role::Chair),
                std::slice::from_ref(&stage.theirs),
            )
            .await;
        assert_eq!(
            guest.get("/ours/studio").await.status,
            StatusCode::FORBIDDEN
        );
        assert_eq!(guest.get("/theirs/studio").await.status, StatusCode::OK);

        for role in [None, Some(Role::Desk), Some(Role::Contents)] {
            let other = site.sign_in(&format!("Other {role:?}"), role, &ours).await;
            let refused = other.get("/ours/studio").await;
            assert_eq!(refused.status, StatusCode::FORBIDDEN, "{role:?}");
            assert!(
                refused.body.contains("broadcast"),
                "the refusal names what is missing"
            );
        }
        let anonymous = site.anonymous().get("/ours/studio").await;
        assert_eq!(
            (anonymous.status, anonymous.location()),
            (StatusCode::SEE_OTHER, "/sign-in?next=/ours/studio")
        );
    }
}

#[tokio::test]
async fn another_site_s_page_cannot_post_for_somebody() {
    for stage in stages("csrf", false).await {
        let ken = stage
            .site
            .sign_in("Ken", None, &[])
            .await
            .with("sec-fetch-site", "cross-site")
            .with("origin", "https://evil.example");
        let refused = ken.post("/account/sessions/revoke-others", &[]).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        let ken = stage
            .site
            .sign_in("Ken", None, &[])
            .await
            .with("sec-fetch-site", "same-origin");
        assert_eq!(
            ken.post("/account/sessions/revoke-others", &[])
                .await
                .status,
            StatusCode::SEE_OTHER
        );
    }
}

#[tokio::test]
async fn programs_get_problem_details_and_people_a_page_in_their_language() {
    for stage in stages("problems", false).await {
        let anonymous = stage.site.anonymous().with("accept-language", "ja");
        let problem = anonymous.get("/api/v2/nothing").await;
        assert_eq!(problem.status, StatusCode::NOT_FOUND);
        assert_eq!(problem.headers["content-type"], "application/problem+json");
        let body = problem.json();
        assert_eq!(body["code"], "not-found");
        assert_eq!(
            body["trace_id"],
            problem.headers["x-trace-id"].to_str().expect("text")
        );
        let page = anonymous.get("/nothing/at/all").await;
        assert_eq!(page.status, StatusCode::NOT_FOUND);
        assert!(page.body.contains("lang=\"ja\"") && page.body.contains("ページが見つかりません"));
        assert!(
            page.headers["content-security-policy"]
                .to_str()
                .expect("text")
                .contains("default-src 'self'")
        );
        let wrong = anonymous
            .send(
                Method::POST,
                "/sign-in",
                Some("application/json"),
                b"{}".to_vec(),
            )
            .await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        let huge = anonymous
            .send(
                Method::POST,
                "/sign-in",
                Some("application/x-www-form-urlencoded"),
                vec![b'a'; 300_000],
            )
            .await;
        assert!(huge.status.is_client_error(), "{}", huge.status);
    }
}
