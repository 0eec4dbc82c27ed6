//! Queries that are read, and the sentences for those that are not.

use super::*;

fn now() -> Timestamp {
    "2026-01-31T12:00:00Z".parse().unwrap()
}

#[test]
fn queries_are_read() {
    let check = |query: &str, expected: &str| {
        let filter = Filter::parse(query, now()).unwrap();
        let shown: Vec<String> = filter
            .clauses
            .iter()
            .map(|clause| {
                let sign = if clause.negated { "-" } else { "" };
                match &clause.test {
                    Test::Word(kind, any) => {
                        let any: Vec<String> = any
                            .iter()
                            .map(|pattern| match pattern {
                                Pattern::Exact(word) => format!("={word}"),
                                Pattern::Glob(glob) => format!("~{}", glob.as_str()),
                            })
                            .collect();
                        format!("{sign}{}{}", kind.as_str(), any.join("|"))
                    }
                    Test::Range(measure, low, high) => {
                        let end = |at: i64| match at {
                            i64::MIN | i64::MAX => String::new(),
                            at => at.to_string(),
                        };
                        format!("{sign}{measure:?}[{}..{}]", end(*low), end(*high))
                    }
                    Test::Text(needle) => format!("{sign}'{needle}'"),
                    Test::Id(id) => format!("{sign}id {id}"),
                }
            })
            .collect();
        assert_eq!(shown.join(" "), expected, "{query}");
    };
    check("", "");
    check("  \t ", "");
    check("action:deflect policy:self-harm", "action=deflect policy=self-harm");
    check("action:deflect,block -tenant:x", "action=deflect|=block -tenant=x");
    check("model:qwen* rule:method rule:pii/card", "model~qwen* rule~*/method rule=pii/card");
    check("model:\"a, b\",\"*\" tenant:\"\"", "model=a, b|=* tenant=");
    check("\"Two  Words\" -\"x \\\"y\\\"\" ＷＩＤＥ 自杀", "'two words' -'x \"y\"' 'wide' '自杀'");
    check("since:1h until:2026-01-31", "Time[1769857200000000..] Time[..1769817599999999]");
    check(
        "since:2026-01-31T08:00 since:2026-01-31T08:00:00+08:00",
        "Time[1769846400000000..] Time[1769817600000000..]",
    );
    check(
        "latency:>500ms latency:<=1.5s latency:1ms..2ms",
        "Latency[500001..] Latency[0..1500000] Latency[1000..2000]",
    );
    check(
        "status:5xx status:none -status:200 status:>=400 status:<300",
        "Status[500..599] Status[0..0] -Status[200..200] Status[400..] Status[1..299]",
    );
    check("seq:10..20 seq:..5 is:refused", "Seq[10..20] Seq[0..5] is=refused");
    check("id:0199C0DE-0000-7000-8000-000000000002", "id 0199c0de-0000-7000-8000-000000000002");
}

#[test]
fn faults_point_at_their_place() {
    let check = |query: &str, place: &str, message: &str, help: &str| {
        let fault = Filter::parse(query, now()).unwrap_err();
        assert_eq!((&query[fault.start..fault.end], &*fault.message), (place, message), "{query}");
        assert!(fault.help.contains(help), "{query}: {}", fault.help);
    };
    check("since:1h acton:deflect", "acton", "there is no field `acton`", "did you mean `action:`?");
    check("http://x", "http", "there is no field `http`", "quotes");
    check("action:deflct", "deflct", "`action` is never `deflct`", "did you mean `deflect`?");
    check("is:on", "on", "`is` is never `on`", "one of refused, streamed");
    check("a \"b c", "\"b c", "this quote is not closed", "end the text");
    check("action: deflect", "action:", "`action:` has no value", "without a space");
    check("action:deflect,", "action:deflect,", "`action:` has no value", "empty value");
    check("a - b", "-", "there is nothing behind this `-`", "leaves out");
    check("since:yesterday", "yesterday", "`yesterday` is no time", "how long ago");
    check("latency:fast", "fast", "`fast` is not a time such as `500ms`, `1.5s` or `2m`", ">500");
    check("latency:>5", ">5", "`5` is not a time such as `500ms`, `1.5s` or `2m`", ">500");
    check("status:200,404", "404", "`status` takes one value", "400..499");
    check("seq:..", "..", "`..` is not a whole number", "100..200");
    check("id:7", "7", "this is not the id of an exchange", "x-qwarden-id");
    check("\"\u{200b}\"", "\"\u{200b}\"", "there is no text to look for here", "nothing is left");
    let fault = Filter::parse("自杀 acton:x", now()).unwrap_err();
    assert_eq!(
        fault.to_string(),
        "there is no field `acton`\n  自杀 acton:x\n       ^^^^^\nhelp: did you mean `action:`? A text with a colon goes into quotes"
    );
}

proptest::proptest! {
    #[test]
    fn nothing_makes_it_fall(query in "(-|\"|:|,|[a-z]|\\.|>|<|=| |中|\\\\|1|h|since|latency|status){0,40}") {
        match Filter::parse(&query, now()) {
            Ok(_) => {}
            Err(fault) => {
                proptest::prop_assert!(query.get(fault.start..fault.end).is_some(), "{fault:?}");
                let _ = fault.to_string();
            }
        }
    }
}
