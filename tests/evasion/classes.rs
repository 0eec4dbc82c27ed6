//! The ways to evade, by class: a keyword goes in as cells of one character, a writing comes out.
//!
//! Owns how people do it. Refuses to know how it is found.

use unicode_normalization::UnicodeNormalization;

use crate::tables::{self, Tables, cases};
use crate::words::{Random, is_cyrillic, is_han};

#[path = "encodings.rs"]
mod encodings;

/// A class of the table, in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    Case,
    Width,
    Invisible,
    Combining,
    ForeignMarks,
    LookAlike,
    OtherLookAlike,
    Leet,
    Spacing,
    Dotted,
    Repeats,
    Traditional,
    Percent,
    Entity,
    Escape,
    Base64,
    Hex,
    Tags,
    Bidi,
    MixedScripts,
    Combined,
    Nested,
    Decorated,
    RareLookAlike,
    MostlyLeet,
    HanPair,
    Strokes,
    Broken,
}

pub(crate) const CLASSES: &[Class] = &[
    Class::Case,
    Class::Width,
    Class::Invisible,
    Class::Combining,
    Class::ForeignMarks,
    Class::LookAlike,
    Class::OtherLookAlike,
    Class::Leet,
    Class::Spacing,
    Class::Dotted,
    Class::Repeats,
    Class::Traditional,
    Class::Percent,
    Class::Entity,
    Class::Escape,
    Class::Base64,
    Class::Hex,
    Class::Tags,
    Class::Bidi,
    Class::MixedScripts,
    Class::Combined,
    Class::Nested,
    Class::Decorated,
    Class::RareLookAlike,
    Class::MostlyLeet,
    Class::HanPair,
    Class::Strokes,
    Class::Broken,
];

impl Class {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Case => "case",
            Self::Width => "width and compatibility forms",
            Self::Invisible => "invisible characters",
            Self::Combining => "combining marks",
            Self::ForeignMarks => "marks of another script",
            Self::LookAlike => "look-alikes of UTS 39",
            Self::OtherLookAlike => "small capitals, letters in boxes, flags",
            Self::Leet => "leetspeak",
            Self::Spacing => "letters spaced apart",
            Self::Dotted => "letters dotted apart",
            Self::Repeats => "repeated letters",
            Self::Traditional => "traditional Han",
            Self::Percent => "percent-encoding",
            Self::Entity => "HTML entities",
            Self::Escape => "escapes",
            Self::Base64 => "base64",
            Self::Hex => "hex",
            Self::Tags => "tag characters",
            Self::Bidi => "bidirectional controls",
            Self::MixedScripts => "mixed scripts",
            Self::Combined => "two or three classes at once",
            Self::Nested => "an encoding within another",
            Self::Decorated => "set in markup",
            Self::RareLookAlike => "rarer and ambiguous look-alikes",
            Self::MostlyLeet => "leetspeak with hardly a letter left",
            Self::HanPair => "two Han characters repeated or apart by 。，、",
            Self::Strokes => "letters drawn of several marks",
            Self::Broken => "broken in two by one space or mark",
        }
    }

    /// Whether the class is one that `strong` is to catch 99 % of.
    pub(crate) fn aimed(self) -> bool {
        !matches!(self, Self::RareLookAlike | Self::MostlyLeet | Self::HanPair | Self::Strokes | Self::Broken)
    }

    /// Whether what is written decodes to the keyword or to more than it, so that a finding may cover more or
    /// less than the characters of the writing.
    pub(crate) fn encoded(self) -> bool {
        matches!(
            self,
            Self::Percent
                | Self::Entity
                | Self::Escape
                | Self::Base64
                | Self::Hex
                | Self::Nested
                | Self::Decorated
        )
    }

    /// One writing of the keyword, or `None` where the class has nothing for it.
    pub(crate) fn write(self, keyword: &str, tables: &Tables, random: &mut Random) -> Option<String> {
        let cells: Vec<String> = keyword.chars().map(String::from).collect();
        let out = match self {
            Self::Case => case(keyword, random),
            Self::Width => width(cells, tables, random).concat(),
            Self::Invisible => between(&cells, INVISIBLE, random, false),
            Self::Combining => combining(&cells, MARKS, random),
            Self::ForeignMarks => combining(&cells, FOREIGN_MARKS, random),
            Self::LookAlike => looking_alike(cells, tables, random).concat(),
            Self::OtherLookAlike => {
                replaced(cells, random, |c, _| strings(&tables::small_boxed_and_flags(c))).concat()
            }
            Self::RareLookAlike => {
                let short = cells.len() < 6;
                replaced(cells, random, |c, _| {
                    let mut likes = tables.uts39(c);
                    likes.retain(|like| is_ambiguous(c, *like, short));
                    likes.extend(tables::rare_lookalikes(c));
                    strings(&likes)
                })
                .concat()
            }
            Self::MostlyLeet => mostly_leet(&cells, random)?,
            Self::HanPair => han_pair(&cells, random)?,
            Self::Leet => leet(cells, random).concat(),
            Self::Spacing => spaced(&cells, random),
            Self::Dotted => dotted(&cells, random),
            Self::Repeats => (!is_han_pair(&cells)).then(|| repeated(cells, random))?.concat(),
            Self::Traditional => replaced(cells, random, |c, _| {
                tables::traditional(c).iter().map(ToString::to_string).collect()
            })
            .concat(),
            Self::Percent => encodings::percent(keyword, random),
            Self::Entity => encodings::entity(keyword, random),
            Self::Escape => encodings::escape(keyword, random),
            Self::Base64 => encodings::base64(keyword, random),
            Self::Hex => encodings::hex(keyword, random),
            Self::Tags => tags(keyword, random)?,
            Self::Bidi => bidi(keyword, random),
            Self::MixedScripts => mixed(cells, tables, random).concat(),
            Self::Combined => combined(cells, tables, random),
            Self::Nested => encodings::nested(keyword, tables, random),
            Self::Decorated => decorated(keyword, random),
            Self::Strokes => strokes(cells, random)?.concat(),
            Self::Broken => broken(&cells, random)?,
        };
        (out != keyword).then_some(out)
    }
}

const INVISIBLE: &[&str] = &[
    "\u{200B}",
    "\u{200C}",
    "\u{200D}",
    "\u{2060}",
    "\u{AD}",
    "\u{FEFF}",
    "\u{180E}",
    "\u{FE0F}",
    "\u{FE00}",
    "\u{34F}",
    "\u{115F}",
    "\u{1160}",
    "\u{3164}",
    "\u{FFA0}",
    "\u{2061}",
    "\u{2063}",
    "\u{206A}",
    "\u{206F}",
    "\u{17B4}",
    "\u{180B}",
    "\u{1D173}",
    "\u{E0100}",
    "\u{E01EF}",
    "\u{FFF9}",
    "\u{8}",
    "\u{0}",
    "\u{7F}",
    "\u{2064}",
];

const MARKS: &[&str] = &[
    "\u{300}", "\u{301}", "\u{302}", "\u{303}", "\u{308}", "\u{30A}", "\u{31B}", "\u{323}", "\u{327}",
    "\u{332}", "\u{334}", "\u{335}", "\u{336}", "\u{337}", "\u{338}", "\u{353}", "\u{35B}", "\u{361}",
    "\u{36F}", "\u{1AB0}", "\u{1DC4}", "\u{20D2}", "\u{20D7}", "\u{20DD}", "\u{20E0}", "\u{FE20}", "\u{489}",
];

/// Vowel signs and the like, which spell in their own script and mean nothing on a letter of another.
const FOREIGN_MARKS: &[&str] = &[
    "\u{93E}", "\u{93F}", "\u{94D}", "\u{93C}", "\u{9BE}", "\u{BCD}", "\u{E31}", "\u{E34}", "\u{E48}",
    "\u{64B}", "\u{651}", "\u{5B0}", "\u{5BC}", "\u{3099}", "\u{309A}", "\u{1161}", "\u{11A8}", "\u{102D}",
    "\u{17B6}", "\u{F71}", "\u{A806}",
];

const SPACES: &[&str] = &[
    " ", " ", " ", "  ", "\t", "\u{A0}", "\u{3000}", "\u{2009}", "\u{200A}", "\u{2003}", "\u{202F}",
    "\u{205F}", "\n", "   ",
];

const DOTS: &[&str] = &[
    ".", ".", "-", "-", "_", "*", "·", "•", "/", "|", "~", ". ", " - ", "..", "・", "‧", "–", "—", ",", ":",
    "'", "+", "=", "^", "．", "\\", "★", "❤",
];

const HAN_DOTS: &[&str] = &[
    ".", "-", "_", "*", "·", "•", "/", "|", "~", "。", "、", "，", "…", "—", "＊", "・", "／", "+", "★", "❤",
];

/// The cells with a piece of `of` in some or all places between them, and never at the ends.
fn between(cells: &[String], of: &[&str], random: &mut Random, same: bool) -> String {
    let share = [25, 60, 100][random.below(3)];
    let piece = random.one(of);
    let forced = 1 + random.below(cells.len() - 1);
    let mut out = String::new();
    for (at, cell) in cells.iter().enumerate() {
        if at > 0 && (at == forced || random.chance(share)) {
            for _ in 0..if same { 1 } else { 1 + random.below(3) } {
                out.push_str(if same { piece } else { random.one(of) });
            }
        }
        out.push_str(cell);
    }
    out
}

fn case(keyword: &str, random: &mut Random) -> String {
    let kind = random.below(5);
    let mut out = String::new();
    for (at, c) in keyword.chars().enumerate() {
        let raise = match kind {
            0 => true,
            1 => at % 2 == 0,
            2 => at % 2 == 1,
            _ => random.chance(50),
        };
        match c {
            's' if random.chance(10) => out.push('ſ'),
            'k' if random.chance(10) => out.push('\u{212A}'),
            'ß' if raise => out.push(if random.chance(50) { 'ẞ' } else { 'ß' }),
            c if raise => out.extend(c.to_uppercase()),
            c => out.extend(c.to_lowercase()),
        }
    }
    out
}

/// Some or all of the cells, those that can be, by something else of what `choices` offers.
fn replaced(
    mut cells: Vec<String>,
    random: &mut Random,
    choices: impl Fn(char, usize) -> Vec<String>,
) -> Vec<String> {
    let share = [25, 60, 100][random.below(3)];
    let able: Vec<(usize, Vec<String>)> = cells
        .iter()
        .enumerate()
        .filter_map(|(at, cell)| Some((at, choices(cell.chars().next()?, at))))
        .filter(|(_, of)| !of.is_empty())
        .collect();
    let Some(forced) = (!able.is_empty()).then(|| random.below(able.len())) else { return cells };
    for (index, (at, of)) in able.into_iter().enumerate() {
        if index == forced || random.chance(share) {
            cells[at] = of[random.below(of.len())].clone();
        }
    }
    cells
}

/// In one style throughout, or each letter in another.
fn width(cells: Vec<String>, tables: &Tables, random: &mut Random) -> Vec<String> {
    let wide = |c: char| match c {
        '!'..='~' => char::from_u32(c as u32 + 0xFEE0).map(String::from),
        ' ' => Some("\u{3000}".to_owned()),
        _ => None,
    };
    if random.chance(40) {
        return cells.into_iter().map(|cell| cell.chars().next().and_then(wide).unwrap_or(cell)).collect();
    }
    // Ligatures and forms of several letters are left out; spaces stay as they are.
    let letters = |c: char, _| {
        let all = if c == ' ' { Vec::new() } else { tables.compatible(c) };
        all.iter().map(char::to_string).collect()
    };
    replaced(cells, random, letters)
}

fn combining(cells: &[String], marks: &[&str], random: &mut Random) -> String {
    let share = [30, 100][random.below(2)];
    let forced = random.below(cells.len());
    let mut out = String::new();
    for (at, cell) in cells.iter().enumerate() {
        out.push_str(cell);
        if cell != " " && (at == forced || random.chance(share)) {
            for _ in 0..1 + random.below(4) {
                out.push_str(random.one(marks));
            }
        }
    }
    out
}

fn strings(likes: &[char]) -> Vec<String> {
    likes.iter().map(char::to_string).collect()
}

/// By characters that UTS 39 lists, but for the few that read two ways.
fn looking_alike(cells: Vec<String>, tables: &Tables, random: &mut Random) -> Vec<String> {
    let short = cells.len() < 6;
    replaced(cells, random, |c, _| {
        let mut likes = tables.uts39(c);
        likes.retain(|like| !is_ambiguous(c, *like, short));
        strings(&likes)
    })
}

/// A long s for f, a β for ß, and in words of fewer than six letters an l for i: UTS 39 takes them for each other, but *klte*
/// is no way to write *kite*, and *fill* and *fiil* are no one word.
fn is_ambiguous(meant: char, like: char, short: bool) -> bool {
    let plain: String = like.to_string().nfkc().flat_map(char::to_lowercase).collect();
    // 丅 for T and ㄒ for T begin no word of theirs.
    if !is_han(meant) && (is_han(like) || ('\u{3100}'..='\u{312F}').contains(&like)) {
        return true;
    }
    match meant {
        'f' => like == 'ſ',
        // A β: an ß folds to two letters, each of which would have to be half of it.
        'ß' => true,
        'i' => short && plain == "l",
        _ => false,
    }
}

fn is_han_pair(cells: &[String]) -> bool {
    cells.len() == 2 && cells.iter().all(|cell| cell.chars().all(is_han))
}

/// Two Han characters as they also stand in lists, at the ends of sentences and in reduplications.
fn han_pair(cells: &[String], random: &mut Random) -> Option<String> {
    if !is_han_pair(cells) {
        return None;
    }
    if random.chance(50) {
        return Some(repeated(cells.to_vec(), random).concat());
    }
    Some(cells.join(random.one(&["。", "，", "、", "…", "\n"])))
}

/// Whether enough letters are left as they are: half of a short word, two of a longer one.
fn is_readable(before: &[String], after: &[String]) -> bool {
    let letters = before.iter().filter(|cell| *cell != " ").count();
    let left = before.iter().zip(after).filter(|(one, other)| one == other && *one != " ").count();
    if letters < 5 { 2 * left >= letters } else { left >= 2 }
}

fn leet(cells: Vec<String>, random: &mut Random) -> Vec<String> {
    for _ in 0..40 {
        let after = leet_at_all(cells.clone(), random);
        if is_readable(&cells, &after) {
            return after;
        }
    }
    cells
}

fn mostly_leet(cells: &[String], random: &mut Random) -> Option<String> {
    let after = leet_at_all(cells.to_vec(), random);
    (!is_readable(cells, &after)).then(|| after.concat())
}

fn leet_at_all(cells: Vec<String>, random: &mut Random) -> Vec<String> {
    replaced(cells, random, |c, _| tables::leet(c).iter().map(ToString::to_string).collect())
}

fn strokes(cells: Vec<String>, random: &mut Random) -> Option<Vec<String>> {
    let before = cells.clone();
    let after = replaced(cells, random, |c, _| tables::strokes(c).iter().map(ToString::to_string).collect());
    (after != before).then_some(after)
}

/// Every letter apart; the words of a phrase apart by the same, by more, or not at all.
fn spaced(cells: &[String], random: &mut Random) -> String {
    // Han characters below each other are a list, or a table, more often than a word.
    let han = cells.iter().any(|cell| cell.chars().any(is_han));
    let spaces: Vec<&str> = SPACES.iter().copied().filter(|space| !han || *space != "\n").collect();
    let mixed = random.chance(15);
    let space = random.one(&spaces);
    let gap = random.below(3);
    let mut out = String::new();
    for (at, cell) in cells.iter().enumerate() {
        if cell == " " {
            if gap > 0 {
                out.push_str(&space.repeat(gap));
            }
            continue;
        }
        if at > 0 {
            out.push_str(if mixed { random.one(&spaces) } else { space });
        }
        out.push_str(cell);
    }
    out
}

fn dotted(cells: &[String], random: &mut Random) -> String {
    let han = cells.iter().all(|cell| cell.chars().all(is_han));
    let pair = is_han_pair(cells);
    let dots: Vec<&str> = if han { HAN_DOTS } else { DOTS }
        .iter()
        .copied()
        .filter(|dot| !pair || !["。", "，", "、", "…"].contains(dot))
        .collect();
    let (dot, mixed, keeps) = (random.one(&dots), random.chance(10), random.chance(70));
    let mut out = String::new();
    let mut fresh = true;
    for cell in cells {
        if cell == " " {
            if keeps {
                out.push(' ');
                fresh = true;
            }
            continue;
        }
        if !fresh {
            out.push_str(if mixed { random.one(&dots) } else { dot });
        }
        out.push_str(cell);
        fresh = false;
    }
    out
}

fn repeated(cells: Vec<String>, random: &mut Random) -> Vec<String> {
    let all = random.chance(40);
    let forced = loop {
        let at = random.below(cells.len());
        if cells[at] != " " {
            break at;
        }
    };
    let times = 2 + random.below(4);
    cells
        .into_iter()
        .enumerate()
        .map(|(at, cell)| {
            let again = cell != " " && (at == forced || all || random.chance(15));
            if again { cell.repeat(if all { times } else { 2 + random.below(4) }) } else { cell }
        })
        .collect()
}

/// The keyword in tag characters, with a flag before it or letters that are seen around it.
fn tags(keyword: &str, random: &mut Random) -> Option<String> {
    if !keyword.is_ascii() {
        return None;
    }
    let raised = random.chance(30);
    let tagged: String = keyword
        .chars()
        .map(|c| if raised { c.to_ascii_uppercase() } else { c })
        .filter_map(|c| char::from_u32(0xE0000 + c as u32))
        .collect();
    Some(match random.below(4) {
        0 => tagged,
        1 => format!("\u{E0001}{tagged}"),
        2 => format!("🏴{tagged}\u{E007F}"),
        _ => format!("{tagged}\u{E007F}"),
    })
}

fn bidi(keyword: &str, random: &mut Random) -> String {
    const CONTROLS: &[&str] = &[
        "\u{202A}", "\u{202B}", "\u{202C}", "\u{200E}", "\u{200F}", "\u{61C}", "\u{2066}", "\u{2067}",
        "\u{2068}", "\u{2069}",
    ];
    let letters: Vec<char> = keyword.chars().collect();
    let reversed = |letters: &[char]| letters.iter().rev().collect::<String>();
    match random.below(5) {
        // All of it, in an override that ends or does not.
        0 => format!("\u{202E}{}\u{202C}", reversed(&letters)),
        1 => format!("\u{2067}\u{202E}{}\u{202C}\u{2069}", reversed(&letters)),
        // A piece of it.
        2 => {
            let from = random.below(letters.len() - 1);
            let to = from + 2 + random.below(letters.len() - from - 1);
            let (head, tail): (String, String) =
                (letters[..from].iter().collect(), letters[to..].iter().collect());
            format!("{head}\u{202E}{}\u{202C}{tail}", reversed(&letters[from..to]))
        }
        // Controls among the letters, as if they were nothing.
        3 => {
            let cells: Vec<String> = letters.iter().map(char::to_string).collect();
            between(&cells, CONTROLS, random, true)
        }
        _ => format!("\u{2066}\u{202D}{keyword}\u{202C}\u{2069}"),
    }
}

/// Letters from several scripts and alphabets within the one word; for Han also radicals, kana and traditional characters.
fn mixed(cells: Vec<String>, tables: &Tables, random: &mut Random) -> Vec<String> {
    let foreign = |c: char, likes: Vec<char>| -> Vec<char> {
        likes.into_iter().filter(|like| is_cyrillic(*like) != is_cyrillic(c) || !c.is_alphabetic()).collect()
    };
    let first = replaced(cells, random, |c, _| {
        let mut all = foreign(c, tables.uts39(c));
        // The well-known scripts; UTS 39's rarer ones have their own class.
        if !is_han(c) {
            all.retain(|c| matches!(*c, '\u{370}'..='\u{58F}' | 'A'..='z' | '\u{13A0}'..='\u{13FF}'));
        }
        let mut all: Vec<String> = all.iter().map(char::to_string).collect();
        all.extend(tables::traditional(c).iter().map(ToString::to_string));
        all
    });
    replaced(first, random, |c, _| {
        let mut styles: Vec<char> = tables.compatible(c);
        styles.retain(|c| matches!(*c, '\u{FF00}'..='\u{FFEF}' | '\u{1D400}'..='\u{1D7FF}' | '\u{2460}'..='\u{24FF}' | '\u{2F00}'..='\u{2FDF}'));
        styles.iter().map(char::to_string).collect()
    })
}

/// Letters replaced, then repeated or not, then set apart or strewn with what cannot be seen, then in another case.
fn combined(cells: Vec<String>, tables: &Tables, random: &mut Random) -> String {
    let written = cells.clone();
    let cells = match random.below(5) {
        0 => leet(cells, random),
        1 => width(cells, tables, random),
        2 => replaced(cells, random, |c, _| tables::traditional(c).iter().map(ToString::to_string).collect()),
        _ => looking_alike(cells, tables, random),
    };
    // A look-alike in the other case may look like something else: ν is no Ν.
    let cells: Vec<String> = cells
        .into_iter()
        .zip(written)
        .map(|(cell, was)| match cell.chars().next() {
            Some(c) if cell == was && random.chance(30) => cases(c).first().map_or(cell, char::to_string),
            _ => cell,
        })
        .collect();
    // Signs that are set apart stand for nothing: `a ! b` is code, or an exclamation.
    let signs = cells.iter().any(|cell| !cell.chars().all(|c| c.is_alphanumeric() || c == ' ' || c == '-'));
    match random.below(if signs { 3 } else { 5 }) {
        0 if !is_han_pair(&cells) => repeated(cells, random).concat(),
        0 | 1 => between(&cells, INVISIBLE, random, false),
        2 => combining(&cells, MARKS, random),
        3 => spaced(&cells, random),
        _ => dotted(&cells, random),
    }
}

fn decorated(keyword: &str, random: &mut Random) -> String {
    const MARKUP: &[(&str, &str)] = &[
        ("*", "*"),
        ("**", "**"),
        ("_", "_"),
        ("__", "__"),
        ("~~", "~~"),
        ("`", "`"),
        ("<b>", "</b>"),
        ("[", "](x)"),
        ("#", ""),
        ("@", ""),
        ("{", "}"),
        ("|", "|"),
        ("«", "»"),
        ("", "!!!"),
        ("$", "$"),
        ("", "'s"),
        ("/", "/"),
        ("=", "="),
    ];
    let (before, after) = MARKUP[random.below(MARKUP.len())];
    format!("{before}{keyword}{after}")
}

/// One space or one mark somewhere within.
fn broken(cells: &[String], random: &mut Random) -> Option<String> {
    if cells.len() < 4 || cells.iter().any(|cell| cell == " " || cell == "-") {
        return None;
    }
    let at = 2 + random.below(cells.len() - 3);
    Some(format!(
        "{}{}{}",
        cells[..at].concat(),
        random.one(&[" ", "-", ".", "·", "_"]),
        cells[at..].concat()
    ))
}
