"""A framework: Pydantic AI's agents, whose loops send what the gateway answered back to it."""

import asyncio

import pytest
from conftest import GATEWAY, MODEL
from pydantic_ai import Agent
from pydantic_ai.exceptions import ModelHTTPError
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider


def agent():
    return Agent(OpenAIChatModel(MODEL, provider=OpenAIProvider(base_url=f"{GATEWAY}/v1", api_key="none")))


@pytest.mark.parametrize("prompt, text", [
    ("say: nothing to see here", "nothing to see here"),
    ("say: the password is swordfish", "the password is [redacted]"),
    ("tell me about the purple elephant", "Let us talk about something else."),
])
def test_runs(prompt, text):
    assert agent().run_sync(prompt).output == text


def test_streams():
    async def run(prompt):
        async with agent().run_stream(prompt) as run:
            return [text async for text in run.stream_text(debounce_by=None)]

    texts = asyncio.run(run("say: the password is swordfish, honestly"))
    assert texts[-1] == "the password is [redacted], honestly"
    # Each is the reply so far, so that a letter of the match that ever left would stand in one of them.
    assert all(texts[-1].startswith(text) for text in texts)
    texts = asyncio.run(run("say: one two launch code three"))
    assert texts[-1].startswith("one two") and texts[-1].endswith("I stopped here.")


def test_a_tool_sees_and_returns_screened_text():
    seen = []
    with_tool = agent()

    @with_tool.tool_plain
    def lookup(word: str) -> str:
        seen.append(word)
        return "bluebird"

    # The argument is a reply's text, the result a prompt's: each is screened on its way.
    assert with_tool.run_sync('tool: {"word": "swordfish"}').output == "The tool said: [redacted]"
    assert seen == ["[redacted]"]


def test_a_blocked_prompt():
    with pytest.raises(ModelHTTPError) as caught:
        agent().run_sync("press the red button")
    assert caught.value.status_code == 400
