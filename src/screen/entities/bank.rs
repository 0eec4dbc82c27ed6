//! International bank account numbers (ISO 13616).

use std::ops::Range;

use super::checks::mod_97;
use super::{EntityKind, View};

/// An IBAN: a country, its length, the check digits.
pub(super) const IBAN: EntityKind = EntityKind {
    name: "iban",
    patterns: &[
        r"(?-u:\b)[a-z]{2}[0-9]{2}(?:[ \-\u{2010}-\u{2015}]?[a-z0-9]{4}){2,7}(?:[ \-\u{2010}-\u{2015}]?[a-z0-9]{1,3})?(?-u:\b)",
    ],
    view: View::Folded,
    longest: 43,
    refine,
};

fn refine(matched: &str) -> Option<Range<usize>> {
    let country = matched.get(..2)?;
    let (_, length) = LENGTHS.iter().find(|(known, _)| *known == country)?;
    let mut characters = matched.char_indices().filter(|(_, c)| c.is_ascii_alphanumeric());
    let (last, _) = characters.nth(length - 1)?;
    // The number ends where a group does; what follows it is another word.
    let end = last + 1;
    if matched.get(end..)?.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    let compact: String = matched.get(..end)?.chars().filter(char::is_ascii_alphanumeric).collect();
    let (head, account) = compact.split_at_checked(4)?;
    let rest = mod_97(account.chars().chain(head.chars()))?;
    (rest == 1 && account.bytes().any(|byte| (b'1'..=b'9').contains(&byte))).then_some(0..end)
}

/// Countries of the IBAN registry, with the lengths of their numbers.
#[rustfmt::skip]
const LENGTHS: [(&str, usize); 89] = [
    ("ad", 24), ("ae", 23), ("al", 28), ("at", 20), ("az", 28), ("ba", 20), ("be", 16), ("bg", 22),
    ("bh", 22), ("bi", 27), ("br", 29), ("by", 28), ("ch", 21), ("cr", 22), ("cy", 28), ("cz", 24),
    ("de", 22), ("dj", 27), ("dk", 18), ("do", 28), ("ee", 20), ("eg", 29), ("es", 24), ("fi", 18),
    ("fk", 18), ("fo", 18), ("fr", 27), ("gb", 22), ("ge", 22), ("gi", 23), ("gl", 18), ("gr", 27),
    ("gt", 28), ("hn", 28), ("hr", 21), ("hu", 28), ("ie", 22), ("il", 23), ("iq", 23), ("is", 26),
    ("it", 27), ("jo", 30), ("kw", 30), ("kz", 20), ("lb", 28), ("lc", 32), ("li", 21), ("lt", 20),
    ("lu", 20), ("lv", 21), ("ly", 25), ("mc", 27), ("md", 24), ("me", 22), ("mk", 19), ("mn", 20),
    ("mr", 27), ("mt", 31), ("mu", 30), ("ni", 28), ("nl", 18), ("no", 15), ("om", 23), ("pk", 24),
    ("pl", 28), ("ps", 29), ("pt", 25), ("qa", 29), ("ro", 24), ("rs", 22), ("ru", 33), ("sa", 24),
    ("sc", 31), ("sd", 18), ("se", 24), ("si", 19), ("sk", 24), ("sm", 27), ("so", 23), ("st", 25),
    ("sv", 28), ("tl", 23), ("tn", 24), ("tr", 26), ("ua", 29), ("va", 22), ("vg", 24), ("xk", 20),
    ("ye", 30),
];
