//! Records as templates and the live feed show them.
//!
//! Owns the words for numbers and times. Every name that a stranger chose has its hidden characters written out.

use serde::Serialize;

use super::access::guard::encoded;
use super::marked::{Layout, Piece, pieces};
use crate::audit::filter::Filter;
use crate::audit::visible::Shown;
use crate::audit::{Draft, Excerpt, Finding, Record};
use crate::policy::{Mode, Severity};
use crate::text::{Channel, Phase, Role};

/// Characters in front of a match from which on an excerpt is one from the middle of a text.
const CONTEXT: usize = 40;
/// Characters of a prompt in a row.
const HEAD: usize = 120;

/// A record in one row.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Row {
    seq: u64,
    time: String,
    day: String,
    clock: String,
    action: &'static str,
    monitored: bool,
    rule: Option<String>,
    rule_link: Option<String>,
    dialect: String,
    model: String,
    tenant: String,
    client: String,
    status: Option<u16>,
    ended: &'static str,
    code: Option<String>,
    stream: bool,
    refused: bool,
    late: bool,
    total: String,
    text: Vec<Piece>,
    /// Whether the text is what was found, and not merely how the prompt begins.
    found: bool,
}

/// A record as a row; where a text was asked for, with the place that holds it.
pub(super) fn row(record: &Record, filter: Option<&Filter>) -> Row {
    let draft = &record.draft;
    let asked = filter.and_then(|filter| filter.excerpt(draft));
    let (text, found) = match (asked, decisive(draft)) {
        (Some(Excerpt { text, mark }), _) => {
            let before =
                mark.and_then(|mark| text.get(..mark.start)).map_or(0, |before| before.chars().count());
            let mark = mark.map(|mark| (mark.start, mark.end, "what was asked for"));
            let mut shown = pieces(&text, mark.as_slice(), Layout::OneLine);
            if before >= CONTEXT {
                shown.insert(0, ellipsis());
            }
            (shown, true)
        }
        (None, Some(finding)) => (excerpt(finding), true),
        (None, None) => {
            let prompt = draft.prompt.as_deref().unwrap_or_default();
            let end = prompt.char_indices().nth(HEAD).map_or(prompt.len(), |(at, _)| at);
            let mut text = pieces(prompt.get(..end).unwrap_or_default(), &[], Layout::OneLine);
            if end < prompt.len() {
                text.push(ellipsis());
            }
            (text, false)
        }
    };
    Row {
        seq: record.seq,
        time: draft.time.to_string(),
        day: draft.time.strftime("%Y-%m-%d").to_string(),
        clock: draft.time.strftime("%H:%M:%S").to_string(),
        action: draft.action.as_str(),
        monitored: draft.mode == Mode::Monitor,
        rule: draft.rule.as_deref().map(shown),
        rule_link: draft.rule.as_deref().and_then(rule_link),
        dialect: shown(&draft.dialect),
        model: shown(&draft.model),
        tenant: shown(&draft.tenant),
        client: shown(&draft.client),
        status: draft.status,
        ended: draft.ended.as_str(),
        code: draft.code.as_deref().map(shown),
        stream: draft.stream,
        refused: draft.model_refused,
        late: draft.late,
        total: microseconds(draft.timing.total_us),
        text,
        found,
    }
}

/// The finding that decided; the first where none is that of the rule that won.
fn decisive(draft: &Draft) -> Option<&Finding> {
    let winner = draft.rule.as_deref().and_then(|rule| rule.split_once('/'));
    let of_winner =
        |finding: &&Finding| finding.excerpt.is_some() && winner == Some((&*finding.policy, &*finding.rule));
    let first = draft.findings.iter().find(|finding| finding.excerpt.is_some());
    draft.findings.iter().find(of_winner).or(first)
}

/// The excerpt of a finding with its match; an ellipsis where it does not begin with the text.
pub(super) fn excerpt(finding: &Finding) -> Vec<Piece> {
    let text = finding.excerpt.as_deref().unwrap_or_default();
    let name = format!("{}/{}", finding.policy, finding.rule);
    let mark = finding.mark.map(|(start, end)| (start, end, name.as_str()));
    let mut shown = pieces(text, mark.as_slice(), Layout::OneLine);
    if finding.mark.zip(finding.spans.first()).is_some_and(|((at, _), (start, _))| *start > at) {
        shown.insert(0, ellipsis());
    }
    shown
}

fn ellipsis() -> Piece {
    Piece { text: "…".to_owned(), hidden: None, mark: None }
}

/// Where the rule is shown; `None` where its name is none that a policy may have.
pub(super) fn rule_link(path: &str) -> Option<String> {
    let (policy, rule) = path.split_once('/')?;
    Some(format!("/policies/{}?rule={}", encoded(policy), encoded(rule)))
}

/// A name of somebody else's choice.
pub(super) fn shown(name: &str) -> String {
    Shown(name).to_string()
}

/// A length of time for people.
pub(super) fn microseconds(time: u64) -> String {
    let number = |value: f64| {
        let digits = if value < 10.0 { 2 } else { usize::from(value < 100.0) };
        format!("{value:.digits$}")
    };
    match time {
        0..1_000 => format!("{time} µs"),
        1_000..1_000_000 => format!("{} ms", number(time as f64 / 1e3)),
        _ => format!("{} s", number(time as f64 / 1e6)),
    }
}

/// A number with its thousands apart.
pub(super) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut shown = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            // A thin space that does not break.
            shown.push('\u{202f}');
        }
        shown.push(digit);
    }
    shown
}

pub(super) fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Input => "input",
        Phase::Output => "output",
    }
}

pub(super) fn role(role: Role) -> &'static str {
    match role {
        Role::System => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
        Role::Tool => "tool",
    }
}

pub(super) fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Content => "content",
        Channel::Reasoning => "reasoning",
        Channel::ToolCall => "tool call",
    }
}

pub(super) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_for_people() {
        let times =
            [(0, "0 µs"), (999, "999 µs"), (1_234, "1.23 ms"), (12_345, "12.3 ms"), (123_456, "123 ms")];
        for (time, expected) in times {
            assert_eq!(microseconds(time), expected);
        }
        assert_eq!(microseconds(2_500_000), "2.50 s");
        assert_eq!(thousands(1_234_567).replace('\u{202f}', " "), "1 234 567");
        assert_eq!(thousands(999), "999");
        assert_eq!(rule_link("pii/mail").as_deref(), Some("/policies/pii?rule=mail"));
        assert_eq!(rule_link("no slash"), None);
    }

    #[test]
    fn a_row_shows_what_decided() {
        let finding = |rule: &str, text: &str| {
            serde_json::from_value::<Finding>(serde_json::json!({
                "phase": "input", "segment": 0, "role": "user", "channel": "content", "policy": "p", "rule": rule,
                "detector": "keywords", "category": null, "severity": "low", "score": null, "spans": [[9, 12]],
                "excerpt": text, "mark": [2, 5],
            }))
            .unwrap()
        };
        let draft = Draft {
            rule: Some("p/second".into()),
            model: "a\u{202e}b".into(),
            findings: vec![finding("first", "a one b"), finding("second", "a two b")],
            ..Draft::default()
        };
        let row = row(&Record { seq: 7, prev: String::new(), draft }, None);
        let text: String = row.text.iter().map(|piece| piece.text.as_str()).collect();
        assert_eq!((text.as_str(), row.found, row.model.as_str()), ("…a two b", true, "a\\u{202e}b"));
        assert_eq!(row.text[2].mark.as_deref(), Some("p/second"));
    }
}
