//! A text of a record with everything marked that was found in it.
//!
//! Owns finding the places: a record tells the offsets of a match in its segment, and, of the first match, an
//! excerpt; where the excerpt stands in the text, the segment's offsets follow. What cannot be placed is not
//! marked. Refuses to know where the text is shown.

use crate::audit::Finding;
use crate::text::Phase;

/// The places in `text` that the findings of a phase are about, in order, disjoint.
pub(super) fn marks(text: &str, findings: &[Finding], phase: Phase) -> Vec<(usize, usize)> {
    let mut marks = Vec::new();
    for finding in findings.iter().filter(|finding| finding.phase == phase) {
        let (Some(excerpt), Some((start, end))) = (finding.excerpt.as_deref(), finding.mark) else {
            continue;
        };
        let Some(at) = place(text, excerpt) else { continue };
        marks.push((at + start, at + end));
        // The same match in other places of the same segment.
        let Some(first) = finding.spans.first() else { continue };
        let shift = |offset: usize| (at + start + offset).checked_sub(first.0);
        for (from, to) in finding.spans.iter().skip(1) {
            if let (Some(from), Some(to)) = (shift(*from), shift(*to))
                && text.get(from..to).is_some()
            {
                marks.push((from, to));
            }
        }
    }
    merged(marks)
}

/// Where an excerpt stands; of a text that is kept as a piece, its beginning may be all that is there.
fn place(text: &str, excerpt: &str) -> Option<usize> {
    (!excerpt.is_empty()).then(|| text.find(excerpt)).flatten()
}

fn merged(mut marks: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
    marks.sort_unstable();
    let mut disjoint: Vec<(usize, usize)> = Vec::new();
    for (start, end) in marks {
        match disjoint.last_mut() {
            Some((_, last)) if start < *last => *last = (*last).max(end),
            _ => disjoint.push((start, end)),
        }
    }
    disjoint
}

/// The marks that fall into a stretch of the text, as offsets within it.
pub(super) fn within(marks: &[(usize, usize)], start: usize, end: usize) -> Vec<(usize, usize)> {
    marks
        .iter()
        .filter(|(from, to)| *from < end && *to > start)
        .map(|(from, to)| (from.saturating_sub(start), (*to).min(end) - start))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Severity;

    fn finding(spans: &[(usize, usize)], excerpt: &str, mark: (usize, usize)) -> Finding {
        Finding {
            category: None,
            severity: Severity::Low,
            spans: spans.to_vec(),
            excerpt: Some(excerpt.into()),
            mark: Some(mark),
            ..crate::audit::record::tests::finding()
        }
    }

    #[test]
    fn every_match_is_marked_where_it_stands() {
        let text = "user: a fish and a bird, a fish";
        let table: [(&[Finding], &[&str]); 4] = [
            (&[finding(&[(2, 6)], "a fish and", (2, 6))], &["fish"]),
            (&[finding(&[(2, 6), (21, 25)], "a fish and", (2, 6))], &["fish", "fish"]),
            (
                &[finding(&[(2, 6)], "no such", (0, 2)), finding(&[(2, 10)], "fish and a", (0, 8))],
                &["fish and"],
            ),
            (
                &[
                    finding(&[(2, 6), (900, 904)], "a fish and", (2, 6)),
                    finding(&[(4, 10)], "sh and", (0, 6)),
                ],
                &["fish and"],
            ),
        ];
        for (findings, expected) in table {
            let found = marks(text, findings, Phase::Input);
            let shown: Vec<&str> = found.iter().map(|(start, end)| &text[*start..*end]).collect();
            assert_eq!(shown, expected);
            assert_eq!(marks(text, findings, Phase::Output), []);
        }
    }
}
