//! Playlists that a browser has recorded (HAR), judged one after the other as the browser got them.
//!
//! A viewer can send such a file to the help desk, and the journeys that let everything fail keep one.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::{Context as _, Result, ensure};
use data_encoding::BASE64;
use kernel::Timestamp;
use media_core::testing::hls::{self, Media, multivariant};
use serde::{Deserialize, Serialize};

use crate::limits;

/// What was found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// Playlists that were read.
    pub playlists: u64,
    /// Of which these were deltas.
    pub deltas: u64,
    /// Deltas for which the browser had to ask again, because it did not know what they skip.
    pub deltas_in_vain: u64,
    /// Requests that brought no playlist, by status; 0 is none at all.
    pub other_answers: BTreeMap<u16, u64>,
    /// Parts that were as long as a picture stood, which no server can cut.
    pub held_pictures: u64,
    /// What is wrong, each once. Empty is good.
    pub problems: Vec<String>,
    /// Problems beyond those.
    pub further_problems: u64,
}

#[derive(Deserialize)]
struct Har {
    log: Log,
}

#[derive(Deserialize)]
struct Log {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    started_date_time: Timestamp,
    time: f64,
    request: Request,
    response: Response,
}

#[derive(Deserialize)]
struct Request {
    url: String,
}

#[derive(Deserialize)]
struct Response {
    status: i32,
    content: Content,
}

#[derive(Default, Deserialize)]
struct Content {
    #[serde(default)]
    text: String,
    #[serde(default)]
    encoding: String,
}

impl Entry {
    /// When its answer was there, in microseconds.
    fn ended_us(&self) -> i64 {
        #[expect(clippy::cast_possible_truncation, reason = "milliseconds of a request")]
        let took_us = (self.time * 1_000.0) as i64;
        self.started_date_time
            .as_microsecond()
            .saturating_add(took_us)
    }

    /// The playlist, whatever the delivery directives and the token before it.
    fn playlist(&self) -> Option<&str> {
        let path = self.request.url.split(['?', '#']).next()?;
        let at = path.find("/media/").unwrap_or(0);
        path.strip_suffix(".m3u8").map(|_| &path[at..])
    }

    fn text(&self) -> Result<String> {
        let content = &self.response.content;
        let bytes = match content.encoding.as_str() {
            "base64" => BASE64.decode(content.text.as_bytes())?,
            _ => content.text.clone().into_bytes(),
        };
        ensure!(bytes.len() <= limits::BODY_BYTES_MAX, "an endless playlist");
        Ok(String::from_utf8(bytes)?)
    }
}

/// Judges every playlist of a recording.
///
/// # Errors
/// It is none, or has no playlists.
pub fn judge(har: &[u8]) -> Result<Report> {
    ensure!(
        har.len() <= limits::RECORDING_BYTES_MAX,
        "a recording of {} bytes",
        har.len()
    );
    let Har { log } =
        serde_json::from_slice(har).context("this is no recording of a browser (HAR)")?;
    let mut entries = log.entries;
    // A held reload is asked for long before it is answered.
    entries.sort_by_key(Entry::ended_us);
    let mut report = Report::default();
    let mut newest: BTreeMap<String, Media> = BTreeMap::new();
    for entry in &entries {
        let Some(playlist) = entry.playlist() else {
            continue;
        };
        if entry.response.status != 200 {
            let status = u16::try_from(entry.response.status).unwrap_or(0);
            *report.other_answers.entry(status).or_default() += 1;
            continue;
        }
        let text = entry
            .text()
            .with_context(|| format!("the answer of {playlist}"))?;
        report.playlists += 1;
        let before = newest.get(playlist);
        if let Some(now) = report.judge(playlist, &text, before) {
            newest.insert(playlist.to_owned(), now);
        }
    }
    ensure!(
        report.playlists > 0,
        "there are no playlists in this recording"
    );
    Ok(report)
}

impl Report {
    /// Judges one; what the browser knows after it.
    fn judge(&mut self, playlist: &str, text: &str, before: Option<&Media>) -> Option<Media> {
        if text.contains("#EXT-X-STREAM-INF") {
            let faults = match multivariant::read(text) {
                Ok(read) => multivariant::check(&read),
                Err(fault) => vec![fault],
            };
            self.faults(playlist, faults);
            return None;
        }
        let read = match hls::read(text) {
            Ok(read) => read,
            Err(fault) => {
                self.faults(playlist, vec![fault]);
                return None;
            }
        };
        self.faults(playlist, hls::check(&read));
        let mut now = read;
        if now.skipped > 0 {
            self.deltas += 1;
            let merged = before.and_then(|before| hls::apply_delta(before, &now));
            let Some(merged) = merged else {
                self.deltas_in_vain += 1;
                return None;
            };
            now = merged;
        }
        // Requests of two players, or of one that began anew, may have overtaken each other.
        let is_later = before.is_none_or(|before| now.position() >= before.position());
        if let Some(before) = before.filter(|_| is_later) {
            self.faults(playlist, hls::check_successor(before, &now));
        }
        is_later.then_some(now)
    }

    fn faults(&mut self, playlist: &str, faults: Vec<String>) {
        let all = faults.len();
        let faults = hls::except(faults, hls::HELD);
        self.held_pictures += u64::from(faults.len() < all);
        for fault in faults {
            let fault = format!("{playlist}: {fault}");
            if self.problems.contains(&fault) {
                continue;
            }
            if self.problems.len() < limits::PROBLEMS_MAX {
                self.problems.push(fault);
            } else {
                self.further_problems += 1;
            }
        }
    }

    /// Whether nothing is wrong.
    pub fn is_good(&self) -> bool {
        self.problems.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "playlists {}, {} of them deltas, {} of those in vain",
            self.playlists, self.deltas, self.deltas_in_vain
        )?;
        if !self.other_answers.is_empty() {
            let told = self
                .other_answers
                .iter()
                .map(|(status, times)| format!("{times} × {status}"));
            writeln!(f, "others    {}", told.collect::<Vec<_>>().join(", "))?;
        }
        if self.held_pictures > 0 {
            writeln!(
                f,
                "held      {} playlists list a picture that stood longer than a part may last",
                self.held_pictures
            )?;
        }
        for problem in &self.problems {
            writeln!(f, "problem   {problem}")?;
        }
        if self.further_problems > 0 {
            writeln!(f, "problem   and {} more", self.further_problems)?;
        }
        f.write_str(if self.is_good() {
            "nothing is wrong with them"
        } else {
            "something is wrong with them"
        })
    }
}

#[cfg(test)]
mod tests {
    use kernel::Clock;
    use media_core::testing::{Encoder, source};
    use media_core::{ChannelName, Channels, Coding, Playlist, Seat, Settings};

    use super::*;

    /// Playlists as a browser reads them from second to second: a full one, then deltas.
    fn playlists() -> Vec<String> {
        let channels = Channels::new(Settings::default(), Clock::system(), None);
        let name = ChannelName::parse("days/a").unwrap();
        let input = channels.admit(&name, Seat::Primary, source()).unwrap();
        let encoder = Encoder::default();
        for config in encoder.configs() {
            input.config(config).unwrap();
        }
        let (mut all, mut before) = (Vec::new(), None);
        for frame in encoder.frames(60) {
            input.frame(frame).unwrap();
            let Some(snapshot) = channels.snapshot(&name) else {
                continue;
            };
            let announced = Some(snapshot.announced());
            if std::mem::replace(&mut before, announced) != announced {
                let which = if all.is_empty() {
                    Playlist::Full
                } else {
                    Playlist::Delta
                };
                let text = snapshot.playlist(which, Coding::Identity);
                all.push(String::from_utf8(text.to_vec()).unwrap());
            }
        }
        all
    }

    fn har(playlists: &[String]) -> Vec<u8> {
        let entry = |(number, text): (usize, &String)| {
            let at = Timestamp::from_microsecond(i64::try_from(number).unwrap() * 333_000).unwrap();
            // Base64 as some browsers write it, and plain as others do.
            let content = match number % 2 {
                0 => {
                    serde_json::json!({"text": BASE64.encode(text.as_bytes()), "encoding": "base64"})
                }
                _ => serde_json::json!({"text": text}),
            };
            serde_json::json!({
                "startedDateTime": at.to_string(), "time": 300.5,
                "request": {"url": format!("https://x.test/t/abc/media/days/a/live.m3u8?_HLS_msn={number}")},
                "response": {"status": 200, "content": content},
            })
        };
        let mut entries: Vec<_> = playlists.iter().enumerate().map(entry).collect();
        entries.push(serde_json::json!({
            "startedDateTime": "2026-11-22T10:00:00Z", "time": -1.0,
            "request": {"url": "https://x.test/media/days/a/live.m3u8"},
            "response": {"status": -1, "content": {}},
        }));
        // As they were asked for, not as they were answered.
        entries.swap(3, 4);
        serde_json::to_vec(&serde_json::json!({"log": {"entries": entries}})).unwrap()
    }

    #[test]
    fn what_our_server_wrote_is_good_from_the_first_to_the_last() {
        let report = judge(&har(&playlists())).unwrap();
        assert_eq!(report.problems, Vec::<String>::new());
        assert!(report.playlists > 100 && report.deltas > 50, "{report:?}");
        assert_eq!((report.deltas_in_vain, report.other_answers[&0]), (0, 1));
    }

    #[test]
    fn what_changed_behind_the_browsers_back_is_told_with_its_section() {
        let mut playlists = playlists();
        let last = playlists.len() - 1;
        playlists[last] = playlists[last].replace("PART-HOLD-BACK=1.00500", "PART-HOLD-BACK=0.5");
        let late = &mut playlists[last - 3];
        *late = late.replacen("#EXTINF:2.0", "#EXTINF:1.0", 1);
        let report = judge(&har(&playlists)).unwrap();
        let told = |section: &str| {
            report
                .problems
                .iter()
                .any(|problem| problem.contains(section))
        };
        assert!(told("/media/days/a/live.m3u8: §4.4.3.8"), "{report}");
        assert!(told("§6.2.1") || told("§3.2"), "{report}");
        assert!(report.to_string().ends_with("something is wrong with them"));
    }

    #[test]
    fn what_is_no_recording_is_refused() {
        assert!(judge(b"{}").is_err());
        assert!(judge(b"{\"log\":{\"entries\":[]}}").is_err());
        assert!(judge(&vec![b' '; limits::RECORDING_BYTES_MAX + 1]).is_err());
    }
}
