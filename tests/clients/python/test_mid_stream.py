"""What a rule does to a stream that has begun, seen by the OpenAI SDK for Python."""

import json

import openai
import pytest
from conftest import MODEL, audited, curl, streamed, user, whole

STOPPED = "I stopped here."
USAGE = {"include_usage": True}
TOOLS = [{"type": "function", "function": {"name": "lookup", "parameters": {"type": "object", "properties": {}}}}]
BLOCKED = "say: one two three self destruct four five six"


def test_a_block_ends_the_choice_and_is_no_error(client):
    headers, told = streamed(client, BLOCKED, stream_options=USAGE)
    assert told.content[0].rstrip() == "one two three"
    assert told.finish == {0: "content_filter"}
    assert (told.notice["action"], told.notice["rule"]) == ("block", "replies/destruct")
    assert told.usage.completion_tokens > 0
    audited(headers, "block", "replies/destruct", in_headers=False, ended="cut_by_policy", status=200)


def test_a_block_at_the_first_word(client):
    _, told = streamed(client, "say: self destruct")
    assert (told.content, told.finish) == ({0: ""}, {0: "content_filter"})


def test_a_block_on_the_wire():
    request = {"model": MODEL, "messages": user(BLOCKED), "stream": True}
    status, _, body = curl("/v1/chat/completions", request)
    events = body.decode().split("\n\n")
    assert (status, events[-2:]) == (200, ["data: [DONE]", ""])
    assert "error" not in body.decode() and "self" not in body.decode()
    closing = json.loads(events[-3].removeprefix("data: "))
    assert closing["choices"][0]["finish_reason"] == "content_filter"
    assert closing["qwarden"]["rule"] == "replies/destruct"


def test_a_whole_reply_that_is_blocked_is_an_error(client):
    with pytest.raises(openai.BadRequestError) as caught:
        whole(client, BLOCKED)
    assert caught.value.code == "content_blocked"
    audited(caught.value.response.headers, "block", "replies/destruct", status=400)


def test_a_block_in_a_stream_of_ollama(llama):
    lines = list(llama.chat(MODEL, messages=user(BLOCKED), stream=True))
    assert "".join(line.message.content or "" for line in lines).rstrip() == "one two three"
    assert (lines[-1].done, lines[-1].done_reason) == (True, "content_filter")


@pytest.mark.parametrize("prompt, finish", [
    ("say: one launch code two || a choice that says something longer to its end", {0: "content_filter", 1: "stop"}),
    ("say: a choice that says something longer to its end || one launch code two", {0: "stop", 1: "content_filter"}),
    ("say: one launch code two || one two three four launch code", {0: "content_filter", 1: "content_filter"}),
    ("say: one launch code two || short", {0: "content_filter", 1: "stop"}),
    ("say: one self destruct two || short, my swordfish", {0: "content_filter", 1: "stop"}),
])
def test_the_other_choice_goes_on_to_its_end(client, prompt, finish):
    headers, told = streamed(client, prompt, n=2, stream_options=USAGE)
    said = prompt.removeprefix("say: ").split(" || ")
    for at, reason in finish.items():
        if reason == "stop":
            assert told.content[at] == said[at].replace("swordfish", "[redacted]")
        else:
            assert told.content[at].startswith("one")
            assert "code" not in told.content[at] and "destruct" not in told.content[at]
    assert told.finish == finish
    assert told.usage.completion_tokens > 0
    assert told.notice["action"] in ("deflect", "block")
    audited(headers, told.notice["action"], told.notice["rule"], in_headers=False, ended="cut_by_policy")


def test_usage_of_a_reply_that_was_cut(client):
    _, told = streamed(client, "say: one two three launch code four", stream_options=USAGE)
    assert told.chunks[-1].choices == [] and told.chunks[-1].usage
    assert sum(chunk.usage is not None for chunk in told.chunks) == 1
    usage = told.usage
    assert 3 <= usage.completion_tokens and usage.total_tokens == usage.prompt_tokens + usage.completion_tokens
    _, unasked = streamed(client, "say: one two three launch code four")
    assert unasked.usage is None and unasked.chunks[-1].choices


def probabilities(chunks):
    """The tokens of all logprobs, and how many choices had none beside a text."""
    tokens, without = [], 0
    for choice in (choice for chunk in chunks for choice in chunk.choices):
        if choice.logprobs:
            tokens += [one.token for one in choice.logprobs.content]
        elif choice.delta.content:
            without += 1
    return tokens, without


def test_logprobs_do_not_tell_what_was_redacted(client):
    _, told = streamed(client, "say: one two swordfish three four", logprobs=True)
    assert told.content[0] == "one two [redacted] three four"
    tokens, without = probabilities(told.chunks)
    # The chunk that ends the match has the beginning of "three" in it.
    assert tokens == ["one", " two", "e", " four"]
    assert without > 0
    _, reply = whole(client, "say: one two swordfish three four", logprobs=True)
    assert reply.choices[0].logprobs is None


def test_logprobs_of_a_stream_that_passes_are_kept(client):
    _, told = streamed(client, "say: one two three", logprobs=True)
    assert ("".join(probabilities(told.chunks)[0]), told.content[0]) == ("one two three", "one two three")


def test_logprobs_do_not_tell_what_was_cut(client):
    _, told = streamed(client, "say: one two launch code three", logprobs=True)
    assert "".join(probabilities(told.chunks)[0]).strip() == "one two"


# As a model's tokenizer writes them; the stand-in cuts after four characters, so through the escapes.
ESCAPED = [
    (r'{"word": "\u0073word\u0066ish"}', {"word": "[redacted]"}),
    (r'{"x":1, "word": "a \u0073\u0077\u006f\u0072\u0064\u0066\u0069\u0073\u0068 b"}', {"x": 1, "word": "a [redacted] b"}),
    (r'{"word": "\u829d\u9ebb\u5f00\u95e8"}', {"word": "[redacted]"}),
    (r'{"word": "\ud83d\ude00 swordfish \ud83d\ude00"}', {"word": "😀 [redacted] 😀"}),
    (r'{"word": "swordfish\n\"quoted\" swordfish\\"}', {"word": '[redacted]\n"quoted" [redacted]\\'}),
    (r'{"\u0073wordfish": "key"}', {"[redacted]": "key"}),
    (r'{"word": "plain \u00e9\ud83d\ude00"}', {"word": "plain é😀"}),
]


@pytest.mark.parametrize("arguments, expected", ESCAPED)
def test_escapes_in_arguments_of_tools(client, arguments, expected):
    _, reply = whole(client, f"tool: {arguments}", tools=TOOLS)
    assert json.loads(reply.choices[0].message.tool_calls[0].function.arguments) == expected
    _, told = streamed(client, f"tool: {arguments}", tools=TOOLS)
    assert json.loads(told.arguments[0]) == expected
    assert told.finish == {0: "tool_calls"}


def test_arguments_that_are_deflected(client):
    _, told = streamed(client, r'tool: {"word": "launch \u0063ode"}', tools=TOOLS)
    assert "code" not in told.arguments[0] and "launch" not in told.arguments[0]
    assert (told.content[0], told.finish) == (STOPPED, {0: "content_filter"})


def test_reasoning_is_redacted_and_the_content_goes_on(client):
    headers, told = streamed(client, "reason: first swordfish, then 芝麻开门. So | use the swordfish", stream_options=USAGE)
    assert told.reasoning[0] == "first [redacted], then [redacted]. So"
    assert told.content[0] == "use the [redacted]"
    assert told.finish == {0: "stop"} and told.usage
    found = audited(headers, "redact", "replies/password", in_headers=False, ended="complete")
    assert {finding["channel"] for finding in found["findings"]} == {"reasoning", "content"}


def test_reasoning_that_is_deflected_takes_the_content_with_it(client):
    _, told = streamed(client, "reason: I know the launch code, then | here it is")
    assert told.reasoning[0].rstrip() == "I know the"
    assert (told.content[0], told.finish) == (STOPPED, {0: "content_filter"})


def test_reasoning_may_end_with_a_match(client):
    # Whether the last word is whole shows when the choice ends, since reasoning may go on beside the content.
    _, told = streamed(client, "reason: I know the launch code | here it is")
    assert told.reasoning[0].rstrip() == "I know the"
    assert told.content[0] == "here it is\n\n" + STOPPED
    assert told.finish == {0: "content_filter"}


def test_a_match_is_not_made_of_reasoning_and_content(client):
    _, told = streamed(client, "reason: a launch | code of conduct")
    assert (told.reasoning[0], told.content[0], told.finish) == ("a launch", "code of conduct", {0: "stop"})
