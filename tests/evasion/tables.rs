//! What can stand for what: look-alikes, leetspeak, other widths, traditional characters.
//!
//! Owns data that is independent of the folds: UTS 39 turned round (`unicode-security`), and tables
//! written from knowledge of how people do it. Refuses to know what is folded to what.

use std::collections::HashMap;

use icu_properties::CodePointMapData;
use icu_properties::props::{GeneralCategory, GeneralCategoryGroup, GraphemeClusterBreak};
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
        // What looks like a hyphen is a sign between letters, of which there are more elsewhere.
        if !c.is_alphanumeric() {
            return Vec::new();
        }
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
        // So do the vowels and finals of which Hangul and Kirat Rai put syllables together.
        let mark = |like: char| {
            use GraphemeClusterBreak as Break;
            [Break::V, Break::T].contains(&CodePointMapData::<Break>::new().get(like))
                || GeneralCategoryGroup::Mark.contains(CodePointMapData::<GeneralCategory>::new().get(like))
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

/// Letters that UTS 39 has no look-alike in: small capitals, letters in dark boxes and circles, flag letters;
/// radicals and kana for Han.
pub(crate) fn small_boxed_and_flags(c: char) -> Vec<char> {
    const SMALL: &str = "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘ\0ʀꜱᴛᴜᴠᴡ\0ʏᴢ";
    let lower = c.to_lowercase().next().unwrap_or(c);
    if lower.is_ascii_lowercase() {
        let index = lower as usize - 'a' as usize;
        let mut found: Vec<char> =
            SMALL.chars().nth(index).into_iter().filter(|small| *small != '\0').collect();
        for first in [0x1F150, 0x1F170, 0x1F1E6] {
            found.extend(char::from_u32(first + index as u32));
        }
        return found;
    }
    let radicals = match c {
        '二' => "ニ",
        '口' => "ロ",
        '力' => "カ",
        '工' => "エ",
        '车' => "⻋",
        '马' => "⻢",
        '长' => "⻓",
        '龙' => "⻰",
        '风' => "⻛",
        '页' => "⻚",
        '见' => "⻅",
        _ => "",
    };
    radicals.chars().collect()
}

/// Letters that are bent, struck through, turned round or of another sound.
pub(crate) fn rare_lookalikes(c: char) -> Vec<char> {
    let likes = match c.to_lowercase().next().unwrap_or(c) {
        'a' => "ɐ∂ΛȺ",
        'b' => "ßɓƀ",
        'c' => "ƈȼ",
        'd' => "đɗ",
        'e' => "єɛɇ",
        'f' => "ƒ",
        'g' => "ǥɠ",
        'h' => "ħɦ",
        'j' => "ʝɉ",
        'k' => "ƙ",
        'l' => "łɭ",
        'm' => "ɱ",
        'n' => "пɲƞ",
        'o' => "øө",
        'p' => "ƥþ",
        'q' => "ɋʠ",
        'r' => "яɾɍ",
        's' => "ʂ",
        't' => "ŧƭ",
        'u' => "цʊʉ",
        'v' => "ʋѵ",
        'w' => "ωш",
        'x' => "×",
        'y' => "ɏ",
        'z' => "ʐƶ",
        _ => "",
    };
    likes.chars().collect()
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
        '戏' => &["戲"],
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
