//! The strong fold: what a character may stand for when somebody hides a word.
//!
//! Owns the readings of single characters (look-alikes, leetspeak, traditional Han), the decoding of
//! spellings that a program or a model would read anyway, and the names of these transforms. Refuses to
//! know keywords and what is allowed to stand between letters: `screen` judges that.
//!
//! Every character has a class, such that all characters that may stand for the same letter are in
//! one class: `i`, `l`, `1`, `!` and `|` are. A text in classes finds candidates; [`stands_for`] then
//! says for each letter whether it may stand for the letter of the keyword, and by which transform.

mod bytes;
pub mod han;
mod inline;
mod look;
mod reader;

pub use bytes::{Base64, ByteRun, Hex};
pub use inline::{Chain, Item};
pub use look::warm_up;
pub use reader::Reader;

use bitflags::bitflags;
use icu_properties::CodePointMapData;
use icu_properties::props::GeneralCategory;

use super::table::{is_common_han, joins_word};
use look::look;

bitflags! {
    /// By what a text differs from the keyword that was found in it, beyond the standard fold.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
    pub struct Transforms: u16 {
        /// A character that looks like the letter (UTS 39).
        const LOOK_ALIKE = 1;
        /// A digit or a sign in place of a letter.
        const LEETSPEAK = 1 << 1;
        /// Letters set apart by spaces or signs.
        const SPACING = 1 << 2;
        /// Letters repeated.
        const REPEATS = 1 << 3;
        /// Traditional Han for simplified, or the other way round.
        const TRADITIONAL = 1 << 4;
        /// Percent-encoding.
        const PERCENT = 1 << 5;
        /// HTML character references.
        const HTML_ENTITY = 1 << 6;
        /// Backslash escapes of programming languages.
        const ESCAPE = 1 << 7;
        /// Base64, standard or URL-safe.
        const BASE64 = 1 << 8;
        /// Bytes in hexadecimal.
        const HEX = 1 << 9;
        /// Invisible tag characters (U+E0020 to U+E007E).
        const TAG_CHARACTERS = 1 << 10;
        /// Text that a bidirectional override shows in reverse.
        const BIDI = 1 << 11;
        /// Marks of another script than the letters that they stand on.
        const FOREIGN_MARK = 1 << 12;
    }
}

impl Transforms {
    /// Their names, as the audit record has them.
    pub fn names(self) -> impl Iterator<Item = String> {
        self.iter_names().map(|(name, _)| name.to_ascii_lowercase())
    }
}

/// What a folded character is to the strong fold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A letter, a digit, or a sign that is read as one.
    Letter,
    /// A sign that may be put between the letters of one word: `b.o.m.b`, `b*mb` is another matter.
    Separator,
    /// Anything else: it ends a word, and stands for itself.
    Sign,
}

/// What a character that is not white space is, after the standard fold.
#[inline]
#[must_use]
pub fn kind(folded: char) -> Kind {
    if folded.is_ascii() {
        return match folded {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '@' | '$' | '!' | '|' | '+' | '(' | '<' => Kind::Letter,
            '.' | '-' | '_' | '*' | '/' | '~' | '=' | '\\' | '^' | '#' | '`' => Kind::Separator,
            _ => Kind::Sign,
        };
    }
    if is_common_han(folded) || is_money(folded) {
        return Kind::Letter;
    }
    match folded {
        '·' | '•' | '‧' | '∙' | '⋅' | '・' | '･' | '●' | '○' | '▪' | '■' | '□' | '◦' | '¯' | '◆' | '★'
        | '☆' => Kind::Separator,
        '\u{2010}'..='\u{2015}' | '\u{2043}' | '\u{2212}' | '\u{2217}' | '\u{2026}' => Kind::Separator,
        _ if folded.is_alphanumeric() || super::table::continues(folded) => Kind::Letter,
        // Letters in boxes, radicals of Han.
        _ if look(folded, folded).is_alphanumeric() => Kind::Letter,
        // Hearts and stars between the letters of a word.
        _ if is_symbol(folded) => Kind::Separator,
        _ => Kind::Sign,
    }
}

fn is_symbol(c: char) -> bool {
    use GeneralCategory::{MathSymbol, ModifierSymbol, OtherSymbol};
    matches!(CodePointMapData::<GeneralCategory>::new().get(c), MathSymbol | ModifierSymbol | OtherSymbol)
}

/// Whether a folded character is written without spaces to its neighbours and stands for a word by
/// itself.
#[inline]
#[must_use]
pub fn is_unspaced(folded: char) -> bool {
    !folded.is_ascii() && (is_common_han(folded) || (folded.is_alphanumeric() && !joins_word(folded)))
}

/// Whether a keyword, in the standard fold, is too short to be looked for with letters set apart,
/// repeated or in leetspeak: harmless texts would hold it.
#[must_use]
pub fn is_short(folded: &str) -> bool {
    let letters = || folded.chars().filter(|c| kind(*c) == Kind::Letter);
    let count = letters().count();
    count < 2 || (count < 3 && !letters().all(is_unspaced))
}

/// The class of a character, given as written and as the standard fold has it.
#[inline]
#[must_use]
pub fn class(written: char, folded: char) -> char {
    let look = if folded.is_ascii() || is_money(folded) { folded } else { look(written, folded) };
    match look {
        'l' | '1' | '!' | '|' => 'i',
        '0' => 'o',
        '4' | '@' => 'a',
        '3' | '€' => 'e',
        '5' | '$' => 's',
        '7' | '+' => 't',
        '8' => 'b',
        '9' | '6' => 'g',
        '2' => 'z',
        '(' | '<' | '¢' => 'c',
        '£' => 'e',
        other => other,
    }
}

/// Signs of money that stand for letters in leetspeak.
fn is_money(folded: char) -> bool {
    matches!(folded, '€' | '£' | '¢')
}

/// Which letters a digit or sign stands for in leetspeak.
fn leet(folded: char) -> &'static [char] {
    match folded {
        '0' => &['o'],
        '1' | '|' => &['i', 'l'],
        '2' => &['z'],
        '3' | '€' | '£' => &['e'],
        '4' | '@' => &['a'],
        '5' | '$' => &['s'],
        '6' | '9' => &['g'],
        '7' | '+' => &['t'],
        '8' => &['b'],
        '!' => &['i', 'l'],
        '(' | '<' | '¢' => &['c'],
        _ => &[],
    }
}

/// Whether a character, given as written and as the standard fold has it, may stand for the letter
/// `meant` of a keyword (in the standard fold), and by what transform; none where it is that letter.
#[must_use]
pub fn stands_for(written: char, folded: char, meant: char) -> Option<Transforms> {
    if folded == meant {
        return Some(Transforms::empty());
    }
    if leet(folded).contains(&meant) {
        return Some(Transforms::LEETSPEAK);
    }
    let meant_look = if meant.is_ascii() { meant } else { look(meant, meant) };
    if leet(folded).contains(&meant_look) {
        return Some(Transforms::LEETSPEAK);
    }
    if folded.is_ascii() {
        let stroke = |c: char| matches!(c, 'i' | 'l' | '1' | '|');
        // Capital I, small l and the digit 1 are one stroke; a small i is not.
        let like = match (folded, meant) {
            ('i', 'l') => written == 'I' || look(written, written) == 'l',
            ('l', 'i' | '1') | ('i', '1') | ('o', '0') => true,
            (folded, '1') => stroke(folded),
            _ => folded == meant_look,
        };
        return like.then_some(Transforms::LOOK_ALIKE);
    }
    if han::simplified(folded) == han::simplified(meant) {
        return Some(Transforms::TRADITIONAL);
    }
    let seen = look(written, folded);
    // A stroke that is neither letter nor digit of ASCII looks like all of these.
    if seen == meant_look || (seen == 'l' && matches!(meant, 'i' | '1')) || (seen == 'o' && meant == '0') {
        return Some(Transforms::LOOK_ALIKE);
    }
    None
}

#[cfg(test)]
mod tests;
