//! What every character folds to, derived once from the Unicode data of the icu4x crates.
//!
//! Owns the per-character mapping of the standard fold. Refuses to know sequences: a character
//! folds to the same thing wherever it stands, which is what makes the fold streamable.
//!
//! The mapping is full compatibility decomposition, full case folding, decomposition again, and
//! then the removal of what cannot be seen or only decorates: default-ignorable and format
//! characters, controls, emoji modifiers, and combining marks of the scripts that do not spell
//! with them. Marks that do spell (Indic vowel signs, Thai vowels, Kana voicing, the vowel and
//! final jamo of Hangul) are kept and flagged as continuing the character before them, so that a
//! keyword never ends in the middle of a written character.

use std::sync::LazyLock;

use icu_casemap::CaseMapper;
use icu_normalizer::DecomposingNormalizerBorrowed;
use icu_properties::props::{
    DefaultIgnorableCodePoint, EmojiModifier, GeneralCategory, GraphemeClusterBreak, Script, WhiteSpace,
};
use icu_properties::{CodePointMapData, CodePointSetData};

/// What one character folds to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Folds {
    /// To itself.
    Same,
    /// To one other character.
    One(char),
    /// To several characters.
    Many(&'static [char]),
    /// To nothing: it is invisible, or decorates what stands before it.
    Nothing,
    /// To a space.
    Space,
}

const PAGE: usize = 256;
const PAGES: usize = 0x11_0000 / PAGE;
const SAME: u32 = 0;
const NOTHING: u32 = 1 << 31;
const SPACE: u32 = 1 << 30;
const MANY: u32 = 1 << 29;

struct Table {
    /// Index of a block by the high bits of the code point; 0 is the block that changes nothing.
    pages: Vec<u16>,
    blocks: Vec<[u32; PAGE]>,
    many: Vec<Vec<char>>,
}

/// With case folded, and without.
static CASELESS: LazyLock<Table> = LazyLock::new(|| Table::derive(true));
static CASED: LazyLock<Table> = LazyLock::new(|| Table::derive(false));

/// Builds the tables now instead of at the first non-ASCII character (about 20 ms each).
pub fn warm_up() {
    LazyLock::force(&CASELESS);
    LazyLock::force(&CASED);
}

/// What `c` folds to; with `caseless`, its case too.
#[inline]
#[must_use]
pub fn folds(c: char, caseless: bool) -> Folds {
    let table: &'static Table = if caseless { &CASELESS } else { &CASED };
    let code = c as usize;
    let block = table.pages[code / PAGE];
    if block == 0 {
        return Folds::Same;
    }
    let value = table.blocks[block as usize][code % PAGE];
    if value == SAME {
        Folds::Same
    } else if value == NOTHING {
        Folds::Nothing
    } else if value == SPACE {
        Folds::Space
    } else if value & MANY != 0 {
        Folds::Many(&table.many[(value & !MANY) as usize])
    } else {
        char::from_u32(value).map_or(Folds::Same, Folds::One)
    }
}

/// Whether a folded character continues the written character before it.
#[inline]
#[must_use]
pub fn continues(c: char) -> bool {
    if (c as u32) < 0x300 || is_common_han(c) {
        return false;
    }
    use GraphemeClusterBreak as Break;
    let kind = CodePointMapData::<GraphemeClusterBreak>::new().get(c);
    kind == Break::Extend || kind == Break::SpacingMark || kind == Break::V || kind == Break::T
}

/// Whether a mark that spells belongs to another script than the character it stands on: no word has
/// such a mark, and a keyword could be hidden by it.
#[must_use]
pub fn is_foreign_mark(base: char, mark: char) -> bool {
    if !continues(mark) {
        return false;
    }
    let scripts = CodePointMapData::<Script>::new();
    if mark == '\u{3099}' || mark == '\u{309A}' {
        return !matches!(scripts.get(base), Script::Hiragana | Script::Katakana);
    }
    let script = scripts.get(mark);
    !matches!(script, Script::Inherited | Script::Common) && script != scripts.get(base)
}

/// The last character of a folded text that is no mark on another one.
#[must_use]
pub fn last_base(text: &str) -> Option<char> {
    text.chars().rev().find(|c| !continues(*c))
}

/// Whether a character is in the blocks of Han that almost all Chinese is written in: they hold nothing
/// else, which spares a look into Unicode's tables.
#[inline]
#[must_use]
pub fn is_common_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}')
}

/// Whether a folded character is part of a word in a script that puts spaces between words, so
/// that a word does not end between two of them.
#[inline]
#[must_use]
pub fn joins_word(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric() || c == '_';
    }
    !is_common_han(c) && c.is_alphanumeric() && !writes_without_spaces(c)
}

/// Whether the character belongs to a script that is written without spaces between words.
#[must_use]
pub fn writes_without_spaces(c: char) -> bool {
    if is_common_han(c) {
        return true;
    }
    let script = CodePointMapData::<Script>::new().get(c);
    [
        Script::Han,
        Script::Hiragana,
        Script::Katakana,
        Script::Bopomofo,
        Script::Thai,
        Script::Lao,
        Script::Khmer,
        Script::Myanmar,
        Script::Tibetan,
    ]
    .contains(&script)
        || ('\u{30FC}'..='\u{30FC}').contains(&c)
}

impl Table {
    fn derive(caseless: bool) -> Self {
        let mut table = Self { pages: vec![0; PAGES], blocks: vec![[SAME; PAGE]], many: Vec::new() };
        let rules = Rules::new(caseless);
        // Beyond these ranges no character of Unicode 17 decomposes, has case or is ignorable.
        for range in [0..0x2_0000u32, 0x2_F800..0x2_FB00, 0xE_0000..0xE_1000] {
            for code in range {
                let Some(c) = char::from_u32(code) else { continue };
                let value = table.value(&rules, c);
                if value != SAME {
                    table.set(c, value);
                }
            }
        }
        table
    }

    fn set(&mut self, c: char, value: u32) {
        let page = c as usize / PAGE;
        if self.pages[page] == 0 {
            self.pages[page] = self.blocks.len() as u16;
            self.blocks.push([SAME; PAGE]);
        }
        let block = self.pages[page] as usize;
        self.blocks[block][c as usize % PAGE] = value;
    }

    fn value(&mut self, rules: &Rules, c: char) -> u32 {
        if rules.spaces.contains(c) {
            return if c == ' ' { SAME } else { SPACE };
        }
        let folded = rules.fold(c);
        match folded.as_slice() {
            [] => NOTHING,
            [one] if *one == c => SAME,
            [' '] => SPACE,
            [one] => *one as u32,
            _ => {
                self.many.push(folded);
                MANY | (self.many.len() as u32 - 1)
            }
        }
    }
}

struct Rules {
    decompose: DecomposingNormalizerBorrowed<'static>,
    case: Option<icu_casemap::CaseMapperBorrowed<'static>>,
    spaces: icu_properties::CodePointSetDataBorrowed<'static>,
    ignorable: icu_properties::CodePointSetDataBorrowed<'static>,
    modifiers: icu_properties::CodePointSetDataBorrowed<'static>,
    categories: icu_properties::CodePointMapDataBorrowed<'static, GeneralCategory>,
    scripts: icu_properties::CodePointMapDataBorrowed<'static, Script>,
}

impl Rules {
    fn new(caseless: bool) -> Self {
        Self {
            decompose: DecomposingNormalizerBorrowed::new_nfkd(),
            case: caseless.then(CaseMapper::new),
            spaces: CodePointSetData::new::<WhiteSpace>(),
            ignorable: CodePointSetData::new::<DefaultIgnorableCodePoint>(),
            modifiers: CodePointSetData::new::<EmojiModifier>(),
            categories: CodePointMapData::<GeneralCategory>::new(),
            scripts: CodePointMapData::<Script>::new(),
        }
    }

    fn fold(&self, c: char) -> Vec<char> {
        let mut buffer = [0; 4];
        let decomposed = self.decompose.normalize(c.encode_utf8(&mut buffer));
        let folded = match &self.case {
            Some(case) => case.fold_string(&decomposed),
            None => decomposed,
        };
        let again = self.decompose.normalize(&folded);
        again.chars().filter(|c| !self.drops(*c)).collect()
    }

    /// Whether a decomposed character is dropped.
    fn drops(&self, c: char) -> bool {
        if self.ignorable.contains(c) || self.modifiers.contains(c) {
            return true;
        }
        match self.categories.get(c) {
            GeneralCategory::Control => !self.spaces.contains(c),
            GeneralCategory::Format => true,
            GeneralCategory::NonspacingMark | GeneralCategory::EnclosingMark => self.decorates(c),
            _ => false,
        }
    }

    /// Whether a mark only decorates: the scripts below spell without their marks, or their
    /// readers take a text without them for the same text. U+3099 and U+309A voice Kana, which
    /// makes another word of it.
    fn decorates(&self, c: char) -> bool {
        if c == '\u{3099}' || c == '\u{309A}' {
            return false;
        }
        [
            Script::Inherited,
            Script::Common,
            Script::Latin,
            Script::Greek,
            Script::Cyrillic,
            Script::Arabic,
            Script::Hebrew,
            Script::Syriac,
        ]
        .contains(&self.scripts.get(c))
    }
}
