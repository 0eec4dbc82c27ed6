//! Tables of requests and replies over all dialects; real bodies are in `tests/dialect_golden`.

use proptest::prelude::*;

use super::json::{Limits, Node};
use super::*;
use crate::text::{Channel, Encoding, Role};

fn dialect(name: &str) -> &'static dyn Dialect {
    *all().iter().find(|dialect| dialect.name() == name).unwrap()
}

/// The code of the refusal and the place it names, or what was found.
fn request(name: &str, raw: &str) -> Result<String, String> {
    let document = Document::parse(raw.as_bytes(), Limits::default()).unwrap();
    let request = dialect(name).read_request(&document).map_err(|refusal| {
        assert_eq!(refusal.status, 400);
        assert!(refusal.message.ends_with('.'), "{}", refusal.message);
        format!("{} {}", refusal.code, refusal.message.split('`').nth(1).unwrap_or_default())
    })?;
    let texts = request.segments.iter().map(|segment| {
        let role = match segment.role {
            Role::System => "s",
            Role::User => "u",
            Role::Assistant => "a",
            Role::Tool => "t",
        };
        let channel = match segment.channel() {
            Channel::Content => "c",
            Channel::Reasoning => "r",
            Channel::ToolCall => "k",
        };
        let parts: Vec<&str> = segment.parts.iter().map(|part| &*part.text).collect();
        format!("{role}{channel}:{}", parts.join("|"))
    });
    Ok(texts.collect::<Vec<_>>().join(" "))
}

fn chat(message: &str) -> Result<String, String> {
    request("openai.chat", &format!(r#"{{"messages":[{message}]}}"#))
}

/// A request's texts (role, channel, parts), or the code and place of its refusal.
type Found = Result<&'static str, &'static str>;

fn assert_found(actual: Result<String, String>, expected: Found, body: &str) {
    assert_eq!(actual.as_deref().map_err(String::as_str), expected, "{body}");
}

#[test]
fn every_text_of_a_message_is_found() {
    let cases: &[(&str, Found)] = &[
        (r#"{"role":"system","content":"x"}"#, Ok("sc:x")),
        (r#"{"role":"developer","content":"x"}"#, Ok("sc:x")),
        (r#"{"role":"function","name":"f","content":"x"}"#, Ok("tc:f tc:x")),
        (r#"{"role":"user","content":["x",{"type":"text","text":"y"},{"text":"z"}]}"#, Ok("uc:x|y|z")),
        (r#"{"role":"assistant","content":null}"#, Ok("")),
        (r#"{"role":"assistant"}"#, Ok("")),
        (
            r#"{"role":"assistant","content":[{"type":"refusal","refusal":"no"}],"refusal":"no!"}"#,
            Ok("ac:no ac:no!"),
        ),
        (
            r#"{"role":"assistant","reasoning_content":"a","reasoning":"b","thinking":"c"}"#,
            Ok("ar:a ar:b ar:c"),
        ),
        (r#"{"role":"user","content":"x","images":[],"audio":null}"#, Ok("uc:x")),
        // Whatever a template could print.
        (r#"{"role":"user","content":"x","note":"y"}"#, Ok("uc:x uc:note|y")),
        (r#"{"role":"user","content":"x","note":{"k":["y",{"l":"z"}]}}"#, Ok("uc:x uc:note|k|y|l|z")),
        (r#"{"role":"user","content":[{"type":"text","text":"x","note":"y"}]}"#, Ok("uc:x uc:note|y")),
        (r#"{"role":"tool","content":"x","tool_call_id":"call_1"}"#, Ok("tc:x")),
        (r#"{"role":"tool","content":"x","tool_call_id":"a b"}"#, Ok("tc:x tc:a b")),
        (r#"{"role":"user","content":"x","code":"y"}"#, Ok("uc:x uc:code|y")),
        // Tool calls.
        (
            r#"{"role":"assistant","tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{}"}}]}"#,
            Ok("ak:f ak:{}"),
        ),
        (
            r#"{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":{"k":["v",{"l":"w"}]}}}]}"#,
            Ok("ak:f ak:k|v|l|w"),
        ),
        (
            r#"{"role":"assistant","tool_calls":[{"id":"has spaces","custom":{"name":"f","input":"text"}}]}"#,
            Ok("ak:has spaces ak:custom|f|input|text"),
        ),
        (
            r#"{"role":"assistant","tool_calls":null,"function_call":{"name":"f","arguments":"x"}}"#,
            Ok("ak:f ak:x"),
        ),
        // Roles and shapes.
        (r#"{"role":"User","content":"x"}"#, Err("unknown_role messages[0].role")),
        (r#"{"role":7,"content":"x"}"#, Err("unknown_role messages[0].role")),
        (r#"{"content":"x"}"#, Err("unknown_role messages[0].role")),
        (r#""x""#, Err("invalid_messages messages[0]")),
        (r#"{"role":"user","content":5}"#, Err("invalid_request messages[0].content")),
        (
            r#"{"role":"user","content":{"type":"text","text":"x"}}"#,
            Err("invalid_request messages[0].content"),
        ),
        (r#"{"role":"user","content":[["x"]]}"#, Err("invalid_request messages[0].content[0]")),
        (
            r#"{"role":"user","content":[{"type":"text","text":["x"]}]}"#,
            Err("invalid_request messages[0].content[0].text"),
        ),
        (
            r#"{"role":"user","content":[{"type":"text"}]}"#,
            Err("invalid_request messages[0].content[0].text"),
        ),
        (
            r#"{"role":"user","content":[{"type":"riddle","text":"x"}]}"#,
            Err("invalid_request messages[0].content[0].type"),
        ),
        (
            r#"{"role":"user","content":[{"type":["text"],"text":"x"}]}"#,
            Err("invalid_request messages[0].content[0].type"),
        ),
        (r#"{"role":"assistant","tool_calls":{"a":1}}"#, Err("invalid_request messages[0].tool_calls")),
        (r#"{"role":"assistant","tool_calls":["x"]}"#, Err("invalid_request messages[0].tool_calls[0]")),
        (
            r#"{"role":"assistant","tool_calls":[{"function":"x"}]}"#,
            Err("invalid_request messages[0].tool_calls[0].function"),
        ),
        (
            r#"{"role":"assistant","tool_calls":[{"function":{"name":["x"]}}]}"#,
            Err("invalid_request messages[0].tool_calls[0].function.name"),
        ),
        (
            r#"{"role":"assistant","function_call":{"arguments":5}}"#,
            Err("invalid_request messages[0].function_call.arguments"),
        ),
        // What cannot be screened.
        (
            r#"{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:"}}]}"#,
            Err("unsupported_media messages[0].content[0]"),
        ),
        (
            r#"{"role":"user","content":[{"type":"input_audio","input_audio":{}}]}"#,
            Err("unsupported_media messages[0].content[0]"),
        ),
        (
            r#"{"role":"user","content":[{"type":"text","text":"x","image_url":"data:"}]}"#,
            Err("unsupported_media messages[0].content[0].image_url"),
        ),
        (
            r#"{"role":"user","content":[{"image_url":"data:","text":"x"}]}"#,
            Err("unsupported_media messages[0].content[0].image_url"),
        ),
        (r#"{"role":"user","content":"x","images":["aGk="]}"#, Err("unsupported_media messages[0].images")),
        (r#"{"role":"assistant","audio":{"id":"audio_1"}}"#, Err("unsupported_media messages[0].audio")),
        // What a server that compares names without regard to case would read.
        (r#"{"role":"user","content":"x","Role":"system"}"#, Err("ambiguous_json messages[0]")),
        (r#"{"role":"user","content":"x","IMAGES":["aGk="]}"#, Err("ambiguous_json messages[0]")),
        (
            r#"{"role":"user","content":[{"type":"text","text":"x","Type":"image_url"}]}"#,
            Err("ambiguous_json messages[0].content[0]"),
        ),
        (
            r#"{"role":"assistant","tool_calls":[{"Function":{"name":"x"}}]}"#,
            Err("ambiguous_json messages[0].tool_calls[0]"),
        ),
        (
            r#"{"role":"assistant","tool_calls":[{"function":{"Name":"x"}}]}"#,
            Err("ambiguous_json messages[0].tool_calls[0].function"),
        ),
    ];
    for (message, expected) in cases {
        assert_found(chat(message), *expected, message);
    }
}

#[test]
fn every_text_beside_the_messages_is_found() {
    let with = |member: &str| request("openai.chat", &format!(r#"{{"messages":[],{member}}}"#));
    let cases: &[(&str, Found)] = &[
        (
            r#""tools":[{"type":"function","function":{"name":"f","parameters":{"properties":{"secret plan":{"enum":["a"],"type":"string"}}}}}]"#,
            Ok("sc:f|secret plan|a"),
        ),
        (r#""tools":[{"type":"do evil"}]"#, Ok("sc:do evil")),
        (r#""functions":[{"name":"f","description":"d"}]"#, Ok("sc:f|d")),
        (r#""response_format":{"type":"json_schema","json_schema":{"name":"n"}}"#, Ok("sc:n")),
        (r#""documents":[{"title":"t","text":"x"},"y"]"#, Ok("sc:t|x sc:y")),
        (r#""chat_template":"{{ x }}""#, Ok("sc:{{ x }}")),
        (r#""chat_template_kwargs":{"k":"v"}"#, Ok("sc:k|v")),
        (r#""prediction":{"type":"content","content":"x"}"#, Ok("sc:x")),
        (r#""guided_json":{"x":"y"},"guided_regex":"z+""#, Ok("sc:x|y sc:z+")),
        (r#""structured_outputs":{"choice":["a"]},"grammar":"root ::= x""#, Ok("sc:choice|a sc:root ::= x")),
        (r#""tool_choice":{"type":"function","function":{"name":"f"}}"#, Ok("sc:f")),
        (r#""tool_choice":"auto","function_call":"none""#, Ok("")),
        (r#""suffix":"x","prompt":["y"],"system":"z""#, Ok("uc:x uc:y sc:z")),
        (r#""modalities":["text"],"audio":null,"mm_processor_kwargs":{},"context":[]"#, Ok("")),
        (r#""user":"u","metadata":{"a":"b"},"stop":["x"],"logit_bias":{"1":2},"future":[{"x":"y"}]"#, Ok("")),
        (r#""modalities":["text","audio"]"#, Err("unsupported_media modalities")),
        (r#""audio":{"voice":"alloy"}"#, Err("unsupported_media audio")),
        (r#""mm_data":["x"]"#, Err("unsupported_media mm_data")),
        (r#""prompt_token_ids":[1]"#, Err("unsupported_token_ids prompt_token_ids")),
        (r#""input_ids":[[1]]"#, Err("unsupported_token_ids input_ids")),
        (r#""prompt_embeds":["x"]"#, Err("unsupported_token_ids prompt_embeds")),
        (r#""context":[1,2]"#, Err("unsupported_token_ids context")),
        (r#""model":5"#, Err("invalid_request model")),
        (r#""stream":"true""#, Err("invalid_request stream")),
        (r#""stream":1"#, Err("invalid_request stream")),
        (r#""stream_options":{"include_usage":1}"#, Err("invalid_request stream_options.include_usage")),
        (r#""n":0"#, Err("invalid_request n")),
        (r#""n":129"#, Err("invalid_request n")),
        (r#""n":2.0"#, Err("invalid_request n")),
        (r#""n":"2""#, Err("invalid_request n")),
        (r#""n":-1"#, Err("invalid_request n")),
        (r#""Messages":[{"role":"user","content":"x"}]"#, Err("ambiguous_json body")),
        (r#""tool\u017f":[]"#, Err("ambiguous_json body")),
        (r#""STREAM":true"#, Err("ambiguous_json body")),
    ];
    for (member, expected) in cases {
        assert_found(with(member), *expected, member);
    }
}

#[test]
fn each_api_has_its_own_shape() {
    let cases: &[(&str, &str, Found)] = &[
        ("openai.chat", r#"{"model":"m"}"#, Err("invalid_messages messages")),
        ("openai.chat", r#"{"messages":null}"#, Err("invalid_messages messages")),
        (
            "openai.chat",
            r#"{"messages":{"0":{"role":"user","content":"x"}}}"#,
            Err("invalid_messages messages"),
        ),
        ("openai.chat", r#"{"messages":"x"}"#, Err("invalid_messages messages")),
        ("openai.chat", "[]", Err("invalid_request ")),
        ("openai.completions", r#"{"prompt":"x"}"#, Ok("uc:x")),
        ("openai.completions", r#"{"prompt":["x","y"],"suffix":"z"}"#, Ok("uc:x uc:y uc:z")),
        ("openai.completions", r#"{"prompt":null}"#, Ok("")),
        ("openai.completions", r#"{"prompt":[]}"#, Ok("")),
        ("openai.completions", r#"{"prompt":[1,2]}"#, Err("unsupported_token_ids prompt[0]")),
        ("openai.completions", r#"{"prompt":["x",[1,2]]}"#, Err("unsupported_token_ids prompt[1]")),
        ("openai.completions", r#"{"prompt":["x",5]}"#, Err("unsupported_token_ids prompt[1]")),
        ("openai.completions", r#"{"prompt":[{"prompt_string":"x"}]}"#, Err("invalid_request prompt[0]")),
        ("openai.completions", r#"{"prompt":{"prompt_string":"x"}}"#, Err("invalid_request prompt")),
        ("openai.completions", r#"{"prompt":7}"#, Err("unsupported_token_ids prompt")),
        ("openai.completions", r#"{"prompt":"x","best_of":0}"#, Err("invalid_request best_of")),
        (
            "openai.completions",
            r#"{"messages":[{"role":"user","content":"x"}],"prompt":"y"}"#,
            Ok("uc:x uc:y"),
        ),
        ("openai.embeddings", r#"{"input":"x"}"#, Ok("uc:x")),
        ("openai.embeddings", r#"{"input":["x","y"]}"#, Ok("uc:x uc:y")),
        ("openai.embeddings", r#"{"input":[1,2]}"#, Err("unsupported_token_ids input[0]")),
        ("openai.embeddings", r#"{"input":[[1],[2]]}"#, Err("unsupported_token_ids input[0]")),
        ("openai.embeddings", r#"{"input":[{"image":"x"}]}"#, Err("invalid_request input[0]")),
        ("openai.embeddings", r#"{"messages":[{"role":"user","content":"x"}]}"#, Ok("uc:x")),
        ("ollama.chat", r#"{"messages":[]}"#, Ok("")),
        ("ollama.chat", r#"{"model":"m"}"#, Err("invalid_messages messages")),
        (
            "ollama.chat",
            r#"{"messages":[{"role":"user","content":"x","images":["aGk="]}]}"#,
            Err("unsupported_media messages[0].images"),
        ),
        ("ollama.chat", r#"{"messages":[],"n":"odd"}"#, Ok("")),
        ("ollama.chat", r#"{"messages":[],"think":"high","options":{"stop":["x"]},"keep_alive":-1}"#, Ok("")),
        (
            "ollama.generate",
            r#"{"prompt":"x","system":"s","template":"t","suffix":"u"}"#,
            Ok("uc:x sc:s sc:t uc:u"),
        ),
        ("ollama.generate", r#"{"model":"m"}"#, Ok("")),
        ("ollama.generate", r#"{"prompt":"x","context":[1]}"#, Err("unsupported_token_ids context")),
        ("ollama.generate", r#"{"prompt":"x","images":["aGk="]}"#, Err("unsupported_media images")),
        ("ollama.generate", r#"{"prompt":"x","Prompt":"y"}"#, Err("ambiguous_json body")),
    ];
    for (name, body, expected) in cases {
        assert_found(request(name, body), *expected, body);
    }
}

#[test]
fn choices_and_streams_are_counted() {
    let check = |name: &str, raw: &str, stream: bool, choices: u32| {
        let document = Document::parse(raw.as_bytes(), Limits::default()).unwrap();
        let request = dialect(name).read_request(&document).unwrap();
        assert_eq!((request.stream, request.choices), (stream, choices), "{name} {raw}");
    };
    check("openai.chat", r#"{"messages":[],"n":128,"stream":true}"#, true, 128);
    check("openai.chat", r#"{"messages":[]}"#, false, 1);
    check("openai.completions", r#"{"prompt":["a","b","c"],"n":2}"#, false, 6);
    check("openai.completions", r#"{"n":2,"prompt":[]}"#, false, 2);
    check("openai.embeddings", r#"{"input":["a","b"],"stream":true}"#, false, 1);
    check("ollama.chat", r#"{"messages":[]}"#, true, 1);
    check("ollama.chat", r#"{"messages":[],"stream":null}"#, true, 1);
    check("ollama.generate", r#"{"stream":false,"n":5}"#, false, 1);
    let prompts = vec![r#""x""#; 2049].join(",");
    assert_found(
        request("openai.completions", &format!(r#"{{"prompt":[{prompts}]}}"#)),
        Err("too_many_choices prompt"),
        "2049 prompts",
    );
}

#[test]
fn replies_of_another_shape_are_unreadable() {
    let cases = [
        ("openai.chat", "[]", "body"),
        ("openai.chat", r#"{"result":"text"}"#, "choices"),
        ("openai.chat", r#"{"choices":{"0":{}}}"#, "choices"),
        ("openai.chat", r#"{"choices":["x"]}"#, "choices[0]"),
        ("openai.chat", r#"{"choices":[{"message":"x"}]}"#, "choices[0].message"),
        ("openai.chat", r#"{"choices":[{"message":{"content":5}}]}"#, "choices[0].message.content"),
        (
            "openai.chat",
            r#"{"choices":[{"message":{"content":[{"type":"image","url":"x"}]}}]}"#,
            "choices[0].message.content[0]",
        ),
        (
            "openai.chat",
            r#"{"choices":[{"message":{"content":"","audio":{"data":"x","transcript":"y"}}}]}"#,
            "choices[0].message.audio",
        ),
        ("openai.chat", r#"{"choices":[{"message":{"images":[{"url":"x"}]}}]}"#, "choices[0].message.images"),
        ("openai.chat", r#"{"choices":[{"index":-1}]}"#, "choices[0]"),
        ("openai.chat", r#"{"choices":[{"index":0},{"index":0}]}"#, "choices[1]"),
        ("openai.chat", r#"{"choices":[{"message":{"tool_calls":"x"}}]}"#, "choices[0].message.tool_calls"),
        ("openai.completions", r#"{"choices":[{"text":["x"]}]}"#, "choices[0].text"),
        ("openai.embeddings", r#"{"text":"x"}"#, "data"),
        ("ollama.chat", r#"{"status":"x"}"#, "body"),
        ("ollama.chat", r#"{"message":"x"}"#, "message"),
        ("ollama.chat", r#"{"message":{"content":5}}"#, "content"),
        ("ollama.generate", r#"{"response":{"x":"y"}}"#, "response"),
        ("ollama.generate", r#"{"response":"","image":"aGk="}"#, "image"),
        ("ollama.generate", r#"{"response":"","done":"x"}"#, "done"),
    ];
    for (name, raw, place) in cases {
        let document = Document::parse(raw.as_bytes(), Limits::default()).unwrap();
        let unreadable = dialect(name).read_reply(&document).unwrap_err();
        assert!(unreadable.reason.starts_with(&format!("`{place}` ")), "{raw}: {}", unreadable.reason);
        assert_eq!(unreadable.dialect, name);
    }
}

#[test]
fn an_event_says_whether_it_must_be_sent() {
    let chunk =
        |choice: &str| format!(r#"{{"id":"1","created":1,"model":"m","choices":[{choice}],"usage":null}}"#);
    let cases = [
        (chunk(r#"{"index":0,"delta":{"content":"x"},"logprobs":null,"finish_reason":null}"#), false),
        (chunk(r#"{"index":0,"delta":{"content":"x"},"logprobs":{"content":[]}}"#), false),
        (chunk(r#"{"index":0,"delta":{"reasoning":"x","refusal":null}}"#), false),
        (chunk(r#"{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"x"}}]}}"#), false),
        (chunk(r#"{"index":0,"delta":{"role":"assistant","content":""}}"#), true),
        (chunk(r#"{"index":0,"delta":{"tool_calls":[{"index":0,"id":"1","function":{"name":"f"}}]}}"#), true),
        (chunk(r#"{"index":0,"delta":{"content":"x"},"finish_reason":"stop"}"#), true),
        (chunk(r#"{"index":0,"delta":{"content":"x","annotations":[{"n":1}]}}"#), true),
        (r#"{"choices":[],"usage":{"prompt_tokens":1}}"#.to_owned(), true),
        (r#"{"choices":[],"timings":{"n":1}}"#.to_owned(), true),
    ];
    for (raw, expected) in cases {
        let document = Document::parse(raw.as_bytes(), Limits::default()).unwrap();
        assert_eq!(dialect("openai.chat").read_event(&document).unwrap().carries_more, expected, "{raw}");
    }
}

#[test]
fn a_member_keeps_its_lane_from_event_to_event() {
    let lane = |raw: &str| {
        let document = Document::parse(raw.as_bytes(), Limits::default()).unwrap();
        dialect("openai.chat").read_event(&document).unwrap().deltas.first().unwrap().lane
    };
    let first = lane(r#"{"choices":[{"index":0,"delta":{"x_text":"a","x_other":"b"}}]}"#);
    let later = lane(r#"{"id":"1","choices":[{"delta":{"role":"assistant","x_text":"c"},"index":0}]}"#);
    let other = lane(r#"{"choices":[{"index":0,"delta":{"x_other":"b"}}]}"#);
    assert_eq!(first, later);
    assert_ne!(first, other);
}

#[test]
fn arguments_are_read_as_json_text_only_where_they_are() {
    let raw = r#"{"choices":[{"message":{"tool_calls":[{"function":{"name":"f","arguments":"{}"}}]}}]}"#;
    let document = Document::parse(raw.as_bytes(), Limits::default()).unwrap();
    let segments = dialect("openai.chat").read_reply(&document).unwrap().segments;
    assert_eq!(
        segments.iter().map(|segment| segment.encoding).collect::<Vec<_>>(),
        [Encoding::Plain, Encoding::JsonText]
    );
}

/// Bodies that look a little like requests and replies.
fn any_body() -> impl Strategy<Value = String> {
    let key = prop::sample::select(vec![
        "messages",
        "role",
        "content",
        "type",
        "text",
        "choices",
        "delta",
        "message",
        "index",
        "tool_calls",
        "function",
        "name",
        "arguments",
        "error",
        "usage",
        "prompt",
        "input",
        "tools",
        "n",
        "model",
        "response",
        "done",
        "images",
        "reasoning",
        "logprobs",
        "Content",
        "x",
    ]);
    let word = prop::sample::select(vec!["user", "assistant", "text", "refusal", "a b", "\\u0041", "😀"]);
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        (-2_i64..300).prop_map(|number| number.to_string()),
        word.prop_map(|word| format!("\"{word}\"")),
    ];
    leaf.prop_recursive(7, 80, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::btree_map(key.clone(), inner, 0..6).prop_map(|members| {
                let members: Vec<String> =
                    members.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    })
}

/// Reads the bytes in every way there is; every text that is found is where it says it is.
fn read_in_every_way(raw: &[u8]) {
    let Ok(document) = Document::parse(raw, Limits::default()) else { return };
    let says = |text: &str, source: &Range<usize>| {
        assert_eq!(serde_json::from_slice::<String>(&raw[source.clone()]).unwrap(), text);
    };
    for dialect in all() {
        let request = dialect.read_request(&document).map(|request| request.segments);
        let reply = dialect.read_reply(&document).map(|reply| reply.segments);
        for segment in request.into_iter().chain(reply).flatten() {
            segment.parts.iter().for_each(|part| says(&part.text, &part.source));
        }
        for delta in dialect.read_event(&document).map(|event| event.deltas).unwrap_or_default() {
            says(&delta.text, &delta.source);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn nothing_panics_on_bodies(body in any_body()) {
        read_in_every_way(body.as_bytes());
    }

    #[test]
    fn nothing_panics_on_bytes(body in any_body(), at in any::<prop::sample::Index>(), byte: u8) {
        let mut raw = body.into_bytes();
        let at = at.index(raw.len());
        raw[at] = byte;
        read_in_every_way(&raw);
    }

    /// A message's strings are all found, but for the few that are names for programs.
    #[test]
    fn no_string_of_a_message_is_lost(body in any_body()) {
        let raw = format!(r#"{{"messages":[{{"role":"user","extra":{body}}}]}}"#);
        let document = Document::parse(raw.as_bytes(), Limits::default()).unwrap();
        let extra = document.root().get("messages").unwrap().items().next().unwrap().get("extra").unwrap();
        let expected = extra.walk().filter(|node| !node.key_is("type")).filter_map(Node::str);
        let segments = dialect("openai.chat").read_request(&document).unwrap().segments;
        let found: Vec<&str> = segments.iter().flat_map(|segment| &segment.parts).map(|part| &*part.text).collect();
        for text in expected {
            prop_assert!(found.contains(&&*text), "{} in {}", text, raw);
        }
    }
}
