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
    // What of the run stands together with the rest, or all of it, or no more of it than the keyword has.
    let gap_before = letters
        .get(1..shape.first_run)
        .and_then(|run| run.iter().rposition(|letter| letter.gap != Gap::None));
    let starts = [gap_before.map_or(0, |at| 1 + at), 0, shape.first_run.saturating_sub(least_first)];
    let last = total.saturating_sub(shape.last_run);
    let ends =
        [gap_in(last + 1..total).map_or(total, |at| last + 1 + at), total, (last + least_last).min(total)];
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
    /// Whether a small l stands for an i.
    small_l: bool,
    small: bool,
    /// Letters more than the keyword has, and places where there are.
    repeated: Vec<(char, usize)>,
    /// Gaps where the keyword has none.
    gaps: usize,
    hard_gaps: usize,
    /// Letters of the keyword that follow the one before without a gap.
    unparted: usize,
    /// Whether a sign in leetspeak stands apart from all its neighbours.
    lone_sign: bool,
    /// Whether the keyword has no letter, but digits.
    digits_only: bool,
}

fn read(variant: &Variant, letters: &[Letter], next: Option<&Letter>, place: Place) -> Option<Transforms> {
    let first = letters.first()?;
    if continues(first.folded) || next.is_some_and(|next| next.gap == Gap::None && continues(next.folded)) {
        return None;
    }
    if variant.mode == MatchMode::Word || place == Place::Spaced {
        let last = letters.last()?;
        let ends =
            next.is_none_or(|next| next.is_apart() || !joins_word(next.folded) || is_unspaced(last.folded));
        let begins = first.begins_word();
        if !begins || !ends {
            return None;
        }
        // Three letters are found in the middle of any word that is set apart: a s s e t s.
        let same_gaps = |letter: &Letter| letters.iter().skip(1).all(|other| other.spaced == letter.spaced);
        let goes_on = |letter: &Letter| letter.in_row && same_gaps(letter);
        let short = length(variant) < 4 && !variant.units.iter().any(|unit| is_unspaced(unit.letter));
        if place == Place::Spaced && short && (goes_on(first) || next.is_some_and(goes_on)) {
            return None;
        }
    }
    let tally = align(&variant.units, letters, place)?;
    if tally.transforms.is_empty() {
        // To the standard fold an underscore belongs to the word.
        let underscores = first.behind_underscore || next.is_some_and(|next| next.underscore_follows);
        let missed = variant.mode == MatchMode::Word && underscores;
        return Some(if missed { Transforms::SPACING } else { Transforms::empty() });
    }
    let sound = lengths(variant, &tally, place)
        && leetspeak(variant, &tally)
        && repeats(variant, &tally, letters)
        && (!tally.capital_i || tally.small)
        && (!tally.small_l || length(variant) > 5)
        && !at_home(&tally, first);
    sound.then_some(tally.transforms)
}

/// Reads letters as a keyword: each unit takes one letter or more, in order.
fn align(units: &[Unit], letters: &[Letter], place: Place) -> Option<Tally> {
    let mut tally = Tally::default();
    let mut at = 0;
    let mut taken = 0;
    tally.digits_only = units.iter().all(|unit| !unit.letter.is_alphabetic());
    for (index, letter) in letters.iter().enumerate() {
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
        if by == Transforms::LEETSPEAK && !letter.folded.is_alphanumeric() && place == Place::Joined {
            let apart = |letter: Option<&Letter>| letter.is_none_or(|letter| letter.gap != Gap::None);
            tally.lone_sign |= (opening || letter.gap != Gap::None) && apart(letters.get(index + 1));
        }
        if taken == 1 && unit.joint == Joint::Space && letter.gap == Gap::None {
            return None;
        }
        let expected = taken == 1 && unit.joint != Joint::Joined;
        if letter.gap != Gap::None && !opening && !expected {
            tally.gaps += 1;
            tally.transforms |= Transforms::SPACING;
        }
        let of_one = index
            .checked_sub(1)
            .and_then(|before| letters.get(before))
            .is_some_and(|before| before.start == letter.start);
        if letter.gap == Gap::None && !opening && taken == 1 && !of_one {
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
        self.small_l |= letter.written == 'l' && unit.letter == 'i';
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
    if tally.digits_only {
        return !tally.transforms.intersects(changed | Transforms::LOOK_ALIKE);
    }
    let unspaced = variant.units.iter().filter(|unit| is_unspaced(unit.letter)).count();
    let count = length(variant);
    // Signs that end sentences also stand in lists: all letters must be set apart, and be a few.
    if tally.hard_gaps > 0 && (count < 3 || (unspaced == 0 && count < 4) || tally.unparted > 0) {
        return false;
    }
    match place {
        Place::Joined => tally.gaps == 0 || unspaced > 0 || count > 3,
        Place::Spaced => {
            count > 3 || unspaced > 0 || (tally.unparted == 0 && tally.digits + tally.signs == 0)
        }
    }
}

/// Whether enough of the letters are letters: `50s` is not `sos`.
fn leetspeak(variant: &Variant, tally: &Tally) -> bool {
    if !tally.transforms.contains(Transforms::LEETSPEAK) {
        return true;
    }
    let others = tally.letters + tally.signs;
    // One sign apart is punctuation, unless the letters are set apart too.
    (!tally.lone_sign || tally.gaps > 2) && (tally.digits <= others || (length(variant) > 4 && others > 1))
}

/// Whether what is repeated is more than a spelling: `good` is not `god`.
fn repeats(variant: &Variant, tally: &Tally, letters: &[Letter]) -> bool {
    if tally.repeated.is_empty() {
        return true;
    }
    let count = length(variant);
    if variant.units.iter().all(|unit| variant.units.first().is_some_and(|first| first.class == unit.class)) {
        return false;
    }
    let most = tally.repeated.iter().map(|(_, more)| *more).max().unwrap_or(0);
    if most > 1 {
        return true;
    }
    if count > 3 && tally.transforms != Transforms::REPEATS {
        // It is hidden in another way too, which no spelling is.
        return true;
    }
    if tally.repeated.iter().any(|(letter, _)| is_unspaced(*letter)) {
        // Chinese repeats a character or two to another end: 看看, 高高兴兴.
        return count > 2;
    }
    let ends = [letters.first(), letters.last()].map(|letter| letter.map(|letter| letter.folded));
    let unusual = |letter: char| {
        "ahijkquvwxy".contains(letter)
            || (ends.first() == Some(&Some(letter)) && !"oel".contains(letter))
            || (ends.last() == Some(&Some(letter)) && "bcmp".contains(letter) && count > 3)
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
