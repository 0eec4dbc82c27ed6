//! What can stand for what: look-alikes, leetspeak, other widths, traditional characters.
//!
//! Owns data that is independent of the folds: UTS 39 turned round (`unicode-security`), and tables
//! written from knowledge of how people do it. Refuses to know what is folded to what.

use std::collections::HashMap;

use icu_properties::CodePointMapData;
use icu_properties::props::{GeneralCategory, GeneralCategoryGroup};
use unicode_normalization::UnicodeNormalization;
use unicode_security::confusable_detection::skeleton;

/// The characters of UTS 39 that look like each prototype.
pub(crate) struct Tables {
    lookalikes: HashMap<String, Vec<char>>,
    /// What [`Self::uts39`] answers for each character of the keywords.
    known: HashMap<char, Vec<char>>,
    /// Characters by their compatibility form.
    compatible: HashMap<String, Vec<char>>,
}

impl Tables {
    pub(crate) fn new(letters: impl Iterator<Item = char>) -> Self {
        let mut tables =
            Self { lookalikes: HashMap::new(), known: HashMap::new(), compatible: HashMap::new() };
        for c in '\0'..=char::MAX {
            let one = c.to_string();
            let skeleton: String = skeleton(&one).collect();
            if skeleton != one {
                tables.lookalikes.entry(skeleton).or_default().push(c);
            }
            let plain: String = c.nfkc().collect();
            if plain != one {
                tables.compatible.entry(plain).or_default().push(c);
            }
        }
        for c in letters.flat_map(cases) {
            let likes = tables.likes(c);
            tables.known.insert(c, likes);
        }
        tables
    }

    /// Characters that UTS 39 calls confusable with this one, small or capital, and that are not just
    /// another width or case of it.
    pub(crate) fn uts39(&self, c: char) -> Vec<char> {
        self.known.get(&c).cloned().unwrap_or_default()
    }

    fn likes(&self, c: char) -> Vec<char> {
        let mut found = Vec::new();
        for c in cases(c) {
            let prototype: String = skeleton(&c.to_string()).collect();
            let mut likes = self.lookalikes.get(&prototype).cloned().unwrap_or_default();
            likes.extend(prototype.chars().next().filter(|_| prototype.chars().count() == 1));
            found.extend(likes);
        }
        let same: Vec<String> = cases(c).iter().map(|c| c.nfkd().collect()).collect();
        let folded = |like: char| -> Vec<String> {
            cases(like.nfkd().next().unwrap_or(like)).iter().map(|c| c.nfkd().collect()).collect()
        };
        // Marks cannot stand for a letter: they would sit on the one before.
        let mark = |like: char| {
            GeneralCategoryGroup::Mark.contains(CodePointMapData::<GeneralCategory>::new().get(like))
        };
        found.retain(|like| {
            like.is_alphanumeric() && !mark(*like) && !folded(*like).iter().any(|form| same.contains(form))
        });
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Characters whose compatibility form is this one: full width, circled, mathematical, …
    pub(crate) fn compatible(&self, c: char) -> Vec<char> {
        let mut found = Vec::new();
        for c in cases(c) {
            found.extend(self.compatible.get(&c.to_string()).into_iter().flatten());
        }
        found
    }
}

/// A character in small and in capital letters.
pub(crate) fn cases(c: char) -> Vec<char> {
    let mut all = vec![c];
    all.extend(c.to_lowercase().filter(|_| c.to_lowercase().count() == 1));
    all.extend(c.to_uppercase().filter(|_| c.to_uppercase().count() == 1));
    all.sort_unstable();
    all.dedup();
    all
}

/// Look-alikes that UTS 39 does not list, or not for this letter, and that are used all the same: small capitals,
/// squared and flag letters, Greek, Cyrillic, Cherokee and phonetic letters, radicals, kana for Han.
pub(crate) fn other_lookalikes(c: char) -> Vec<char> {
    let lower = c.to_lowercase().next().unwrap_or(c);
    let table: &[(char, &str)] = &[
        ('a', "ᴀαаɐ∂Λ🅰🅐Ⱥⱥ"),
        ('b', "ʙвьßβ🅱🅑ɓƀ"),
        ('c', "ᴄсϲ¢🅲🅒ƈȼ"),
        ('d', "ᴅԁđɗ🅳🅓"),
        ('e', "ᴇеєεɛ🅴🅔ɇ"),
        ('f', "ꜰƒ🅵🅕"),
        ('g', "ɢɡցǥɠ🅶🅖"),
        ('h', "ʜнһɦħ🅷🅗"),
        ('i', "ɪіıɩι🅸🅘ɨ"),
        ('j', "ᴊјʝ🅹🅙ɉ"),
        ('k', "ᴋкκƙ🅺🅚"),
        ('l', "ʟłɭℓ🅻🅛"),
        ('m', "ᴍмɱ🅼🅜"),
        ('n', "ɴηпռɲƞ🅽🅝"),
        ('o', "ᴏоοσøө🅾🅞"),
        ('p', "ᴘрρƥþ🅿🅟"),
        ('q', "ԛɋʠ🆀🅠"),
        ('r', "ʀгɾя🆁🅡ɍ"),
        ('s', "ꜱѕʂ🆂🅢"),
        ('t', "ᴛтτŧƭ🆃🅣"),
        ('u', "ᴜυцʊµ🆄🅤ʉ"),
        ('v', "ᴠνѵ🆅🅥ʋ"),
        ('w', "ᴡωшԝ🆆🅦"),
        ('x', "хχ🆇🅧×"),
        ('y', "ʏуγ🆈🅨ɏ"),
        ('z', "ᴢʐƶ🆉🅩"),
        ('二', "ニ"),
        ('口', "ロ"),
        ('力', "カ"),
        ('工', "エ"),
        ('卡', "⼘"),
        ('车', "⻋"),
        ('马', "⻢"),
        ('长', "⻓"),
        ('龙', "⻰"),
        ('风', "⻛"),
        ('页', "⻚"),
        ('见', "⻅"),
        ('鹿', "⿅"),
        ('自', "⾃"),
        ('行', "⾏"),
    ];
    let mut found: Vec<char> = Vec::new();
    if let Some((_, likes)) = table.iter().find(|(letter, _)| *letter == lower) {
        found.extend(likes.chars());
    }
    if lower.is_ascii_lowercase() {
        // Flag letters.
        found.extend(char::from_u32(0x1F1E6 + (lower as u32 - 'a' as u32)));
    }
    found
}

/// Digits and marks that are read as letters.
pub(crate) fn leet(c: char) -> &'static [&'static str] {
    match c.to_lowercase().next().unwrap_or(c) {
        'a' => &["4", "@"],
        'b' => &["8"],
        'c' => &["("],
        'e' => &["3", "€"],
        'g' => &["9", "6"],
        'i' => &["1", "!", "|"],
        'l' => &["1", "|"],
        'o' => &["0"],
        's' => &["5", "$"],
        't' => &["7", "+"],
        'z' => &["2"],
        'о' => &["0"],
        'з' => &["3"],
        'б' => &["6"],
        'ч' => &["4"],
        'а' => &["@"],
        _ => &[],
    }
}

/// Letters drawn with several marks, and the rarer ones.
pub(crate) fn strokes(c: char) -> &'static [&'static str] {
    match c.to_ascii_lowercase() {
        'a' => &["/\\", "/-\\", "^"],
        'b' => &["|3", "13"],
        'c' => &["<", "{", "["],
        'd' => &["|)", "[)", "cl"],
        'e' => &["&", "[-"],
        'f' => &["|=", "ph"],
        'h' => &["|-|", "#", "]-["],
        'k' => &["|<", "1<"],
        'l' => &["|_"],
        'm' => &["|\\/|", "/\\/\\"],
        'n' => &["|\\|", "/\\/"],
        'o' => &["()", "[]"],
        'p' => &["|>", "|*"],
        'r' => &["|2", "12"],
        's' => &["z"],
        't' => &["-|-"],
        'u' => &["|_|", "(_)", "v"],
        'v' => &["\\/"],
        'w' => &["\\/\\/", "vv", "uu"],
        'x' => &["><", "%"],
        'y' => &["`/"],
        _ => &[],
    }
}

/// The other way of writing a Han character: traditional ones with the variants that Taiwan, Hong Kong and
/// older prints use; for keywords in traditional characters the simplified one.
pub(crate) fn traditional(c: char) -> &'static [&'static str] {
    match c {
        '灯' => &["燈"],
        '笼' => &["籠"],
        '风' => &["風"],
        '筝' => &["箏"],
        '猫' => &["貓"],
        '汤' => &["湯"],
        '圆' => &["圓"],
        '图' => &["圖"],
        '书' => &["書"],
        '馆' => &["館", "舘"],
        '车' => &["車"],
        '红' => &["紅"],
        '绿' => &["綠", "緑"],
        '马' => &["馬"],
        '铃' => &["鈴"],
        '长' => &["長"],
        '颈' => &["頸"],
        '电' => &["電"],
        '视' => &["視"],
        '节' => &["節"],
        '网' => &["網"],
        '络' => &["絡"],
        '游' => &["遊"],
        '戏' => &["戲", "戱"],
        '国' => &["國"],
        '际' => &["際"],
        '汉' => &["漢"],
        '语' => &["語"],
        '东' => &["東"],
        '龙' => &["龍"],
        '赛' => &["賽"],
        '过' => &["過"],
        '桥' => &["橋"],
        '线' => &["線", "綫"],
        '训' => &["訓"],
        '练' => &["練"],
        '营' => &["營"],
        '颱' => &["台"],
        '風' => &["风"],
        '報' => &["报"],
        '臺' => &["台"],
        '灣' => &["湾"],
        _ => &[],
    }
}

/// Named character references of HTML.
pub(crate) fn named(c: char) -> &'static [&'static str] {
    match c {
        'ä' => &["&auml;", "&auml"],
        'ö' => &["&ouml;", "&ouml"],
        'ü' => &["&uuml;", "&uuml"],
        'Ü' => &["&Uuml;", "&Uuml"],
        'ß' => &["&szlig;", "&szlig"],
        'ñ' => &["&ntilde;", "&ntilde"],
        'ó' => &["&oacute;", "&oacute"],
        'í' => &["&iacute;", "&iacute"],
        ' ' => &["&nbsp;", "&nbsp", "&ensp;", "&#32;"],
        '-' => &["&hyphen;", "&dash;"],
        'а' => &["&acy;"],
        'б' => &["&bcy;"],
        'в' => &["&vcy;"],
        'к' => &["&kcy;"],
        'л' => &["&lcy;"],
        'м' => &["&mcy;"],
        'о' => &["&ocy;"],
        'р' => &["&rcy;"],
        'с' => &["&scy;"],
        'т' => &["&tcy;"],
        'ш' => &["&shcy;"],
        _ => &[],
    }
}
