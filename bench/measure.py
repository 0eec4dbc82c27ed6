#!/usr/bin/env python3
"""Measures the gateway beside a bare pass-through, in interleaved rounds, and prints the tables of
docs/benchmarks.md. Started by run.sh in a network namespace that has nothing but loopback. The load
and the fake backend run on core 0, whatever is measured on core 1."""
import json, os, pathlib, shutil, statistics, subprocess, sys, time, urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import data

BIN, OUT = pathlib.Path(os.environ["BENCH_BIN"]), pathlib.Path(os.environ["BENCH_OUT"])
ROUNDS = int(os.environ.get("ROUNDS", "3"))
# Seconds of load at 32 connections; the other measures are numbers of requests.
SECONDS = os.environ.get("BENCH_SECONDS", "3")
# Small enough that segments are sealed and compressed while it is measured.
SEGMENT = 16 * 1024 * 1024
# name: keywords, durability of the audit log
PEERS = {
    "floor": None,
    "0, strict": (0, "strict"), "0, relaxed": (0, "relaxed"),
    "1,000, strict": (1_000, "strict"),
    "10,000, strict": (10_000, "strict"), "10,000, relaxed": (10_000, "relaxed"),
    "100,000, strict": (100_000, "strict"), "100,000, relaxed": (100_000, "relaxed"),
}
DEFAULT = list(PEERS)[:6]
POLICY = """policy: bench
title: Keywords of the benchmark
mode: enforce
rules:
  - id: words
    when: {keywords: {list: words}}
    severity: high
    action: deflect
    reply: sorry
replies:
  sorry: {en: "No."}
"""
procs, ports = {}, {}


def start(name, command, core):
    log = open(OUT / f"{name.replace(', ', '-').replace(',', '')}.log", "ab")
    procs[name] = subprocess.Popen(["taskset", "-c", str(core), *map(str, command)], stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=OUT)


def command(name, number):
    ports[name] = 19000 + 2 * number
    listen = f"127.0.0.1:{ports[name]}"
    if PEERS[name] is None:
        return [BIN / "floor", "--addr", listen]
    keywords, durability = PEERS[name]
    folder = OUT / f"peer-{number}"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "policies" / "lists").mkdir(parents=True)
    if keywords:
        shutil.copy(OUT / "data" / f"keywords-{keywords}.txt", folder / "policies" / "lists" / "words.txt")
        (folder / "policies" / "bench.yaml").write_text(POLICY)
    (folder / "qwarden.yaml").write_text(
        f'listen: {listen}\nadmin: 127.0.0.1:{ports[name] + 1}\nthreads: 1\nupstreams: [{{name: b, url: "http://127.0.0.1:18080"}}]\n'
        f"policies: policies\naudit: {{dir: audit, capture: excerpt, durability: {durability}, segment_bytes: {SEGMENT}}}\n")
    return [BIN / "qwarden", "serve", "--config", folder / "qwarden.yaml"]


def cpu_us(pid):
    """CPU time of all threads of a process."""
    spent = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        try:
            spent += int(pathlib.Path(f"/proc/{pid}/task/{task}/schedstat").read_text().split()[0])
        except OSError:
            pass
    return spent / 1000


def rss_mb(pid):
    pages = int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def load(name, body, **options):
    command = ["taskset", "-c", "0", BIN / "loadgen", "--addr", f"127.0.0.1:{ports[name]}", "--body", OUT / "data" / f"body-{body}.json"]
    for key, value in options.items():
        command += [f"--{key}", str(value)]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout)


def backend(**settings):
    query = "&".join(f"{key.replace('_', '-')}={value}" for key, value in settings.items())
    urllib.request.urlopen(f"http://127.0.0.1:18080/bench?{query}", timeout=5).read()


def measure(name, body, tokens=0, **options):
    pid = procs[name].pid
    before = cpu_us(pid)
    result = load(name, body, **options)
    spent = cpu_us(pid) - before
    if result["errors"]:
        print(f"{name}: {result['errors']} errors, the first: {result['first_error']}", file=sys.stderr)
    result["cpu_us"] = spent / max(result["ok"], 1)
    result["cpu_us_per_token"] = result["cpu_us"] / tokens if tokens else None
    result["rss_mb"] = rss_mb(pid)
    return result


def round_of(name):
    unary = {kb: dict(body=f"{kb}k", secs=SECONDS) for kb in (1, 32)}
    yield "1k c=1", lambda: measure(name, "1k", n=3000, secs=SECONDS)
    yield "32k c=1", lambda: measure(name, "32k", n=2000, secs=SECONDS)
    for kb in unary:
        yield f"{kb}k c=32", lambda kb=kb: measure(name, **unary[kb], conns=32, n=10**9)
    backend(tokens=200, gap_us=0, words=0)
    yield "stream c=32", lambda: measure(name, "1k-stream", tokens=203, mode="stream", conns=32, n=3000, secs=2)
    backend(words=1)
    yield "words c=32", lambda: measure(name, "1k-stream", tokens=203, mode="stream", conns=32, n=3000, secs=2)
    backend(tokens=5, gap_us=2000, words=0)
    yield "first c=1", lambda: measure(name, "1k-stream", mode="stream", n=150, secs=3)
    backend(tokens=200, gap_us=5000)
    yield "paced c=1", lambda: measure(name, "1k-stream", mode="stream", n=2)
    yield "paced c=32", lambda: measure(name, "1k-stream", mode="stream", conns=32, n=64)
    backend(tokens=200, gap_us=0)


def main(names):
    OUT.mkdir(parents=True, exist_ok=True)
    data.write(OUT / "data")
    start("backend", [BIN / "backend", "--addr", "127.0.0.1:18080"], 0)
    for number, name in enumerate(names):
        start(name, command(name, number), 1)
    for name in names:
        until = time.time() + 30
        while True:
            try:
                if load(name, "1k", n=1)["ok"] == 1:
                    break
            except subprocess.CalledProcessError:
                pass
            if time.time() > until:
                sys.exit(f"{name} does not answer; see its log in {OUT}")
            time.sleep(0.2)
        hit = load(name, "hit", n=1)["sample"] or ""
        screens = bool(PEERS[name] and PEERS[name][0])
        if ("content_filter" in hit) != screens:
            sys.exit(f"{name} screens wrongly: {hit[:300]}")
        load(name, "1k", n=500)
    results = []
    for number in range(ROUNDS):
        for name in names:
            for what, run in round_of(name):
                result = run() | {"round": number, "peer": name, "what": what}
                results.append({key: value for key, value in result.items() if key != "sample"})
                print(f"{number} {name} / {what}: {result['cpu_us']:.1f} us, {result['rps']:.0f}/s", file=sys.stderr)
    (OUT / "results.jsonl").write_text("".join(json.dumps(result) + "\n" for result in results))
    print(tables(results, names))
    for number, name in enumerate(names):
        seals = len(list((OUT / f"peer-{number}" / "audit").glob("*.seal")))
        print(f"{name}: {seals} segments were sealed meanwhile", file=sys.stderr)


def tables(results, names):
    def median(name, what, read):
        values = [read(r) for r in results if r["peer"] == name and r["what"] == what]
        return statistics.median(value for value in values if value is not None)

    def row(name, *cells):
        shown = "floor (pass-through)" if name == "floor" else name
        return "| " + " | ".join([shown, *cells]) + " |\n"

    def pair(name, what, key):
        return f"{median(name, what, lambda r: r[key]['p50']):,.0f} / {median(name, what, lambda r: r[key]['p99']):,.0f}"

    out = ""
    for kb in (1, 32):
        out += f"\nWhole replies, prompt of {kb} KB:\n\n| keywords, audit | CPU µs a request, c=32 | c=1 | requests/s, c=32 | p50 / p99 µs, c=32 | p50 / p99 µs, c=1 |\n|---|---|---|---|---|---|\n"
        for name in names:
            many, one = f"{kb}k c=32", f"{kb}k c=1"
            out += row(name, f"{median(name, many, lambda r: r['cpu_us']):.1f}", f"{median(name, one, lambda r: r['cpu_us']):.1f}", f"{median(name, many, lambda r: r['rps']):,.0f}", pair(name, many, "lat_us"), pair(name, one, "lat_us"))
    out += "\nStreams of 200 tokens, prompt of 1 KB (first token and delay from the backend's write to the client's read):\n\n| keywords, audit | CPU µs a token | with English words | first token p50 / p99 µs, c=1 | delay of a token p50 / p99 µs, c=1 | c=32 | RSS MB |\n|---|---|---|---|---|---|---|\n"
    for name in names:
        out += row(name, f"{median(name, 'stream c=32', lambda r: r['cpu_us_per_token']):.2f}", f"{median(name, 'words c=32', lambda r: r['cpu_us_per_token']):.2f}", pair(name, "first c=1", "ttft_us"), pair(name, "paced c=1", "token_us"), pair(name, "paced c=32", "token_us"), f"{median(name, 'words c=32', lambda r: r['rss_mb']):.0f}")
    return out


if __name__ == "__main__":
    try:
        main(sys.argv[1:] or DEFAULT)
    finally:
        for process in procs.values():
            process.terminate()
        for process in procs.values():
            process.wait(20)
