//! Passport numbers of China, the US, the UK, Germany and Japan, where a word announces them, and
//! the machine-readable line of any passport.

use std::ops::Range;

use super::{EntityKind, View};

/// A passport number. The escapes are パスポート and 여권 as the fold takes them apart.
pub(super) const KIND: EntityKind = EntityKind {
    name: "passport",
    patterns: &[
        concat!(
            r"(?:(?-u:\b)(?:passports?|reisepass(?:nummer|-nr\.?)?|passeport|pasaporte)|护照|護照|旅券|ハ\u{309a}スホ\u{309a}ート|\u{110b}\u{1167}\u{1100}\u{116f}\u{11ab})",
            r"(?: ?(?:number|numbers|no\.?|num|id|nummer|nr\.?|n°|#|holder|号码|號碼|编号|号|號|番号|\u{1107}\u{1165}\u{11ab}\u{1112}\u{1169}|",
            r"is|was|ist|est|es|是|为|為|は|\u{1102}\u{1173}\u{11ab}|[:.=(\-])){0,4} ?[a-z]{0,2} ?[0-9][0-9a-z]{5,9}(?-u:\b)"
        ),
        // Line 2 of a TD3 document: number, nationality, birthday, sex, expiry, each with its check.
        r"(?-u:\b)[a-z0-9<]{9}[0-9][a-z<]{3}[0-9]{7}[mfx<][0-9]{7}[a-z0-9<]{14}[0-9<][0-9](?-u:\b)",
        // German and Japanese numbers may begin with letters that a digit interrupts.
        concat!(
            r"(?:(?-u:\b)(?:passport|reisepass(?:nummer)?))(?: ?(?:number|no\.?|nummer|nr\.?|is|ist|[:.=#])){0,4}",
            r" ?[cfghjk][0-9cfghjklmnprtvwxyz]{8}[0-9]?d?(?-u:\b)"
        ),
    ],
    view: View::Folded,
    longest: 61,
    refine,
};

fn refine(matched: &str) -> Option<Range<usize>> {
    if matched.len() == 44 && matched.is_ascii() && machine_readable(matched) {
        return Some(0..matched.len());
    }
    // The number is the last word, perhaps with its letters apart.
    let start = matched.rfind(|c: char| !c.is_ascii_alphanumeric()).map_or(0, |at| {
        at + matched.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)
    });
    let number = matched.get(start..)?;
    let split = matched.get(..start).and_then(|lead| lead.strip_suffix(' ')).and_then(|lead| {
        let letters = lead.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let prefix = lead.get(letters.len()..)?;
        let joined = format!("{prefix}{number}");
        (matches!(prefix.len(), 1 | 2)
            && !["no", "is", "es", "nr", "id"].contains(&prefix)
            && is_number(&joined))
        .then_some(letters.len()..matched.len())
    });
    split.or_else(|| is_number(number).then_some(start..matched.len()))
}

/// Whether a word has the form of a passport number of one of the countries.
fn is_number(word: &str) -> bool {
    let letters = word.bytes().take_while(u8::is_ascii_alphabetic).count();
    let digits = word.get(letters..).unwrap_or_default();
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let first = word.bytes().next().unwrap_or_default();
    let varied = digits.bytes().any(|byte| Some(byte) != digits.bytes().next());
    let chinese = plain
        && match letters {
            1 => b"egdsphkm".contains(&first) && (7..=8).contains(&digits.len()),
            2 => b"edsp".contains(&first) && digits.len() == 7,
            _ => false,
        };
    let american = plain && matches!((letters, digits.len()), (0, 9) | (1, 8));
    let japanese = plain && letters == 2 && digits.len() == 7;
    let german = (9..=11).contains(&word.len())
        && b"cfghjk".contains(&first)
        && word.bytes().take(9).all(|byte| byte.is_ascii_digit() || b"cfghjklmnprtvwxyz".contains(&byte))
        && word.bytes().filter(u8::is_ascii_digit).count() >= 2;
    (varied && (chinese || american || japanese)) || german
}

/// Whether the check digits of a TD3 line (ICAO 9303) are right.
fn machine_readable(line: &str) -> bool {
    let check = |from: usize, to: usize| {
        let field = line.get(from..to)?;
        let sum: u32 = field
            .chars()
            .zip([7, 3, 1].into_iter().cycle())
            .map(|(c, weight)| c.to_digit(36).unwrap_or(0) * weight)
            .sum();
        Some(line.get(to..=to)?.replace('<', "0") == (sum % 10).to_string())
    };
    check(0, 9) == Some(true) && check(13, 19) == Some(true) && check(21, 27) == Some(true)
}
