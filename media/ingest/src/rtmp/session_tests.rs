use proptest::prelude::*;

use super::*;

/// The client's side of a conversation with a [`Session`].
struct Client {
    session: Session,
    encoder: Encoder,
    replies: Decoder,
}

fn member(name: &str, value: Value) -> (String, Value) {
    (name.to_owned(), value)
}

impl Client {
    fn new() -> Self {
        let mut session = Session::default();
        session.input().extend_from_slice(&handshake::hello());
        assert_eq!(session.next_event(), Ok(None));
        let c2 = handshake::finish(session.output()).unwrap().unwrap();
        session.input().extend_from_slice(&c2);
        assert_eq!(session.next_event(), Ok(None));
        assert!(session.is_greeted());
        Self {
            session,
            encoder: Encoder::default(),
            replies: Decoder::default(),
        }
    }

    fn publishing() -> Self {
        let mut client = Self::new();
        client.connect("live").unwrap();
        client
            .command("createStream", 2.0, vec![Value::Null])
            .unwrap();
        client.publish("key").unwrap();
        client.session.accept();
        client.codes();
        client
    }

    fn send(&mut self, message: &Message) -> Result<Option<Event>, Error> {
        let before = self.session.input().len();
        self.encoder.encode(message, &mut self.session.input);
        let count = self.session.input().len() - before;
        self.session.received(count);
        self.session.next_event()
    }

    fn command(
        &mut self,
        name: &str,
        transaction: f64,
        arguments: Vec<Value>,
    ) -> Result<Option<Event>, Error> {
        let message = command::command(name, transaction, arguments);
        self.send(&Message {
            stream: 1,
            ..message
        })
    }

    fn connect(&mut self, app: &str) -> Result<Option<Event>, Error> {
        let about = vec![
            member("app", command::text(app)),
            member("flashVer", command::text("Test\n1")),
        ];
        self.command("connect", 1.0, vec![Value::Object(about)])
    }

    fn publish(&mut self, name: &str) -> Result<Option<Event>, Error> {
        self.command(
            "publish",
            3.0,
            vec![Value::Null, command::text(name), command::text("live")],
        )
    }

    fn media(&mut self, kind: u8, timestamp: u32) -> i64 {
        let message = Message {
            csid: 6,
            kind,
            stream: 1,
            timestamp,
            payload: Bytes::from_static(&[0xaf, 1, 7]),
        };
        match self.send(&message) {
            Ok(Some(Event::Media(media))) => media.timestamp_ms,
            other => panic!("{other:?}"),
        }
    }

    fn messages(&mut self) -> Vec<Message> {
        let mut messages = Vec::new();
        while let Some(message) = self.replies.decode(self.session.output()).unwrap() {
            messages.push(message);
        }
        messages
    }

    /// Commands and status codes of the replies so far.
    fn codes(&mut self) -> Vec<String> {
        let commands = self
            .messages()
            .into_iter()
            .filter(|message| message.kind == kind::COMMAND);
        commands
            .map(|message| {
                let command = Command::read(&message).unwrap().unwrap();
                let code = command
                    .arguments
                    .iter()
                    .find_map(|value| value.member("code").and_then(Value::text));
                code.map_or(command.name, str::to_owned)
            })
            .collect()
    }
}

#[test]
fn an_encoder_gets_from_connect_to_publishing() {
    let mut client = Client::new();
    assert_eq!(client.connect("live"), Ok(None));
    assert_eq!(client.codes(), ["NetConnection.Connect.Success"]);
    for name in [
        "releaseStream",
        "FCPublish",
        "createStream",
        "getStreamLength",
        "_checkbw",
        "unheardOf",
    ] {
        assert_eq!(
            client.command(name, 2.0, vec![Value::Null, command::text("key")]),
            Ok(None)
        );
    }
    assert_eq!(
        client.codes(),
        [
            "_result",
            "_result",
            "NetStream.Publish.Start",
            "_result",
            "_result",
            "_result"
        ]
    );
    let asked = client.publish("s3cret?user=x").unwrap().unwrap();
    let Event::Publish(request) = &asked else {
        panic!("{asked:?}")
    };
    assert_eq!(request.key.as_ref().unwrap().reveal(), "s3cret");
    assert_eq!(request.encoder, "Test1");
    assert!(
        !format!("{asked:?}").contains("s3cret"),
        "a key must not show in a log"
    );
    client.session.accept();
    assert_eq!(client.codes(), ["NetStream.Publish.Start"]);
    assert_eq!(client.media(kind::AUDIO, 20), 20);
    assert_eq!(
        client.command("deleteStream", 0.0, vec![Value::Null]),
        Ok(Some(Event::Unpublish))
    );
}

#[test]
fn media_that_was_pipelined_after_publish_waits_for_the_answer() {
    let mut client = Client::new();
    client.connect("live").unwrap();
    client.publish("key").unwrap();
    let sound = Message {
        csid: 6,
        kind: kind::AUDIO,
        stream: 1,
        timestamp: 5,
        payload: Bytes::from_static(&[1]),
    };
    assert_eq!(client.send(&sound), Ok(None));
    client.session.accept();
    assert!(matches!(
        client.session.next_event(),
        Ok(Some(Event::Media(_)))
    ));
}

#[test]
fn commands_in_amf3_messages_are_understood() {
    let mut client = Client::new();
    let about = vec![member("app", command::text("live"))];
    let mut message = command::command("connect", 1.0, vec![Value::Object(about)]);
    message.kind = kind::COMMAND_AMF3;
    message.payload = [&[0], &message.payload[..]].concat().into();
    assert_eq!(client.send(&message), Ok(None));
    assert_eq!(client.codes(), ["NetConnection.Connect.Success"]);
}

#[test]
fn another_application_is_refused() {
    let mut client = Client::new();
    assert_eq!(client.connect("vod"), Err(Error::App));
    assert_eq!(client.codes(), ["NetConnection.Connect.Rejected"]);
    for app in ["live/", "live?x=y"] {
        assert_eq!(Client::new().connect(app), Ok(None), "{app}");
    }
}

#[test]
fn watching_is_refused_before_and_after_publishing() {
    let mut client = Client::new();
    client.connect("live").unwrap();
    client.codes();
    assert_eq!(
        client.command("play", 4.0, vec![Value::Null, command::text("key")]),
        Err(Error::Play)
    );
    assert_eq!(client.codes(), ["NetStream.Play.Failed"]);
    assert_eq!(
        Client::publishing().command("play", 4.0, vec![Value::Null]),
        Err(Error::Play)
    );
}

#[test]
fn commands_in_an_impossible_order_end_the_connection() {
    assert_eq!(Client::new().publish("key"), Err(Error::Order));
    let mut client = Client::new();
    client.connect("live").unwrap();
    assert_eq!(client.connect("live"), Err(Error::Order));
    let sound = Message {
        csid: 6,
        kind: kind::AUDIO,
        stream: 1,
        timestamp: 5,
        payload: Bytes::from_static(&[1]),
    };
    assert_eq!(Client::new().send(&sound), Err(Error::MediaBeforePublish));
    let mut client = Client::new();
    client.connect("live").unwrap();
    assert_eq!(client.send(&sound), Err(Error::MediaBeforePublish));
}

#[test]
fn publishing_twice_is_refused_and_the_first_goes_on() {
    let mut client = Client::publishing();
    assert_eq!(client.publish("other"), Ok(None));
    assert_eq!(client.codes(), ["NetStream.Publish.BadName"]);
    assert_eq!(client.media(kind::VIDEO, 40), 40);
}

#[test]
fn commands_and_streams_without_end_are_cut_off() {
    let mut client = Client::new();
    client.connect("live").unwrap();
    let results: Vec<_> = (0..=COMMANDS_MAX)
        .map(|_| client.command("releaseStream", 2.0, vec![]))
        .collect();
    assert_eq!(
        results.iter().find_map(|result| result.as_ref().err()),
        Some(&Error::TooManyCommands)
    );
    let mut client = Client::new();
    client.connect("live").unwrap();
    let results: Vec<_> = (0..=MESSAGE_STREAMS_MAX)
        .map(|_| client.command("createStream", 2.0, vec![]))
        .collect();
    assert_eq!(results.last(), Some(&Err(Error::TooManyStreams)));
}

#[test]
fn a_nesting_bomb_before_anyone_is_known_only_ends_its_connection() {
    let bomb = [
        &[2, 0, 7][..],
        b"connect",
        &[0, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0],
        &[3, 0, 1, b'a'].repeat(15_000),
    ]
    .concat();
    let message = Message {
        csid: 3,
        kind: kind::COMMAND,
        stream: 0,
        timestamp: 0,
        payload: bomb.into(),
    };
    assert_eq!(
        Client::new().send(&message),
        Err(Error::Amf(amf0::Error::TooDeep))
    );
}

#[test]
fn the_clock_goes_on_where_the_wire_wraps_and_back_where_it_goes_back() {
    let mut client = Client::publishing();
    let start = u32::MAX - 15;
    assert_eq!(client.media(kind::VIDEO, start), i64::from(start));
    assert_eq!(client.media(kind::AUDIO, 7), i64::from(start) + 23);
    assert_eq!(client.media(kind::VIDEO, 24), i64::from(start) + 40);
    assert_eq!(client.media(kind::AUDIO, start), i64::from(start));
    assert_eq!(client.media(kind::AUDIO, 100), i64::from(start) + 116);
}

#[test]
fn received_bytes_are_acknowledged_by_the_window_and_a_window_of_zero_is_ignored() {
    let mut client = Client::publishing();
    for window in [1000_u32, 0] {
        client
            .send(&chunk::control(
                kind::WINDOW_ACK_SIZE,
                &window.to_be_bytes(),
            ))
            .unwrap();
    }
    client.messages();
    let filler = Message {
        csid: 6,
        kind: 99,
        stream: 1,
        timestamp: 0,
        payload: vec![0; 1500].into(),
    };
    client.send(&filler).unwrap();
    assert_eq!(
        client.messages().first().map(|message| message.kind),
        Some(kind::ACKNOWLEDGEMENT)
    );
}

#[test]
fn pings_are_answered_and_unknown_types_ignored() {
    let mut client = Client::publishing();
    client
        .send(&chunk::control(kind::USER_CONTROL, &[0, 6, 1, 2, 3, 4]))
        .unwrap();
    assert_eq!(client.messages()[0].payload[..], [0, 7, 1, 2, 3, 4]);
    for unknown in [0, 7, 16, 19, 22, 23, 255] {
        let message = Message {
            csid: 8,
            kind: unknown,
            stream: 1,
            timestamp: 0,
            payload: vec![9; 40].into(),
        };
        assert_eq!(client.send(&message), Ok(None));
    }
    assert!(client.session.output().is_empty());
}

#[test]
fn metadata_tells_of_the_encoder_and_damaged_metadata_is_ignored() {
    let mut client = Client::publishing();
    let about = Value::Map(vec![
        member("width", Value::Number(1280.0)),
        member("height", Value::Number(f64::NAN)),
        member("framerate", Value::Number(30.0)),
        member("encoder", command::text("obs\u{7}")),
    ]);
    let payload = amf0::encode(&[
        command::text("@setDataFrame"),
        command::text("onMetaData"),
        about,
    ]);
    let message = Message {
        csid: 4,
        kind: kind::DATA,
        stream: 1,
        timestamp: 0,
        payload: payload.freeze(),
    };
    let expected = Metadata {
        encoder: "obs".into(),
        width: Some(1280.0),
        height: None,
        fps: Some(30.0),
    };
    assert_eq!(client.send(&message), Ok(Some(Event::Metadata(expected))));
    let bomb = Message {
        payload: [3, 0, 1, b'a'].repeat(10_000).into(),
        ..message
    };
    assert_eq!(client.send(&bomb), Ok(None));
    assert_eq!(client.media(kind::VIDEO, 1), 1);
}

#[test]
fn a_farewell_says_why() {
    let mut client = Client::publishing();
    client.session.farewell(&Farewell::Revoked);
    assert_eq!(client.codes(), ["NetStream.Publish.Denied"]);
    let mut stranger = Session::default();
    stranger.farewell(&Farewell::Shutdown);
    assert!(stranger.output().is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_bytes_make_a_session_panic_or_talk_without_end(
        bytes in prop::collection::vec(any::<u8>(), 0..4000), is_publishing in any::<bool>(),
    ) {
        let mut client = if is_publishing { Client::publishing() } else { Client::new() };
        client.session.input().extend_from_slice(&bytes);
        client.session.received(bytes.len());
        while let Ok(Some(event)) = client.session.next_event() {
            if matches!(event, Event::Publish(_)) {
                client.session.accept();
            }
        }
        prop_assert!(client.session.output().len() < 64 * 1024);
    }
}
