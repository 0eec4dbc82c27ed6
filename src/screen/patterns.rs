//! All regular expressions of all policies that are searched in one view of a text.
//!
//! Owns the compiled automata: one that tells in a single pass which patterns match at all, one for
//! each pattern that tells where, and one that tells whether a match that begins at some place could
//! still come to be. All are linear in the text. Refuses to know streams; `pattern_scan` does.

use std::collections::BTreeMap;

use regex_automata::hybrid::LazyStateID;
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::util::pool::Pool;
use regex_automata::{Anchored, Input, MatchKind, PatternSet, meta, nfa::thompson};
use regex_syntax::hir::Hir;

use super::{BuildError, entities, held_channels};
use crate::policy::{DetectorId, DetectorKind, Fold, Policies, pattern};
use crate::text::fold::View;

/// Says which part of a match is what was looked for; `None` where the match is not one after all.
pub(super) type Refine = fn(&str) -> Option<std::ops::Range<usize>>;

/// A pattern, on its way into a set.
pub(super) struct Written {
    pub(super) detector: DetectorId,
    pub(super) hir: Hir,
    pub(super) longest: usize,
    pub(super) refine: Option<Refine>,
    /// Channels whose streams wait for it.
    pub(super) held: u8,
}

/// One pattern of a set.
pub(super) struct Entry {
    pub(super) detector: DetectorId,
    regex: meta::Regex,
    /// Most bytes of a match.
    longest: usize,
    pub(super) refine: Option<Refine>,
    pub(super) held: u8,
}

impl Entry {
    /// The leftmost match that begins at `at` or later: the one of the usual search, as if each
    /// match had to make do with the `longest` bytes from its beginning. Linear in the text that
    /// it passes over, also where an endless match has to be cut again and again.
    pub(super) fn find(&self, text: &str, mut at: usize) -> Option<std::ops::Range<usize>> {
        let reach = 8 * self.longest;
        while at < text.len() {
            let end = text.floor_char_boundary(at.saturating_add(reach));
            let safe = if end == text.len() { end } else { text.floor_char_boundary(end - self.longest) };
            match self.regex.find(Input::new(text).span(at..end)) {
                // What begins near the end of the piece may look different with more text.
                Some(found) if found.start() > safe => at = safe,
                Some(found) if found.len() <= self.longest => return Some(found.range()),
                Some(found) => {
                    let start = found.start();
                    let limit = text.floor_char_boundary(start + self.longest);
                    let input = Input::new(text).span(start..limit).anchored(Anchored::Yes);
                    match self.regex.find(input) {
                        Some(shorter) => return Some(shorter.range()),
                        None => at = start + text.get(start..)?.chars().next()?.len_utf8(),
                    }
                }
                None if end == text.len() => return None,
                None => at = safe,
            }
        }
        None
    }
}

/// The patterns of one view.
pub(super) struct Patterns {
    pub(super) view: View,
    pub(super) entries: Vec<Entry>,
    which: meta::Regex,
    all: Alive,
    /// For each channel, those whose matches are held back, where that is not all or none.
    held: [Held; 3],
    /// Most bytes of a match.
    pub(super) longest: usize,
}

enum Held {
    None,
    All,
    Some(Box<Alive>),
}

impl std::fmt::Debug for Patterns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Patterns").field("view", &self.view).field("patterns", &self.entries.len()).finish()
    }
}

/// Bytes of a lazy automaton's cache: enough for thousands of states; past that it starts anew.
const CACHE: usize = 8 * 1024 * 1024;
/// Bytes of one pattern's compiled form.
const PROGRAM: usize = 32 * 1024 * 1024;

impl Patterns {
    /// Compiles the patterns of a view.
    pub(super) fn build(view: View, written: Vec<Written>) -> Result<Self, BuildError> {
        let error = |error: &dyn std::error::Error| {
            let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
            BuildError(format!("{error}{cause}"))
        };
        let hirs: Vec<&Hir> = written.iter().map(|one| &one.hir).collect();
        let config = meta::Config::new().nfa_size_limit(Some(PROGRAM)).hybrid_cache_capacity(CACHE);
        let which = meta::Builder::new()
            .configure(config.clone().match_kind(MatchKind::All))
            .build_many_from_hir(&hirs)
            .map_err(|e| error(&e))?;
        let all = Alive::build(&hirs).map_err(|e| error(&*e))?;
        let mut held = [Held::None, Held::None, Held::None];
        for (channel, held) in held.iter_mut().enumerate() {
            let some: Vec<&Hir> =
                written.iter().filter(|one| one.held & (1 << channel) != 0).map(|one| &one.hir).collect();
            *held = if some.is_empty() {
                Held::None
            } else if some.len() == written.len() {
                Held::All
            } else {
                Held::Some(Box::new(Alive::build(&some).map_err(|e| error(&*e))?))
            };
        }
        let longest = written.iter().map(|one| one.longest).max().unwrap_or(0);
        let mut entries = Vec::with_capacity(written.len());
        for one in written {
            let regex = meta::Builder::new()
                .configure(config.clone())
                .build_from_hir(&one.hir)
                .map_err(|e| error(&e))?;
            entries.push(Entry {
                detector: one.detector,
                regex,
                longest: one.longest,
                refine: one.refine,
                held: one.held,
            });
        }
        Ok(Self { view, entries, which, all, held, longest })
    }

    /// The patterns that match anywhere in `text[from..]`. What stands before is looked at for word
    /// boundaries only.
    pub(super) fn matching(&self, text: &str, from: usize) -> PatternSet {
        let mut found = PatternSet::new(self.entries.len());
        self.which.which_overlapping_matches(&Input::new(text).span(from..text.len()), &mut found);
        found
    }

    /// The first place from `from` on at which a match could begin that more text may complete or
    /// lengthen.
    pub(super) fn earliest_live(&self, text: &str, from: usize) -> Option<usize> {
        self.all.earliest(text, self.within_reach(text, from))
    }

    /// The same for the patterns that are held back in a channel; `any` is what
    /// [`earliest_live`](Self::earliest_live) gave.
    pub(super) fn earliest_held(
        &self,
        text: &str,
        from: usize,
        any: Option<usize>,
        channel: usize,
    ) -> Option<usize> {
        match self.held.get(channel)? {
            Held::None => None,
            Held::All => any,
            Held::Some(alive) => {
                alive.earliest(text, self.within_reach(text, any.unwrap_or(text.len()).max(from)))
            }
        }
    }

    /// No match is longer than `longest`, so none that is alive began earlier than that.
    fn within_reach(&self, text: &str, from: usize) -> usize {
        text.floor_char_boundary(from.max(text.len().saturating_sub(self.longest)))
    }
}

/// The patterns and entities of all policies, one set for each view of the text that any of them
/// needs. Long matches stand apart, or short ones would be waited for as long as they.
pub(super) fn sets(policies: &Policies) -> Result<Vec<Patterns>, BuildError> {
    let mut by_view: BTreeMap<(View, bool), Vec<Written>> = BTreeMap::new();
    let mut add = |view, source: &str, fold, longest: usize, refine, detector, held| {
        let parsed =
            pattern::parse(source, fold).map_err(|error| BuildError(format!("{source}: {error}")))?;
        let longest = parsed.longest.min(longest);
        let written = Written { detector, hir: parsed.hir, longest, refine, held };
        by_view.entry((view, longest > pattern::UNENDING)).or_default().push(written);
        Ok::<(), BuildError>(())
    };
    for (id, detector) in policies.detectors() {
        let held = held_channels(policies, detector);
        match &detector.kind {
            DetectorKind::Patterns { patterns, fold } => {
                let view = if *fold == Fold::Exact { View::Exact } else { View::Width };
                for source in patterns {
                    add(view, source, *fold, usize::MAX, None, id, held)?;
                }
            }
            DetectorKind::Entity { kind } => {
                let known = entities::by_name(kind)
                    .ok_or_else(|| BuildError(format!("there is no entity {kind}")))?;
                let view = match known.view {
                    entities::View::Width => View::Width,
                    entities::View::Folded => View::Standard,
                };
                for source in known.patterns {
                    // Its patterns are written for the view: they are not folded again.
                    add(view, source, Fold::Exact, known.longest * 4, Some(known.refine), id, held)?;
                }
            }
            DetectorKind::Keywords { .. }
            | DetectorKind::Classifier { .. }
            | DetectorKind::Refusal { .. }
            | DetectorKind::Language { .. }
            | DetectorKind::Length { .. } => {}
        }
    }
    by_view.into_iter().map(|((view, _), written)| Patterns::build(view, written)).collect()
}

/// An automaton that is asked only whether it is dead.
struct Alive {
    dfa: DFA,
    caches: Pool<
        Cache,
        Box<dyn Fn() -> Cache + Send + Sync + std::panic::UnwindSafe + std::panic::RefUnwindSafe>,
    >,
}

impl Alive {
    fn build(hirs: &[&Hir]) -> Result<Self, Box<dyn std::error::Error>> {
        let nfa = thompson::Compiler::new()
            .configure(
                thompson::Config::new()
                    .nfa_size_limit(Some(PROGRAM))
                    .which_captures(thompson::WhichCaptures::None),
            )
            .build_many_from_hir(hirs)?;
        let dfa = DFA::builder()
            .configure(
                DFA::config()
                    // Lower priority does not make a match die here: any that can still come counts.
                    .match_kind(MatchKind::All)
                    .cache_capacity(CACHE)
                    .skip_cache_capacity_check(true),
            )
            .build_from_nfa(nfa)?;
        let for_caches = dfa.clone();
        let caches: Box<
            dyn Fn() -> Cache + Send + Sync + std::panic::UnwindSafe + std::panic::RefUnwindSafe,
        > = Box::new(move || for_caches.create_cache());
        Ok(Self { dfa, caches: Pool::new(caches) })
    }

    /// The first place from `from` on from which some thread of the automaton is still alive at the
    /// end of the text.
    fn earliest(&self, text: &str, from: usize) -> Option<usize> {
        let mut cache = self.caches.get();
        text.get(from..)?
            .char_indices()
            .map(|(at, _)| from + at)
            .find(|start| self.lives(&mut cache, text.as_bytes(), *start))
    }

    /// Whether a match that begins at `start` could still come to be, or grow. An automaton that
    /// gives up is taken for alive: text waits then, and nothing leaks.
    fn lives(&self, cache: &mut Cache, text: &[u8], start: usize) -> bool {
        let input = Input::new(text).anchored(Anchored::Yes).span(start..text.len());
        let Ok(mut state) = self.dfa.start_state_forward(cache, &input) else { return true };
        for byte in text.get(start..).unwrap_or_default() {
            match self.dfa.next_state(cache, state, *byte) {
                Ok(next) if next.is_dead() => return false,
                Ok(next) if next.is_quit() => return true,
                Ok(next) => state = next,
                Err(_) => return true,
            }
        }
        self.goes_on(cache, state)
    }

    /// Whether a state can do anything but report a match that is over. The automaton reports
    /// matches one byte late, so a state that matches may have no other reason to be there.
    fn goes_on(&self, cache: &mut Cache, state: LazyStateID) -> bool {
        if !state.is_match() {
            return true;
        }
        let classes = *self.dfa.byte_classes();
        for byte in classes.representatives(0..=255).filter_map(|unit| unit.as_u8()) {
            match self.dfa.next_state(cache, state, byte) {
                Ok(next) if next.is_dead() => {}
                _ => return true,
            }
        }
        false
    }
}
