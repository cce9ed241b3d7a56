//! What people and programs do, in numbers.

use std::time::Duration;

use identity::figures::acts;

use crate::passwords::switch;
use crate::stages;

#[tokio::test]
async fn an_act_is_counted_in_the_moment_in_which_it_was_done() {
    for stage in stages("figures", true).await {
        let (db, now) = (&stage.site.app.db, stage.site.clock.now());
        let moment = Duration::from_secs(1);
        switch(&stage, true).await;
        let done = acts(db, now, now + moment).await.expect("read");
        assert_eq!(done.len(), 1, "{done:?}");
        assert_eq!(done[0].1, 1, "{done:?}");
        let before = acts(db, now - moment, now).await.expect("read");
        assert!(before.is_empty(), "{before:?}");
    }
}
