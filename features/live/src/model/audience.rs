//! Who may watch: what people paste into the list.

use identity::AccountId;
use identity::model::parse_email;

/// What a pasted text or a CSV file names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// Mail addresses and accounts, each once, in order.
    pub people: Vec<String>,
    /// Lines that name nobody, by their number, with the beginning of what they say.
    pub strange: Vec<(usize, String)>,
}

/// Reads mail addresses and account ids out of lines: one per line, or the cells of a CSV file in which somebody's
/// name, a company, a ticket may stand beside them, with a heading or without one.
pub fn read_people(text: &str) -> Named {
    let mut named = Named::default();
    let mut known = std::collections::HashSet::new();
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        let mut found = false;
        for person in line.split([',', ';', '\t']).filter_map(person) {
            found = true;
            if known.insert(person.clone()) {
                named.people.push(person);
            }
        }
        // The first line of a table names its columns.
        if !found && index > 0 {
            let begin = line.chars().take(40).collect();
            named.strange.push((index + 1, begin));
        }
    }
    named
}

/// Somebody, if a cell names one: `aiko@example.org`, `"Aiko" <aiko@example.org>`, `acc_…`.
fn person(cell: &str) -> Option<String> {
    let cell = cell.trim().trim_matches('"').trim();
    let address = match cell.rsplit_once('<') {
        Some((_, rest)) => rest.trim_end().strip_suffix('>')?,
        None => cell,
    };
    if let Ok(account) = AccountId::parse(address) {
        return Some(account.to_string());
    }
    parse_email(address).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_found_in_lists_tables_and_address_books() {
        let text = "\u{feff}Name,Mail,Company\r\nAiko,AIKO@example.org,祭\n\nbob@example.org\n\
                    \"Chie, S.\" <chie@example.org>\tX; dai@example.org\nnobody at all\naiko@example.org";
        let named = read_people(text);
        assert_eq!(
            named.people,
            [
                "aiko@example.org",
                "bob@example.org",
                "chie@example.org",
                "dai@example.org"
            ]
        );
        assert_eq!(named.strange, [(6, "nobody at all".to_owned())]);
    }

    #[test]
    fn an_account_is_a_person_too() {
        let account = AccountId::fresh().to_string();
        assert_eq!(read_people(&account).people, [account]);
        assert_eq!(read_people(""), Named::default());
    }
}
