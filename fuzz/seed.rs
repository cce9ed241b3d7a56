//! Writes the first corpus: conversations as encoders hold them, and the shapes of known attacks.
//! `cargo run --example seed` in fuzz/. What the fuzzer finds later is added beside.

use std::path::{Path, PathBuf};

use bytes::{Bytes, BytesMut};
use media_ingest::clip::{Tag, TagKind, tags};
use media_ingest::rtmp::amf0::{self, Value};
use media_ingest::rtmp::chunk::{Encoder, Message, control, kind, set_chunk_size};

fn main() -> std::io::Result<()> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let file = Bytes::from(std::fs::read(root.join("../media/ingest/tests/fixtures/clip.flv"))?);
    let tags = tags(file.clone()).expect("the fixture is a clip");
    let corpus = Corpus { root: root.join("corpus") };
    sessions(&corpus, &tags)?;
    amf(&corpus, &tags)?;
    flv(&corpus, &tags)?;
    channel(&corpus)?;
    schedules(&corpus, &root)?;
    frames(&corpus)?;
    requests(&corpus)?;
    corpus.put("flv_file", "clip", &file)?;
    corpus.put("flv_file", "cut", &file[..2000])
}

struct Corpus {
    root: PathBuf,
}

impl Corpus {
    fn put(&self, target: &str, name: &str, bytes: &[u8]) -> std::io::Result<()> {
        let folder: &Path = &self.root.join(target);
        std::fs::create_dir_all(folder)?;
        std::fs::write(folder.join(name), bytes)
    }
}

/// A conversation: the size of its pieces, then chunks.
struct Talk {
    encoder: Encoder,
    bytes: BytesMut,
}

impl Talk {
    fn new(step: u8) -> Self {
        Self { encoder: Encoder::default(), bytes: BytesMut::from(&[step][..]) }
    }

    fn message(&mut self, message: &Message) {
        self.encoder.encode(message, &mut self.bytes);
    }

    fn command(&mut self, name: &str, transaction: f64, rest: &[Value]) {
        let values = [&[text(name), Value::Number(transaction)], rest].concat();
        let payload = amf0::encode(&values).freeze();
        self.message(&Message { csid: 3, kind: kind::COMMAND, stream: 0, timestamp: 0, payload });
    }

    fn open(&mut self) {
        self.command("connect", 1.0, &[Value::Object(vec![("app".into(), text("live")), ("flashVer".into(), text("x"))])]);
        self.command("releaseStream", 2.0, &[Value::Null, text("k")]);
        self.command("FCPublish", 3.0, &[Value::Null, text("k")]);
        self.command("createStream", 4.0, &[Value::Null]);
        self.command("publish", 5.0, &[Value::Null, text("live-k?x=y"), text("live")]);
    }

    fn tags(&mut self, tags: &[Tag], offset: u32) {
        for tag in tags {
            let (csid, kind) = match tag.kind {
                TagKind::Audio => (4, kind::AUDIO),
                TagKind::Video => (6, kind::VIDEO),
                TagKind::Script => (5, kind::DATA),
            };
            let timestamp = u32::try_from(tag.timestamp_ms).unwrap_or(0).wrapping_add(offset);
            self.message(&Message { csid, kind, stream: 1, timestamp, payload: tag.payload.clone() });
        }
    }
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

fn sessions(corpus: &Corpus, tags: &[Tag]) -> std::io::Result<()> {
    let some = &tags[..tags.len().min(24)];
    let mut talk = Talk::new(255);
    talk.open();
    talk.tags(some, 0);
    talk.command("FCUnpublish", 6.0, &[Value::Null, text("k")]);
    talk.command("deleteStream", 7.0, &[Value::Null, Value::Number(1.0)]);
    corpus.put("rtmp_session", "plain", &talk.bytes)?;
    for (name, size, offset, repeats) in [
        ("large-chunks", 65_536, 0, true),
        ("tiny-chunks", 1, 0xffff_fff0, true),
        ("extended-time", 200, 0x0100_0000, true),
        ("extended-time-once", 200, 0x0100_0000, false),
    ] {
        let mut talk = Talk::new(9);
        if !repeats {
            talk.encoder.omit_repeated_extended_time();
        }
        talk.message(&set_chunk_size(size));
        talk.encoder.set_chunk_size(size);
        talk.open();
        talk.tags(&some[..12.min(some.len())], offset);
        corpus.put("rtmp_session", name, &talk.bytes)?;
    }
    let mut talk = Talk::new(3);
    talk.message(&control(kind::WINDOW_ACK_SIZE, &[0, 0, 0, 1]));
    talk.message(&control(kind::WINDOW_ACK_SIZE, &[0; 4]));
    talk.message(&control(kind::USER_CONTROL, &[0, 6, 1, 2, 3, 4]));
    talk.message(&control(kind::ABORT, &[0, 0, 0, 6]));
    talk.open();
    talk.command("publish", 6.0, &[Value::Null, text("again")]);
    talk.command("play", 7.0, &[Value::Null, text("k")]);
    corpus.put("rtmp_session", "controls", &talk.bytes)?;
    let mut talk = Talk::new(30);
    let bomb = [&[2, 0, 7][..], b"connect", &[0, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0], &[3, 0, 1, b'a'].repeat(60)].concat();
    talk.message(&Message { csid: 3, kind: kind::COMMAND, stream: 0, timestamp: 0, payload: bomb.into() });
    corpus.put("rtmp_session", "bomb", &talk.bytes)?;
    corpus.put("rtmp_session", "silence", &[&[40, 4, 0, 0, 100, 0, 0, 2, 8, 1, 0, 0, 0, 0xaf, 1][..], &[0x84, 0, 0, 23, 0xaf, 1, 0xc4, 0xaf, 1]].concat())
}

fn amf(corpus: &Corpus, tags: &[Tag]) -> std::io::Result<()> {
    let all = [
        Value::Number(f64::NAN),
        Value::Boolean(true),
        text("text"),
        Value::Map(vec![("a".into(), Value::List(vec![Value::Null, Value::Undefined, Value::Date(1.0)]))]),
        Value::Object(vec![("b".into(), Value::Object(vec![]))]),
    ];
    corpus.put("amf0", "all", &amf0::encode(&all))?;
    corpus.put("amf0", "rare", &[7, 0, 1, 13, 15, 0, 0, 0, 1, b'x', 16, 0, 1, b'c', 0, 0, 9])?;
    corpus.put("amf0", "nested", &[[3, 0, 1, b'a'].repeat(34), [10, 0, 0, 0, 1].repeat(3)].concat())?;
    for tag in tags.iter().filter(|tag| tag.kind == TagKind::Script) {
        corpus.put("amf0", "metadata", &tag.payload)?;
    }
    Ok(())
}

fn flv(corpus: &Corpus, tags: &[Tag]) -> std::io::Result<()> {
    for kind in [TagKind::Audio, TagKind::Video] {
        for (at, tag) in tags.iter().filter(|tag| tag.kind == kind).take(3).enumerate() {
            corpus.put("flv_tag", &format!("{kind:?}-{at}").to_lowercase(), &tag.payload)?;
        }
    }
    let enhanced: [(&str, &[u8]); 8] = [
        ("start", b"\x90avc1\x01\x64\0\x1f\xff\xe1\0\0"),
        ("coded", b"\xa1avc1\xff\xff\xd8\0\0\0\x02\x41\x9a"),
        ("modifier", b"\x97\x02\0\0\x09\x03avc1\0\0\0\x01\x65"),
        ("tracks", b"\x96\x13avc1\x01\0\0\x02zz\0\0\0\x05\0\0\0\x01\x65"),
        ("codecs", b"\x96\x23hvc1\x01\0\0\x02zzavc1\0\0\0\x01\x05"),
        ("sound", b"\x91mp4a\x21\x10"),
        ("legacy", b"\x2f\0\0"),
        ("start-codes", b"\x27\x01\0\0\0\0\0\0\x01\x09\xf0\0\0\0\x01\x65\x01\x02\0\0\x01\x41\x07"),
    ];
    for (name, payload) in enhanced {
        corpus.put("flv_tag", name, payload)?;
    }
    Ok(())
}

/// See harness/channel.rs for the steps.
fn channel(corpus: &Corpus) -> std::io::Result<()> {
    const BOTH: [u8; 6] = [0, 0, 0, 1, 0, 0];
    let seconds = |count: usize| [10, 0, 0].repeat(count);
    corpus.put("channel", "plain", &[&BOTH[..], &seconds(6)].concat())?;
    corpus.put("channel", "back", &[&BOTH[..], &seconds(3), &[7, 0, 0, 7, 0, 0], &BOTH, &seconds(3)].concat())?;
    corpus.put("channel", "other-codec", &[&BOTH[..], &seconds(3), &[2, 0, 0], &seconds(3)].concat())?;
    let jumps: Vec<u8> = (0..6).flat_map(|at| [10_u8, 0, 0, 11 | ((at + 2) << 5), 7, 0]).collect();
    corpus.put("channel", "jumps", &[&BOTH[..], &jumps].concat())?;
    let wants = |order: u8| [31_u8, order, 0];
    let change = [30_u8, 0, 0].repeat(3);
    let seats = [&BOTH[..], &seconds(2), &change, &BOTH, &seconds(2), &wants(2), &seconds(2)].concat();
    let slates = [&wants(3)[..], &change[..3], &seconds(2), &wants(1), &seconds(2), &[7, 0, 0], &wants(0)].concat();
    corpus.put("channel", "seats", &[seats, slates].concat())?;
    let slow: Vec<u8> = (0..20).flat_map(|_| [11 | (2 << 5), 25_u8, 0]).collect();
    corpus.put("channel", "slow", &[&BOTH[..3], &slow].concat())?;
    corpus.put("channel", "sound", &[&BOTH[3..], &[8 | (1 << 5), 1, 0].repeat(200)].concat())
}

fn schedules(corpus: &Corpus, root: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(root.join("../features/program/tests/it/fixtures"))? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("file");
        corpus.put("schedule", name, &std::fs::read(&path)?)?;
    }
    Ok(())
}

fn frames(corpus: &Corpus) -> std::io::Result<()> {
    let frames = [
        ("subscribe", r#"{"type":"subscribe","topic":"live/c/a","after":{"epoch":"e","seq":12}}"#),
        ("unsubscribe", r#"{"type":"unsubscribe","topic":"chat/c/t"}"#),
        ("command", r#"{"type":"command","id":"c1","name":"chat.post","args":{"text":"祭","n":[1,-2.5e3,null]}}"#),
        ("ping", r#"{"type":"ping"}"#),
        ("hello", r#"{"type":"hello","now":"2026-11-22T00:00:00Z","heartbeat_ms":20000}"#),
    ];
    frames.iter().try_for_each(|(name, text)| corpus.put("rt_frame", name, text.as_bytes()))
}

/// See harness/delivery.rs for the first byte.
fn requests(corpus: &Corpus) -> std::io::Result<()> {
    const REST: &str = "HTTP/1.1\r\nHost: x\r\nAccept: */*\r\nAccept-Encoding: gzip, br\r\n\r\n";
    let reload = format!("GET /media/days/a/live.m3u8?_HLS_msn=7&_HLS_part=2&_HLS_skip=YES {REST}");
    let several = ["/media/days/b/index.m3u8", "/media/days/b/x/1.m4s", "/media/days/b/x/1.2.m4s", "/media/days/b/x/init-0.mp4"]
        .map(|path| format!("GET {path} {REST}"))
        .concat();
    let requests = [
        ("reload", reload.clone()),
        ("early", reload.repeat(3)),
        ("several", several),
        ("token", format!("HEAD /t/tok.en/media/days/a/live.m3u8 {REST}")),
        ("options", format!("OPTIONS * {REST}")),
        ("absolute", format!("GET http://x:1/media/days/a/index.m3u8?x {REST}")),
        ("body", format!("POST /media/days/a/index.m3u8 HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nGET /{REST}")),
        ("chunks", format!("GET /media/a/index.m3u8 HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n{REST}")),
        ("old", "GET /media/a/index.m3u8 HTTP/1.0\r\n\r\n".to_owned()),
        ("preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned()),
        ("fields", format!("GET / HTTP/1.1\r\n{}\r\n", "a:b\r\n".repeat(70))),
    ];
    requests.iter().enumerate().try_for_each(|(step, (name, text))| {
        let step = u8::try_from(step * 3).unwrap_or(0);
        corpus.put("http_request", name, &[&[step], text.as_bytes()].concat())
    })
}
