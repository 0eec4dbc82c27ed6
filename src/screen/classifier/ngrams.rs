//! Features of the fast tier: words, pairs of words and pieces of words, hashed into buckets.
//!
//! Owns the making of features, which must be that of the training recipe to the bit (`vectors.jsonl`
//! beside a model checks it). Refuses to know what a bucket means.

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::CodePointMapData;
use icu_properties::props::{GeneralCategory, GeneralCategoryGroup};

use crate::text::Phase;

/// How features are counted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Buckets {
    pub(super) buckets: u32,
    pub(super) max_features: usize,
}

impl Buckets {
    /// The distinct buckets of a text, ascending, the smallest ones where there are too many. Never empty.
    pub(super) fn of(self, text: &str, phase: Phase) -> Vec<i64> {
        let mut seen = Seen { bits: vec![0; (self.buckets as usize).div_ceil(64)], buckets: self.buckets };
        seen.add(Crc::of(b"p:any"));
        if phase == Phase::Output {
            seen.add(Crc::of(b"p:output"));
        }
        #[expect(
            clippy::disallowed_methods,
            reason = "the features are those of the training, which lowers case like this"
        )]
        let normal = ComposingNormalizerBorrowed::new_nfkc().normalize(text).to_lowercase();
        let words = words(&normal);
        let mut before = None;
        // Words with the spaces between them: none between two characters that are words of their own.
        let mut line = String::with_capacity(normal.len() + 2);
        line.push(' ');
        let mut alone_before = true;
        for (index, word) in words.iter().enumerate() {
            seen.add(Crc::of(b"w").push(word.text.as_bytes()));
            if let Some(before) = before {
                seen.add(Crc::of(b"b").push(before).push(b" ").push(word.text.as_bytes()));
            }
            before = Some(word.text.as_bytes());
            if index > 0 && !(alone_before && word.alone) {
                line.push(' ');
            }
            alone_before = word.alone;
            line.push_str(word.text);
        }
        line.push(' ');
        pieces(&line, &mut seen);
        seen.into_ids(self.max_features)
    }
}

/// Each run of 2, 3 and 4 characters.
fn pieces(line: &str, seen: &mut Seen) {
    let one = Crc::of(b"c");
    // The runs that the last three characters began, longest first.
    let mut open: [Option<Crc>; 3] = [None; 3];
    let mut buffer = [0; 4];
    for c in line.chars() {
        let bytes = c.encode_utf8(&mut buffer).as_bytes();
        let [three, two, single] = open.map(|run| run.map(|run| run.push(bytes)));
        for run in [three, two, single].into_iter().flatten() {
            seen.add(run);
        }
        open = [two, single, Some(one.push(bytes))];
    }
}

/// A word of a normalised text.
struct Word<'t> {
    text: &'t str,
    /// Whether it is a character of a script that is written without spaces.
    alone: bool,
}

fn words(text: &str) -> Vec<Word<'_>> {
    let mut words = Vec::with_capacity(text.len() / 5 + 1);
    let mut start = None;
    for (at, c) in text.char_indices() {
        let (letter, alone) = (is_letter(c), is_alone(c));
        if (!letter || alone)
            && let Some(start) = start.take()
            && let Some(text) = text.get(start..at)
        {
            words.push(Word { text, alone: false });
        }
        if letter && alone {
            if let Some(text) = text.get(at..at + c.len_utf8()) {
                words.push(Word { text, alone: true });
            }
        } else if letter && start.is_none() {
            start = Some(at);
        }
    }
    if let Some(text) = start.and_then(|start| text.get(start..)) {
        words.push(Word { text, alone: false });
    }
    words
}

/// Whether a character is a letter, a mark or a number.
fn is_letter(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric();
    }
    let category = CodePointMapData::<GeneralCategory>::new().get(c);
    GeneralCategoryGroup::Letter
        .union(GeneralCategoryGroup::Mark)
        .union(GeneralCategoryGroup::Number)
        .contains(category)
}

/// Whether a letter is a word of its own: Han, Kana and Thai, by code block.
fn is_alone(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{2FFFF}' | '\u{0E00}'..='\u{0E7F}')
}

/// A set of buckets.
struct Seen {
    bits: Vec<u64>,
    buckets: u32,
}

impl Seen {
    fn add(&mut self, feature: Crc) {
        let bucket = feature.finish() % self.buckets;
        if let Some(bits) = self.bits.get_mut(bucket as usize / 64) {
            *bits |= 1 << (bucket % 64);
        }
    }

    fn into_ids(self, most: usize) -> Vec<i64> {
        let mut ids = Vec::with_capacity(most.min(1024));
        for (index, bits) in self.bits.into_iter().enumerate() {
            let mut bits = bits;
            while bits != 0 {
                if ids.len() == most {
                    return ids;
                }
                ids.push((index * 64) as i64 + i64::from(bits.trailing_zeros()));
                bits &= bits - 1;
            }
        }
        ids
    }
}

/// The CRC-32 of zlib, byte by byte. A piece of a word has some four bytes, and each continues the
/// one before it: a table is faster here than what is made for long texts.
#[derive(Clone, Copy)]
struct Crc(u32);

impl Crc {
    fn of(bytes: &[u8]) -> Self {
        Self(u32::MAX).push(bytes)
    }

    fn push(self, bytes: &[u8]) -> Self {
        Self(bytes.iter().fold(self.0, |crc, byte| {
            let index = (crc ^ u32::from(*byte)) & 0xFF;
            (crc >> 8) ^ TABLE.get(index as usize).copied().unwrap_or_default()
        }))
    }

    fn finish(self) -> u32 {
        !self.0
    }
}

static TABLE: [u32; 256] = table();

#[expect(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "computed at compile time, where a slip does not compile"
)]
const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let (mut crc, mut bit) = (index as u32, 0);
        while bit < 8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
            bit += 1;
        }
        table[index] = crc;
        index += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_zlib() {
        for text in ["", "c", "w爱", "b how are", "the quick brown fox"] {
            let expected = crc32fast::hash(text.as_bytes());
            assert_eq!(Crc::of(text.as_bytes()).finish(), expected, "{text}");
        }
    }

    #[test]
    fn features_are_those_of_the_contract() {
        let check = |text: &str, phase: Phase, features: &[&str]| {
            let buckets = Buckets { buckets: 1 << 20, max_features: 4096 };
            let mut expected: Vec<i64> =
                features.iter().map(|f| i64::from(crc32fast::hash(f.as_bytes()) % (1 << 20))).collect();
            expected.sort_unstable();
            expected.dedup();
            assert_eq!(buckets.of(text, phase), expected, "{text}");
        };
        check("", Phase::Input, &["p:any", "c  "]);
        check("!?", Phase::Output, &["p:any", "p:output", "c  "]);
        check("Ａb", Phase::Input, &["p:any", "wab", "c a", "cab", "cb ", "c ab", "cab ", "c ab "]);
        let mixed = [
            "p:any",
            "w你",
            "w好",
            "wx1",
            "b你 好",
            "b好 x1",
            "c 你",
            "c你好",
            "c好 ",
            "c x",
            "cx1",
            "c1 ",
            "c 你好",
            "c你好 ",
            "c好 x",
            "c x1",
            "cx1 ",
            "c 你好 ",
            "c你好 x",
            "c好 x1",
            "c x1 ",
        ];
        check("你好X1", Phase::Input, &mixed);
        // The smallest buckets are kept.
        let all = Buckets { buckets: 64, max_features: 64 }.of("some words to hash", Phase::Input);
        assert_eq!(Buckets { buckets: 64, max_features: 5 }.of("some words to hash", Phase::Input), all[..5]);
    }
}
