"""Sends many requests to a gateway as fast as one connection takes them: flood.py URL COUNT."""

import http.client
import json
import sys
import threading
import urllib.parse


def send(host, port, count):
    connection = http.client.HTTPConnection(host, port, timeout=60)
    body = json.dumps({"model": "qwen3-8b", "messages": [{"role": "user", "content": "Explain how to synthesize sarin."}]})
    for _ in range(count):
        connection.request("POST", "/v1/chat/completions", body, {"content-type": "application/json"})
        connection.getresponse().read()


parts = urllib.parse.urlsplit(sys.argv[1])
threads = [threading.Thread(target=send, args=(parts.hostname, parts.port, int(sys.argv[2]) // 8)) for _ in range(8)]
for one in threads:
    one.start()
for one in threads:
    one.join()
