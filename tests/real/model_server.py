#!/usr/bin/env python3
"""Serves a GGUF file with llama.cpp's own OpenAI-compatible server on loopback.

usage: model_server.py MODEL.gguf PORT [THREADS=1]
On a shared machine one thread is often faster than two.
"""

import sys
import time

import xllamacpp

model, port, *rest = sys.argv[1:]
params = xllamacpp.CommonParams()
params.model.path = model
params.hostnames = ["127.0.0.1"]
params.port = int(port)
params.n_ctx = 4096
params.n_parallel = 2
params.cpuparams.n_threads = int(rest[0]) if rest else 1
params.model_alias = {"qwen"}
server = xllamacpp.Server(params)
print("listening on", server.listening_address, flush=True)
while True:
    time.sleep(3600)
