//! By itself a track follows the timetable.

use onair::model::Cause;

use neighbours::OURS;

use crate::stages;

#[tokio::test]
async fn a_track_follows_the_timetable_at_its_very_instants() {
    for stage in stages("follow").await {
        let on = |track: &'static str| stage.on("ours", track);
        let auto = |title: Option<&str>| (title.map(str::to_owned), "auto".to_owned());
        assert_eq!(on("a").await, auto(None), "nobody has looked yet");
        stage.pass(0).await;
        assert_eq!(
            (on("a").await, on("b").await),
            (auto(Some("Opening")), auto(None))
        );
        // A look that comes late changes what is on, and not when it was.
        for (minutes, a, b) in [
            (21, Some("Break"), None),
            (11, Some("Second"), None),
            (15, Some("Second"), Some("Late")),
            (60, None, None),
        ] {
            stage.pass(minutes).await;
            assert_eq!(
                (on("a").await, on("b").await),
                (auto(a), auto(b)),
                "after {minutes} more minutes"
            );
        }
        let conference = stage.conference("ours").await;
        let track = stage.track("ours", "a").await;
        let history = onair::history(&stage.site.app.db, &conference, &track, 100)
            .await
            .unwrap();
        let instants: Vec<i64> = history
            .iter()
            .map(|entry| (entry.at.as_second() - kit::start().as_second()) / 60)
            .collect();
        assert_eq!(instants, [-10, 20, 30, 60]);
        assert!(
            history
                .iter()
                .all(|entry| entry.name.is_none() && entry.reason.is_empty())
        );
        assert!(
            history
                .windows(2)
                .all(|pair| pair[0].to_talk == pair[1].from_talk
                    && pair[0].version + 1 == pair[1].version)
        );
    }
}

#[tokio::test]
async fn another_timetable_changes_what_is_on_at_once_and_history_stays() {
    for stage in stages("edit").await {
        stage.pass(0).await;
        stage.site.clock.advance(std::time::Duration::from_mins(2));
        let mut moved = OURS.to_vec();
        moved[0].from = 10;
        moved[0].minutes = 10;
        moved[2].from = -10;
        moved[2].minutes = 20;
        stage.import("ours", &moved).await;
        stage.look(Cause::Edit).await;
        assert_eq!(stage.on("ours", "a").await.0.as_deref(), Some("Second"));
        let (conference, track) = (
            stage.conference("ours").await,
            stage.track("ours", "a").await,
        );
        let history = onair::history(&stage.site.app.db, &conference, &track, 100)
            .await
            .unwrap();
        assert_eq!(history.last().unwrap().at, stage.site.clock.now());
    }
}

#[tokio::test]
async fn looking_from_several_places_at_once_changes_a_track_once() {
    for stage in stages("looks").await {
        let looks = (0..10).map(|_| stage.look(Cause::Time));
        let mut looks: Vec<_> = looks.map(Box::pin).collect();
        for look in &mut looks {
            look.as_mut().await;
        }
        let app = &stage.site.app;
        let mut tasks = tokio::task::JoinSet::new();
        stage.site.clock.advance(std::time::Duration::from_mins(25));
        for _ in 0..10 {
            let (app, programmes, now) = (
                app.clone(),
                stage.programmes.clone(),
                stage.site.clock.now(),
            );
            tasks.spawn(async move {
                onair::jobs::look(&app, &programmes, now, Cause::Time)
                    .await
                    .is_ok()
            });
        }
        assert!(tasks.join_all().await.into_iter().all(|fine| fine));
        let (conference, track) = (
            stage.conference("ours").await,
            stage.track("ours", "a").await,
        );
        let history = onair::history(&app.db, &conference, &track, 100)
            .await
            .unwrap();
        assert_eq!(history.len(), 2);
    }
}

#[tokio::test]
async fn the_task_wakes_when_the_programme_or_what_is_on_air_is_changed() {
    for stage in stages("task").await {
        let app = &stage.site.app;
        let mut news = app.bus.subscribe(onair::CHANGED);
        onair::jobs::start(app, &stage.programmes);
        // Two conferences have something on track A.
        for _ in 0..2 {
            news.recv().await.unwrap();
        }
        let mut moved = OURS.to_vec();
        moved[0].minutes = 5;
        stage.import("ours", &moved).await;
        let event = news.recv().await.unwrap();
        let changed: onair::Changed = serde_json::from_value((*event.payload).clone()).unwrap();
        assert_eq!(
            (changed.to, changed.from),
            (None, Some(stage.talk("ours", "Opening").await))
        );
        assert!(
            app.tasks
                .shutdown(std::time::Duration::from_secs(5))
                .await
                .is_empty()
        );
    }
}
