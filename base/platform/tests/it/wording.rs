use platform::wording::{find, reset, set};

use super::{clock, stores};

#[tokio::test]
async fn a_wording_is_changed_by_who_saw_the_last_one_and_given_back() {
    for db in stores("wording").await {
        let now = clock().now();
        let key = ("cnf_1", "identity-mail", "ja");
        let mut tx = db.begin().await.expect("begins");
        assert!(
            set(&mut tx, key, 0, ("一", "{url}"), now)
                .await
                .expect("set")
        );
        assert!(
            !set(&mut tx, key, 0, ("二", "{url}"), now)
                .await
                .expect("too late")
        );
        assert!(
            set(&mut tx, key, 1, ("三", "{url}"), now)
                .await
                .expect("set")
        );
        assert!(
            !set(&mut tx, key, 1, ("四", "{url}"), now)
                .await
                .expect("too late")
        );
        tx.commit().await.expect("commits");
        let found = find(&db, key.0, key.1, key.2)
            .await
            .expect("read")
            .expect("there");
        assert_eq!((found.subject.as_str(), found.version), ("三", 2));
        assert_eq!(find(&db, "cnf_2", key.1, key.2).await.expect("read"), None);

        let mut tx = db.begin().await.expect("begins");
        assert!(!reset(&mut tx, key, 1).await.expect("too late"));
        assert!(reset(&mut tx, key, 2).await.expect("reset"));
        tx.commit().await.expect("commits");
        assert_eq!(find(&db, key.0, key.1, key.2).await.expect("read"), None);
    }
}
