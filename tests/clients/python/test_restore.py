"""What is cut out of a prompt and comes back in the reply: the model never has it, the client does."""

import json

import pytest
from conftest import MODEL, audited, streamed, user, whole
from test_openai import TOOLS

ANN, BOB = "ann@shop.example", "bob.o'neill@shop.example"

# What the stand-in is asked to say, what it is asked when it arrives, and what the client reads.
SAID = [
    (f"say: write to {ANN}", "say: write to [EMAIL_1]", f"write to {ANN}"),
    (f"say: {ANN}, {BOB}, {ANN}!", "say: [EMAIL_1], [EMAIL_2], [EMAIL_1]!", f"{ANN}, {BOB}, {ANN}!"),
    (f"say: [email_1] is not {ANN}", "say: [email_1] is not [EMAIL_2]", f"[email_1] is not {ANN}"),
    (f"say: 写信给{ANN}。", "say: 写信给[EMAIL_1]。", f"写信给{ANN}。"),
    (f"{ANN} asks", "[EMAIL_1] asks", f"You said: {ANN} asks"),
]


@pytest.mark.parametrize("prompt, sent, told", SAID)
def test_whole(client, backend, prompt, sent, told):
    headers, reply = whole(client, prompt)
    assert backend.last_body()["messages"] == user(sent)
    assert "shop.example" not in backend.last_text()
    assert reply.choices[0].message.content == told
    found = audited(headers, "redact", "prompts/address", ended="complete", status=200)
    assert "shop.example" not in found["reply"]


@pytest.mark.parametrize("prompt, sent, told", SAID)
def test_streamed(client, backend, prompt, sent, told):
    headers, stream = streamed(client, prompt)
    assert backend.last_body()["messages"] == user(sent)
    assert stream.content == {0: told}
    assert stream.finish == {0: "stop"}
    found = audited(headers, "redact", "prompts/address", ended="complete", status=200)
    assert "shop.example" not in found["reply"]


def test_reasoning_and_choices(client):
    _, told = streamed(client, f"reason: ask {ANN}|asked {ANN}", n=2)
    assert told.reasoning == {0: f"ask {ANN}", 1: f"ask {ANN}"}
    assert told.content == {0: f"asked {ANN}", 1: f"asked {ANN}"}


@pytest.mark.parametrize("placeholder", [ANN, "{\\\"x\\\": 1} " + ANN])
def test_arguments_of_a_tool_stay_json(client, backend, placeholder):
    prompt = f'tool: {{"to": "{placeholder}"}}'
    _, reply = whole(client, prompt, tools=TOOLS)
    assert "shop.example" not in backend.last_text()
    arguments = reply.choices[0].message.tool_calls[0].function.arguments
    assert json.loads(arguments)["to"].endswith(ANN)
    _, told = streamed(client, prompt, tools=TOOLS)
    assert json.loads(told.arguments[0])["to"].endswith(ANN)


def test_a_conversation_keeps_its_numbers(client, backend):
    messages = user(f"I am {ANN}")
    for turn in range(3):
        reply = client.chat.completions.create(model=MODEL, messages=messages)
        assert ANN in reply.choices[0].message.content
        messages = [
            *messages,
            {"role": "assistant", "content": reply.choices[0].message.content},
            {"role": "user", "content": f"turn {turn} of {ANN} and {BOB}"},
        ]
    sent = backend.last_body()["messages"]
    assert sent[0]["content"] == "I am [EMAIL_1]"
    assert sent[1]["content"] == "You said: I am [EMAIL_1]"
    assert sent[-1]["content"] == "turn 1 of [EMAIL_1] and [EMAIL_2]"


def test_ollama(llama, backend):
    prompt = user(f"say: write to {ANN}")
    assert llama.chat(MODEL, messages=prompt).message.content == f"write to {ANN}"
    lines = list(llama.chat(MODEL, messages=prompt, stream=True))
    assert "".join(line.message.content or "" for line in lines) == f"write to {ANN}"
    assert "shop.example" not in backend.last_text()
    said = llama.generate(MODEL, f"say: write to {ANN}", stream=True)
    assert "".join(line.response for line in said) == f"write to {ANN}"
