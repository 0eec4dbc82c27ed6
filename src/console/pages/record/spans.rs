//! A captured text on a record's page, with what was matched in it.
//!
//! Owns how spans of a segment are found again in the text that a record keeps. A mark is only made where the text
//! proves that it is the right place.

use minijinja::{Value, context};

use super::super::super::marked::{Layout, Mark, pieces};
use super::super::super::views::role;
use crate::audit::record::TextPlace;
use crate::audit::{Draft, Finding};
use crate::text::Phase;

/// A captured text with what was matched in it. A reply that was changed is not the text of any phase that was judged.
pub(super) fn text(text: Option<&str>, draft: &Draft, phase: Option<Phase>) -> Option<Value> {
    let text = text?;
    let names: Vec<(usize, usize, String)> = draft
        .findings
        .iter()
        .filter(|finding| Some(finding.phase) == phase)
        .flat_map(|finding| {
            let name = format!("{}/{}", finding.policy, finding.rule);
            let spans =
                if draft.texts.is_empty() { located(text, finding) } else { placed(&draft.texts, finding) };
            spans.into_iter().map(move |(start, end)| (start, end, name.clone()))
        })
        .collect();
    let marks: Vec<Mark<'_>> = names.iter().map(|(start, end, name)| (*start, *end, name.as_str())).collect();
    let found =
        draft.findings.iter().any(|finding| Some(finding.phase) == phase && !finding.spans.is_empty());
    Some(context! {
        pieces => pieces(text, &marks, Layout::Lines),
        marked => marks.len(),
        // Under `excerpt` it is the beginning of a text, and what was found may stand behind it or be gone.
        unmarked => found && marks.is_empty(),
        empty => text.is_empty(),
    })
}

/// Where the spans of a finding stand in a captured text whose record says where its segments are. A span that runs over
/// the seam of two parts has a piece in each.
fn placed(texts: &[TextPlace], finding: &Finding) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut before = 0;
    let of_segment = |place: &&TextPlace| place.phase == finding.phase && place.segment == finding.segment;
    for place in texts.iter().filter(of_segment) {
        let length = place.end.saturating_sub(place.start);
        for (start, end) in &finding.spans {
            let (start, end) = (*start.max(&before), *end.min(&(before + length)));
            if start < end {
                found.push((place.start + start - before, place.start + end - before));
            }
        }
        before += length;
    }
    found
}

/// Where the spans of a finding stand in a captured text whose record does not say where its segments are: its excerpt tells which of the text's places is the one that
/// the spans count from. Nothing where that cannot be told.
fn located(text: &str, finding: &Finding) -> Vec<(usize, usize)> {
    let (Some(excerpt), Some((at, _)), Some((first, _))) =
        (finding.excerpt.as_deref(), finding.mark, finding.spans.first())
    else {
        return Vec::new();
    };
    // From the start of the excerpt in the segment to its start in the text, the distance is that of the segment.
    let Some(offset) = first.checked_sub(at) else { return Vec::new() };
    let begins = |start: usize| {
        let label = format!("{}: ", role(finding.role));
        start == 0 || text.get(..start).is_some_and(|before| before.ends_with(&label))
    };
    let places = text.match_indices(excerpt).filter_map(|(place, _)| place.checked_sub(offset));
    let Some(start) = places.into_iter().find(|start| begins(*start)) else { return Vec::new() };
    finding
        .spans
        .iter()
        .map(|(from, to)| (start + from, start + to))
        .filter(|(from, to)| text.get(*from..*to).is_some())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(excerpt: &str, mark: (usize, usize), spans: &[(usize, usize)]) -> Finding {
        serde_json::from_value(serde_json::json!({
            "phase": "input", "segment": 0, "role": "user", "channel": "content", "policy": "p", "rule": "r",
            "detector": "keywords", "category": null, "severity": "low", "score": null, "spans": spans,
            "excerpt": excerpt, "mark": mark,
        }))
        .unwrap()
    }

    #[test]
    fn spans_are_found_again_where_the_text_proves_it() {
        let check = |text: &str, found: Finding, expected: &[&str]| {
            let marked: Vec<&str> =
                located(text, &found).iter().map(|(start, end)| &text[*start..*end]).collect();
            assert_eq!(marked, expected, "{text}");
        };
        let whole = "system: be bad\n\nuser: a bad word, a bad day";
        // The same words stand in another segment first.
        check(whole, finding("a bad word", (2, 5), &[(2, 5), (14, 17)]), &["bad", "bad"]);
        check("a bad word", finding("a bad word", (2, 5), &[(2, 5)]), &["bad"]);
        check("another bad word", finding("bad", (0, 3), &[(2, 5)]), &[]);
        check("short", finding("a bad word", (2, 5), &[(2, 5)]), &[]);
        // The captured text ends before the second match.
        check("user: a bad word", finding("a bad word", (2, 5), &[(2, 5), (90, 93)]), &["bad"]);
    }

    #[test]
    fn spans_are_counted_over_the_parts_of_a_segment() {
        let place = |segment, start, end| -> TextPlace {
            serde_json::from_value(serde_json::json!({
                "phase": "input", "segment": segment, "role": "user", "channel": "content", "start": start, "end": end,
            }))
            .unwrap()
        };
        let texts = [place(1, 0, 9), place(0, 20, 24), place(0, 30, 34)];
        assert_eq!(
            placed(&texts, &finding("", (0, 0), &[(1, 3), (2, 6), (7, 99)])),
            [(21, 23), (22, 24), (30, 32), (33, 34)]
        );
    }
}
