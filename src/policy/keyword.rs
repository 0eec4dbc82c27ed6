//! Keywords: how each must stand in a text, and what is suspicious about it.

use icu_properties::CodePointMapData;
use icu_properties::props::Script;

use super::MatchMode;

/// How a keyword must stand in a text where the policy does not say: anywhere, if it begins or ends
/// in a script that is written without spaces between words; as a word otherwise. A keyword
/// without any letter or digit (an emoji, say) is no word, and so may stand anywhere.
#[must_use]
pub fn default_mode(keyword: &str) -> MatchMode {
    if !keyword.chars().any(char::is_alphanumeric) {
        return MatchMode::Substring;
    }
    let scripts = CodePointMapData::<Script>::new();
    // The prolonged sound mark of ラーメン and its like belong to no one script: look past them.
    let mut letters = keyword
        .chars()
        .filter(|letter| letter.is_alphabetic())
        .map(|letter| scripts.get(letter))
        .filter(|script| !matches!(*script, Script::Common | Script::Inherited));
    let first = letters.next();
    let last = letters.next_back().or(first);
    let unspaced = |script: Option<Script>| script.is_some_and(|script| UNSPACED.contains(&script));
    if unspaced(first) || unspaced(last) { MatchMode::Substring } else { MatchMode::Word }
}

/// Scripts in which a word is not set off from the next. Hangul is: but a Korean noun is written
/// together with its particle (자살을), so that as a word it would almost never be found.
const UNSPACED: [Script; 18] = [
    Script::Han,
    Script::Hiragana,
    Script::Katakana,
    Script::Bopomofo,
    Script::Hangul,
    Script::Thai,
    Script::Lao,
    Script::Khmer,
    Script::Myanmar,
    Script::Tibetan,
    Script::Javanese,
    Script::Balinese,
    Script::TaiLe,
    Script::NewTaiLue,
    Script::TaiTham,
    Script::TaiViet,
    Script::Yi,
    Script::Nushu,
];

/// Whether a keyword, folded, is a single letter, digit or mark of ASCII that may stand anywhere:
/// it would be found in almost every text. A single Han character is a word, an emoji is rare.
#[must_use]
pub fn is_dangerously_short(folded: &str, mode: MatchMode) -> bool {
    let mut letters = folded.chars();
    let (Some(letter), None) = (letters.next(), letters.next()) else { return false };
    mode == MatchMode::Substring
        && (letter.is_ascii() || letter.is_alphanumeric())
        && CodePointMapData::<Script>::new().get(letter) != Script::Han
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_follows_the_script() {
        let check = |keywords: &[&str], expected: MatchMode| {
            for keyword in keywords {
                assert_eq!(default_mode(keyword), expected, "{keyword}");
            }
        };
        let spaced = ["bomb", "c++", "42", "Überfall", "бомба", "قنبلة", "बम", "two words", "(x)", "a-1"];
        check(&spaced, MatchMode::Word);
        let unspaced = ["自杀", "ラーメン", "ーー自", "スキー", "ฆ่าตัวตาย", "ລະເບີດ", "ការសម្លាប់", "ဗုံး"];
        check(&unspaced, MatchMode::Substring);
        check(&["자살", "AV女优", "女A", "(自杀)", "自杀 method", "💣", "***"], MatchMode::Substring);
    }

    #[test]
    fn one_letter_anywhere_is_dangerous() {
        let check = |folded: &str, mode: MatchMode, expected: bool| {
            assert_eq!(is_dangerously_short(folded, mode), expected, "{folded}");
        };
        check("a", MatchMode::Substring, true);
        check("の", MatchMode::Substring, true);
        check(".", MatchMode::Substring, true);
        check("a", MatchMode::Word, false);
        check("杀", MatchMode::Substring, false);
        check("💣", MatchMode::Substring, false);
        check("ab", MatchMode::Substring, false);
        check("", MatchMode::Substring, false);
    }
}
