//! Numbers by which states know people: China's resident identity, US social security, UK
//! national insurance.

use std::ops::Range;

use super::checks::{digit_groups, digits_of, is_date, number, separators};
use super::{EntityKind, View};

/// The number of a resident identity card (GB 11643): region, birthday, order, check character.
/// The older form of 15 digits has no check and counts only where a word announces it.
pub(super) const CN_RESIDENT_ID: EntityKind = EntityKind {
    name: "cn_resident_id",
    patterns: &[
        concat!(
            r"(?:[0-9][.,\-])?(?-u:\b)[1-9][0-9]{5}[",
            separators!(),
            r"]?[0-9]{8}[",
            separators!(),
            r"]?[0-9]{3}[0-9x](?-u:\b)(?:[.\-][0-9a-z])?"
        ),
        r"(?:身份证|身份證|居民证|证件)(?:号码|號碼|号|號)?[ :是为為]{0,3}[1-9][0-9]{14}(?-u:\b)",
    ],
    view: View::Folded,
    longest: 24,
    refine: resident_id,
};

fn resident_id(matched: &str) -> Option<Range<usize>> {
    if !matched.is_char_boundary(1) || !matched.starts_with(|c: char| c.is_ascii_digit()) {
        return old_resident_id(matched);
    }
    let guarded = matched.get(1..2)?.contains(['.', ',', '-']);
    let characters: Vec<char> = matched.chars().filter(|c| c.is_ascii_digit() || *c == 'x').collect();
    if guarded || characters.len() != 18 || !matched.ends_with(|c: char| c.is_ascii_digit() || c == 'x') {
        return None;
    }
    let value = |c: &char| c.to_digit(11).or((*c == 'x').then_some(10));
    let mut sum = 0;
    // The weight of a place is a power of two by ISO 7064 mod 11-2.
    for (place, character) in characters.iter().enumerate() {
        sum += value(character)? * (1 << (17 - place)) % 11;
    }
    let digits = digits_of(matched);
    let (year, month, day) = (digits.get(6..10)?, digits.get(10..12)?, digits.get(12..14)?);
    let plausible = is_province(number(digits.get(..2)?))
        && (1850..=2099).contains(&number(year))
        && is_date(number(year), number(month), number(day));
    (sum % 11 == 1 && plausible).then_some(0..matched.len())
}

fn old_resident_id(matched: &str) -> Option<Range<usize>> {
    let start = matched.find(|c: char| c.is_ascii_digit())?;
    let digits = digits_of(matched);
    let (year, month, day) = (digits.get(6..8)?, digits.get(8..10)?, digits.get(10..12)?);
    let plausible = digits.len() == 15
        && is_province(number(digits.get(..2)?))
        && is_date(1900 + number(year), number(month), number(day));
    plausible.then_some(start..matched.len())
}

/// Provinces, regions and cities of GB/T 2260, and the codes of residents of Hong Kong, Macao and Taiwan.
fn is_province(code: u64) -> bool {
    matches!(code, 11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65 | 71 | 81..=83 | 91)
}

/// A US social security number: dashes or spaces, or nine digits that a word announces.
pub(super) const US_SSN: EntityKind = EntityKind {
    name: "us_ssn",
    patterns: &[
        concat!(
            r"(?:[0-9a-z][\-./]|[0-9] )?(?-u:\b)[0-9]{3}[",
            separators!(),
            r"][0-9]{2}[",
            separators!(),
            r"][0-9]{4}(?-u:\b)(?:[\-./][0-9a-z]| [0-9])?"
        ),
        concat!(
            r"(?-u:\b)(?:ssn|social security)(?: (?:number|num|no\.?|#))?[ :#=]{0,3}(?:is |was |of )?",
            r"[0-9]{3}[ \-]?[0-9]{2}[ \-]?[0-9]{4}(?-u:\b)"
        ),
    ],
    view: View::Folded,
    longest: 40,
    refine: ssn,
};

fn ssn(matched: &str) -> Option<Range<usize>> {
    if matched.starts_with("ssn") || matched.starts_with("social") {
        let start = matched.find(|c: char| c.is_ascii_digit())?;
        return is_issued(&digits_of(matched)).then_some(start..matched.len());
    }
    let groups = digit_groups(matched);
    let number = groups.windows(3).find(|groups| groups.iter().map(Range::len).eq([3, 2, 4]))?;
    let (start, end) = (number.first()?.start, number.last()?.end);
    let (before, text, after) = (matched.get(..start)?, matched.get(start..end)?, matched.get(end..)?);
    let mut separators = text.chars().filter(|c| !c.is_ascii_digit());
    let separator = separators.next()?;
    // A neighbour makes it part of a longer number (ISBN, telephone, serial); behind a space only
    // where the parts of this one are spaced as well.
    let alone = |around: &str| around.is_empty() || (separator != ' ' && around.contains(' '));
    let written = separators.next() == Some(separator) && alone(before) && alone(after);
    (written && is_issued(&digits_of(text))).then_some(start..end)
}

/// Whether the number can have been given to anyone; three that stood in advertisements cannot.
fn is_issued(digits: &[u8]) -> bool {
    let part = |range: Range<usize>| digits.get(range).map_or(0, number);
    let (area, group, serial) = (part(0..3), part(3..5), part(5..9));
    digits.len() == 9
        && !matches!(area, 0 | 666 | 900..)
        && group != 0
        && serial != 0
        && !matches!((area, group, serial), (78, 5, 1120) | (219, 9, 9999) | (111, 11, 1111))
}

/// A UK national insurance number: two letters, six digits, a letter from A to D. In small letters
/// only in one piece, since `we 10 20 30 a` is not one.
pub(super) const UK_NINO: EntityKind = EntityKind {
    name: "uk_nino",
    patterns: &[concat!(
        r"(?:[0-9A-Za-z][\-_./])?(?-u:\b)(?i-u:[a-ceghj-pr-tw-z][a-ceghj-npr-tw-z][ \-]?(?:[0-9]{2}[ \-]?){3}[a-d])",
        r"(?-u:\b)(?:[\-_/][0-9A-Za-z])?"
    )],
    view: View::Width,
    longest: 17,
    refine: nino,
};

fn nino(matched: &str) -> Option<Range<usize>> {
    let compact: String = matched.chars().filter(char::is_ascii_alphanumeric).collect();
    let prefix = compact.get(..2)?;
    let withheld =
        ["BG", "GB", "KN", "NK", "NT", "TN", "ZZ"].iter().any(|known| prefix.eq_ignore_ascii_case(known));
    let joined = matched.contains(['_', '.', '/']);
    let spaced = matched.contains(' ');
    let small = matched.bytes().any(|byte| byte.is_ascii_lowercase());
    let piecemeal = spaced && small;
    (compact.len() == 9 && !withheld && !joined && !piecemeal).then_some(0..matched.len())
}
