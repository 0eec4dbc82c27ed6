"""A headless Chromium, driven by the DevTools protocol over a pipe: nothing to install, no port to listen on.

Owns the protocol and what a person does: open, click, type, press keys, look. Knows nothing of the console. What goes wrong
on a page (an error of a script, a resource that was refused, a violation of the content security policy) is kept in
`Page.complaints`, and whoever is done with a page asks for them.
"""

import base64
import json
import os
import queue
import subprocess
import tempfile
import threading
import time

FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --hide-scrollbars --remote-debugging-pipe"
).split()

# Key names with their codes, as the protocol wants them.
KEYS = {
    "Tab": (9, ""),
    "Enter": (13, "\r"),
    "Escape": (27, ""),
    " ": (32, " "),
    "ArrowDown": (40, ""),
    "ArrowUp": (38, ""),
}


class Failed(AssertionError):
    """A page is not as it should be."""


class Browser:
    """A running browser; ends with its `with`."""

    def __init__(self, program):
        self.folder = tempfile.TemporaryDirectory(prefix="qwarden-browser-")
        down, up = os.pipe(), os.pipe()
        # The browser reads descriptor 3 and writes descriptor 4.
        script = f'exec "$@" 3<&{down[0]} 4>&{up[1]}'
        command = ["bash", "-c", script, "browser", program, *FLAGS, f"--user-data-dir={self.folder.name}", "about:blank"]
        self.process = subprocess.Popen(
            command, pass_fds=(down[0], up[1]), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        os.close(down[0])
        os.close(up[1])
        self.writer, self.reader = os.fdopen(down[1], "wb", 0), os.fdopen(up[0], "rb", 65536)
        self.lock, self.number, self.answers, self.pages = threading.Lock(), 0, {}, {}
        threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.call("Browser.close", limit=5)
        except (Failed, OSError):
            self.process.terminate()
        self.process.wait(timeout=20)
        self.folder.cleanup()

    def _read(self):
        rest = b""
        while chunk := self.reader.read1(65536):
            *messages, rest = (rest + chunk).split(b"\0")
            for message in map(json.loads, messages):
                if "id" in message:
                    self.answers.pop(message["id"], queue.Queue()).put(message)
                elif page := self.pages.get(message.get("sessionId")):
                    page._event(message["method"], message["params"])

    def call(self, method, parameters=None, session=None, limit=30):
        answer = queue.Queue()
        with self.lock:
            self.number += 1
            number = self.number
            self.answers[number] = answer
            message = {"id": number, "method": method, "params": parameters or {}}
            if session:
                message["sessionId"] = session
            self.writer.write(json.dumps(message).encode() + b"\0")
        try:
            found = answer.get(timeout=limit)
        except queue.Empty:
            raise Failed(f"{method} was not answered in {limit} s") from None
        if "error" in found:
            raise Failed(f"{method}: {found['error']}")
        return found["result"]

    def page(self, **looks):
        """A page in a context of its own: no cookie of another one."""
        context = self.call("Target.createBrowserContext")["browserContextId"]
        target = self.call("Target.createTarget", {"url": "about:blank", "browserContextId": context})["targetId"]
        session = self.call("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        return Page(self, session, **looks)


class Page:
    """One page and what is done on it."""

    def __init__(self, browser, session, width=1280, height=900, dark=False):
        self.browser, self.session = browser, session
        self.complaints, self.responses, self.loaded = [], [], threading.Event()
        self.expected = ()
        browser.pages[session] = self
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.look(width, height, dark)

    def call(self, method, parameters=None, limit=30):
        return self.browser.call(method, parameters, self.session, limit)

    def look(self, width, height=900, dark=False):
        narrow = width < 500
        self.width = width
        self.call(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": narrow},
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        still = {"name": "prefers-reduced-motion", "value": "reduce"}
        self.call("Emulation.setEmulatedMedia", {"features": [scheme, still]})

    def _event(self, method, parameters):
        if method == "Page.loadEventFired":
            self.loaded.set()
        elif method == "Network.responseReceived":
            response = parameters["response"]
            self.responses.append((response["url"], response["status"]))
        elif method == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            self.complaints.append(details.get("exception", {}).get("description", details["text"]))
        elif method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning", "assert"):
            self.complaints.append(str([one.get("value") for one in parameters["args"]]))
        elif method == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
            entry = parameters["entry"]
            self.complaints.append(f"{entry['source']}: {entry['text']} {entry.get('url', '')}")

    def run(self, script, limit=30):
        """What an expression comes to; promises are waited for."""
        found = self.call(
            "Runtime.evaluate",
            {"expression": script, "awaitPromise": True, "returnByValue": True, "userGesture": True},
            limit,
        )
        if "exceptionDetails" in found:
            raise Failed(f"{script[:200]}: {found['exceptionDetails']}")
        return found["result"].get("value")

    def open(self, url, status=200):
        self.loaded.clear()
        self.responses.clear()
        self.call("Page.navigate", {"url": url})
        self.settled(status, url)

    def settled(self, status=200, what="the page"):
        if not self.loaded.wait(30):
            raise Failed(f"{what} did not load")
        found = [code for url, code in self.responses if url.split("#")[0] == self.url().split("#")[0]]
        if status and status not in found:
            raise Failed(f"{what} answered {found}, not {status}")

    def does(self, script, status=200):
        """Does something that leads to another page."""
        self.loaded.clear()
        self.responses.clear()
        self.run(script)
        self.settled(status, script)

    def url(self):
        return self.run("location.href")

    def path(self):
        return self.run("location.pathname + location.search")

    def text(self, selector="main"):
        return self.run(f"document.querySelector({json.dumps(selector)})?.innerText ?? null")

    def texts(self, selector):
        return self.run(f"[...document.querySelectorAll({json.dumps(selector)})].map((one) => one.innerText)")

    def count(self, selector):
        return self.run(f"document.querySelectorAll({json.dumps(selector)}).length")

    def fill(self, selector, value):
        script = f"""(() => {{
            const field = document.querySelector({json.dumps(selector)});
            field.value = {json.dumps(value)};
            field.dispatchEvent(new Event("input", {{bubbles: true}}));
            field.dispatchEvent(new Event("change", {{bubbles: true}}));
        }})()"""
        self.run(script)

    def click(self, selector, status=200):
        """Clicks what leads to another page."""
        self.does(f"document.querySelector({json.dumps(selector)}).click()", status)

    def waits(self, script, limit=10.0, what=None):
        """Waits until an expression is true; how long it took."""
        began = time.monotonic()
        while not self.run(f"Boolean({script})"):
            if time.monotonic() - began > limit:
                raise Failed(f"{what or script} was not so within {limit} s")
            time.sleep(0.02)
        return time.monotonic() - began

    def press(self, key, shift=False):
        code, text = KEYS.get(key, (0, key))
        event = {"key": key, "code": key, "windowsVirtualKeyCode": code, "modifiers": 8 if shift else 0}
        self.call("Input.dispatchKeyEvent", {"type": "keyDown", "text": text, **event})
        self.call("Input.dispatchKeyEvent", {"type": "keyUp", **event})

    def type(self, text):
        self.call("Input.insertText", {"text": text})

    def cookies(self):
        return self.call("Network.getCookies")["cookies"]

    def headers(self, url):
        """The headers of an answer, as a script of the page sees them."""
        script = f"fetch({json.dumps(url)}).then((answer) => [answer.status, Object.fromEntries(answer.headers)])"
        return self.run(script)

    def picture(self, path, height=900, top=0):
        self.run("window.scrollTo(0, 0)")
        clip = {"x": 0, "y": top, "width": self.width, "height": height, "scale": 1}
        data = self.call("Page.captureScreenshot", {"format": "png", "clip": clip, "captureBeyondViewport": True})["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))

    def fine(self):
        """Nothing went wrong on the page but what was expected to."""
        found = [one for one in self.complaints if not any(part in one for part in self.expected)]
        self.complaints.clear()
        if found:
            raise Failed(f"{self.url()}: {found}")
