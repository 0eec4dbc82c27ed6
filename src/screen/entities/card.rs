//! Numbers of payment cards: those of the world's issuers, and UnionPay's.

use std::ops::Range;

use super::checks::{digit_groups, digits_of, luhn, number, separators};
use super::{EntityKind, View};

/// A run of 12 to 40 digits, grouped in any way: the validator looks for a card in it.
macro_rules! digit_run {
    ($first:literal) => {
        concat!(
            r"(?:[0-9][.,])?(?-u:\b)",
            $first,
            r"(?:[_",
            separators!(),
            r"]{0,3}[0-9]){11,39}(?-u:\b)(?:\.[0-9])?"
        )
    };
}

/// A credit or debit card: Luhn, a known issuer, its lengths.
pub(super) const CREDIT_CARD: EntityKind = EntityKind {
    name: "credit_card",
    patterns: &[digit_run!("[1-6]")],
    view: View::Folded,
    longest: 161,
    refine: |matched| find_card(matched, is_credit_card),
};

/// A bank card of China: UnionPay's 62 and the older 9558 8 of ICBC, 16 to 19 digits, Luhn.
pub(super) const BANK_CARD_CN: EntityKind = EntityKind {
    name: "bank_card_cn",
    patterns: &[digit_run!("[1-9]")],
    view: View::Folded,
    longest: 161,
    refine: |matched| find_card(matched, is_bank_card_cn),
};

/// Ranges of leading digits of issuers, with the lengths of their numbers.
const ISSUERS: [(u64, u64, &[usize]); 22] = [
    (4, 4, &[13, 16, 19]),               // Visa
    (51, 55, &[16]),                     // Mastercard
    (2221, 2720, &[16]),                 // Mastercard
    (34, 34, &[15]),                     // American Express
    (37, 37, &[15]),                     // American Express
    (6011, 6011, &[16, 19]),             // Discover
    (644, 659, &[16, 19]),               // Discover, RuPay
    (35, 35, &[16]),                     // JCB, and a little around it
    (1800, 1800, &[15]),                 // JCB, old
    (2131, 2131, &[15]),                 // JCB, old
    (300, 305, &[14]),                   // Diners Club
    (36, 36, &[14]),                     // Diners Club
    (38, 39, &[14, 16]),                 // Diners Club
    (2200, 2204, &[16]),                 // Mir
    (62, 62, &[16, 17, 18, 19]),         // UnionPay
    (5018, 5018, &[12, 13, 15, 16, 19]), // Maestro
    (5020, 5020, &[12, 13, 15, 16, 19]), // Maestro
    (5038, 5038, &[12, 13, 15, 16, 19]), // Maestro
    (56, 58, &[12, 13, 15, 16, 19]),     // Maestro
    (6390, 6390, &[12, 13, 15, 16, 19]), // Maestro
    (6304, 6304, &[12, 13, 15, 16, 19]), // Maestro
    (6759, 6763, &[12, 13, 15, 16, 19]), // Maestro
];

fn is_credit_card(digits: &[u8]) -> bool {
    ISSUERS.iter().any(|&(first, last, lengths)| {
        let places = first.to_string().len();
        lengths.contains(&digits.len())
            && digits.get(..places).is_some_and(|lead| (first..=last).contains(&number(lead)))
    })
}

fn is_bank_card_cn(digits: &[u8]) -> bool {
    match digits {
        [6, 2, ..] => (16..=19).contains(&digits.len()),
        [9, 5, 5, 8, 8, ..] => digits.len() == 19,
        _ => false,
    }
}

/// The first run of groups in a match that is written as cards are and passes both checks.
fn find_card(matched: &str, is_issued: fn(&[u8]) -> bool) -> Option<Range<usize>> {
    let groups = digit_groups(matched);
    for (first, start) in groups.iter().enumerate() {
        for (last, end) in groups.iter().enumerate().skip(first) {
            let sizes: Vec<usize> =
                groups.get(first..=last).into_iter().flatten().map(ExactSizeIterator::len).collect();
            let total: usize = sizes.iter().sum();
            if total > 19 {
                break;
            }
            let Some(text) = matched.get(start.start..end.end) else { continue };
            if total < 12
                || !is_grouping(&sizes, groups.len())
                || !stands_alone(matched, start.start..end.end, text)
            {
                continue;
            }
            let digits = digits_of(text);
            let varied = digits.iter().any(|digit| Some(digit) != digits.get(1));
            if varied && is_issued(&digits) && luhn(&digits) {
                return Some(start.start..end.end);
            }
        }
    }
    None
}

/// Whether people write cards in groups of these sizes, the rarer ones only if there are no other
/// digits around.
fn is_grouping(sizes: &[usize], around: usize) -> bool {
    match sizes {
        [_] | [4, 6, 4 | 5] | [4, 4, 4, 4] | [4, 4, 4, 4, 1..=3] => true,
        [6, 8..=13] | [8, 8] | [4, 12] | [4, 4, 5] | [4, 4, 4, 1..=7] => sizes.len() == around,
        _ => sizes.len() == around && sizes.iter().all(|&size| size == 1),
    }
}

/// Whether the number is no part of a longer one: a decimal fraction, a serial number with dashes.
fn stands_alone(matched: &str, range: Range<usize>, text: &str) -> bool {
    let before = matched.get(..range.start).unwrap_or_default();
    let after = matched.get(range.end..).unwrap_or_default();
    let separator = text.chars().find(|c| !c.is_ascii_digit());
    let dashed = separator.is_some_and(|c| c != ' ');
    let joins = |c: char| matches!(c, '.' | ',' | '_') || (dashed && c != ' ');
    // Behind the 16 digits of a UnionPay card in groups, three more belong to it; behind others they
    // are its security code.
    let tail: String = after.chars().skip(1).collect();
    let longer = text.starts_with("62")
        && separator.is_some_and(|c| after.starts_with(c))
        && (1..=3).contains(&tail.len())
        && tail.bytes().all(|byte| byte.is_ascii_digit());
    let led = before.ends_with(joins) || separator.is_none() && before.ends_with(|c| c != ' ');
    !led && !after.starts_with(joins) && !longer
}
