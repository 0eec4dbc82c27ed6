#!/usr/bin/env python3
"""What classifier windows add to a stream: delay of the first token, of every token, and between tokens.

usage: bench/stream_delay.py [--qwarden target/release/qwarden] [--classifiers classifiers] [--label harmful]
                             [--rate 50] [--tokens 250] [--streams 4] [--together 1]

A backend in this process says benign sentences at a fixed rate, with the time of every token noted; a client in
this process notes when it has read each character. Nothing else is compared, so both share one clock. Rows: the
backend by itself, the gateway without a rule that asks, with one that is `live`, and with one that is `hold`.
Standard library only; loopback only.
"""

import argparse
import asyncio
import contextlib
import json
import pathlib
import socket
import statistics
import subprocess
import sys
import tempfile
import time

SENTENCES = [
    "The river rises in the northern hills and runs for about ninety miles before it meets the sea.",
    "Along its course it turns several old mills and waters the orchards of two valleys.",
    "In spring the lower meadows often flood, and the road to the market is closed for a week or two.",
    "Most people who live there know each other by name.",
    "这条河在春天常常泛滥，两岸的果园因此格外茂盛。",
    "A bridge was built in the last century, and it is still the only one for many miles.",
]
POLICY = """policy: bench
scope: {{phase: [output]}}
rules:
  - {{id: r, when: {{{when}}}, action: deflect, reply: no{stream}}}
replies: {{no: "No."}}
"""


def tokens(count):
    """Benign text in pieces that are about as long as a tokenizer's."""
    words, index = [], 0
    while len(words) < count:
        sentence = SENTENCES[index % len(SENTENCES)]
        index += 1
        words += [word + " " for word in sentence.split(" ")] if sentence.isascii() else list(sentence)
    return words[:count]


class Backend:
    """Streams the tokens, and notes when it wrote each."""

    def __init__(self, words, rate):
        self.words, self.gap, self.written = words, 1 / rate, {}

    async def serve(self, reader, writer):
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
            asked = json.loads(await reader.readexactly(length))
            stream = asked["messages"][0]["content"].split()[-1]
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
            times, due = self.written.setdefault(stream, []), time.perf_counter()
            for word in self.words:
                due += self.gap
                await asyncio.sleep(max(0, due - time.perf_counter()))
                times.append(time.perf_counter())
                self.send(writer, {"content": word}, None)
                await writer.drain()
            self.send(writer, {}, "stop")
            self.chunk(writer, b"data: [DONE]\n\n")
            writer.write(b"0\r\n\r\n")
            await writer.drain()
        writer.close()

    def send(self, writer, delta, finish):
        event = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "qwen",
                 "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
        self.chunk(writer, b"data: " + json.dumps(event).encode() + b"\n\n")

    @staticmethod
    def chunk(writer, data):
        writer.write(b"%x\r\n%s\r\n" % (len(data), data))


async def read_stream(port, name):
    """When so many characters had been read: [(time, characters)]."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    body = json.dumps({"model": "qwen", "stream": True, "messages": [{"role": "user", "content": f"hello {name}"}]}).encode()
    writer.write(b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
                 b"content-length: %d\r\n\r\n" % len(body) + body)
    seen, read = [], 0
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), head
    rest = b""
    while size := int(await reader.readline(), 16):
        rest += await reader.readexactly(size)
        await reader.readexactly(2)
        now = time.perf_counter()
        *events, rest = rest.split(b"\n\n")
        for event in events:
            payload = event.removeprefix(b"data: ")
            if payload == b"[DONE]":
                continue
            for choice in json.loads(payload).get("choices", []):
                read += len(choice["delta"].get("content") or "")
                assert choice["finish_reason"] in (None, "stop"), f"the text was cut: {payload}"
        if not seen or seen[-1][1] != read:
            seen.append((now, read))
    writer.close()
    return seen


def delays(written, seen, words):
    """Delay of every token, and the time between two readings of new text."""
    late, at, total = [], 0, 0
    for word, wrote in zip(words, written):
        total += len(word)
        while at < len(seen) and seen[at][1] < total:
            at += 1
        assert at < len(seen), "text is missing"
        late.append(seen[at][0] - wrote)
    return late, [after[0] - before[0] for before, after in zip(seen, seen[1:])]


def free():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@contextlib.asynccontextmanager
async def gateway(options, backend, when, stream):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "policies").mkdir()
        (folder / "policies" / "bench.yaml").write_text(POLICY.format(when=when, stream=stream))
        port, admin = free(), free()
        command = [options.qwarden, "serve", "--listen", f"127.0.0.1:{port}", "--admin", f"127.0.0.1:{admin}", "--upstream",
                   f"http://127.0.0.1:{backend}", "--policies", folder / "policies", "--audit-dir", folder / "audit"]
        if "classifier" in when:
            command += ["--classifiers", options.classifiers]
        with open(folder / "log", "wb") as log:
            process = subprocess.Popen(list(map(str, command)), stdout=log, stderr=log, cwd=folder)
        try:
            for _ in range(600):
                if process.poll() is not None:
                    sys.exit((folder / "log").read_text())
                with contextlib.suppress(OSError):
                    (await asyncio.open_connection("127.0.0.1", port))[1].close()
                    break
                await asyncio.sleep(0.05)
            yield port
        finally:
            process.terminate()
            process.wait(20)


async def measure(options, port, backend, words):
    first, late, between = [], [], []
    for number in range(options.streams):
        names = [f"{port}-{number}-{one}" for one in range(options.together)]
        for name, seen in zip(names, await asyncio.gather(*(read_stream(port, name) for name in names))):
            delayed, gaps = delays(backend.written[name], seen, words)
            first.append(delayed[0])
            late += delayed
            between += gaps
    def shown(values):
        cuts = statistics.quantiles(values, n=100, method="inclusive") if len(values) > 1 else values * 99
        return f"{1e3 * cuts[49]:.1f} / {1e3 * cuts[94]:.1f} / {1e3 * max(values):.1f}"
    return f"{shown(first)} | {shown(late)} | {shown(between)}"


async def main(options):
    words = tokens(options.tokens)
    backend = Backend(words, options.rate)
    server = await asyncio.start_server(backend.serve, "127.0.0.1", 0)
    backend_port = server.sockets[0].getsockname()[1]
    print(f"{options.tokens} tokens at {options.rate}/s, {options.streams} times {options.together} streams; ms, median / 95 % / most\n")
    print("| stream | first token late | every token late | between two readings |\n|---|---|---|---|")
    print(f"| backend by itself | {await measure(options, backend_port, backend, words)} |", flush=True)
    asks = f"classifier: {{category: {options.label}}}"
    for name, when, stream in [("gateway, keywords only", "keywords: [a zebra]", ""),
                               ("gateway, classifier, `live`", asks, ", stream: live"),
                               ("gateway, classifier, `hold`", asks, ", stream: hold")]:
        async with gateway(options, backend_port, when, stream) as port:
            print(f"| {name} | {await measure(options, port, backend, words)} |", flush=True)


if __name__ == "__main__":
    root = pathlib.Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--qwarden", type=pathlib.Path, default=root / "target/release/qwarden")
    parser.add_argument("--classifiers", type=pathlib.Path, default=root / "classifiers")
    parser.add_argument("--label", default="harmful")
    parser.add_argument("--rate", type=float, default=50)
    parser.add_argument("--tokens", type=int, default=250)
    parser.add_argument("--streams", type=int, default=4)
    parser.add_argument("--together", type=int, default=1)
    options = parser.parse_args()
    options.qwarden, options.classifiers = options.qwarden.resolve(), options.classifiers.resolve()
    asyncio.run(main(options))
