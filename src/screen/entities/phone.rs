//! Telephone numbers: which candidates there are in a text, and what stands around them.
//!
//! Owns the forms and the words that announce or rule out a number; which digits make a number of
//! which country is `phone_plan`'s.

use std::ops::Range;

use super::checks::{digit_groups, is_date, number, separators};
use super::{EntityKind, View, phone_plan};

/// What tells that the digits behind it are not a telephone number, if it is there.
macro_rules! not_a_phone {
    () => {
        concat!(
            r"(?:(?:(?-u:\b)(?:order|invoice|tracking|shipment|parcel|waybill|serial|ticket|transaction|batch|",
            r"sku|isbn|issn|imei|build|commit|uid|id|no)(?: ?(?:no\.?|number|num|id|code|#))?(?: is| was)?|",
            r"(?-u:\b)qq号?码?|(?:订单|运单|快递|物流|流水|工单|批次|序列|发票|合同|学|单|编|账|帐)编?号码?)",
            r"[ :#=为是]{0,3})?"
        )
    };
}

/// How the words of [`not_a_phone`] begin.
const NOT_A_PHONE: [&str; 33] = [
    "order",
    "invoice",
    "tracking",
    "shipment",
    "parcel",
    "waybill",
    "serial",
    "ticket",
    "transaction",
    "batch",
    "sku",
    "isbn",
    "issn",
    "imei",
    "build",
    "commit",
    "uid",
    "id",
    "no",
    "qq",
    "订单",
    "运单",
    "快递",
    "物流",
    "流水",
    "工单",
    "批次",
    "序列",
    "发票",
    "合同",
    "学",
    "单",
    "编",
];

/// What tells that the digits behind it are one. The escapes are 전화, 휴대폰 and 연락처 as the fold
/// takes them apart, and in [`filler`] 번호, 는 and 가.
macro_rules! says_phone {
    () => {
        concat!(
            r"(?:(?-u:\b)(?:telephone|telefono|telefon|telefoon|tel|phone|mobile|cell|fax|call|dial|",
            r"desk|sms|text|whatsapp|contact|reach|registered|answering|handy|mobil|rufnummer|portable|",
            r"movil|celular|numero)|",
            r"电话|手机|座机|热线|传真|致电|拨打|联系方式|電話|手機|携帯|\u{110c}\u{1165}\u{11ab}\u{1112}\u{116a}|\u{1112}\u{1172}\u{1103}\u{1162}\u{1111}\u{1169}\u{11ab}|\u{110b}\u{1167}\u{11ab}\u{1105}\u{1161}\u{11a8}\u{110e}\u{1165}|телефон)"
        )
    };
}

/// What may stand between that word and the number.
macro_rules! filler {
    () => {
        concat!(
            r"(?: ?(?:number|nos?\.|no(?-u:\b)|nr\.?|#|me|us|him|her|them|at|on|to|is|est|es|ist|le|my|our|",
            r"号码|号|番号|\u{1107}\u{1165}\u{11ab}\u{1112}\u{1169}|是|为|は|\u{1102}\u{1173}\u{11ab}|\u{1100}\u{1161}|[:.=*\-]))"
        )
    };
}

/// An extension behind a number.
macro_rules! extension {
    () => {
        r"(?: ?(?:ext\.? ?|x|转)[0-9]{1,6})?(?-u:\b)"
    };
}

/// A number in international form, a mobile number of China, one in a national form with
/// separators, or any that a word announces.
pub(super) const KIND: EntityKind = EntityKind {
    name: "phone",
    patterns: &[
        // +49 (0)30 1234567. A digit in front makes the plus an addition.
        concat!(r"[0-9]?\+ ?\(?[1-9](?:[()/", separators!(), r"]{0,3}[0-9]){6,15}", extension!()),
        // 0049 30 1234567, 138 0013 8000
        concat!(
            not_a_phone!(),
            r"(?:[0-9][\-.,:/]|[a-z]-)?(?-u:\b)(?:00 ?[1-9]|86[ \-]?1|1)(?:[()/",
            separators!(),
            r"]{0,3}[0-9]){9,14}",
            extension!(),
            r"(?:[\-.][0-9])?"
        ),
        // (202) 555-0143, 020 7946 0958, 0171/1234567
        concat!(
            r"(?:[0-9a-z][\-.,:/+_])?\(?(?-u:\b)[0-9]{1,5}\)?(?:[/",
            separators!(),
            r"]{1,3}\(?[0-9]{2,8}\)?){1,5}",
            extension!(),
            r"(?:[\-._:][0-9])?"
        ),
        concat!(
            says_phone!(),
            filler!(),
            r"{0,4} ?\(?[0-9](?:[()/",
            separators!(),
            r"]{0,3}[0-9]){6,14}",
            extension!()
        ),
    ],
    view: View::Folded,
    longest: 109,
    refine,
};

fn refine(matched: &str) -> Option<Range<usize>> {
    let (body, extension) = split_extension(matched);
    let found = number_in(body)?;
    // The extension is part of the number that it stands behind.
    Some(if found.end == body.len() { found.start..body.len() + extension } else { found })
}

/// The text without the extension at its end, and how long that is.
fn split_extension(matched: &str) -> (&str, usize) {
    let body = matched.trim_end_matches(|c: char| c.is_ascii_digit() || c == ' ' || c == '.');
    let word = ["ext", "x", "转"].iter().find_map(|word| body.strip_suffix(word));
    match word.map(|body| body.trim_end_matches(' ')) {
        Some(body) if body.ends_with(|c: char| c.is_ascii_digit()) => (body, matched.len() - body.len()),
        _ => (matched, 0),
    }
}

fn number_in(matched: &str) -> Option<Range<usize>> {
    let groups = digit_groups(matched);
    let lead = matched.get(..groups.first()?.start)?;
    if lead.starts_with('+') {
        return international(matched, &groups);
    }
    if lead.chars().any(char::is_alphabetic) {
        if NOT_A_PHONE.iter().any(|word| lead.starts_with(word)) || is_guard(lead) {
            return None;
        }
        return windows(matched, &groups).or_else(|| announced(matched, &groups));
    }
    windows(matched, &groups)
}

/// A letter and what joins it to the number, such as the end of `ORD-`.
fn is_guard(lead: &str) -> bool {
    lead.trim_end_matches('(').len() == 2
}

/// Behind a `+`: the longest run of whole groups that the country of the code can have.
fn international(matched: &str, groups: &[Range<usize>]) -> Option<Range<usize>> {
    groups.iter().rev().find_map(|last| {
        let digits: String =
            matched.get(..last.end)?.replace("(0)", "").chars().filter(char::is_ascii_digit).collect();
        phone_plan::is_international(&digits).then_some(0..last.end)
    })
}

/// Behind a word that says so: any plausible length, but no date.
fn announced(matched: &str, groups: &[Range<usize>]) -> Option<Range<usize>> {
    let start = groups.first()?.start;
    let digits: Vec<u8> = super::checks::digits_of(matched);
    let is_day = |date: &[u8]| {
        let (year, month, day) = (date.get(..4)?, date.get(4..6)?, date.get(6..8)?);
        Some((1800..2100).contains(&number(year)) && is_date(number(year), number(month), number(day)))
    };
    if digits.len() == 8 && is_day(&digits) == Some(true) {
        return None;
    }
    let opened = matched.get(..start)?.ends_with('(') && matched.get(start..)?.contains(')');
    let from = start - usize::from(opened);
    (7..=15).contains(&digits.len()).then_some(from..matched.len())
}

/// The first run of groups that stands by itself and is a number in a national form.
fn windows(matched: &str, groups: &[Range<usize>]) -> Option<Range<usize>> {
    groups.iter().enumerate().find_map(|(first, start)| {
        groups.get(first..)?.iter().rev().find_map(|end| {
            let text = matched.get(start.start..end.end)?;
            // `(202) 555-0143` begins with its bracket, `(202-555-0143)` stands in two.
            let opened =
                matched.get(..start.start)?.ends_with('(') && matched.get(start.end..)?.starts_with(')');
            let from = start.start - usize::from(opened);
            let shape = phone_plan::Shape::of(text, opened);
            (stands_alone(matched, from..end.end, &shape) && phone_plan::is_national(&shape))
                .then_some(from..end.end)
        })
    })
}

/// Whether the number is no part of a longer one: a fraction, a sum, a serial number, a table.
fn stands_alone(matched: &str, range: Range<usize>, shape: &phone_plan::Shape) -> bool {
    let before = matched.get(..range.start).unwrap_or_default();
    let after = matched.get(range.end..).unwrap_or_default();
    let announced = before.chars().any(char::is_alphabetic);
    let next_to = |c: char| !matches!(c, ' ' | '(' | ')');
    let digit = |c: char| c.is_ascii_digit();
    let table = shape.only_spaces()
        && (before.trim_end_matches(' ').ends_with(digit)
            || after.trim_start_matches(' ').starts_with(digit));
    let joined = !announced && before.ends_with(next_to) || after.starts_with(next_to);
    !joined && (announced || !table)
}
