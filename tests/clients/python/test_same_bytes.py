"""What is allowed leaves as it came: the gateway's bytes against the stand-in's own, in both directions.

The texts begin no keyword of the policies: a chunk whose end may yet become a match is held back and cut anew.
"""

import json

import pytest
from conftest import GATEWAY, STANDIN, audited, curl

# Spaces, escapes, numbers and unknown members as no serialiser of ours would write them.
MESSAGES = rb'"messages" : [ {"role":"user" ,"content":"say: a\u0020plain \u8bdd \ud83d\ude00, na\u00efve\/plain"}]'
PROMPT = rb'"prompt" : "say: a\u0020plain \u8bdd, na\u00efve\/plain"'
ODD = rb'  "temperature":1.0e-1,"x_unknown":{"deep":[1.50,null,{"b":2,"a":1}]} ,"model":"qwen-standin"'


def body(texts, stream, seed=rb'"seed":7', more=rb'"n":1'):
    streams = b"true" if stream else b"false"
    return b"{ " + texts + b",\n" + ODD + b',"stream":' + streams + b"," + seed + b"," + more + b" }\n"


OPTIONS = rb'"options":{"seed":7}'
USAGE = rb'"stream_options":{"include_usage":true}'
CASES = [
    ("/v1/chat/completions", body(MESSAGES, False)),
    ("/v1/chat/completions", body(MESSAGES, True)),
    ("/v1/chat/completions", body(MESSAGES, True, more=rb'"n":3,"logprobs":true,' + USAGE)),
    ("/v1/chat/completions", body(rb'"messages":[{"role":"user","content":"reason: so | so"}]', True)),
    ("/v1/chat/completions", body(rb'"messages":[{"role":"user","content":"tool: {\"a\": [1.50, \"x\"]}"}]', True)),
    ("/v1/completions", body(PROMPT, False)),
    ("/v1/completions", body(PROMPT, True)),
    ("/v1/embeddings", rb'{"input" : ["one\u0020", "two"], "model":"m"}'),
    ("/api/chat", body(MESSAGES, False, OPTIONS)),
    ("/api/chat", body(MESSAGES, True, OPTIONS)),
    ("/api/generate", body(PROMPT, False, OPTIONS)),
    ("/api/generate", body(PROMPT, True, OPTIONS)),
]
# Headers that each hop writes for itself, and the gateway's own.
OWN = ("date", "connection", "transfer-encoding", "x-qwarden-id", "x-qwarden-action", "x-qwarden-revision")


@pytest.mark.parametrize("version", ["--http1.1", "--http2-prior-knowledge"])
@pytest.mark.parametrize("path, request_body", CASES)
def test_allowed_bytes_are_the_backends(backend, path, request_body, version):
    direct = curl(path, request_body, version, base=STANDIN)
    status, headers, reply = curl(path, request_body, version, base=GATEWAY)
    assert backend.last_text().encode() == request_body
    assert (status, reply) == (direct[0], direct[2])
    theirs = {name: value for name, value in direct[1].items() if name not in OWN}
    assert {name: value for name, value in headers.items() if name not in OWN} == theirs
    audited(headers, "allow", ended="complete")


@pytest.mark.parametrize("prompt", ["tea", "green tea"])
def test_a_flag_changes_no_byte(prompt):
    request = {"model": "m", "seed": 7, "stream": True, "messages": [{"role": "user", "content": f"say: {prompt}"}]}
    replies = [curl("/v1/chat/completions", request, base=base)[2] for base in (STANDIN, GATEWAY)]
    assert replies[0] == replies[1]


def test_only_the_text_of_a_redacted_request_changes(backend):
    request = body(rb'"messages":[{"role":"user","content":"say: a\u0020bluebird\/ \u8bdd"}]', False)
    curl("/v1/chat/completions", request)
    assert backend.last_text().encode() == request.replace(b"bluebird", b"[redacted]")


def test_chunks_before_and_behind_a_redaction_are_the_backends():
    request = {"model": "m", "seed": 7, "stream": True,
               "messages": [{"role": "user", "content": "say: one two three swordfish four five six"}]}
    direct, ours = (curl("/v1/chat/completions", request, base=base)[2].decode().split("\n\n")
                    for base in (STANDIN, GATEWAY))
    before = next(at for at, event in enumerate(direct) if "swor" in event)
    assert ours[:before] == direct[:before]
    behind = next(at for at, event in enumerate(ours) if "redacted" in event)
    texts = {json.loads(event.removeprefix("data: "))["choices"][0]["delta"].get("content")
             for event in ours[behind + 1 :] if event.startswith("data: {")}
    assert texts <= {" four", " fiv", " five", "e", " six", None}
    assert set(ours[behind + 1 :]) - set(direct) == {ours[-3]}, "all but the last chunk, which says what was done"
