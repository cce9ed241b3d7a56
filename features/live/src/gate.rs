//! Who may watch, decided from memory for every media request.
//!
//! A track that anyone may watch needs no token. The address of another one begins with `/t/{token}/`: the minute
//! in which the token ends and an HMAC over it and the channel, handed to whoever may watch and renewed while they
//! still may. It is the same for all who ask in the same minute and is no part of what is stored behind it, so
//! that a cache between us and them shares everything. A leaked address dies with its token, and so does the
//! picture of somebody who lost the right.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use identity::Conferences as _;
use kernel::{Clock, Result, Timestamp};
use program::{Conference, Programme, Programmes, Track, Watch};
use ring::hmac;

use crate::limits::{TOKEN_MINUTES, TOKENS_KNOWN_MAX};
use crate::model::Pass;
use crate::store::audience;

/// Who may watch; clones share what is known.
#[derive(Clone)]
pub struct Gate {
    key: Arc<hmac::Key>,
    clock: Clock,
    /// Who may watch what, by the conference's name in addresses.
    rules: Arc<ArcSwap<HashMap<String, Rule>>>,
    /// Held while rules are read and kept.
    learning: Arc<tokio::sync::Mutex<()>>,
    /// Tokens that were found good, with what they are good for: most requests come with one of few.
    good: Arc<ArcSwap<HashMap<String, String>>>,
}

/// Who may watch a conference.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    watch: Watch,
    /// Tracks with a rule of their own, by their names in addresses.
    tracks: HashMap<String, Watch>,
    /// Whether nobody but the team may watch just now, whatever the rules say.
    closed: bool,
}

impl Rule {
    fn of(&self, track: &str) -> Watch {
        if self.closed {
            return Watch::Listed;
        }
        *self.tracks.get(track).unwrap_or(&self.watch)
    }
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Gate")
    }
}

impl Gate {
    /// A gate that knows no conference yet, and so lets nobody in.
    pub(crate) fn new(secret: &str, clock: Clock) -> Self {
        let key = Arc::new(hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()));
        Self {
            key,
            clock,
            rules: Arc::default(),
            learning: Arc::default(),
            good: Arc::default(),
        }
    }

    /// Learns the rules of all conferences. Whether they are others than before.
    pub(crate) async fn learn(&self, db: &db::Db, programmes: &Programmes) -> Result<bool> {
        // What was read earlier must not be kept later: a rule that got stricter would be forgotten again.
        let _turn = self.learning.lock().await;
        let own = audience::rules(db).await?;
        let mut rules = HashMap::new();
        for id in programmes.all(db).await? {
            if let Some(programme) = programmes.of(db, &id).await? {
                let named = programme.tracks.iter().filter_map(|track| {
                    let rule = own.iter().find(|rule| rule.track == track.id)?;
                    Some((track.slug.clone(), rule.watch))
                });
                let rule = Rule {
                    watch: programme.conference.watch,
                    tracks: named.collect(),
                    closed: !programme.is_live_at(self.clock.now()),
                };
                rules.insert(programme.conference.slug.clone(), rule);
            }
        }
        let changed = *self.rules.load_full() != rules;
        if changed {
            self.rules.store(Arc::new(rules));
        }
        Ok(changed)
    }

    /// Whether whoever holds `token` may watch `channel` (`{conf}/{track}`).
    pub fn admits(&self, channel: &str, token: Option<&str>) -> bool {
        let (conference, rest) = channel.split_once('/').unwrap_or((channel, ""));
        // Whoever may watch may listen, in whatever way: what comes behind the track is a way to get it.
        let (track, way) = rest.split_once('/').unwrap_or((rest, ""));
        let channel = channel.strip_suffix(way).unwrap_or(channel);
        let channel = channel.trim_end_matches('/');
        let rules = self.rules.load();
        let Some(rule) = rules.get(conference) else {
            return false;
        };
        match rule.of(track) {
            Watch::Anyone => true,
            Watch::SignedIn | Watch::Listed => {
                token.is_some_and(|token| self.is_good(channel, token))
            }
        }
    }

    /// The rule of a track, or of what belongs to no track.
    pub(crate) fn rule(&self, programme: &Programme, track: Option<&Track>) -> Watch {
        let conference = &programme.conference;
        let rules = self.rules.load();
        let own = rules
            .get(&conference.slug)
            .zip(track)
            .and_then(|(rule, track)| rule.tracks.get(&track.slug));
        own.copied().unwrap_or(conference.watch)
    }

    /// Whether the picture of a track needs a token just now.
    pub(crate) fn needs_pass(&self, programme: &Programme, track: &Track) -> bool {
        let rules = self.rules.load();
        let rule = rules.get(&programme.conference.slug);
        rule.map_or(programme.conference.watch, |rule| rule.of(&track.slug)) != Watch::Anyone
    }

    /// Where somebody who may watch finds the picture of a track, with a token that is good for some minutes.
    pub fn address(&self, conference: &Conference, track: &str) -> String {
        let path = crate::model::media_path(&conference.slug, track);
        let rules = self.rules.load();
        let rule = rules.get(&conference.slug);
        match rule.map_or(conference.watch, |rule| rule.of(track)) {
            Watch::Anyone => path,
            Watch::SignedIn | Watch::Listed => {
                let pass = self.pass(&conference.slug, track);
                format!("{}{path}", pass.prefix)
            }
        }
    }

    /// The right to watch a track for some minutes, for somebody who was found to have it.
    pub(crate) fn pass(&self, conference: &str, track: &str) -> Pass {
        let ends = minute(self.clock.now()) + TOKEN_MINUTES + 1;
        let token = self.token(&format!("{conference}/{track}"), ends);
        Pass {
            prefix: format!("/t/{token}"),
            expires_at: Timestamp::from_second(ends * 60).unwrap_or(Timestamp::MAX),
        }
    }

    fn token(&self, channel: &str, ends: i64) -> String {
        let tag = hmac::sign(&self.key, message(channel, ends).as_bytes());
        let tag = data_encoding::HEXLOWER.encode(&tag.as_ref()[..16]);
        format!("{ends}-{tag}")
    }

    fn is_good(&self, channel: &str, token: &str) -> bool {
        let ends = token.split_once('-').map(|(ends, _)| ends.parse::<i64>());
        let Some(Ok(ends)) = ends else {
            return false;
        };
        let now = minute(self.clock.now());
        // Nobody was ever given one that ends later.
        if ends <= now || ends > now + TOKEN_MINUTES + 1 {
            return false;
        }
        let known = self.good.load();
        if let Some(good_for) = known.get(token) {
            return good_for == channel;
        }
        let expected = self.token(channel, ends);
        let differs = expected
            .bytes()
            .zip(token.bytes())
            .fold(0, |differs, (a, b)| differs | (a ^ b));
        let good = expected.len() == token.len() && differs == 0;
        if good {
            self.remember(channel, token, now);
        }
        good
    }

    /// Few tokens are alive at a time, so that copying all of them once for each new one is nothing.
    fn remember(&self, channel: &str, token: &str, now: i64) {
        self.good.rcu(|known| {
            let alive = |token: &str| {
                let ends = token
                    .split_once('-')
                    .and_then(|(ends, _)| ends.parse().ok());
                ends.is_some_and(|ends: i64| ends > now)
            };
            let mut next: HashMap<String, String> = known
                .iter()
                .filter(|(token, _)| alive(token))
                .take(TOKENS_KNOWN_MAX - 1)
                .map(|(token, channel)| (token.clone(), channel.clone()))
                .collect();
            next.insert(token.to_owned(), channel.to_owned());
            next
        });
    }
}

fn message(channel: &str, ends: i64) -> String {
    format!("watch\n{channel}\n{ends}")
}

/// Minutes since 1970.
fn minute(now: Timestamp) -> i64 {
    now.as_second().div_euclid(60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn gate(clock: &Clock) -> Gate {
        let gate = Gate::new("secret", clock.clone());
        let rule = |watch, tracks: &[(&str, Watch)]| Rule {
            watch,
            tracks: tracks
                .iter()
                .map(|(track, watch)| ((*track).to_owned(), *watch))
                .collect(),
            closed: false,
        };
        let over = Rule {
            closed: true,
            ..rule(Watch::Anyone, &[("hall", Watch::Anyone)])
        };
        let rules = [
            ("open", rule(Watch::Anyone, &[("vip", Watch::Listed)])),
            ("closed", rule(Watch::SignedIn, &[("hall", Watch::Anyone)])),
            ("other", rule(Watch::SignedIn, &[])),
            ("over", over),
        ];
        let rules = rules.map(|(slug, rule)| (slug.to_owned(), rule));
        gate.rules.store(Arc::new(rules.into_iter().collect()));
        gate
    }

    fn token(gate: &Gate, conference: &str, track: &str) -> String {
        gate.pass(conference, track).prefix[3..].to_owned()
    }

    fn clock() -> Clock {
        Clock::held_at(kernel::clock::from_micros(1_795_309_200_000_000))
    }

    #[test]
    fn a_token_opens_its_track_for_some_minutes() {
        let clock = clock();
        let gate = gate(&clock);
        assert!(gate.admits("open/a", None) && gate.admits("open/a", Some("nonsense")));
        assert!(gate.admits("closed/hall", None) && !gate.admits("open/vip", None));
        assert!(!gate.admits("over/a", None) && !gate.admits("over/hall/sound", None));
        assert!(gate.admits("over/a", Some(&token(&gate, "over", "a"))));
        assert!(!gate.admits("unknown/a", None) && !gate.admits("unknown", None));
        let good = token(&gate, "closed", "a");
        assert!(gate.admits("closed/a", Some(&good)) && gate.admits("closed/a", Some(&good)));
        for way in ["sound", "aac", "aac/sound"] {
            assert!(
                gate.admits(&format!("closed/a/{way}"), Some(&good)),
                "{way}"
            );
        }
        // A track may be called so.
        assert!(!gate.admits("closed/sound", None) && gate.admits("open/aac", None));
        assert!(gate.admits("open/a/sound", None) && !gate.admits("open/vip/sound", None));
        for elsewhere in ["closed/b/sound", "closed/b", "other/a", "open/vip"] {
            assert!(!gate.admits(elsewhere, Some(&good)), "{elsewhere}");
        }
        clock.advance(Duration::from_mins(u64::try_from(TOKEN_MINUTES).unwrap()));
        assert!(gate.admits("closed/a", Some(&good)));
        clock.advance(Duration::from_mins(1));
        assert!(!gate.admits("closed/a", Some(&good)));
    }

    #[test]
    fn nobody_can_make_one_up() {
        let clock = clock();
        let gate = gate(&clock);
        let good = token(&gate, "closed", "a");
        let (ends, tag) = good.split_once('-').unwrap();
        let flipped = if tag.starts_with('0') { "1" } else { "0" };
        let later = ends.parse::<i64>().unwrap() + 1;
        let elsewhere = Gate::new("another secret", clock.clone());
        for bad in [
            String::new(),
            "1-00".to_owned(),
            good[1..].to_owned(),
            format!("{good}0"),
            good[..good.len() - 1].to_owned(),
            format!("{ends}-{flipped}{}", &tag[1..]),
            format!("{later}-{tag}"),
            format!("+{good}"),
            format!("0{good}"),
            token(&elsewhere, "closed", "a"),
            token(&gate, "other", "a"),
        ] {
            assert!(!gate.admits("closed/a", Some(&bad)), "{bad:?}");
        }
        assert!(!gate.admits("closed/a", None));
    }

    #[test]
    fn what_is_remembered_of_tokens_is_bounded_and_does_not_outlive_them() {
        let clock = clock();
        let gate = gate(&clock);
        for track in 0..TOKENS_KNOWN_MAX + 50 {
            let (channel, track) = (format!("closed/t{track}"), format!("t{track}"));
            assert!(gate.admits(&channel, Some(&token(&gate, "closed", &track))));
        }
        assert_eq!(gate.good.load().len(), TOKENS_KNOWN_MAX);
        clock.advance(Duration::from_hours(1));
        assert!(gate.admits("closed/a", Some(&token(&gate, "closed", "a"))));
        assert_eq!(gate.good.load().len(), 1);
    }
}
