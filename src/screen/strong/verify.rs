//! Whether letters whose classes are a keyword's are the keyword.
//!
//! Owns the rules that keep harmless texts harmless: how many letters may be digits, where gaps and
//! repeats may stand, which script's words are let be. Refuses to search. Each rule was chosen on
//! benign texts; docs/evasion.md has the numbers.

use icu_properties::CodePointMapData;
use icu_properties::props::Script;

use super::stream::{Gap, Letter};
use super::{Joint, Unit, Variant};
use crate::policy::MatchMode;
use crate::text::Span;
use crate::text::fold::strong::{Transforms, is_unspaced, stands_for};
use crate::text::fold::table::{continues, joins_word};

/// What kind of text the letters are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Words, as they stand.
    Joined,
    /// Single letters, each set apart from the next.
    Spaced,
}

/// How many letters the first and the last run of a match have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) first_run: usize,
    pub(super) last_run: usize,
}

/// Looks whether `letters` are the keyword, from one end of their first run or the other, and says
/// where and by which transforms. `next` is the letter after them. None where they read as the
/// keyword without any transform: the standard fold finds it then.
pub(super) fn check(
    variant: &Variant,
    letters: &[Letter],
    shape: Shape,
    next: Option<&Letter>,
    place: Place,
) -> Option<(Span, Transforms)> {
    let total = letters.len();
    let run_of = |mut units: std::slice::Iter<'_, Unit>, backwards: bool| {
        let first = if backwards { units.next_back() } else { units.next() };
        first.map_or(0, |first| {
            let same = |unit: &&Unit| unit.class == first.class;
            1 + if backwards { units.rev().take_while(same).count() } else { units.take_while(same).count() }
        })
    };
    let least_first = run_of(variant.units.iter(), false);
    let least_last = run_of(variant.units.iter(), true);
    let gap_in = |range: std::ops::Range<usize>| {
        letters.get(range).and_then(|run| run.iter().position(|letter| letter.gap != Gap::None))
    };
    // The whole run, or what of it stands behind a gap, or no more of it than the keyword has.
    let starts =
        [0, gap_in(1..shape.first_run).map_or(0, |at| 1 + at), shape.first_run.saturating_sub(least_first)];
    let last = total.saturating_sub(shape.last_run);
    let ends =
        [total, gap_in(last + 1..total).map_or(total, |at| last + 1 + at), (last + least_last).min(total)];
    let mut tried = Vec::with_capacity(9);
    for start in starts {
        for end in ends {
            if start >= end || tried.contains(&(start, end)) {
                continue;
            }
            tried.push((start, end));
            let (Some(matched), after) = (letters.get(start..end), letters.get(end).or(next)) else {
                continue;
            };
            if let Some(transforms) = read(variant, matched, after, place) {
                let from = matched.iter().map(|letter| letter.start).min()?;
                let to = matched.iter().map(|letter| letter.end).max()?;
                return (!transforms.is_empty()).then_some((Span::new(from, to), transforms));
            }
        }
    }
    None
}

/// What was counted while letters were read as a keyword.
#[derive(Debug, Default)]
struct Tally {
    transforms: Transforms,
    /// Letters that are digits in leetspeak, and that are signs.
    digits: usize,
    signs: usize,
    /// Letters that are themselves, or look like it.
    letters: usize,
    /// Letters that are a look-alike of ASCII in another script.
    foreign: usize,
    /// Whether a capital I stands for an l, and whether any letter is small.
    capital_i: bool,
    small: bool,
    /// Letters more than the keyword has, and places where there are.
    repeated: Vec<(char, usize)>,
    /// Gaps where the keyword has none.
    gaps: usize,
    hard_gaps: usize,
    /// Letters of the keyword that follow the one before without a gap.
    unparted: usize,
}

fn read(variant: &Variant, letters: &[Letter], next: Option<&Letter>, place: Place) -> Option<Transforms> {
    let first = letters.first()?;
    if continues(first.folded) || next.is_some_and(|next| next.gap == Gap::None && continues(next.folded)) {
        return None;
    }
    if variant.mode == MatchMode::Word || place == Place::Spaced {
        let last = letters.last()?;
        let ends = next
            .is_none_or(|next| next.gap != Gap::None || !joins_word(next.folded) || is_unspaced(last.folded));
        let begins = first.begins_word();
        if !begins || !ends {
            return None;
        }
        // Three letters are found in the middle of any word that is set apart: a s s e t s.
        let whole_row = !first.in_row && next.is_none_or(|next| !next.in_row);
        if place == Place::Spaced && length(variant) < 4 && !is_unspaced(first.folded) && !whole_row {
            return None;
        }
    }
    let tally = align(&variant.units, letters, place)?;
    if tally.transforms.is_empty() {
        return Some(tally.transforms);
    }
    let sound = lengths(variant, &tally, place)
        && leetspeak(variant, &tally)
        && repeats(variant, &tally, letters)
        && (!tally.capital_i || tally.small)
        && !at_home(&tally, first);
    sound.then_some(tally.transforms)
}

/// Reads letters as a keyword: each unit takes one letter or more, in order.
fn align(units: &[Unit], letters: &[Letter], place: Place) -> Option<Tally> {
    let mut tally = Tally::default();
    let mut at = 0;
    let mut taken = 0;
    for letter in letters {
        let unit = units.get(at)?;
        let following = units.get(at + 1).filter(|_| taken > 0);
        let as_following = following.and_then(|unit| stands_for(letter.written, letter.folded, unit.letter));
        let (unit, by) = match as_following {
            Some(by) => {
                at += 1;
                taken = 1;
                (units.get(at)?, by)
            }
            None => {
                taken += 1;
                (unit, stands_for(letter.written, letter.folded, unit.letter)?)
            }
        };
        let opening = at == 0 && taken == 1;
        if unit.letter == ' ' {
            continue;
        }
        if unit.letter == '+' && unit.joint == Joint::Space {
            tally.transforms |= Transforms::PERCENT;
            continue;
        }
        tally.count(letter, unit, by, taken);
        if taken == 1 && unit.joint == Joint::Space && letter.gap == Gap::None {
            return None;
        }
        let expected = taken == 1 && unit.joint != Joint::Joined;
        if letter.gap != Gap::None && !opening && !expected {
            tally.gaps += 1;
            tally.transforms |= Transforms::SPACING;
        }
        if letter.gap == Gap::None && !opening && taken == 1 {
            tally.unparted += 1;
        }
        if letter.gap == Gap::Hard && !opening {
            tally.hard_gaps += 1;
        }
        // A phrase whose words are parted by a sign, or whose letters are.
        if unit.joint == Joint::Space && !opening && taken == 1 {
            tally.transforms |= Transforms::SPACING;
        }
    }
    let whole = at + 1 == units.len() && taken > 0;
    if place == Place::Spaced {
        tally.transforms |= Transforms::SPACING;
    }
    whole.then_some(tally)
}

impl Tally {
    fn count(&mut self, letter: &Letter, unit: &Unit, by: Transforms, taken: usize) {
        self.transforms |= by | letter.via;
        if taken > 1 {
            self.transforms |= Transforms::REPEATS;
            match self.repeated.last_mut() {
                Some((_, more)) if taken > 2 => *more += 1,
                _ => self.repeated.push((unit.letter, 1)),
            }
            return;
        }
        if by == Transforms::LEETSPEAK {
            if letter.folded.is_ascii_digit() {
                self.digits += 1;
            } else {
                self.signs += 1;
            }
        } else {
            self.letters += 1;
        }
        if by == Transforms::LOOK_ALIKE {
            if letter.written == 'I' {
                self.capital_i = true;
            } else if unit.letter.is_ascii() && !letter.folded.is_ascii() {
                self.foreign += 1;
            }
        }
        self.small |= letter.written.is_lowercase() && letter.written.is_ascii();
    }
}

fn length(variant: &Variant) -> usize {
    variant.units.iter().filter(|unit| unit.letter != ' ' && unit.letter != '+').count()
}

/// Whether the keyword is long enough for what was passed over.
fn lengths(variant: &Variant, tally: &Tally, place: Place) -> bool {
    let changed = Transforms::LEETSPEAK | Transforms::SPACING | Transforms::REPEATS;
    if variant.short {
        return !tally.transforms.intersects(changed);
    }
    let unspaced = variant.units.iter().all(|unit| is_unspaced(unit.letter));
    let count = length(variant);
    match place {
        Place::Joined => tally.gaps == 0 || unspaced || count > 3,
        Place::Spaced => (tally.hard_gaps == 0 || count > 2) && (tally.unparted == 0 || count > 3),
    }
}

/// Whether enough of the letters are letters: `50s` is not `sos`.
fn leetspeak(variant: &Variant, tally: &Tally) -> bool {
    if !tally.transforms.contains(Transforms::LEETSPEAK) {
        return true;
    }
    let others = tally.letters + tally.signs;
    tally.digits <= others || (length(variant) > 4 && others > 1)
}

/// Whether what is repeated is more than a spelling: `good` is not `god`.
fn repeats(variant: &Variant, tally: &Tally, letters: &[Letter]) -> bool {
    if tally.repeated.is_empty() {
        return true;
    }
    let most = tally.repeated.iter().map(|(_, more)| *more).max().unwrap_or(0);
    if most > 1 {
        return true;
    }
    let count = length(variant);
    if count > 3 && tally.transforms != Transforms::REPEATS {
        // It is hidden in another way too, which no spelling is.
        return true;
    }
    if tally.repeated.iter().any(|(letter, _)| is_unspaced(*letter)) {
        // Chinese repeats characters to another end: 高高兴兴.
        return false;
    }
    let ends = [letters.first(), letters.last()].map(|letter| letter.map(|letter| letter.folded));
    let unusual = |letter: char| {
        "ahijkquvwxy".contains(letter)
            || (ends.first() == Some(&Some(letter)) && !"oel".contains(letter))
            || (ends.last() == Some(&Some(letter)) && "bcmp".contains(letter))
    };
    tally.repeated.len() > 1 || count > 5 || tally.repeated.iter().any(|(letter, _)| unusual(*letter))
}

/// Whether the letters all belong to another script, in a text of that script: the Russian word
/// `сор` is no English `cop`.
fn at_home(tally: &Tally, first: &Letter) -> bool {
    if tally.foreign == 0 || tally.foreign < tally.letters || first.context == '\0' {
        return false;
    }
    let scripts = CodePointMapData::<Script>::new();
    let script = scripts.get(first.written);
    script != Script::Latin && script != Script::Common && script == scripts.get(first.context)
}
