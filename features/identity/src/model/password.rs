//! Which passwords may be kept: long ones that are not the first that anybody would try.

use kernel::{Error, Message, Result};
use unicode_normalization::UnicodeNormalization as _;

use crate::limits;

/// Words that people make passwords of by writing them twice or adding digits and signs.
const WORDS: &[&str] = &[
    "password",
    "passwort",
    "passphrase",
    "passcode",
    "letmein",
    "welcome",
    "changeme",
    "secret",
    "iloveyou",
    "admin",
    "administrator",
    "root",
    "login",
    "master",
    "monkey",
    "dragon",
    "football",
    "baseball",
    "superman",
    "batman",
    "princess",
    "sunshine",
    "trustno",
    "whatever",
    "starwars",
    "pokemon",
    "naruto",
    "doraemon",
    "sakura",
    "nihon",
    "japan",
    "tokyo",
    "osaka",
    "kyoto",
    "himitsu",
    "angou",
    "aikotoba",
    "arigatou",
    "konnichiwa",
    "ohayou",
    "aishiteru",
    "daisuki",
    "matsuri",
    "conference",
    "cloudnative",
    "kubernetes",
    "google",
    "facebook",
    "computer",
    "internet",
    "default",
    "example",
    "test",
    "testing",
    "temporary",
    "guest",
    "user",
    "hello",
    "helloworld",
    "abc",
    "asdf",
    "qwer",
    "qwerty",
    "azerty",
    "zxcv",
    "zxcvbn",
    "パスワード",
    "ひみつ",
    "秘密",
    "暗号",
    "correcthorsebatterystaple",
];

/// Rows of keyboards, and what is counted: pieces of them in either direction are no secret.
const ROWS: &[&str] = &[
    "01234567890123456789",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop[]asdfghjkl;'zxcvbnm,./",
    "1234567890-=qwertyuiop[]",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
    "qazwsxedcrfvtgbyhnujmikolp",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "あいうえおかきくけこさしすせそたちつてと",
];

/// The same password however a keyboard composes it.
pub(crate) fn normal(typed: &str) -> String {
    typed.nfkc().collect()
}

/// Reads a new password for the holder of `email`.
pub(crate) fn parse(typed: &str, email: &str) -> Result<String> {
    let password = normal(typed);
    let count = password.chars().count();
    if count < limits::PASSWORD_CHARS_MIN {
        let short = Message::new("identity-password-short").with("min", limits::PASSWORD_CHARS_MIN);
        return Err(Error::invalid("new_password", short));
    }
    if count > limits::PASSWORD_CHARS_MAX {
        let long = Message::new("identity-password-long").with("max", limits::PASSWORD_CHARS_MAX);
        return Err(Error::invalid("new_password", long));
    }
    if is_common(&password, email) {
        return Err(Error::invalid("new_password", "identity-password-common"));
    }
    Ok(password)
}

/// Whether it is one of the first that anybody would try.
fn is_common(password: &str, email: &str) -> bool {
    let plain = plain(password);
    let local = email.split('@').next().unwrap_or_default();
    let whole = password.to_lowercase();
    let own = whole.contains(email)
        || (local.chars().count() >= 4 && stem(&whole) == stem(local) && !stem(local).is_empty());
    let few = {
        let mut letters: Vec<char> = plain.chars().collect();
        letters.sort_unstable();
        letters.dedup();
        letters.len() < 5
    };
    own || few || is_repeated(&plain) || is_row(&whole) || is_word(&plain) || is_word(&whole)
}

/// Lower-case, with the digits and signs that stand for letters read as those.
fn plain(password: &str) -> String {
    let letter = |c: char| match c {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        c => c,
    };
    password.to_lowercase().chars().map(letter).collect()
}

/// What is left when digits and signs are taken away.
fn stem(text: &str) -> String {
    text.chars().filter(|c| c.is_alphabetic()).collect()
}

/// A short piece, again and again.
fn is_repeated(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    (1..=chars.len() / 2).any(|length| {
        let whole = chars.len().is_multiple_of(length) || length <= 4;
        whole && length <= 6 && chars.iter().zip(&chars[length..]).all(|(a, b)| a == b)
    })
}

/// Pieces of rows, one after the other, each of at least four keys.
fn is_row(text: &str) -> bool {
    let mut rest: Vec<char> = text.chars().collect();
    while !rest.is_empty() {
        let longest = ROWS
            .iter()
            .flat_map(|row| {
                let forth: Vec<char> = row.chars().collect();
                let back: Vec<char> = row.chars().rev().collect();
                [forth, back]
            })
            .map(|row| longest_piece(&rest, &row))
            .max()
            .unwrap_or(0);
        // A few signs at the end do not make it better.
        if longest < 4 {
            return rest.len() <= 3 && rest.len() < text.chars().count();
        }
        rest.drain(..longest);
    }
    true
}

/// How much of the beginning of `text` stands somewhere in `row`.
fn longest_piece(text: &[char], row: &[char]) -> usize {
    (0..row.len())
        .map(|at| {
            let pairs = text.iter().zip(row.iter().skip(at));
            pairs.take_while(|(a, b)| a == b).count()
        })
        .max()
        .unwrap_or(0)
}

/// Nothing but words that everybody tries, whatever stands around and between them.
fn is_word(text: &str) -> bool {
    let mut rest = stem(text);
    let before = rest.chars().count();
    if before == 0 {
        return false;
    }
    // The longest first: `pass` must not break `passphrase`.
    let mut words: Vec<&str> = WORDS.to_vec();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    for word in words {
        rest = rest.replace(word, "");
    }
    rest.chars().count() <= 2 && rest.chars().count() < before
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_that_anybody_would_try_are_refused() {
        for common in [
            "password1234",
            "Password123!",
            "P@ssw0rd2026",
            "passwordpassword",
            "aaaaaaaaaaaa",
            "abcabcabcabc",
            "121212121212",
            "123456789012",
            "qwertyuiop123",
            "1qaz2wsx3edc",
            "abcdefghijkl",
            "0987654321098",
            "letmein12345",
            "aiko.yamada2026",
            "aiko.yamada@example.org",
            "correct horse battery staple",
            "matsuri-matsuri",
            "パスワードパスワード12",
            "asdfghjkl;'zxcv",
            "welcome123456",
            "あいうえおかきくけこさし",
        ] {
            assert!(
                parse(common, "aiko.yamada@example.org").is_err(),
                "{common}"
            );
        }
        for good in [
            "tram quilt nine lantern",
            "むらさきの電車で行く朝市",
            "kX9#vLq2!mZp",
            "the otter reads at dusk",
        ] {
            assert!(parse(good, "aiko.yamada@example.org").is_ok(), "{good}");
        }
    }

    #[test]
    fn length_counts_and_composition_does_not() {
        assert!(parse("short-otter", "a@b.c").is_err());
        let long = "otter reads ".repeat(20);
        assert!(parse(&long, "a@b.c").is_err());
        // ガ in one piece, in two, and of half width.
        assert_eq!(normal("ガ"), normal("カ\u{3099}"));
        assert_eq!(normal("ガ"), normal("ｶﾞ"));
    }
}
