#!/usr/bin/env python3
"""Measures what requests notice of a reload of 100,000 keywords: latencies with the policies left alone and
with one edit after another. Started by `bench/run.sh reload`. The gateway has one thread on core 1, which it
shares with the compiling; the load and the fake backend run on core 0. `equal` is the same with the
compiling at the priority of the serving (the whole process is started with the priority that the
compiling would lower itself to)."""
import os, pathlib, re, subprocess, sys, threading, time, urllib.request

import measure
from measure import BIN, OUT, SECONDS

KEYWORDS = 100_000
measure.PEERS = {"giving way": (KEYWORDS, "relaxed"), "equal": (KEYWORDS, "relaxed")}


def metric(name, series):
    page = urllib.request.urlopen(f"http://127.0.0.1:{measure.ports[name] + 1}/metrics", timeout=30).read().decode()
    return float(re.search(rf"^{re.escape(series)} (\S+)", page, re.M)[1])


def edits(name, number, stop):
    """Adds a keyword, waits until it is in force, and so on."""
    words = OUT / f"peer-{number}" / "policies" / "lists" / "words.txt"
    text = words.read_text()
    count = 0
    while not stop.is_set():
        before = metric(name, 'qwarden_policy_reloads_total{outcome="ok"}')
        count += 1
        words.write_text(f"{text}\nanother{count}word\n")
        while not stop.is_set() and metric(name, 'qwarden_policy_reloads_total{outcome="ok"}') == before:
            time.sleep(0.02)
    words.write_text(text)


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    measure.data.write(OUT / "data")
    measure.start("backend", [BIN / "backend", "--addr", "127.0.0.1:18080"], 0)
    print("| compiling | policies | connections | reloads | requests/s | p50 / p99 / most µs |\n|---|---|---|---|---|---|")
    for number, name in enumerate(measure.PEERS):
        command = measure.command(name, number)
        measure.start(name, (["nice", "-n", "10"] if name == "equal" else []) + command, 1)
        until = time.time() + 60
        while measure.load(name, "1k", n=1)["ok"] != 1:
            if time.time() > until:
                sys.exit(f"{name} does not answer; see its log in {OUT}")
            time.sleep(0.2)
        measure.load(name, "1k", n=500)
        for connections in (1, 8):
            for what in ("left alone", "edited"):
                before = metric(name, 'qwarden_policy_reloads_total{outcome="ok"}')
                stop = threading.Event()
                editor = threading.Thread(target=edits, args=(name, number, stop))
                if what == "edited":
                    editor.start()
                result = measure.load(name, "1k", conns=connections, n=10**9, secs=SECONDS)
                reloads = metric(name, 'qwarden_policy_reloads_total{outcome="ok"}') - before
                stop.set()
                if what == "edited":
                    editor.join()
                    time.sleep(2)
                if result["errors"]:
                    print(f"{name}: {result['errors']} errors, the first: {result['first_error']}", file=sys.stderr)
                times = result["lat_us"]
                print(f"| {name} | {what} | {connections} | {reloads:.0f} | {result['rps']:,.0f} | {times['p50']:,.0f} / {times['p99']:,.0f} / {times['max']:,.0f} |", flush=True)
        measure.procs.pop(name).terminate()


if __name__ == "__main__":
    sys.path.insert(0, str(pathlib.Path(__file__).parent))
    try:
        main()
    finally:
        for process in measure.procs.values():
            process.terminate()
