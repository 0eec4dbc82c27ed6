//! Bodies of every API: what is accepted is JSON to others too, and a redacted body says what was decided.

use std::borrow::Cow;
use std::sync::LazyLock;

use bytes::Bytes;
use qwarden::decide::judge::Judge;
use qwarden::decide::outcome;
use qwarden::dialect;
use qwarden::dialect::json::{Document, Limits};
use qwarden::rewrite::body::{Ruling, permit};
use qwarden::screen::Subject;
use qwarden::text::{Phase, Segment};

use crate::stream;

const POLICY: &str = r##"
policy: p
rules:
  - {id: r, when: {keywords: [bomb, a, 自杀, "\""]}, action: redact, with: "<\"自\\>"}
"##;

static JUDGE: LazyLock<Judge> = LazyLock::new(|| stream::rules(POLICY).expect("the policy compiles").1);

/// Reads a body as a request, a reply and an event of one API; the first byte says which.
pub fn check(data: &[u8]) {
    let Some((which, body)) = data.split_first() else { return };
    let Ok(document) = Document::parse(body, Limits::default()) else { return };
    // Numbers beyond a double are JSON, and serde_json refuses them.
    match serde_json::from_slice::<serde_json::Value>(body) {
        Ok(_) => {}
        Err(error) => assert!(error.to_string().contains("out of range"), "{error}"),
    }
    let dialects = dialect::all();
    let dialect = dialects[usize::from(*which) % dialects.len()];
    if let Ok(request) = dialect.read_request(&document) {
        let again = |changed: &Document<'_>, texts: &mut dyn FnMut(&[Segment<'_>])| {
            texts(&dialect.read_request(changed).expect("a redacted request is a request").segments);
        };
        redact(body, &document, Phase::Input, &request.segments, again);
    }
    if let Ok(reply) = dialect.read_reply(&document) {
        let again = |changed: &Document<'_>, texts: &mut dyn FnMut(&[Segment<'_>])| {
            texts(&dialect.read_reply(changed).expect("a redacted reply is a reply").segments);
        };
        redact(body, &document, Phase::Output, &reply.segments, again);
    }
    let _ = dialect.read_event(&document);
}

/// Redacts a body, and reads it again.
fn redact(
    body: &[u8],
    document: &Document<'_>,
    phase: Phase,
    segments: &[Segment<'_>],
    again: impl Fn(&Document<'_>, &mut dyn FnMut(&[Segment<'_>])),
) {
    let judgements: Vec<_> = segments
        .iter()
        .map(|segment| {
            let subject = Subject {
                phase,
                role: segment.role,
                channel: segment.channel(),
                encoding: segment.encoding,
                model: "qwen",
                tenant: "default",
            };
            JUDGE.whole(segment, subject)
        })
        .collect();
    let outcome = outcome(JUDGE.policies(), judgements.iter().flat_map(|one| &one.verdicts));
    let ruling = Ruling::new(outcome, &judgements);
    let redacts = ruling.redacts();
    let raw = Bytes::copy_from_slice(body);
    let permitted = permit(raw, document, segments, &[], None, ruling).expect("nothing is denied");
    if !redacts {
        assert_eq!(permitted.inner(), body, "what is allowed leaves as it came");
        return;
    }
    let changed = Document::parse(permitted.inner(), Limits::default()).expect("a redacted body is JSON");
    let expected: Vec<Cow<'_, str>> =
        judgements.iter().zip(segments).map(|(judgement, segment)| judgement.text(segment)).collect();
    again(&changed, &mut |texts| {
        let texts: Vec<String> = texts
            .iter()
            .map(|segment| segment.parts.iter().map(|part| part.text.as_ref()).collect())
            .collect();
        assert_eq!(texts, expected);
    });
}
