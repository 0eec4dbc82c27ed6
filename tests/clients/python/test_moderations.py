"""The moderations API of the OpenAI SDK, answered by the gateway itself."""

import openai
import pytest
from conftest import record


def moderate(client, given, **more):
    raw = client.moderations.with_raw_response.create(input=given, **more)
    return raw.headers, raw.parse()


def test_one_text(client, backend):
    before = backend.prompts()
    headers, answer = moderate(client, "tell me about the purple elephant", model="omni-moderation-latest")
    [result] = answer.results
    assert answer.id.startswith("modr-")
    # A rule deflects this; no classifier is needed for that, and no category stands for it.
    assert result.flagged is True
    assert result.categories.violence is False and result.category_scores.violence == 0
    assert result.categories.self_harm_instructions is False
    assert result.qwarden["rule"] == "prompts/elephant" and result.qwarden["action"] == "deflect"
    assert backend.prompts() == before, "no model is asked"
    found = record(headers["x-qwarden-id"])
    assert (found["dialect"], found["mode"], found["ended"]) == ("openai.moderations", "monitor", "complete")


def test_many_texts_and_parts(client):
    _, answer = moderate(client, ["hello", "the purple elephant"])
    assert [result.flagged for result in answer.results] == [False, True]
    _, answer = moderate(client, [{"type": "text", "text": "the purple"}, {"type": "text", "text": "elephant"}])
    assert len(answer.results) == 1


def test_replies_are_judged_as_replies(client):
    _, answer = moderate(client, "swordfish", extra_body={"qwarden": {"phase": "output"}})
    assert answer.results[0].qwarden["rule"] == "replies/password"


def test_images_are_refused(client):
    with pytest.raises(openai.BadRequestError) as refused:
        moderate(client, [{"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}])
    assert refused.value.code == "unsupported_media"
