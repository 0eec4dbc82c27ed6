//! Numbering plans: which digits can be a telephone number of which country.
//!
//! Owns country codes with the lengths of their numbers, and the groups that national numbers are
//! written in. It asks for plausible numbers, not assigned ones: ranges are opened every month.

/// A number as it is written: the sizes of its groups, its digits, and what separates them.
#[derive(Debug)]
pub(super) struct Shape {
    sizes: Vec<usize>,
    digits: String,
    /// The first group stands in parentheses.
    opened: bool,
    /// The separator, where it is the same everywhere.
    separator: Option<char>,
    /// All separators are spaces.
    spaces: bool,
}

impl Shape {
    /// Reads a text that begins and ends with a digit.
    pub(super) fn of(text: &str, opened: bool) -> Self {
        let mut sizes = Vec::new();
        let mut digits = String::new();
        let mut separator = None;
        let (mut uniform, mut spaces, mut fresh) = (true, true, true);
        for c in text.chars() {
            if c.is_ascii_digit() {
                if fresh {
                    sizes.push(0);
                }
                if let Some(size) = sizes.last_mut() {
                    *size += 1;
                }
                digits.push(c);
            } else {
                uniform &= separator.is_none_or(|known| known == c);
                separator = Some(c);
                spaces &= c == ' ';
            }
            fresh = !c.is_ascii_digit();
        }
        let spaces = spaces && sizes.len() > 1;
        Self { sizes, digits, opened, separator: separator.filter(|_| uniform), spaces }
    }

    /// Whether the groups are separated, and by spaces only.
    pub(super) fn only_spaces(&self) -> bool {
        self.spaces
    }
}

/// Whether digits behind a `+` are a number: a country code, and as many digits as go with it.
pub(super) fn is_international(digits: &str) -> bool {
    let Some(&(code, least, most)) = COUNTRIES.iter().find(|(code, ..)| digits.starts_with(code)) else {
        return false;
    };
    let national = digits.get(code.len()..).unwrap_or_default();
    let first = national.bytes().next();
    let varied = national.bytes().any(|byte| Some(byte) != first);
    let plausible = match code {
        "1" => (b'2'..=b'9').contains(&first.unwrap_or_default()),
        "86" => national.len() != 11 || first == Some(b'1'),
        _ => true,
    };
    (least..=most).contains(&national.len()) && varied && plausible
}

/// Whether a number has the form of one country's national numbers.
pub(super) fn is_national(shape: &Shape) -> bool {
    // Ones and zeros are a number of another kind.
    let distinct = (b'0'..=b'9').filter(|digit| shape.digits.as_bytes().contains(digit)).count();
    if distinct < 3 {
        return false;
    }
    if let Some(foreign) = shape.digits.strip_prefix("00") {
        return foreign.len() >= 9 && is_international(foreign);
    }
    is_chinese_mobile(shape) || is_north_american(shape) || is_trunk(shape) || is_brazilian(shape)
}

/// 138 0013 8000, 13800138000, 86 138…
fn is_chinese_mobile(shape: &Shape) -> bool {
    let (digits, sizes) = match (shape.digits.strip_prefix("86"), shape.sizes.as_slice()) {
        (Some(rest), [2, sizes @ ..]) => (rest, sizes),
        (Some(rest), [13]) => (rest, [11].as_slice()),
        _ => (shape.digits.as_str(), shape.sizes.as_slice()),
    };
    let spelled = sizes.len() == 11;
    let grouped = matches!(sizes, [11] | [3, 8] | [7, 4] | [3, 4, 4] | [4, 4, 3] | [4, 3, 4] | [3, 3, 5]);
    let mut bytes = digits.bytes();
    digits.len() == 11
        && bytes.next() == Some(b'1')
        && bytes.next().is_some_and(|second| second >= b'3')
        && (grouped || spelled)
        && (sizes.len() == 1 || shape.separator.is_some_and(|c| c != '/'))
}

/// (202) 555-0143, 202-555-0143, 1-800-555-0143; with dots or spaces only where the exchange is
/// a possible one.
fn is_north_american(shape: &Shape) -> bool {
    let (sizes, digits) = match (shape.sizes.as_slice(), shape.digits.strip_prefix('1')) {
        ([1, sizes @ ..], Some(digits)) => (sizes, digits),
        (sizes, _) => (sizes, shape.digits.as_str()),
    };
    let at = |place: usize| digits.as_bytes().get(place).copied().unwrap_or_default();
    let grouped = sizes == [3, 3, 4];
    let area = at(0) >= b'2' && !(at(1) == b'1' && at(2) == b'1');
    let strict = at(3) >= b'2';
    let separated = match shape.separator {
        Some('.' | ' ') => strict,
        Some('/' | ')') => false,
        Some(_) => true,
        None => shape.opened,
    };
    grouped && area && separated && digits.len() == 10
}

/// 020 7946 0958, 0171/1234567, 090-1234-5678, 010-62345678: a zero in front, 9 to 12 digits, in
/// the groups in which Britain, Germany, Japan, Korea, China and France write them.
fn is_trunk(shape: &Shape) -> bool {
    let mut bytes = shape.digits.bytes();
    if bytes.next() != Some(b'0') || bytes.next().is_none_or(|second| second == b'0') {
        return false;
    }
    let known = match shape.sizes.as_slice() {
        [3, 6..=8] | [4, 5..=8] | [5, 4..=7] => true,
        [3, 4, 4] | [3, 3, 4] | [2, 4, 4] | [4, 3, 4] | [4, 3, 3] | [4, 2, 4] | [5, 3, 3] | [4, 4, 3] => true,
        [3, 3, 2, 2] | [3, 3, 3, 2] | [3, 2, 2, 2] | [4, 2, 2, 2] | [4, 3, 2, 2] | [3, 3, 3] => true,
        [3, 3, 5] | [3, 4, 3] => true,
        // France; the same five pairs with dashes are lottery numbers.
        [2, 2, 2, 2, 2] => matches!(shape.separator, Some(' ' | '.')),
        _ => false,
    };
    let total = shape.digits.len();
    // Behind five digits a slash counts documents more often than it divides a telephone number.
    let filed = shape.separator == Some('/') && shape.sizes.first() == Some(&5) && total < 10;
    let separated =
        shape.opened || shape.sizes.len() == 2 || shape.separator.is_some_and(|c| c != '.' || total == 10);
    known && separated && !filed && (9..=12).contains(&total)
}

/// (11) 91234-5678
fn is_brazilian(shape: &Shape) -> bool {
    shape.opened && matches!(shape.sizes.as_slice(), [2, 4 | 5, 4])
}

/// Country codes (none begins another) with the digits behind the code.
#[rustfmt::skip]
const COUNTRIES: [(&str, usize, usize); 215] = [
    ("1", 10, 10), ("20", 8, 10), ("211", 6, 11), ("212", 9, 9), ("213", 6, 11), ("216", 6, 11),
    ("218", 6, 11), ("220", 6, 11), ("221", 6, 11), ("222", 6, 11), ("223", 6, 11), ("224", 6, 11),
    ("225", 6, 11), ("226", 6, 11), ("227", 6, 11), ("228", 6, 11), ("229", 6, 11), ("230", 6, 11),
    ("231", 6, 11), ("232", 6, 11), ("233", 9, 9), ("234", 8, 10), ("235", 6, 11), ("236", 6, 11),
    ("237", 6, 11), ("238", 6, 11), ("239", 6, 11), ("240", 6, 11), ("241", 6, 11), ("242", 6, 11),
    ("243", 6, 11), ("244", 6, 11), ("245", 6, 11), ("246", 6, 11), ("247", 6, 11), ("248", 6, 11),
    ("249", 6, 11), ("250", 6, 11), ("251", 6, 11), ("252", 6, 11), ("253", 6, 11), ("254", 9, 9),
    ("255", 6, 11), ("256", 6, 11), ("257", 6, 11), ("258", 6, 11), ("260", 6, 11), ("261", 6, 11),
    ("262", 6, 11), ("263", 6, 11), ("264", 6, 11), ("265", 6, 11), ("266", 6, 11), ("267", 6, 11),
    ("268", 6, 11), ("269", 6, 11), ("27", 9, 9), ("290", 6, 11), ("291", 6, 11), ("297", 6, 11),
    ("298", 6, 11), ("299", 6, 11), ("30", 10, 10), ("31", 9, 9), ("32", 8, 9), ("33", 9, 9), ("34", 9, 9),
    ("350", 6, 11), ("351", 9, 9), ("352", 6, 11), ("353", 7, 9), ("354", 7, 9), ("355", 6, 11),
    ("356", 6, 11), ("357", 6, 11), ("358", 5, 11), ("359", 7, 9), ("36", 8, 9), ("370", 8, 8),
    ("371", 8, 8), ("372", 7, 8), ("373", 6, 11), ("374", 8, 8), ("375", 6, 11), ("376", 6, 11),
    ("377", 6, 11), ("378", 6, 11), ("380", 9, 9), ("381", 7, 10), ("382", 6, 11), ("383", 6, 11),
    ("385", 8, 9), ("386", 8, 8), ("387", 6, 11), ("389", 6, 11), ("39", 6, 11), ("40", 9, 9), ("41", 9, 9),
    ("420", 9, 9), ("421", 9, 9), ("423", 6, 11), ("43", 6, 13), ("44", 9, 10), ("45", 8, 8), ("46", 7, 10),
    ("47", 8, 8), ("48", 9, 9), ("49", 6, 13), ("500", 6, 11), ("501", 6, 11), ("502", 6, 11),
    ("503", 6, 11), ("504", 6, 11), ("505", 6, 11), ("506", 6, 11), ("507", 6, 11), ("508", 6, 11),
    ("509", 6, 11), ("51", 8, 9), ("52", 10, 11), ("53", 6, 8), ("54", 10, 11), ("55", 10, 11),
    ("56", 9, 9), ("57", 8, 10), ("58", 10, 10), ("590", 6, 11), ("591", 6, 11), ("592", 6, 11),
    ("593", 6, 11), ("594", 6, 11), ("595", 6, 11), ("596", 6, 11), ("597", 6, 11), ("598", 6, 11),
    ("599", 6, 11), ("60", 7, 10), ("61", 9, 9), ("62", 8, 12), ("63", 8, 10), ("64", 8, 10), ("65", 8, 8),
    ("66", 8, 9), ("670", 6, 11), ("672", 6, 11), ("673", 6, 11), ("674", 6, 11), ("675", 6, 11),
    ("676", 6, 11), ("677", 6, 11), ("678", 6, 11), ("679", 6, 11), ("680", 6, 11), ("681", 6, 11),
    ("682", 6, 11), ("683", 6, 11), ("685", 6, 11), ("686", 6, 11), ("687", 6, 11), ("688", 6, 11),
    ("689", 6, 11), ("690", 6, 11), ("691", 6, 11), ("692", 6, 11), ("7", 10, 10), ("800", 6, 11),
    ("808", 6, 11), ("81", 9, 10), ("82", 8, 10), ("84", 9, 10), ("850", 6, 11), ("852", 8, 8),
    ("853", 8, 8), ("855", 6, 11), ("856", 6, 11), ("86", 10, 11), ("870", 6, 11), ("878", 6, 11),
    ("880", 8, 10), ("881", 6, 11), ("882", 6, 11), ("883", 6, 11), ("886", 8, 9), ("888", 6, 11),
    ("90", 10, 10), ("91", 10, 10), ("92", 9, 10), ("93", 9, 9), ("94", 9, 9), ("95", 7, 10),
    ("960", 6, 11), ("961", 6, 11), ("962", 6, 11), ("963", 6, 11), ("964", 6, 11), ("965", 6, 11),
    ("966", 8, 9), ("967", 6, 11), ("968", 6, 11), ("970", 6, 11), ("971", 8, 9), ("972", 8, 9),
    ("973", 6, 11), ("974", 6, 11), ("975", 6, 11), ("976", 6, 11), ("977", 8, 10), ("979", 6, 11),
    ("98", 10, 10), ("992", 6, 11), ("993", 6, 11), ("994", 6, 11), ("995", 9, 9), ("996", 6, 11),
    ("998", 9, 9),
];
