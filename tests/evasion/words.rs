//! What the evasions are about: harmless keywords of many kinds, and sentences to hide them in.
//!
//! Owns the lists and a small random generator. Refuses to know how anything is evaded or found.

/// A small random generator (SplitMix64): the table needs sameness from run to run, not quality.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % end as u64) as usize
    }

    pub(crate) fn one<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }

    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

/// Words of 4 to 12 letters, phrases, Chinese, mixtures, other languages; letters, digits, hyphens.
pub(crate) const KEYWORDS: &[&str] = &[
    // English words, doubled letters among them.
    "moss",
    "kite",
    "lantern",
    "walrus",
    "pumpkin",
    "harvest",
    "velvet",
    "biscuit",
    "orchard",
    "marmalade",
    "trampoline",
    "glacier",
    "sparrow",
    "bazaar",
    "balloon",
    "zeppelin",
    "xylophone",
    "jukebox",
    "chandelier",
    "thunderstorm",
    "coffee",
    "wizard",
    "quokka",
    "gherkin",
    // English phrases.
    "blue teapot",
    "paper moon boat",
    "feed the geese",
    "tall green cactus tree",
    "open the gate",
    "quiet library",
    // With digits and hyphens.
    "mp3-player",
    "area-51",
    "windmill-7",
    "flip-flop",
    "24-hour clock",
    "formula1",
    // Chinese.
    "灯笼",
    "风筝",
    "熊猫",
    "葡萄",
    "汤圆",
    "图书馆",
    "自行车",
    "冰淇淋",
    "向日葵",
    "红绿灯",
    "马铃薯",
    "长颈鹿",
    "电视节目",
    "网络游戏",
    "国际象棋",
    "汉语拼音",
    "东方明珠塔",
    "龙舟比赛",
    "过桥米线馆",
    "乒乓球训练营",
    "颱風警報",
    "臺灣小吃",
    // Mixed.
    "T恤衫",
    "卡拉OK",
    "X光片",
    "4S店",
    "USB接口",
    // Cyrillic.
    "самовар",
    "балалайка",
    "матрёшка",
    "белый медведь",
    // German and Spanish.
    "Überraschung",
    "Käsekuchen",
    "Straßenbahn",
    "schöne Grüße",
    "mañana",
    "corazón",
    "piñata",
    "buenos días",
];

/// What stands before and after: at starts, at ends, in quotes and brackets, beside Han, beside
/// letters that stand alone and marks that leetspeak reads as letters.
pub(crate) const CARRIERS: &[(&str, &str)] = &[
    ("", ""),
    ("Please tell me all about ", " today."),
    ("", " is what I asked for"),
    ("where do they sell ", ""),
    ("they said \"", "\" twice"),
    ("I need (", ") now"),
    ("I want a ", " a lot"),
    ("Tell me:\n", "\nThanks."),
    ("it is '", "', she wrote"),
    ("Get the ", "! Really!"),
    ("On page 7, ", ", then 12 more"),
    ("vs. ", "; etc."),
    ("他说“", "”。"),
    ("请介绍一下 ", " ，谢谢"),
    ("请问，", "是什么？"),
    ("为什么「", "」不行？"),
    ("我想学习关于", "的知识"),
    ("", "，我很喜欢"),
];

pub(crate) fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9FFF}' | '\u{20000}'..='\u{3FFFF}' | '\u{F900}'..='\u{FAFF}')
}

pub(crate) fn is_cyrillic(c: char) -> bool {
    matches!(c, '\u{400}'..='\u{52F}')
}

/// A string so that every character of it can be told.
pub(crate) fn shown(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            ' '..='~' => c.to_string(),
            c if is_han(c) || is_cyrillic(c) || "，。、“”「」？".contains(c) => c.to_string(),
            c => c.escape_unicode().to_string(),
        })
        .collect()
}
