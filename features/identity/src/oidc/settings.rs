//! What an operator says about a provider.

/// A provider as it is configured.
#[derive(Clone, PartialEq, Eq)]
pub struct Settings {
    /// Its name in addresses: `[a-z0-9-]`.
    pub name: String,
    /// What people call it.
    pub label: String,
    /// Its address, as it stands in its tokens.
    pub issuer: String,
    /// What it calls us.
    pub client_id: String,
    /// How we prove who we are; a public client has none.
    pub client_secret: Option<String>,
    /// What is asked for, with spaces between; `openid` is always among it.
    pub scopes: String,
}

/// Never with its secret.
impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} at {}", self.name, self.issuer)
    }
}

/// What is asked for unless somebody says otherwise.
const SCOPES: &str = "openid email profile";

impl Settings {
    /// Fields of a provider's configuration.
    pub const FIELDS: &'static [&'static str] =
        &["label", "issuer", "client_id", "client_secret", "scopes"];

    /// A provider of which only the name is known.
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            label: name.to_owned(),
            issuer: String::new(),
            client_id: String::new(),
            client_secret: None,
            scopes: SCOPES.to_owned(),
        }
    }

    /// Whether a provider can have this name.
    pub fn is_name(name: &str) -> bool {
        let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
        !name.is_empty() && name.len() <= 32 && name.bytes().all(plain)
    }

    /// Takes the value of one of [`Settings::FIELDS`].
    ///
    /// # Errors
    /// What to write instead, in one line.
    pub fn put(&mut self, field: &str, value: &str) -> Result<(), String> {
        let value = value.trim();
        if value.is_empty() {
            return Err("it is empty".to_owned());
        }
        if value.chars().any(char::is_control) {
            return Err("write it in one line".to_owned());
        }
        match field {
            "label" if value.chars().count() > 40 => {
                return Err("write at most 40 characters".to_owned());
            }
            "label" => value.clone_into(&mut self.label),
            "issuer" => self.issuer = issuer(value)?,
            "client_id" => value.clone_into(&mut self.client_id),
            "client_secret" => self.client_secret = Some(value.to_owned()),
            "scopes" => {
                let words: Vec<&str> = value.split([' ', ',']).filter(|w| !w.is_empty()).collect();
                if !words.contains(&"openid") {
                    return Err("openid has to be among the scopes".to_owned());
                }
                self.scopes = words.join(" ");
            }
            _ => {
                let fields = Self::FIELDS.join(", ");
                return Err(format!(
                    "{field} is no setting of a provider; there are {fields}"
                ));
            }
        }
        Ok(())
    }

    /// What is missing, as one line each.
    pub fn missing(&self) -> Vec<String> {
        let needed = [
            ("issuer", &self.issuer, "https://accounts.example.org"),
            (
                "client_id",
                &self.client_id,
                "as the provider calls this site",
            ),
        ];
        let empty = needed.iter().filter(|(_, value, _)| value.is_empty());
        let name = &self.name;
        empty
            .map(|(field, _, example)| {
                format!("sign_in.oidc.{name}: {field} is missing; give for example {example:?}")
            })
            .collect()
    }

    /// Where the provider sends people back to.
    pub fn callback(&self, public_url: &str) -> String {
        format!("{public_url}/sign-in/oidc/{}/callback", self.name)
    }
}

/// Whether an address can be spoken to without anybody listening: TLS, or this very machine.
pub(super) fn is_safe(address: &str, may_be_plain: bool) -> bool {
    let Ok(uri) = address.parse::<http::Uri>() else {
        return false;
    };
    let host = uri.host().unwrap_or_default();
    let own = ["localhost", "127.0.0.1", "[::1]"].contains(&host);
    match uri.scheme_str() {
        Some("https") => !host.is_empty(),
        Some("http") => may_be_plain && own,
        _ => false,
    }
}

fn issuer(value: &str) -> Result<String, String> {
    let example = "https://accounts.google.com";
    if value.contains(['?', '#', '@', ' ']) || !is_safe(value, true) {
        return Err(format!(
            "write the provider's address with https://, for example {example}"
        ));
    }
    if value.contains("/.well-known/") {
        return Err("leave /.well-known/… out: write the issuer alone".to_owned());
    }
    Ok(value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_operator_wrote_wrong_is_told_in_one_line() {
        let mut settings = Settings::named("google");
        for (field, value) in [
            ("issuer", "accounts.google.com"),
            ("issuer", "http://accounts.google.com"),
            (
                "issuer",
                "https://a.example/.well-known/openid-configuration",
            ),
            ("issuer", "https://a.example/?x"),
            ("scopes", "email"),
            ("client_id", " "),
            ("client_secret", "a\nb"),
            ("colour", "red"),
        ] {
            let complaint = settings.put(field, value).expect_err(value);
            assert!(
                !complaint.is_empty() && !complaint.contains('\n'),
                "{complaint}"
            );
        }
        assert_eq!(settings.missing().len(), 2);
        for (field, value) in [
            ("issuer", "https://login.example.org/realms/days"),
            ("client_id", "matsuri"),
            ("client_secret", "s3cret"),
            ("scopes", "openid,email"),
            ("label", "会社のアカウント"),
        ] {
            settings.put(field, value).expect(value);
        }
        assert!(settings.missing().is_empty());
        assert_eq!(settings.scopes, "openid email");
        assert!(!format!("{settings:?}").contains("s3cret"));
        assert!(Settings::is_name("auth0-eu"));
        for bad in ["", "Auth0", "a/b", "a.b", &"a".repeat(33)] {
            assert!(!Settings::is_name(bad), "{bad}");
        }
    }
}
