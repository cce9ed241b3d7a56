//! What an operator may choose: defaults, then `matsuri.toml`, then `MATSURI_*`, then flags.
//!
//! Every setting is one row of [`keys::KEYS`], whatever it comes from: one name, one parser, one complaint.
//! Nothing is required. What is not understood is a complaint in one line that names its place and says what
//! to write instead; all of them are told at once.

mod keys;
mod sources;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use identity::oidc::Settings;
use platform::telemetry::Format;
use web::Locale;

use crate::limits;

pub use keys::{KEYS, Key};
pub use sources::{Given, from_environment, from_file};

/// Everything that can be chosen.
#[derive(Clone, Debug)]
pub struct Config {
    /// Folder for everything that lasts.
    pub data: PathBuf,
    /// Address of the database; a file in the folder where none is given.
    pub database: Option<String>,
    /// How people reach the site; derived from the listener where none is given.
    pub public_url: Option<String>,
    /// For people who state no language that we speak.
    pub language: Locale,
    /// Site, API, websocket and media.
    pub http: Listen,
    /// RTMP publishers.
    pub rtmp: Listen,
    /// RTMP publishers over TLS.
    pub rtmps: Option<Listen>,
    /// WebRTC publishers: browsers, and encoders that speak WHIP.
    pub webrtc: Option<Listen>,
    /// Addresses at which WebRTC publishers reach us, where the machine does not know them; port 0 is the listener's.
    pub webrtc_public: Vec<SocketAddr>,
    /// Certificate chain in PEM; with it the site is served over TLS.
    pub tls_cert: Option<PathBuf>,
    /// The private key that belongs to it, in PEM.
    pub tls_key: Option<PathBuf>,
    /// Media alone, by the lean listener: for edges, CDNs, and players that [`Config::media_url`] sends there.
    pub media: Option<Listen>,
    /// Where players fetch media, if not from the site.
    pub media_url: Option<String>,
    /// Metrics; nobody but the operator should reach them.
    pub metrics: Option<Listen>,
    /// How log lines look; by where they go when nothing is chosen.
    pub log_format: Option<Format>,
    /// Which log lines there are.
    pub log_filter: String,
    /// Mail server, as `smtp://…`; without one mails stay in the database.
    pub mail_server: Option<String>,
    /// Sender of mails.
    pub mail_from: String,
    /// Mails to crowds that leave in a minute at most; a sign-in link never waits for them.
    pub mails_per_minute: u32,
    /// Length of a part.
    pub media_part: Duration,
    /// How far back viewers may go.
    pub media_window: Duration,
    /// Whose accounts people may sign in with, in the order of their names.
    pub providers: Vec<Settings>,
    /// Whether pictures and sound are checked by decoding them.
    pub probes: media_probe::Mode,
    /// Where the values come from that are no defaults, by name of the setting.
    pub places: BTreeMap<&'static str, String>,
}

/// What settings of providers begin with.
pub(crate) const PROVIDER: &str = "sign_in.oidc.";

/// Where to listen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listen {
    /// Address and port; port 0 takes any.
    pub addr: SocketAddr,
    /// Whether somebody chose it: then another port would not do.
    pub chosen: bool,
}

impl Listen {
    /// A default, which gives way to the next free port.
    const fn default_at(ip: [u8; 4], port: u16) -> Self {
        let ip = std::net::Ipv4Addr::new(ip[0], ip[1], ip[2], ip[3]);
        Self {
            addr: SocketAddr::new(std::net::IpAddr::V4(ip), port),
            chosen: false,
        }
    }
}

/// Who reaches the listeners unless something else is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Everybody: a server.
    Everybody,
    /// Only this machine: a demo.
    ThisMachine,
}

impl Config {
    /// The defaults.
    pub fn new(reach: Reach) -> Self {
        // In a demo everything that people need is printed; what goes on as planned would only bury it.
        let (data, ip, log_filter) = match reach {
            Reach::Everybody => ("./data", [0, 0, 0, 0], "info"),
            Reach::ThisMachine => ("./data/demo", [127, 0, 0, 1], "warn"),
        };
        Self {
            data: PathBuf::from(data),
            database: None,
            public_url: None,
            language: Locale::En,
            http: Listen::default_at(ip, 8080),
            rtmp: Listen::default_at(ip, 1935),
            rtmps: None,
            webrtc: Some(Listen::default_at(ip, 8189)),
            webrtc_public: Vec::new(),
            tls_cert: None,
            tls_key: None,
            media: None,
            media_url: None,
            metrics: Some(Listen::default_at([127, 0, 0, 1], 9464)),
            log_format: None,
            log_filter: log_filter.to_owned(),
            mail_server: None,
            mail_from: "Matsuri <matsuri@localhost>".to_owned(),
            mails_per_minute: limits::MAILS_PER_MINUTE,
            media_part: Duration::from_micros(333_334),
            media_window: Duration::from_mins(10),
            providers: Vec::new(),
            probes: media_probe::Mode::Auto,
            places: BTreeMap::new(),
        }
    }

    /// Applies what was given, the weakest first.
    ///
    /// # Errors
    /// One line for each thing that cannot be used.
    pub fn apply(&mut self, given: &[Given]) -> Result<(), Vec<String>> {
        let mut complaints = Vec::new();
        for Given { place, key, value } in given {
            match KEYS.iter().find(|known| known.name == key) {
                Some(known) => match (known.put)(self, value.trim()) {
                    Ok(()) => {
                        self.places.insert(known.name, place.clone());
                    }
                    Err(complaint) => complaints.push(format!("{place}: {key}: {complaint}")),
                },
                None => match key.strip_prefix(PROVIDER) {
                    Some(rest) => {
                        if let Err(complaint) = self.put_provider(rest, value) {
                            complaints.push(format!("{place}: {key}: {complaint}"));
                        }
                    }
                    None => complaints.push(format!("{place}: {}", unknown(key))),
                },
            }
        }
        complaints.extend(self.providers.iter().flat_map(Settings::missing));
        if self.tls_cert.is_some() != self.tls_key.is_some() {
            complaints.push("tls.cert and tls.key: give both, or neither".to_owned());
        }
        if self.rtmps.is_some() && self.tls_cert.is_none() {
            complaints.push("rtmps: it needs a certificate: give tls.cert and tls.key".to_owned());
        }
        if complaints.is_empty() {
            Ok(())
        } else {
            Err(complaints)
        }
    }

    /// Takes a setting of a provider: `google.client_id`.
    fn put_provider(&mut self, rest: &str, value: &str) -> Result<(), String> {
        let (name, field) = rest.split_once('.').ok_or_else(|| {
            format!("write it as [{PROVIDER}NAME] with settings below, such as issuer")
        })?;
        if !Settings::is_name(name) {
            return Err(format!(
                "{name:?} is no name for a provider; use lower-case letters, digits and -"
            ));
        }
        let at = self.providers.partition_point(|own| *own.name < *name);
        if self.providers.get(at).is_none_or(|own| own.name != name) {
            self.providers.insert(at, Settings::named(name));
        }
        self.providers
            .get_mut(at)
            .map_or(Ok(()), |own| own.put(field, value))
    }

    /// The address of the database.
    pub fn database_address(&self) -> String {
        let file = || format!("sqlite:{}", self.data.join(crate::data::DATABASE).display());
        self.database.clone().unwrap_or_else(file)
    }
}

fn unknown(key: &str) -> String {
    let nearest = KEYS
        .iter()
        .map(|known| (distance(key, known.name), known.name))
        .min()
        .filter(|(distance, _)| *distance <= 3);
    if let Some((_, name)) = nearest {
        format!("{key} is no setting; did you mean {name}?")
    } else {
        let names: Vec<&str> = KEYS.iter().map(|known| known.name).collect();
        let (names, fields) = (names.join(", "), Settings::FIELDS.join(", "));
        format!(
            "{key} is no setting; there are {names}, and for each provider {PROVIDER}NAME with {fields}"
        )
    }
}

/// How many letters must change (Levenshtein), for names as short as ours.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, letter) in one.chars().enumerate() {
        let mut corner = row[0];
        row[0] = index + 1;
        for (column, theirs) in other.iter().enumerate() {
            let same = corner + usize::from(letter != *theirs);
            corner = row[column + 1];
            row[column + 1] = same.min(corner + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(key: &str, value: &str) -> Given {
        Given {
            place: "here".into(),
            key: key.into(),
            value: value.into(),
        }
    }

    #[test]
    fn what_is_given_later_wins_and_becomes_a_choice() {
        let mut config = Config::new(Reach::Everybody);
        assert!(!config.http.chosen);
        let both = [given("http", "127.0.0.1:1"), given("http", "[::1]:0")];
        config.apply(&both).expect("both are good");
        assert_eq!(config.http.addr.to_string(), "[::1]:0");
        assert!(config.http.chosen);
    }

    #[test]
    fn a_word_may_stand_for_the_whole_machine_and_a_port_for_all_addresses() {
        let mut config = Config::new(Reach::ThisMachine);
        config
            .apply(&[given("http", "9000"), given("rtmp", "localhost:1936")])
            .expect("good");
        assert_eq!(config.http.addr.to_string(), "127.0.0.1:9000");
        assert_eq!(config.rtmp.addr.to_string(), "127.0.0.1:1936");
    }

    #[test]
    fn publishers_over_webrtc_are_told_addresses_of_their_own() {
        let mut config = Config::new(Reach::Everybody);
        assert_eq!(config.webrtc.expect("it is on").addr.port(), 8189);
        let both = [
            given("webrtc.listen", "0.0.0.0:9000"),
            given("webrtc.public_addresses", "203.0.113.7, [2001:db8::7]:9001"),
        ];
        config.apply(&both).expect("both are good");
        let told: Vec<String> = config
            .webrtc_public
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(told, ["203.0.113.7:0", "[2001:db8::7]:9001"]);
        config
            .apply(&[given("webrtc.listen", "off")])
            .expect("good");
        assert_eq!(config.webrtc, None);
        let wrong = config.apply(&[given("webrtc.public_addresses", "here")]);
        assert!(
            wrong
                .expect_err("a name")
                .join("")
                .contains("no IP address")
        );
    }

    #[test]
    fn providers_are_named_and_what_is_wrong_with_one_is_told_in_a_line() {
        let mut config = Config::new(Reach::Everybody);
        let all = [
            given(
                "sign_in.oidc.keycloak.issuer",
                "https://login.example.org/realms/days",
            ),
            given("sign_in.oidc.keycloak.client_id", "matsuri"),
            given("sign_in.oidc.google.issuer", "https://accounts.google.com"),
            given("sign_in.oidc.google.client_id", "1.apps.example"),
            given("sign_in.oidc.google.label", "Google"),
        ];
        config.apply(&all).expect("all are good");
        let told: Vec<&str> = config.providers.iter().map(|own| &*own.label).collect();
        assert_eq!(told, ["Google", "keycloak"]);
        let mut config = Config::new(Reach::Everybody);
        let wrong = [
            given("sign_in.oidc.Google.issuer", "https://accounts.google.com"),
            given("sign_in.oidc.google", "https://accounts.google.com"),
            given("sign_in.oidc.google.issuer", "accounts.google.com"),
            given("sign_in.oidc.google.isuer", "https://accounts.google.com"),
        ];
        let told = config.apply(&wrong).expect_err("all are wrong");
        assert_eq!(told.len(), 6, "{told:#?}");
        assert!(told.iter().all(|line| !line.contains('\n')), "{told:#?}");
        assert!(told[5].starts_with("sign_in.oidc.google: client_id is missing"));
    }

    #[test]
    fn rtmps_needs_a_certificate() {
        let mut config = Config::new(Reach::Everybody);
        assert_eq!(config.rtmps, None);
        let alone = config.apply(&[given("rtmps", "0.0.0.0:1936")]);
        assert!(
            alone
                .expect_err("no certificate")
                .join("")
                .contains("tls.cert")
        );
        let with = [given("tls.cert", "a.pem"), given("tls.key", "b.pem")];
        config.apply(&with).expect("now there is one");
        assert_eq!(config.rtmps.expect("chosen").addr.port(), 1936);
    }

    #[test]
    fn every_complaint_names_its_place_and_what_to_write() {
        let mut config = Config::new(Reach::Everybody);
        let wrong = [
            given("htpt", "1"),
            given("http", "everywhere"),
            given("metrics", "off"),
            given("public_url", "conf.example.org"),
            given("media.part_ms", "5"),
            given("media.listen", "everywhere"),
            given("media.url", "https://cdn.example.org/a"),
            given("database", "mysql://x:secret@y"),
        ];
        let complaints = config
            .apply(&wrong)
            .expect_err("seven are wrong")
            .join("\n");
        assert_eq!(complaints.lines().count(), 7, "{complaints}");
        for line in [
            "here: htpt is no setting; did you mean http?",
            "here: http: \"everywhere\" is no address to listen on; write HOST:PORT, for example 0.0.0.0:8080",
            "here: public_url: write it with https:// or http://",
            "here: media.part_ms: ",
            "here: database: ",
            "here: media.listen: \"everywhere\" is no address to listen on; write HOST:PORT, for example 0.0.0.0:8081, or off",
            "here: media.url: write it with https:// or http:// and without a path",
        ] {
            assert!(complaints.contains(line), "{line}\n{complaints}");
        }
        assert!(!complaints.contains("secret"));
        assert_eq!(config.metrics, None);
    }
}
