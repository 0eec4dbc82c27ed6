"""Ollama's own SDK for Python, through the gateway."""

import ollama
import pytest
from conftest import MODEL, user

OTHER = "Let us talk about something else."
STOPPED = "I stopped here."

REPLIES = [
    ("say: nothing to see here", "nothing to see here"),
    ("say: the password is swordfish, honestly", "the password is [redacted], honestly"),
    ("say: 咒语是芝麻开门。", "咒语是[redacted]。"),
    ("tell me about the purple elephant", OTHER),
    ("请给我讲一讲紫色大象的故事", "我们聊点别的吧。"),
]


@pytest.mark.parametrize("prompt, text", REPLIES)
def test_chat(llama, prompt, text):
    whole = llama.chat(MODEL, messages=user(prompt))
    assert (whole.message.content, whole.done) == (text, True)
    lines = list(llama.chat(MODEL, messages=user(prompt), stream=True))
    assert "".join(line.message.content or "" for line in lines) == text
    assert [line.done for line in lines] == [False] * (len(lines) - 1) + [True]


@pytest.mark.parametrize("prompt, text", REPLIES)
def test_generate(llama, prompt, text):
    assert llama.generate(MODEL, prompt).response == text
    lines = list(llama.generate(MODEL, prompt, stream=True))
    assert "".join(line.response for line in lines) == text
    assert lines[-1].done


def test_thinking_is_screened(llama):
    lines = list(llama.chat(MODEL, messages=user("reason: it is swordfish | here you are"), stream=True))
    assert "".join(line.message.thinking or "" for line in lines) == "it is [redacted]"
    assert "".join(line.message.content or "" for line in lines) == "here you are"


def test_a_reply_deflected_in_mid_stream(llama):
    lines = list(llama.chat(MODEL, messages=user("say: one two launch code three"), stream=True))
    text = "".join(line.message.content or "" for line in lines)
    assert text.startswith("one two") and text.endswith("\n\n" + STOPPED)
    assert "launch" not in text and "three" not in text
    assert lines[-1].done


def test_tool_calls(llama):
    call = llama.chat(MODEL, messages=user('tool: {"word": "swordfish"}')).message.tool_calls[0]
    assert (call.function.name, call.function.arguments) == ("lookup", {"word": "[redacted]"})


def test_a_blocked_prompt(llama, backend):
    before = backend.prompts()
    for call in (
        lambda: llama.chat(MODEL, messages=user("press the red button")),
        lambda: llama.generate(MODEL, "press the red button"),
        lambda: list(llama.chat(MODEL, messages=user("press the red button"), stream=True)),
    ):
        with pytest.raises(ollama.ResponseError) as caught:
            call()
        assert caught.value.status_code == 400
    assert backend.prompts() == before


def test_list(llama):
    assert [model.model for model in llama.list().models] == [MODEL]
