//! The languages that models are calibrated for.
//!
//! Owns the rule by which a window counts as English, Chinese or something else. It must be cheap:
//! the fast tier takes some 20 µs for a text, and a full guess of the language several times that.

use std::sync::LazyLock;

use serde::Serialize;

use crate::text::language;

/// A language that thresholds and calibrations are kept for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// English; also Latin script that is not clearly another language.
    En,
    /// Chinese: Han characters prevail.
    Zh,
    /// Everything else.
    Other,
}

/// Characters that are looked at.
const LOOKED_AT: usize = 1_000;

/// Words that are common in English and rare elsewhere. Where these are, nothing else is asked.
const ENGLISH: [&str; 32] = [
    "the", "and", "of", "you", "is", "to", "that", "it", "for", "with", "what", "how", "this", "are", "my",
    "your", "have", "can", "not", "be", "who", "why", "should", "would", "about", "from", "write", "i'm",
    "don't", "they", "there", "which",
];

impl Language {
    /// All of them, in the order of their indices.
    pub const ALL: [Self; 3] = [Self::En, Self::Zh, Self::Other];

    /// As manifests write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh",
            Self::Other => "other",
        }
    }

    /// The language of a text. A Han character says about as much as three Latin letters; Kana beside
    /// them makes it Japanese. A text without letters counts as English.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let (mut latin, mut han, mut kana, mut others) = (0_usize, 0_usize, 0_usize, 0_usize);
        for c in text.chars().take(LOOKED_AT) {
            match c {
                'a'..='z' | 'A'..='Z' | '\u{C0}'..='\u{24F}' | '\u{FF21}'..='\u{FF5A}' => latin += 1,
                '\0'..='\u{BF}' => {}
                '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}' => han += 1,
                '\u{3040}'..='\u{30FF}' => kana += 1,
                c if c.is_alphabetic() => others += 1,
                _ => {}
            }
        }
        if han + kana > 0 && (han + kana) * 3 >= latin && han + kana >= others {
            return if kana * 10 > han { Self::Other } else { Self::Zh };
        }
        if others > latin {
            return Self::Other;
        }
        if has_english_words(text) {
            return Self::En;
        }
        match language::detect(text) {
            None | Some("en") => Self::En,
            Some(_) => Self::Other,
        }
    }

    /// The language whose route counts for a text of this language: what counts as English only because nothing
    /// speaks against it is left to the encoder as often as other languages are.
    pub(super) fn of_route(self, text: &str) -> Self {
        if self == Self::En && !is_familiar(text) { Self::Other } else { self }
    }
}

/// Words by which English text is told from text that only might be English; `classifiers/train` reads the same file.
static FAMILIAR: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| include_str!("english.txt").split_ascii_whitespace().collect());

/// Whether one word in twelve is a common English one, or there are not two words. Few texts in another language
/// of Latin script pass, however short; the fast tier knows too little of those to have the last word.
fn is_familiar(text: &str) -> bool {
    let (mut words, mut known) = (0_usize, 0_usize);
    for word in words_of(text) {
        words += 1;
        let mut small = [0; 8];
        if let Some(small) = small.get_mut(..word.len()) {
            small.copy_from_slice(word.as_bytes());
            small.make_ascii_lowercase();
            known += usize::from(FAMILIAR.binary_search_by(|known| known.as_bytes().cmp(small)).is_ok());
        }
    }
    words < 2 || known * 12 >= words
}

/// The first hundred words.
fn words_of(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '\'')).filter(|word| !word.is_empty()).take(100)
}

/// Whether at least two words, and one in eight, are English ones.
fn has_english_words(text: &str) -> bool {
    let (mut words, mut english) = (0_usize, 0_usize);
    for word in words_of(text) {
        words += 1;
        let known = word.len() <= 8 && ENGLISH.iter().any(|known| known.eq_ignore_ascii_case(word));
        english += usize::from(known);
    }
    english >= 2 && english * 8 >= words
}

#[cfg(test)]
mod tests {
    use super::{FAMILIAR, Language};

    #[test]
    fn windows_are_told_apart() {
        for (text, expected) in [
            ("", Language::En),
            ("42 + 7", Language::En),
            ("How do I bake bread?", Language::En),
            ("hi", Language::En),
            ("Wie kann ich heute Abend noch jemanden erreichen, der mir dabei helfen kann?", Language::Other),
            ("怎么做面包", Language::Zh),
            ("请用 Python 写一个快速排序", Language::Zh),
            ("Translate 你好 into English and explain what the characters mean", Language::En),
            ("どうやって作りますか", Language::Other),
            ("어떻게 만드나요", Language::Other),
            ("Как испечь хлеб?", Language::Other),
        ] {
            assert_eq!(Language::of(text), expected, "{text}");
        }
    }

    #[test]
    fn english_is_told_from_what_only_might_be() {
        for (text, expected) in [
            ("hi", Language::En),
            ("", Language::En),
            ("Thanks, that's all!", Language::En),
            ("SELECT name FROM orders; what does this return?", Language::En),
            ("Posso aggredire le persone a Macao?", Language::Other),
            ("Piye caraku kendhat", Language::Other),
            ("def f(x): return x**2", Language::Other),
        ] {
            assert_eq!(Language::En.of_route(text), expected, "{text}");
        }
        assert_eq!(Language::Zh.of_route("怎么做面包"), Language::Zh);
        assert!(FAMILIAR.is_sorted(), "looked up by halving");
        assert!(FAMILIAR.iter().all(|word| word.len() <= 8));
    }
}
