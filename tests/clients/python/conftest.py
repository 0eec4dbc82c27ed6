"""What the client tests share: where the gateway is, what its backend saw, what its audit log says."""

import json
import os
import time
import urllib.request
from pathlib import Path

import ollama
import openai
import pytest

GATEWAY = os.environ["GATEWAY_URL"]
STANDIN = os.environ["STANDIN_URL"]
AUDIT = Path(os.environ["AUDIT_DIR"])
MODEL = "qwen-standin"


def user(text):
    return [{"role": "user", "content": text}]


class Backend:
    """The stand-in's own account of what reached it."""

    def _seen(self):
        with urllib.request.urlopen(f"{STANDIN}/standin") as response:
            return json.load(response)

    def prompts(self):
        return self._seen()["prompts"]

    def last_body(self):
        return json.loads(self._seen()["last"]["body"])


def record(exchange):
    """The audit record of an exchange. It is written after the client has its answer, so this waits a little."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        for segment in sorted(AUDIT.rglob("*.jsonl")):
            for line in segment.read_text().splitlines():
                if exchange in line and (found := json.loads(line)).get("id") == exchange:
                    return found
        time.sleep(0.05)
    raise AssertionError(f"no audit record of {exchange}")


def audited(headers, action, rule=None, *, in_headers=True, **fields):
    """Checks an exchange's headers and audit record against what should have happened to it."""
    exchange = headers["x-qwarden-id"]
    assert headers["x-qwarden-revision"]
    if in_headers:
        assert headers["x-qwarden-action"] == action
        assert headers.get("x-qwarden-rule") == rule
    found = record(exchange)
    assert (found["action"], found.get("rule")) == (action, rule)
    for name, value in fields.items():
        assert found[name] == value, name
    return found


@pytest.fixture
def backend():
    return Backend()


@pytest.fixture(scope="session")
def client():
    return openai.OpenAI(base_url=f"{GATEWAY}/v1", api_key="none", max_retries=0)


@pytest.fixture(scope="session")
def llama():
    return ollama.Client(host=GATEWAY)
