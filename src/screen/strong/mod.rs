//! The keywords that are looked for under `fold: strong`.
//!
//! Owns their automaton over classes of characters, and what each of its patterns stands for.
//! `lane` reads a text, `stream` walks it past the automaton, `verify` says whether what was found
//! there is the keyword. Refuses to know what is found without it: a strong keyword is in the
//! automaton of the standard fold too, and a match that reads as the keyword under that fold is left
//! to it. What is disguised is found anywhere in scripts without spaces, as a word too: a disguise has no
//! words that a dictionary knows.

mod alone;
mod embedded;
mod lane;
mod scan;
mod stream;
mod verify;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::dictionary::Dictionary;
use super::{BuildError, Hit, held_channels};
use crate::policy::{DetectorId, DetectorKind, MatchMode, Policies};
use crate::text::fold::strong::{Kind, class, is_short, kind};
use crate::text::fold::{self, Fold};

pub(super) use scan::StrongScan;

/// What may stand in a text before a letter of a keyword.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Joint {
    /// The letter before.
    Joined,
    /// Something, since the keyword has a space there.
    Space,
    /// Something or nothing, since the keyword has a sign there that is passed over.
    Separator,
}

/// A letter of a keyword, or its space.
#[derive(Debug, Clone, Copy)]
struct Unit {
    letter: char,
    class: char,
    joint: Joint,
}

/// One keyword of one detector, in one of the ways in which its spaces may be written.
#[derive(Debug, Clone)]
struct Variant {
    detector: DetectorId,
    mode: MatchMode,
    /// Channels whose streams wait for it.
    held: u8,
    units: Arc<[Unit]>,
    /// Whether it is too short for anything but look-alikes and encodings.
    short: bool,
}

/// All strong keywords.
#[derive(Debug)]
pub(super) struct StrongKeywords {
    dictionary: Dictionary<Variant>,
}

impl StrongKeywords {
    /// Builds the automaton, or `None` where no policy has a strong keyword.
    pub(super) fn build(policies: &Policies) -> Result<Option<Self>, BuildError> {
        let mut patterns: BTreeMap<String, Vec<Variant>> = BTreeMap::new();
        for (detector, compiled) in policies.detectors() {
            let DetectorKind::Keywords { keywords, fold: Fold::Strong, .. } = &compiled.kind else {
                continue;
            };
            let held = held_channels(policies, compiled);
            for keyword in keywords {
                let folded = fold::standard(&keyword.text);
                let short = is_short(&folded);
                for units in spellings(folded.trim()) {
                    let pattern = skeleton(&units);
                    if pattern.is_empty() {
                        continue;
                    }
                    let variant = Variant { detector, mode: keyword.mode, held, units: units.into(), short };
                    patterns.entry(pattern).or_default().push(variant);
                }
            }
        }
        if patterns.is_empty() {
            return Ok(None);
        }
        fold::strong::warm_up();
        Ok(Some(Self { dictionary: Dictionary::build(patterns, |variant| (variant.mode, variant.held))? }))
    }

    /// Tells of every match of a skeleton, as a pattern and its end, and returns how many
    /// characters at the skeleton's end are the beginning of a pattern.
    fn walk(&self, skeleton: &str, mut matched: impl FnMut(u32, std::ops::Range<usize>)) -> usize {
        let mut stepper = self.dictionary.automaton.find_overlapping_stepper();
        for c in skeleton.chars() {
            stepper.consume(c);
            for found in stepper.matches() {
                matched(found.value(), found.start()..found.end());
            }
        }
        stepper.depth().unwrap_or(0) as usize
    }

    /// Heap in bytes, without the units of the keywords.
    pub(super) fn heap_bytes(&self) -> usize {
        self.dictionary.heap_bytes()
    }
}

/// The ways in which the spaces of a keyword may be written: as space, as any sign or nothing but a
/// gap, as the `+` of a web form.
fn spellings(folded: &str) -> Vec<Vec<Unit>> {
    // A keyword that is, or has, an emoji is not the same without it.
    if folded.chars().any(|c| !c.is_ascii() && kind(c) == Kind::Separator) {
        return Vec::new();
    }
    let mut joint = Joint::Joined;
    let mut units: Vec<Unit> = Vec::new();
    for letter in folded.chars() {
        match (letter, kind(letter)) {
            (' ', _) => joint = Joint::Space,
            (_, Kind::Separator) => {
                if joint == Joint::Joined {
                    joint = Joint::Separator;
                }
            }
            _ => {
                let first = units.is_empty();
                units.push(Unit {
                    letter,
                    class: class(letter, letter),
                    joint: if first { Joint::Joined } else { joint },
                });
                joint = Joint::Joined;
            }
        }
    }
    if !units.iter().any(|unit| unit.joint == Joint::Space) {
        return vec![units];
    }
    let with = |sign: char| {
        let mut spelled = Vec::with_capacity(units.len() + 4);
        for unit in &units {
            if unit.joint == Joint::Space {
                let joint = if sign == '+' { Joint::Space } else { Joint::Joined };
                spelled.push(Unit { letter: sign, class: class(sign, sign), joint });
            }
            spelled.push(Unit {
                joint: if unit.joint == Joint::Space { Joint::Joined } else { unit.joint },
                ..*unit
            });
        }
        spelled
    };
    vec![with(' '), with('+'), units]
}

/// The classes of a keyword's letters, each run of one class as a single character.
fn skeleton(units: &[Unit]) -> String {
    let mut skeleton = String::with_capacity(units.len());
    let mut last = None;
    for unit in units {
        if last != Some(unit.class) {
            skeleton.push(unit.class);
        }
        last = Some(unit.class);
    }
    skeleton
}

#[cfg(test)]
mod tests;
