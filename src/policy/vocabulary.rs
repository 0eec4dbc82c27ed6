//! The vocabulary: all keywords of all rules, resolved.
//!
//! This file owns what a keyword means once lists are joined in: how it stands, what it folds to,
//! and whether a rule has it twice. Two keywords that are found in the same places have the same
//! number, by which `checks` compares rules. It refuses to know conditions and actions.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::mem::{Discriminant, discriminant};
use std::sync::Arc;

use super::decode::{Reader, Spanned};
use super::diagnostic::{Diagnostic, Severity, Span, did_you_mean};
use super::keyword::{default_mode, is_dangerously_short};
use super::lists::List;
use super::{Fold, Keyword, MatchMode};
use crate::text::fold::strong;

/// Number of keywords of one detector that are reported for the same reason before the rest is
/// only counted: a list with a broken export would otherwise fill the screen.
const REPORTED_KEYWORDS: usize = 20;

/// All keywords so far.
pub(super) struct Vocabulary<'l> {
    lists: &'l BTreeMap<&'l str, List>,
    fold: fn(&str) -> String,
    /// Lists as the standard fold has them, since many rules may share a long one.
    folded_lists: HashMap<String, Arc<[Arc<str>]>>,
    numbers: HashMap<(Arc<str>, MatchMode, Fold), u32>,
    /// Names of lists that a rule uses.
    pub(super) used_lists: BTreeSet<String>,
    suspicions: Vec<(Arc<str>, Span, Oddity)>,
}

/// The keywords of one rule that were seen so far, with where each was written. Those that speak
/// against the rule are apart from those that speak for it.
pub(super) type Seen = HashMap<(u32, bool), (Arc<str>, Span)>;

/// A `keywords:` detector as written.
pub(super) struct Written<'a> {
    pub(super) words: &'a [Spanned<String>],
    pub(super) list: Option<&'a Spanned<String>>,
    pub(super) mode: Option<MatchMode>,
    pub(super) fold: Fold,
    pub(super) negated: bool,
}

/// A `keywords:` detector, resolved.
pub(super) struct Resolved {
    /// Those that can be found at all.
    pub(super) keywords: Vec<Keyword>,
    /// Their numbers, sorted.
    pub(super) numbers: Vec<u32>,
}

/// A keyword, what it folds to, and where it stands.
struct Candidate<'a> {
    text: Arc<str>,
    folded: Arc<str>,
    file: &'a Arc<str>,
    span: Span,
}

impl<'l> Vocabulary<'l> {
    pub(super) fn new(lists: &'l BTreeMap<&'l str, List>, fold: fn(&str) -> String) -> Self {
        Self {
            lists,
            fold,
            folded_lists: HashMap::new(),
            numbers: HashMap::new(),
            used_lists: BTreeSet::new(),
            suspicions: Vec::new(),
        }
    }

    /// Resolves a detector; absent where its list does not exist or has an error.
    pub(super) fn resolve(
        &mut self,
        reader: &mut Reader<'_>,
        written: &Written<'_>,
        seen: &mut Seen,
    ) -> Option<Resolved> {
        let own_file = Arc::clone(reader.file());
        let mut candidates: Vec<Candidate<'_>> = Vec::new();
        for word in written.words {
            let text: Arc<str> = word.value.as_str().into();
            let folded = self.folded(&text, written.fold);
            candidates.push(Candidate { text, folded, file: &own_file, span: word.span });
        }
        if let Some(name) = written.list {
            let list = self.list(reader, name)?;
            if !list.sound {
                return None;
            }
            let folded = self.folded_list(&name.value, list, written.fold);
            for (index, entry) in list.entries.iter().enumerate() {
                let folded = folded.as_ref().and_then(|folded| folded.get(index)).unwrap_or(&entry.text);
                let (text, folded) = (Arc::clone(&entry.text), Arc::clone(folded));
                candidates.push(Candidate { text, folded, file: &list.file, span: entry.span });
            }
        }
        let mut resolved = Resolved { keywords: Vec::new(), numbers: Vec::new() };
        let mut odd = Oddities::default();
        for Candidate { text, folded, file, span } in candidates {
            if folded.is_empty() {
                odd.add(file, span, Oddity::Nothing);
                continue;
            }
            let mode = written.mode.unwrap_or_else(|| default_mode(&text));
            if is_dangerously_short(&folded, mode) {
                odd.add(file, span, Oddity::Short);
            } else if written.fold == Fold::Strong && strong::is_short(&folded) {
                odd.add(file, span, Oddity::ShortForStrong);
            }
            let next = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
            let number = *self.numbers.entry((folded, mode, written.fold)).or_insert(next);
            if let Some((first_file, first)) = seen.get(&(number, written.negated)) {
                odd.add(file, span, Oddity::Repeated(Arc::clone(first_file), *first));
                continue;
            }
            seen.insert((number, written.negated), (Arc::clone(file), span));
            resolved.numbers.push(number);
            resolved.keywords.push(Keyword { text, mode });
        }
        self.suspicions.extend(odd.finish());
        resolved.numbers.sort_unstable();
        Some(resolved)
    }

    /// What is odd about keywords, wherever they stand.
    pub(super) fn diagnostics<'t>(&self, text_of: &dyn Fn(&str) -> &'t str) -> Vec<Diagnostic> {
        let tell =
            |(file, span, oddity): &(Arc<str>, Span, Oddity)| oddity.tell((file, text_of(file)), *span);
        self.suspicions.iter().map(tell).collect()
    }

    fn list(&mut self, reader: &mut Reader<'_>, name: &Spanned<String>) -> Option<&'l List> {
        let lists = self.lists;
        let found = lists.get(&*name.value);
        if found.is_some() {
            self.used_lists.insert(name.value.clone());
            return found;
        }
        let message = format!("there is no list `{}`", name.value);
        let fault = reader.fault("unknown-list", name.span, message);
        reader.report(fault.help(match did_you_mean(&name.value, lists.keys().copied()) {
            Some(meant) => format!("did you mean `{meant}`? a list is a file lists/NAME.txt"),
            None => format!("write one keyword a line into lists/{}.txt", name.value),
        }));
        None
    }

    /// What the keywords of a list fold to; absent where that is what they are.
    fn folded_list(&mut self, name: &str, list: &List, fold: Fold) -> Option<Arc<[Arc<str>]>> {
        if fold == Fold::Exact {
            return None;
        }
        if let Some(folded) = self.folded_lists.get(name) {
            return Some(Arc::clone(folded));
        }
        let folded: Arc<[Arc<str>]> =
            list.entries.iter().map(|entry| self.folded(&entry.text, fold)).collect();
        self.folded_lists.insert(name.to_owned(), Arc::clone(&folded));
        Some(folded)
    }

    fn folded(&self, text: &Arc<str>, fold: Fold) -> Arc<str> {
        match fold {
            Fold::Exact => Arc::clone(text),
            Fold::Standard | Fold::Strong => (self.fold)(text).into(),
        }
    }
}

/// What can be odd about a keyword.
enum Oddity {
    /// It folds to nothing.
    Nothing,
    /// It is one letter that may stand anywhere.
    Short,
    /// It is too short for all that `fold: strong` does.
    ShortForStrong,
    /// The rule has it already, there.
    Repeated(Arc<str>, Span),
    /// This many more have the same as the one before.
    More(usize),
}

impl Oddity {
    fn tell(&self, place: (&Arc<str>, &str), span: Span) -> Diagnostic {
        match self {
            Self::Nothing => {
                let message = "nothing is left of this keyword when it is folded, so it is never found";
                Diagnostic::at(Severity::Warning, "keyword-folds-to-nothing", place, span, message)
                    .help("remove it, or set `fold: exact`")
            }
            Self::Short => {
                let message = "a single letter that may stand anywhere is found in almost every text";
                Diagnostic::at(Severity::Warning, "keyword-dangerously-short", place, span, message)
                    .help("write a longer keyword, or set `match: word`")
            }
            Self::ShortForStrong => {
                let message = "this keyword is too short for all of `fold: strong`: look-alikes and encodings are seen \
                               through, but not leetspeak, repeats and letters set apart, which would be found in \
                               harmless texts";
                Diagnostic::at(Severity::Note, "keyword-short-for-strong", place, span, message)
                    .help("write at least three letters, or two of Han")
            }
            Self::Repeated(file, first) => {
                let message =
                    "the rule has this keyword already, in this spelling or one that is equal to it";
                Diagnostic::at(Severity::Note, "keyword-repeated", place, span, message)
                    .help("remove one of them")
                    .label(file, *first, "first written here")
            }
            Self::More(count) => {
                let message =
                    format!("this keyword and {} after it are odd like those reported above", count - 1);
                Diagnostic::at(Severity::Note, "more-odd-keywords", place, span, message)
            }
        }
    }
}

/// The oddities of one detector, up to a bound for each kind.
#[derive(Default)]
struct Oddities {
    told: Vec<(Arc<str>, Span, Oddity)>,
    counts: HashMap<Discriminant<Oddity>, (usize, Arc<str>, Span)>,
}

impl Oddities {
    fn add(&mut self, file: &Arc<str>, span: Span, oddity: Oddity) {
        let kind = discriminant(&oddity);
        let (count, first_file, first) =
            self.counts.entry(kind).or_insert_with(|| (0, Arc::clone(file), span));
        *count += 1;
        if *count <= REPORTED_KEYWORDS {
            self.told.push((Arc::clone(file), span, oddity));
        }
        if *count <= REPORTED_KEYWORDS + 1 {
            (*first_file, *first) = (Arc::clone(file), span);
        }
    }

    fn finish(mut self) -> Vec<(Arc<str>, Span, Oddity)> {
        for (count, file, span) in self.counts.into_values() {
            if count > REPORTED_KEYWORDS {
                self.told.push((file, span, Oddity::More(count - REPORTED_KEYWORDS)));
            }
        }
        self.told
    }
}
