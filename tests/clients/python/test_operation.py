"""A gateway in operation: policies edited under it, signals, and an end with a stream running."""

import json
import signal
import subprocess

import openai
import pytest
from conftest import MODEL, STANDIN, eventually, get, record, user

RULES = "replies.yaml"
OK = "qwarden_policy_last_reload_ok"


def said(own, prompt):
    return own.client.chat.completions.create(model=MODEL, messages=user(prompt)).choices[0].message.content


def edit(own, old, new):
    path = own.policies / RULES
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def new_revision(own, before):
    return eventually(lambda: (now := own.readiness()["revision"]) != before and now, "another revision")


def test_an_edit_is_taken_over(own_gateway):
    own = own_gateway
    before = own.readiness()
    assert before["ready"] and before["policies_refused"] is None
    assert said(own, "say: a catfish") == "a catfish"
    edit(own, "[swordfish,", "[swordfish, catfish,")
    after = new_revision(own, before["revision"])
    assert said(own, "say: a catfish") == "a [redacted]"
    assert own.metric(f'qwarden_policy_info{{revision="{after}"}}') == 1
    assert own.metric(f'qwarden_policy_info{{revision="{before["revision"]}"}}') == 0
    raw = own.client.chat.completions.with_raw_response.create(model=MODEL, messages=user("say: a catfish"))
    assert raw.headers["x-qwarden-revision"] == after
    assert record(raw.headers["x-qwarden-id"], own.audit)["revision"] == after


def test_files_may_come_and_go(own_gateway):
    own = own_gateway
    revision = own.readiness()["revision"]
    (own.policies / "lists").mkdir()
    (own.policies / "lists/fish.txt").write_text("# Fish\ncatfish\n")
    # Editors and deployments write beside the file and move it into place.
    waiting = own.policies / ".extra.yaml.new"
    waiting.write_text("policy: extra\nrules:\n  - id: fish\n    when: {keywords: {list: fish}}\n    action: redact\n")
    waiting.rename(own.policies / "extra.yaml")
    revision = new_revision(own, revision)
    assert said(own, "say: a catfish") == "a [redacted]"
    (own.policies / "lists/fish.txt").write_text("dogfish\n")
    revision = new_revision(own, revision)
    assert said(own, "say: a catfish, a dogfish") == "a catfish, a [redacted]"
    (own.policies / "extra.yaml").unlink()
    new_revision(own, revision)
    assert said(own, "say: a dogfish") == "a dogfish"


def test_a_folder_that_is_swapped_by_a_link(own_gateway):
    # As Kubernetes mounts a ConfigMap: every file is a link through `..data`, and one rename changes them all.
    own = own_gateway
    for version in ("..first", "..second"):
        (own.policies / version).mkdir()
        text = (own.policies / RULES).read_text()
        (own.policies / version / RULES).write_text(text.replace("[swordfish,", f"[swordfish, {version[2:]},"))
    (own.policies / "..data").symlink_to("..first")
    (own.policies / RULES).unlink()
    (own.policies / RULES).symlink_to(f"..data/{RULES}")
    eventually(lambda: said(own, "say: the first") == "the [redacted]", "the first version")
    assert own.readiness()["policies_refused"] is None
    (own.policies / "..new").symlink_to("..second")
    (own.policies / "..new").rename(own.policies / "..data")
    eventually(lambda: said(own, "say: the second") == "the [redacted]", "the second version")
    assert said(own, "say: the first") == "the first"


def test_a_broken_edit_keeps_what_was_in_force(own_gateway):
    own = own_gateway
    revision = own.readiness()["revision"]
    whole_file = (own.policies / RULES).read_text()
    edit(own, "action: redact", "action: redcat")
    broken = eventually(lambda: (now := own.readiness())["policies_refused"] and now, "a refusal")
    # The old rules are in force, so the gateway serves; the file, the line and what is wrong are named.
    assert broken["ready"] and broken["revision"] == revision
    assert RULES in broken["policies_refused"] and "redcat" in broken["policies_refused"]
    assert own.metric(OK) == 0
    assert own.metric('qwarden_policy_reloads_total{outcome="failed"}') >= 1
    assert said(own, "say: my swordfish") == "my [redacted]"
    assert "redcat" in own.log.read_text()
    # Taken back to the letter: the revision is the one in force, and all is well again.
    (own.policies / RULES).write_text(whole_file)
    eventually(lambda: own.readiness()["policies_refused"] is None, "an end of the refusal")
    assert own.readiness()["revision"] == revision
    eventually(lambda: own.metric(OK) == 1, "a metric that says so")


def test_sighup_reloads(own_gateway):
    own = own_gateway
    loads = 'qwarden_policy_reloads_total{outcome="ok"}'
    before = own.metric(loads)
    own.signal(signal.SIGHUP)
    eventually(lambda: own.metric(loads) > before, "a reload")
    assert own.process.poll() is None and said(own, "say: my swordfish") == "my [redacted]"
    edit(own, "[swordfish,", "[swordfish, catfish,")
    own.signal(signal.SIGHUP)
    eventually(lambda: said(own, "say: a catfish") == "a [redacted]", "the edit in force")


def test_a_stream_keeps_the_rules_it_began_with(own_gateway):
    own = own_gateway
    revision = own.readiness()["revision"]
    stream = own.client.chat.completions.create(
        model=MODEL, messages=user("say: " + "one " * 600 + "catfish swordfish"), stream=True)
    text = next(stream).choices[0].delta.content or ""
    edit(own, "[swordfish,", "[catfish,")
    new_revision(own, revision)
    text += "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)
    assert text == "one " * 600 + "catfish [redacted]"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_running_stream_ends_before_the_gateway(own_gateway, number):
    own = own_gateway
    raw = own.client.chat.completions.with_raw_response.create(
        model=MODEL, messages=user("say: " + "one " * 600 + "swordfish"), stream=True)
    stream = raw.parse()
    chunks = [next(stream), next(stream)]
    own.signal(number)

    def refused():
        # Nobody new is let in.
        code = subprocess.run(["curl", "-s", "--max-time", "5", f"{own.url}/v1/models"], capture_output=True).returncode
        return code == 7

    eventually(refused, "a closed door")
    assert own.process.poll() is None, "the stream still runs"
    chunks += list(stream)
    text = "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)
    assert text == "one " * 600 + "[redacted]"
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert own.process.wait(20) == 0
    found = record(raw.headers["x-qwarden-id"], own.audit)
    assert (found["ended"], found["action"], found["status"]) == ("complete", "redact", 200)


def test_an_idle_connection_does_not_hold_up_the_end(own_gateway):
    own = own_gateway
    assert said(own, "say: hello") == "hello"  # The SDK keeps its connection.
    own.signal(signal.SIGTERM)
    assert own.process.wait(20) == 0
    with pytest.raises(openai.APIConnectionError):
        said(own, "say: hello")


def test_a_client_that_hangs_up_is_recorded_and_the_backend_left(own_gateway):
    own = own_gateway
    before = json.loads(get(f"{STANDIN}/standin")[1])["streams_completed"]
    raw = own.client.chat.completions.with_raw_response.create(
        model=MODEL, messages=user("say: " + "one " * 2000), stream=True)
    stream = raw.parse()
    next(stream)
    stream.close()
    assert record(raw.headers["x-qwarden-id"], own.audit)["ended"] == "client_gone"
    assert json.loads(get(f"{STANDIN}/standin")[1])["streams_completed"] == before
