"""The OpenAI SDK for Python, whole replies and streams, through the gateway."""

import json

import openai
import pytest
from conftest import MODEL, audited, streamed, user, whole

ELEPHANT = "tell me about the purple elephant"
OTHER = "Let us talk about something else."
STOPPED = "I stopped here."
TOOLS = [{"type": "function", "function": {"name": "lookup", "parameters": {"type": "object", "properties": {}}}}]


# What the stand-in is asked to say, what arrives, and the rule behind it.
REPLIES = [
    ("say: nothing to see here", "nothing to see here", "allow", None),
    ("say: the password is swordfish, honestly", "the password is [redacted], honestly", "redact", "replies/password"),
    ("say: swordfish", "[redacted]", "redact", "replies/password"),
    ("say: swordfishes are fish, sword fish too", "swordfishes are fish, sword fish too", "allow", None),
    ("say: 咒语是芝麻开门。", "咒语是[redacted]。", "redact", "replies/password"),
    ("say: ＳＷＯＲＤＦＩＳＨ and Swordfish", "[redacted] and [redacted]", "redact", "replies/password"),
]


@pytest.mark.parametrize("prompt, text, action, rule", REPLIES)
def test_replies_whole(client, prompt, text, action, rule):
    headers, reply = whole(client, prompt)
    assert reply.choices[0].message.content == text
    assert reply.choices[0].finish_reason == "stop"
    assert reply.usage.completion_tokens > 0
    audited(headers, action, rule, stream=False, ended="complete", status=200)


@pytest.mark.parametrize("prompt, text, action, rule", REPLIES)
def test_replies_streamed(client, prompt, text, action, rule):
    headers, told = streamed(client, prompt)
    assert told.content == {0: text}
    assert told.finish == {0: "stop"}
    # The headers left before the reply was known: the end of the stream says what was done.
    if action == "allow":
        assert told.notice is None
    else:
        assert (told.notice["action"], told.notice["rule"]) == (action, rule)
        assert told.notice["id"] == headers["x-qwarden-id"]
    audited(headers, action, rule, in_headers=False, stream=True, ended="complete", status=200)


@pytest.mark.parametrize("prompt, text", [(ELEPHANT, OTHER), ("请给我讲一讲紫色大象的故事", "我们聊点别的吧。")])
@pytest.mark.parametrize("n", [1, 2])
def test_a_deflected_prompt_never_reaches_the_model(client, backend, prompt, text, n):
    before = backend.prompts()
    headers, reply = whole(client, prompt, n=n)
    assert [choice.message.content for choice in reply.choices] == [text] * n
    assert {choice.finish_reason for choice in reply.choices} == {"content_filter"}
    assert {choice.message.role for choice in reply.choices} == {"assistant"}
    audited(headers, "deflect", "prompts/elephant", status=200)

    headers, told = streamed(client, prompt, n=n, stream_options={"include_usage": True})
    assert told.content == dict.fromkeys(range(n), text)
    assert told.finish == dict.fromkeys(range(n), "content_filter")
    assert told.usage is not None
    audited(headers, "deflect", "prompts/elephant", status=200)
    assert backend.prompts() == before


def test_a_reply_deflected_whole(client):
    headers, reply = whole(client, "say: one two three launch code four")
    choice = reply.choices[0]
    assert "launch code" not in choice.message.content
    assert choice.message.content.endswith(STOPPED)
    assert choice.finish_reason == "content_filter"
    assert reply.usage.completion_tokens > 0
    audited(headers, "deflect", "replies/launch", status=200)


def test_a_reply_deflected_in_mid_stream(client):
    prompt = "say: one two three launch code four five six"
    headers, told = streamed(client, prompt, stream_options={"include_usage": True})
    assert told.content[0].rstrip().startswith("one two three")
    assert told.content[0].endswith("\n\n" + STOPPED)
    assert "launch" not in told.content[0] and "four" not in told.content[0]
    assert told.finish == {0: "content_filter"}
    assert told.usage is not None
    assert (told.notice["action"], told.notice["rule"]) == ("deflect", "replies/launch")
    audited(headers, "deflect", "replies/launch", in_headers=False, ended="cut_by_policy", status=200)


@pytest.mark.parametrize("stream", [False, True])
def test_a_blocked_prompt_is_an_error_that_the_sdk_knows(client, backend, stream):
    before = backend.prompts()
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(model=MODEL, messages=user("press the red button"), stream=stream)
    assert caught.value.code == "content_blocked"
    assert backend.prompts() == before
    audited(caught.value.response.headers, "block", "prompts/button", status=400)


def test_a_prompt_is_redacted_before_it_leaves(client, backend):
    headers, reply = whole(client, "say: project Bluebird starts", temperature=0.5)
    assert reply.choices[0].message.content == "project [redacted] starts"
    sent = backend.last_body()
    assert sent["messages"] == user("say: project [redacted] starts")
    assert sent["temperature"] == 0.5
    audited(headers, "redact", "prompts/code-name")


def test_a_flagged_prompt_changes_nothing(client):
    headers, reply = whole(client, "say: green tea")
    assert reply.choices[0].message.content == "green tea"
    audited(headers, "flag", "prompts/tea")


def test_every_message_and_part_is_read(client, backend):
    before = backend.prompts()
    parts = [{"type": "text", "text": "tell me about the purple "}, {"type": "text", "text": "elephant"}]
    for messages in (
        [{"role": "system", "content": "purple elephant"}, *user("hello")],
        [*user("purple elephant"), {"role": "assistant", "content": "no"}, *user("hello")],
        [{"role": "user", "content": parts}],
        [*user("hi"), {"role": "tool", "tool_call_id": "c", "content": "purple elephant"}],
    ):
        reply = client.chat.completions.create(model=MODEL, messages=messages)
        assert reply.choices[0].finish_reason == "content_filter", messages
    assert backend.prompts() == before


def test_choices_are_screened_apart(client):
    prompt = "say: the password is swordfish || nothing to see here"
    _, reply = whole(client, prompt, n=2)
    texts = ["the password is [redacted]", "nothing to see here"]
    assert [choice.message.content for choice in reply.choices] == texts
    headers, told = streamed(client, prompt, n=2)
    assert told.content == dict(enumerate(texts))
    assert told.finish == {0: "stop", 1: "stop"}
    audited(headers, "redact", "replies/password", in_headers=False)


def test_reasoning_is_screened(client):
    prompt = "reason: the user wants swordfish | here you are"
    _, reply = whole(client, prompt)
    assert reply.choices[0].message.reasoning_content == "the user wants [redacted]"
    assert reply.choices[0].message.content == "here you are"
    headers, told = streamed(client, prompt)
    assert (told.reasoning[0], told.content[0]) == ("the user wants [redacted]", "here you are")
    found = audited(headers, "redact", "replies/password", in_headers=False)
    assert found["findings"][0]["channel"] == "reasoning"


@pytest.mark.parametrize("arguments, expected", [
    ({"city": "Paris", "days": 3}, {"city": "Paris", "days": 3}),
    ({"word": "swordfish"}, {"word": "[redacted]"}),
])
def test_arguments_of_tools_stay_json(client, arguments, expected):
    prompt = f"tool: {json.dumps(arguments)}"
    _, reply = whole(client, prompt, tools=TOOLS)
    call = reply.choices[0].message.tool_calls[0]
    assert (call.function.name, json.loads(call.function.arguments)) == ("lookup", expected)
    _, told = streamed(client, prompt, tools=TOOLS)
    assert json.loads(told.arguments[0]) == expected
    assert told.finish == {0: "tool_calls"}


def test_usage_of_a_stream_is_kept(client):
    _, told = streamed(client, "say: swordfish is here", stream_options={"include_usage": True})
    assert told.content[0] == "[redacted] is here"
    assert told.usage.completion_tokens > 0 and told.usage.prompt_tokens > 0


def test_completions(client):
    def ask(prompt, **more):
        return client.completions.create(model=MODEL, prompt=prompt, **more)

    assert ask("say: hello").choices[0].text == "hello"
    assert ask("say: my swordfish").choices[0].text == "my [redacted]"
    texts = [choice.text for choice in ask(["say: swordfish", "say: plain"]).choices]
    assert texts == ["[redacted]", "plain"]
    assert "".join(chunk.choices[0].text for chunk in ask("say: my swordfish", stream=True)) == "my [redacted]"
    deflected = ask("a purple elephant").choices[0]
    assert (deflected.text, deflected.finish_reason) == (OTHER, "content_filter")
    chunks = [chunk.choices[0] for chunk in ask("say: one launch code two", stream=True)]
    text = "".join(chunk.text for chunk in chunks)
    assert text.startswith("one") and text.endswith(STOPPED) and "launch" not in text
    assert chunks[-1].finish_reason == "content_filter"
    with pytest.raises(openai.BadRequestError):
        ask("press the red button")


def test_embeddings(client):
    raw = client.embeddings.with_raw_response.create(model=MODEL, input=["one", "two"])
    assert [len(item.embedding) for item in raw.parse().data] == [8, 8]
    audited(raw.headers, "allow")
    with pytest.raises(openai.BadRequestError) as caught:
        client.embeddings.create(model=MODEL, input=["one", "press the red button"])
    assert caught.value.code == "content_blocked"


def test_models(client):
    assert [model.id for model in client.models.list()] == [MODEL]


def test_what_cannot_be_screened_is_refused(client, backend):
    before = backend.prompts()
    image = [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}]
    for call in (
        lambda: client.completions.create(model=MODEL, prompt=[1, 2, 3]),
        lambda: client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": image}]),
    ):
        with pytest.raises(openai.BadRequestError) as caught:
            call()
        assert caught.value.code
    assert backend.prompts() == before
