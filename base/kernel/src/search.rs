//! How texts are searched: folded, and read for every word of the search, which finds a Japanese word of one or two
//! characters as well as a part of an English one.

use unicode_normalization::UnicodeNormalization as _;

/// Characters of a text that can be found. What comes behind them is not; a title with all its speakers and a usual
/// abstract is shorter.
pub const INDEXED_CHARS_MAX: usize = 4_000;
/// Words of a search; what comes behind them is left out.
pub const WORDS_MAX: usize = 8;
/// Characters of one word that are compared.
pub const WORD_CHARS_MAX: usize = 60;

/// The form in which texts and searches are compared: one width, one case, one kana.
pub fn fold(text: &str) -> String {
    let folded: String = text
        .nfkc()
        .flat_map(char::to_lowercase)
        .map(|c| match c {
            // Katakana to Hiragana: the blocks stand side by side.
            'ァ'..='ヶ' => char::from_u32(u32::from(c) - 0x60).unwrap_or(c),
            c if c.is_control() => ' ',
            c => c,
        })
        .collect();
    // Lower case may take composed characters apart.
    folded.nfkc().collect()
}

/// What a text can be found by.
pub fn indexed(text: &str) -> String {
    let folded: String = fold(text).chars().take(INDEXED_CHARS_MAX).collect();
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A search.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Folded words, all of which are wanted.
    pub words: Vec<String>,
}

impl Wanted {
    /// What somebody looks for.
    pub fn of(text: &str) -> Self {
        let folded = fold(text);
        let words: Vec<String> = folded
            .split_whitespace()
            .take(WORDS_MAX)
            .map(|word| word.chars().take(WORD_CHARS_MAX).collect())
            .collect();
        Self { words }
    }

    /// Whether everything is wanted.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether a text has all words.
    pub fn is_in(&self, text: &str) -> bool {
        let text = indexed(text);
        self.words.iter().all(|word| text.contains(word.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn width_case_and_kana_do_not_matter() {
        for (a, b) in [
            ("ｶﾞｲﾄﾞ", "がいど"),
            ("コンテナ", "こんてな"),
            ("ＡＢＣ１２", "abc12"),
            ("Straße", "straße"),
            ("㈱", "(株)"),
            ("か\u{3099}", "が"),
        ] {
            assert_eq!(fold(a), fold(b), "{a} {b}");
        }
    }

    #[test]
    fn words_of_one_and_two_characters_are_found() {
        let text = "祭りの監視入門 with eBPF 李 明";
        for found in [
            "祭",
            "監視",
            "監視 入門",
            "ebpf",
            "EBPF 祭り",
            "bp",
            "李",
            "李　明",
            "",
        ] {
            assert!(Wanted::of(found).is_in(text), "{found}");
        }
        for missing in ["視監", "epbf", "入り", "監視 x1"] {
            assert!(!Wanted::of(missing).is_in(text), "{missing}");
        }
    }

    proptest! {
        #[test]
        fn whatever_stands_in_a_text_is_found(text in "[a-cア-ウ一-三 A-Cｱ-ｳ]{0,30}", from in 0_usize..30, length in 1_usize..6) {
            let folded = indexed(&text);
            let part: String = folded.chars().skip(from).take(length).collect();
            prop_assert!(Wanted::of(&part).is_in(&text), "{part} in {text}");
        }

        #[test]
        fn folding_twice_changes_nothing(text in any::<String>()) {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }
    }
}
