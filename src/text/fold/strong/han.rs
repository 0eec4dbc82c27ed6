//! Traditional Han and their simplified forms.
//!
//! Owns the mapping of single characters. Refuses to know words: 乾 is taken for 干 wherever it stands.
//! The table is `TSCharacters` of OpenCC (Apache-2.0), as the package `opencc-python-reimplemented`
//! 0.1.7 carries it; no Unicode crate has one.

use std::collections::HashMap;
use std::sync::LazyLock;

static TABLE: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
    include_str!("data/TSCharacters.txt")
        .lines()
        .filter_map(|line| {
            let (traditional, simplified) = line.split_once('\t')?;
            let traditional = traditional.chars().next()?;
            // Where there are several simplified forms, the first is the usual one.
            Some((traditional, simplified.chars().next()?)).filter(|(from, to)| from != to)
        })
        .collect()
});

/// All traditional characters that have a simplified form, with it.
pub(super) fn all() -> impl Iterator<Item = (char, char)> {
    TABLE.iter().map(|(traditional, simplified)| (*traditional, *simplified))
}

/// The simplified form of a character; the character itself where it has none.
#[inline]
#[must_use]
pub fn simplified(c: char) -> char {
    // No Han character stands before U+2E80.
    if c < '\u{2E80}' {
        return c;
    }
    TABLE.get(&c).copied().unwrap_or(c)
}
