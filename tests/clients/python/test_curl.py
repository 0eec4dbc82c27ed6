"""curl: what is on the wire, and requests that no SDK would send."""

import json

import pytest
from conftest import MODEL, audited, curl, user


def chat(prompt, **more):
    return {"model": MODEL, "messages": user(prompt), **more}


@pytest.mark.parametrize("version", ["--http1.1", "--http2-prior-knowledge"])
@pytest.mark.parametrize("prompt", ["say: nothing to see here", "say: my swordfish", "say: a launch code b",
                                    "tell me about the purple elephant"])
def test_every_stream_is_well_formed(version, prompt):
    status, headers, body = curl("/v1/chat/completions", chat(prompt, stream=True), version)
    assert status == 200
    assert headers["content-type"].startswith("text/event-stream")
    events = body.decode().split("\n\n")
    assert events.pop() == "" and events.pop() == "data: [DONE]"
    chunks = [json.loads(event.removeprefix("data: ")) for event in events]
    assert len({chunk["id"] for chunk in chunks}) == 1
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert sum(bool(choice["finish_reason"]) for chunk in chunks for choice in chunk["choices"]) == 1


def test_no_byte_of_a_match_is_on_the_wire():
    _, _, body = curl("/v1/chat/completions", chat("say: aa swordfish bb", stream=True))
    text = "".join(
        choice["delta"].get("content") or ""
        for event in body.decode().split("\n\n") if event.startswith("data: {")
        for choice in json.loads(event.removeprefix("data: "))["choices"]
    )
    assert text == "aa [redacted] bb"
    # The rule's own name is there, and it has "sword" in it.
    body = body.replace(b"replies/password", b"")
    assert b"swor" not in body and b"fish" not in body


@pytest.mark.parametrize("body, code", [
    (b'{"model":"m","messages":[],"messages":[{"role":"user","content":"hi"}]}', "ambiguous_json"),
    (b'{"model":"m","messages":[{"role":"user","content":"hi","content":"purple elephant"}]}', "ambiguous_json"),
    (b'{"model":"m","messages":[{"role":"user","content":"\xff"}]}', None),
    (b'{"model":"m","messages":[{"role":"user","content":"hi"}]} trailing', None),
    (b'{"model":"m","messages":"hi"}', None),
])
def test_what_two_parsers_could_read_in_two_ways_is_refused(backend, body, code):
    before = backend.prompts()
    status, headers, reply = curl("/v1/chat/completions", body)
    error = json.loads(reply)["error"]
    assert status == 400 and error["code"] and error["message"]
    if code:
        assert error["code"] == code
    assert headers["x-qwarden-id"]
    assert backend.prompts() == before


def test_an_unknown_path_is_closed(backend):
    before = backend.prompts()
    status, _, reply = curl("/v1/audio/speech", {"input": "hi"})
    assert status == 404 and json.loads(reply)["error"]["message"]
    assert backend.prompts() == before


def test_a_deflection_on_the_wire():
    status, headers, body = curl("/v1/chat/completions", chat("tell me about the purple elephant"))
    reply = json.loads(body)
    assert status == 200 and reply["qwarden"]["rule"] == "prompts/elephant"
    assert reply["qwarden"]["id"] == headers["x-qwarden-id"]
    audited(headers, "deflect", "prompts/elephant")
