//! Where settings come from; each value remembers its place.

use std::ops::Range;
use std::path::Path;

use identity::oidc::Settings;
use toml::de::{DeTable, DeValue};

use super::{KEYS, PROVIDER};

/// A value and the place it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// `matsuri.toml:3`, `MATSURI_HTTP`, `--http`.
    pub place: String,
    /// Name of the setting.
    pub key: String,
    /// As it was written.
    pub value: String,
}

/// Settings of a file.
///
/// # Errors
/// One line for each thing that is no setting.
pub fn from_file(path: &Path, text: &str) -> Result<Vec<Given>, Vec<String>> {
    let place = |span: Range<usize>| format!("{}:{}", path.display(), line_of(text, span.start));
    let (document, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        let told = errors.iter().map(|error| {
            let reason = error.message().lines().collect::<Vec<_>>().join(", ");
            format!("{}: {reason}", place(error.span().unwrap_or_default()))
        });
        return Err(told.collect());
    }
    let (mut given, mut complaints) = (Vec::new(), Vec::new());
    let mut open = vec![(String::new(), document.get_ref())];
    while let Some((prefix, table)) = open.pop() {
        for (name, value) in table {
            let key = format!("{prefix}{}", name.get_ref());
            let place = place(name.span());
            match value.get_ref() {
                DeValue::Table(inner) => open.push((format!("{key}."), inner)),
                DeValue::String(text) => {
                    given.push((
                        name.span().start,
                        Given {
                            place,
                            key,
                            value: text.to_string(),
                        },
                    ));
                }
                DeValue::Integer(number) => {
                    let value = number.as_str().to_owned();
                    given.push((name.span().start, Given { place, key, value }));
                }
                DeValue::Boolean(false) if key == "metrics" => {
                    let value = "off".to_owned();
                    given.push((name.span().start, Given { place, key, value }));
                }
                other => complaints.push(format!(
                    "{place}: {key}: write a text in quotes or a number, not {}",
                    other.type_str()
                )),
            }
        }
    }
    // In the order of the file, so that complaints read from top to bottom.
    given.sort_by_key(|(at, _)| *at);
    if complaints.is_empty() {
        Ok(given.into_iter().map(|(_, given)| given).collect())
    } else {
        Err(complaints)
    }
}

fn line_of(text: &str, at: usize) -> usize {
    text.get(..at)
        .map_or(1, |before| before.matches('\n').count() + 1)
}

/// Settings of the environment.
///
/// # Errors
/// One line for each `MATSURI_*` that is no setting.
pub fn from_environment(
    variables: impl Iterator<Item = (String, String)>,
) -> Result<Vec<Given>, Vec<String>> {
    let (mut given, mut complaints) = (Vec::new(), Vec::new());
    let mut own: Vec<_> = variables
        .filter(|(name, _)| name.starts_with("MATSURI_"))
        .collect();
    own.sort();
    for (name, value) in own {
        // Those of the test suites and of the file itself are read elsewhere.
        if name.starts_with("MATSURI_TEST_") || name == "MATSURI_CONFIG" {
            continue;
        }
        if let Some(key) = KEYS.iter().find(|key| key.variable() == name) {
            given.push(Given {
                place: name,
                key: key.name.to_owned(),
                value,
            });
        } else if let Some(key) = of_provider(&name) {
            given.push(Given {
                place: name,
                key,
                value,
            });
        } else {
            let key = name.trim_start_matches("MATSURI_").to_lowercase();
            complaints.push(format!("{name}: {}", super::unknown(&key)));
        }
    }
    if complaints.is_empty() {
        Ok(given)
    } else {
        Err(complaints)
    }
}

/// `MATSURI_SIGN_IN_OIDC_GOOGLE_CLIENT_SECRET` is `sign_in.oidc.google.client_secret`.
fn of_provider(variable: &str) -> Option<String> {
    let prefix = format!("MATSURI_{}", PROVIDER.replace('.', "_").to_uppercase());
    let rest = variable.strip_prefix(&prefix)?.to_lowercase();
    Settings::FIELDS.iter().find_map(|field| {
        let name = rest.strip_suffix(field)?.strip_suffix('_')?;
        Some(format!("{PROVIDER}{}.{field}", name.replace('_', "-")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> Result<Vec<Given>, Vec<String>> {
        from_file(Path::new("matsuri.toml"), text)
    }

    #[test]
    fn a_value_remembers_its_line() {
        let given =
            file("# ours\nhttp = \"0.0.0.0:80\"\n\n[media]\npart_ms = 200\n").expect("good");
        let told: Vec<String> = given
            .iter()
            .map(|one| format!("{} {} {}", one.place, one.key, one.value))
            .collect();
        assert_eq!(
            told,
            [
                "matsuri.toml:2 http 0.0.0.0:80",
                "matsuri.toml:5 media.part_ms 200"
            ]
        );
    }

    #[test]
    fn a_broken_file_is_told_by_line() {
        let complaints = file("http = \"0.0.0.0:80\"\nrtmp = [1\n").expect_err("broken");
        assert!(complaints[0].starts_with("matsuri.toml:"), "{complaints:?}");
        assert!(
            complaints.iter().all(|line| !line.contains('\n')),
            "{complaints:?}"
        );
        let complaints = file("\nhttp = [1]\n").expect_err("no text");
        assert_eq!(
            complaints,
            ["matsuri.toml:2: http: write a text in quotes or a number, not array"]
        );
    }

    #[test]
    fn the_environment_is_read_by_the_same_names() {
        let variables = |pairs: &[(&str, &str)]| {
            let own: Vec<_> = pairs
                .iter()
                .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
                .collect();
            from_environment(own.into_iter())
        };
        let given = variables(&[("PATH", "/bin"), ("MATSURI_LOG_FORMAT", "json")]).expect("good");
        assert_eq!(
            (given[0].key.as_str(), given[0].value.as_str()),
            ("log.format", "json")
        );
        let given = variables(&[("MATSURI_SIGN_IN_OIDC_MY_COMPANY_CLIENT_SECRET", "x")]);
        assert_eq!(
            given.expect("good")[0].key,
            "sign_in.oidc.my-company.client_secret"
        );
        let complaints = variables(&[("MATSURI_HTPT", "1")]).expect_err("unknown");
        assert_eq!(
            complaints,
            ["MATSURI_HTPT: htpt is no setting; did you mean http?"]
        );
    }
}
