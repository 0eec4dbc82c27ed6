//! The stand-in over a real socket, with hyper's client and nothing in between.

use super::*;

/// Sends one request over a connection of its own; the headers and the whole body come back.
async fn call(address: SocketAddr, method: &str, path: &str, body: Value) -> (http::response::Parts, String) {
    let socket = tokio::net::TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake::<_, Full<Bytes>>(TokioIo::new(socket)).await.unwrap();
    tokio::spawn(connection);
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, "localhost")
        .body(Full::new(Bytes::from(body.to_string())))
        .unwrap();
    let (parts, body) = sender.send_request(request).await.unwrap().into_parts();
    (parts, String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap())
}

async fn started() -> SocketAddr {
    Standin::new(Duration::ZERO).start("127.0.0.1:0".parse().unwrap()).await.unwrap().0
}

fn user(text: &str) -> Value {
    json!([{"role": "user", "content": text}])
}

/// The events of a stream, without the `[DONE]` that must end it.
fn sse(body: &str) -> Vec<Value> {
    let mut payloads: Vec<&str> =
        body.split_terminator("\n\n").map(|event| event.strip_prefix("data: ").unwrap()).collect();
    assert_eq!(payloads.pop(), Some("[DONE]"));
    payloads.iter().map(|payload| serde_json::from_str(payload).unwrap()).collect()
}

/// All strings at `pointer` of the choice `index`, put together, and how many there were.
fn said(events: &[Value], index: u64, pointer: &str) -> (String, usize) {
    let texts: Vec<&str> = events
        .iter()
        .filter_map(|event| event["choices"].get(0))
        .filter(|choice| choice["index"] == index)
        .filter_map(|choice| choice.pointer(pointer).and_then(Value::as_str))
        .filter(|text| !text.is_empty())
        .collect();
    (texts.concat(), texts.len())
}

#[tokio::test]
async fn a_whole_chat_says_who_speaks() {
    let address = started().await;
    let (parts, body) = call(
        address,
        "POST",
        "/v1/chat/completions",
        json!({"model": "x", "messages": user("hello"), "n": 2}),
    )
    .await;
    let reply: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(parts.headers["x-standin"], "true");
    assert_eq!(reply["model"], MODEL);
    assert_eq!(reply["system_fingerprint"], FINGERPRINT);
    assert_eq!(reply["choices"][1]["message"]["content"], "You said: hello");
    assert_eq!(reply["choices"][1]["finish_reason"], "stop");
    assert!(reply["usage"]["total_tokens"].as_u64().unwrap() > 2);
}

#[tokio::test]
async fn content_may_come_in_parts() {
    let parts = json!([{"type": "text", "text": "say: a"}, {"type": "text", "text": "b"}]);
    let request = json!({"messages": [{"role": "user", "content": parts}]});
    let (_, body) = call(started().await, "POST", "/v1/chat/completions", request).await;
    let reply: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(reply["choices"][0]["message"]["content"], "ab");
}

#[tokio::test]
async fn a_streamed_chat_comes_in_tokens_choice_by_choice() {
    let request = json!({
        "messages": user("say: password swordfish || 自杀"), "n": 2, "stream": true,
        "stream_options": {"include_usage": true},
    });
    let (parts, body) = call(started().await, "POST", "/v1/chat/completions", request).await;
    let events = sse(&body);
    assert_eq!(parts.headers["content-type"], "text/event-stream");
    assert_eq!(said(&events, 0, "/delta/content"), ("password swordfish".to_owned(), 5));
    assert_eq!(said(&events, 1, "/delta/content"), ("自杀".to_owned(), 2));
    assert_eq!(said(&events, 0, "/finish_reason"), ("stop".to_owned(), 1));
    assert_eq!(events[0]["choices"][0]["delta"]["role"], "assistant");
    assert_eq!(events[1]["choices"][0]["index"], 1);
    let last = events.last().unwrap();
    assert_eq!((&last["choices"], &last["usage"]["completion_tokens"]), (&json!([]), &json!(7)));
}

#[tokio::test]
async fn reasoning_and_tool_calls_have_channels_of_their_own() {
    let address = started().await;
    let request = json!({"messages": user("reason: let me think | done"), "stream": true});
    let events = sse(&call(address, "POST", "/v1/chat/completions", request).await.1);
    assert_eq!(said(&events, 0, "/delta/reasoning_content").0, "let me think");
    assert_eq!(said(&events, 0, "/delta/content").0, "done");
    assert!(events.iter().all(|event| event.get("usage").is_none()));

    let tools = json!([{"type": "function", "function": {"name": "weather", "parameters": {}}}]);
    let request = json!({"messages": user("tool: {\"city\": \"Paris\"}"), "tools": tools, "stream": true});
    let events = sse(&call(address, "POST", "/v1/chat/completions", request).await.1);
    assert_eq!(said(&events, 0, "/delta/tool_calls/0/function/name"), ("weather".to_owned(), 1));
    let (arguments, pieces) = said(&events, 0, "/delta/tool_calls/0/function/arguments");
    assert_eq!(arguments, "{\"city\": \"Paris\"}");
    assert!(pieces > 3);
    assert_eq!(said(&events, 0, "/finish_reason").0, "tool_calls");

    // The framework sends the result back, and the stand-in ends the loop.
    let messages = json!([{"role": "user", "content": "tool: {}"}, {"role": "tool", "content": "sunny"}]);
    let (_, body) = call(address, "POST", "/v1/chat/completions", json!({"messages": messages})).await;
    assert!(body.contains("The tool said: sunny"));
}

#[tokio::test]
async fn completions_answer_every_prompt() {
    let address = started().await;
    let request = json!({"prompt": ["say: one", "say: two"]});
    let reply: Value =
        serde_json::from_str(&call(address, "POST", "/v1/completions", request).await.1).unwrap();
    assert_eq!(reply["choices"][1]["text"], "two");
    assert_eq!(reply["object"], "text_completion");

    let events =
        sse(&call(address, "POST", "/v1/completions", json!({"prompt": "say: sentence", "stream": true}))
            .await
            .1);
    assert_eq!(said(&events, 0, "/text"), ("sentence".to_owned(), 2));
    assert_eq!(events[0]["object"], "text_completion");
}

#[tokio::test]
async fn embeddings_depend_on_the_text_alone() {
    let address = started().await;
    let of = async |input: Value, format: &str| {
        let request = json!({"input": input, "encoding_format": format});
        let (_, body) = call(address, "POST", "/v1/embeddings", request).await;
        serde_json::from_str::<Value>(&body).unwrap()["data"].clone()
    };
    let both = of(json!(["a", "b"]), "float").await;
    assert_eq!(both[0]["embedding"], of(json!("a"), "float").await[0]["embedding"]);
    assert_ne!(both[0]["embedding"], both[1]["embedding"]);
    let encoded = of(json!("a"), "base64").await[0]["embedding"].as_str().unwrap().to_owned();
    let bytes = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, encoded).unwrap();
    let first = f32::from_le_bytes(bytes[..4].try_into().unwrap());
    assert_eq!((json!(first), bytes.len()), (both[0]["embedding"][0].clone(), 32));
}

#[tokio::test]
async fn ollama_streams_unless_it_is_told_not_to() {
    let address = started().await;
    let lines =
        |body: &str| -> Vec<Value> { body.lines().map(|line| serde_json::from_str(line).unwrap()).collect() };
    let (parts, body) =
        call(address, "POST", "/api/chat", json!({"messages": user("reason: hm hm | a sentence")})).await;
    let events = lines(&body);
    assert_eq!(parts.headers["content-type"], "application/x-ndjson");
    let text = |field: &str| -> String {
        events.iter().filter_map(|event| event["message"][field].as_str()).collect()
    };
    assert_eq!((text("thinking").as_str(), text("content").as_str()), ("hm hm", "a sentence"));
    assert_eq!(events.iter().filter(|event| event["done"] == true).count(), 1);
    assert_eq!(events.last().unwrap()["done_reason"], "stop");

    let request = json!({"prompt": "say: hi", "stream": false});
    let whole = lines(&call(address, "POST", "/api/generate", request).await.1);
    assert_eq!((whole.len(), &whole[0]["response"]), (1, &json!("hi")));
    let streamed = lines(&call(address, "POST", "/api/generate", json!({"prompt": "say: sentence"})).await.1);
    assert_eq!(streamed.len(), 3);

    let request = json!({"messages": user("tool: {\"city\": \"Paris\"}"), "stream": false});
    let called = lines(&call(address, "POST", "/api/chat", request).await.1);
    assert_eq!(called[0]["message"]["tool_calls"][0]["function"]["arguments"]["city"], "Paris");
}

#[tokio::test]
async fn it_lists_its_model_and_what_it_saw() {
    let address = started().await;
    let get = async |path: &str| call(address, "GET", path, Value::Null).await;
    for path in ["/v1/models", "/api/tags"] {
        assert!(get(path).await.1.contains(MODEL), "{path}");
    }
    assert!(get("/api/version").await.1.contains("standin"));
    assert_eq!(get("/v1/nothing").await.0.status, 404);
    let (parts, _) = call(address, "POST", "/v1/chat/completions", json!("no messages")).await;
    assert_eq!(parts.status, 200);
    call(address, "POST", "/v1/chat/completions", json!({"messages": user("hi"), "stream": true})).await;
    let seen: Value = serde_json::from_str(&get("/standin").await.1).unwrap();
    assert_eq!((&seen["prompts"], &seen["streams_completed"]), (&json!(2), &json!(1)));
    assert!(seen["last"]["body"].as_str().unwrap().contains("\"hi\""));
}

#[tokio::test]
async fn a_seed_makes_replies_the_same_to_the_byte() {
    async fn check(path: &str, request: Value) {
        let address = started().await;
        let first = call(address, "POST", path, request.clone()).await.1;
        tokio::time::sleep(Duration::from_millis(5)).await;
        assert_eq!(call(address, "POST", path, request).await.1, first, "{path}");
    }
    for stream in [false, true] {
        let chat = json!({"messages": user("say: a sentence"), "stream": stream, "seed": 7});
        check("/v1/chat/completions", chat).await;
        check("/v1/completions", json!({"prompt": "say: a sentence", "stream": stream, "seed": 7})).await;
        let options = json!({"seed": 7});
        check("/api/chat", json!({"messages": user("hi"), "stream": stream, "options": options})).await;
        check("/api/generate", json!({"prompt": "hi", "stream": stream, "options": options})).await;
    }
}

#[tokio::test]
async fn logprobs_repeat_the_tokens_where_they_are_asked_for() {
    let request = json!({"messages": user("say: a sentence"), "stream": true, "logprobs": true});
    let events = sse(&call(started().await, "POST", "/v1/chat/completions", request).await.1);
    assert_eq!(said(&events, 0, "/logprobs/content/0/token").0, "a sentence");
}
