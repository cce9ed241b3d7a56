use platform::Bus;
use platform::limits::BUS_EVENTS_MAX;

#[tokio::test]
async fn subscribers_hear_their_topics_in_order_and_nothing_from_before() {
    let bus = Bus::new();
    bus.publish("onair.changed", &1);
    let mut onair = bus.subscribe("onair.");
    bus.publish("chat.posted", &2);
    bus.publish("onair.changed", &serde_json::json!({"track": "trk_1"}));
    bus.publish("onair.held", &3);
    let first = onair.recv().await.expect("nothing missed");
    assert_eq!(
        (&*first.topic, &first.payload["track"]),
        ("onair.changed", &"trk_1".into())
    );
    assert_eq!(*onair.recv().await.expect("nothing missed").payload, 3);
}

#[tokio::test]
async fn a_subscriber_that_falls_behind_is_told_so_and_goes_on() {
    let bus = Bus::new();
    let mut slow = bus.subscribe("");
    for number in 0..=BUS_EVENTS_MAX {
        bus.publish("count", &number);
    }
    slow.recv().await.expect_err("the first is lost");
    assert_eq!(*slow.recv().await.expect("goes on").payload, 1);
}
