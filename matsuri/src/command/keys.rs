//! Stream keys from the console.

use media_core::Seat;
use studio::By;

use super::{KeyVerb, Outcome, Work};

impl Work<'_> {
    pub(super) async fn stream_key(
        &self,
        verb: KeyVerb,
        conference: &str,
        track: &str,
        seat: Seat,
    ) -> Outcome {
        let programme = self.programme(conference).await?;
        let track = self.track(&programme, track)?;
        let studio = &self.features.studio;
        let by = By::Console {
            now: self.features.app.clock.now(),
        };
        match verb {
            KeyVerb::List => {
                let mut keys = studio.keys(&programme, track).await?;
                keys.retain(|key| key.seat == seat);
                if keys.is_empty() {
                    return Ok(self.text("matsuri-key-none", &[]));
                }
                let lines: Vec<String> = keys.iter().map(|key| self.key_line(key)).collect();
                Ok(lines.join("\n"))
            }
            // The address alone, so that a script can use it as it is.
            KeyVerb::Rotate => Ok(studio.rotate(&programme, track, seat, by).await?.address()),
            KeyVerb::Revoke => {
                let word = if studio.revoke(&programme, track, seat, by).await? {
                    "matsuri-key-revoked"
                } else {
                    "matsuri-key-none"
                };
                Ok(self.text(word, &[]))
            }
        }
    }

    fn key_line(&self, key: &studio::Key) -> String {
        let never = || self.text("matsuri-key-never", &[]);
        let used = key.used_at.map_or_else(never, |at| at.to_string());
        let revoked = key.revoked_at.map(|at| at.to_string());
        let created = key.created_at.to_string();
        let mut args = vec![
            ("created", created.as_str()),
            ("by", key.created_by.as_str()),
            ("used", used.as_str()),
        ];
        let word = match &revoked {
            Some(revoked) => {
                args.push(("revoked", revoked));
                "matsuri-key-dead"
            }
            None => "matsuri-key-live",
        };
        format!("{}  {}", key.id, self.text(word, &args))
    }
}
