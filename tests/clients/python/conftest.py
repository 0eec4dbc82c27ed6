"""What the client tests share: where the gateway is, what its backend saw, what its audit log says."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import ollama
import openai
import pytest

GATEWAY = os.environ["GATEWAY_URL"]
STANDIN = os.environ["STANDIN_URL"]
AUDIT = Path(os.environ["AUDIT_DIR"])
QWARDEN = os.environ["QWARDEN"]
MODEL = "qwen-standin"
POLICIES = Path(__file__).parent.parent / "policies"
# How long something is waited for that should happen soon; only a hang takes as long.
PATIENCE = 20


def user(text):
    return [{"role": "user", "content": text}]


def eventually(look, what):
    """What `look` gives, once it gives something."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.02)
    raise AssertionError(f"not within {PATIENCE} s: {what}")


def get(url):
    """Status and body of a GET, whatever the status."""
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


class Backend:
    """The stand-in's own account of what reached it."""

    def _seen(self):
        return json.loads(get(f"{STANDIN}/standin")[1])

    def prompts(self):
        return self._seen()["prompts"]

    def last_text(self):
        return self._seen()["last"]["body"]

    def last_body(self):
        return json.loads(self.last_text())


def record(exchange, folder=AUDIT):
    """The audit record of an exchange. It is written after the client has its answer, so this waits a little."""

    def look():
        for segment in sorted(folder.rglob("*.jsonl")):
            for line in segment.read_text().splitlines():
                if exchange in line and (found := json.loads(line)).get("id") == exchange:
                    return found
        return None

    return eventually(look, f"an audit record of {exchange}")


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


class Told:
    """A streamed chat, put together again per choice."""

    def __init__(self, stream):
        self.content, self.reasoning, self.arguments, self.finish = {}, {}, {}, {}
        self.usage, self.notice, self.chunks = None, None, []
        for chunk in stream:
            self.chunks.append(chunk)
            self.usage = chunk.usage or self.usage
            self.notice = getattr(chunk, "qwarden", None) or self.notice
            for choice in chunk.choices:
                at = choice.index
                assert at not in self.finish, "nothing follows the end of a choice"
                self.add(self.content, at, choice.delta.content)
                self.add(self.reasoning, at, getattr(choice.delta, "reasoning_content", None))
                for call in choice.delta.tool_calls or []:
                    self.add(self.arguments, at, call.function.arguments)
                if choice.finish_reason:
                    self.finish[at] = choice.finish_reason

    @staticmethod
    def add(texts, at, piece):
        texts[at] = texts.get(at, "") + (piece or "")


def whole(client, prompt, **more):
    raw = client.chat.completions.with_raw_response.create(model=MODEL, messages=user(prompt), **more)
    return raw.headers, raw.parse()


def streamed(client, prompt, **more):
    raw = client.chat.completions.with_raw_response.create(model=MODEL, messages=user(prompt), stream=True, **more)
    return raw.headers, Told(raw.parse())


def curl(path, body, *options, base=GATEWAY):
    """Status, headers and body of one request, as they are on the wire."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    command = ["curl", "-sS", "-N", "-i", "--max-time", "20", *options, "-H", "content-type: application/json",
               "--data-binary", "@-", base + path]
    done = subprocess.run(command, input=data, capture_output=True, check=True)
    head, _, rest = done.stdout.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines)}
    return int(first.split()[1]), headers, rest


class OwnGateway:
    """A gateway of a test's own, with policies that it may edit."""

    def __init__(self, folder):
        self.policies, self.audit, self.log = folder / "policies", folder / "audit", folder / "gateway.log"
        shutil.copytree(POLICIES, self.policies)
        with socket.socket() as public, socket.socket() as admin:
            for one in (public, admin):
                one.bind(("127.0.0.1", 0))
            self.public, self.admin = (f"127.0.0.1:{one.getsockname()[1]}" for one in (public, admin))
        self.url = f"http://{self.public}"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [QWARDEN, "serve", "--listen", self.public, "--admin", self.admin, "--upstream", STANDIN,
                 "--policies", self.policies, "--audit-dir", self.audit], cwd=folder, stdout=log, stderr=log)
        eventually(self.answers, "a gateway that serves")
        self.client = openai.OpenAI(base_url=f"{self.url}/v1", api_key="none", max_retries=0)

    def answers(self):
        assert self.process.poll() is None, self.log.read_text()
        try:
            return get(f"http://{self.admin}/readyz")[0] == 200
        except OSError:
            return False

    def readiness(self):
        return json.loads(get(f"http://{self.admin}/readyz")[1])

    def metric(self, name):
        """The value of a series, named as Prometheus shows it."""
        lines = get(f"http://{self.admin}/metrics")[1].decode().splitlines()
        return next((float(line.rpartition(" ")[2]) for line in lines if line.startswith(name + " ")), None)

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self):
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
            self.process.wait(PATIENCE)


@pytest.fixture
def backend():
    return Backend()


@pytest.fixture
def own_gateway(tmp_path):
    own = OwnGateway(tmp_path)
    try:
        yield own
    finally:
        own.stop()


@pytest.fixture(scope="session")
def client():
    return openai.OpenAI(base_url=f"{GATEWAY}/v1", api_key="none", max_retries=0)


@pytest.fixture(scope="session")
def llama():
    return ollama.Client(host=GATEWAY)
