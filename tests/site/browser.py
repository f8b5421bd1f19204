"""A headless Chromium driven through chromedriver: the W3C WebDriver protocol, as far as it is needed.

https://www.w3.org/TR/webdriver2/.  No package fetches a browser here, and nothing but loopback is used.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
_KEYS = {"Escape": "\ue00c", "Enter": "\ue007", "Tab": "\ue004"}


def missing() -> str | None:
    """Why there is no browser to test with; None where there is one."""
    absent = [name for name in ("chromium", "chromedriver") if not shutil.which(name)]
    return f"{' and '.join(absent)} not installed (apt install chromium chromium-driver)" if absent else None


class Browser:
    """One window."""

    def __init__(self, port: int, session: str) -> None:
        self._at = f"http://127.0.0.1:{port}/session/{session}"

    def open(self, page: Path, fragment: str = "") -> None:
        self._send("url", {"url": page.as_uri() + fragment})

    def leave(self) -> None:
        """Go to an empty page: a new window is still loading the browser's own first one."""
        self._send("url", {"url": "about:blank"})

    def run(self, script: str, *arguments: object) -> Any:
        return self._send("execute/sync", {"script": script, "args": list(arguments)})

    def wait(self, script: str, *arguments: object) -> Any:
        """The value that an asynchronous script hands to its last argument."""
        return self._send("execute/async", {"script": script, "args": list(arguments)})

    def click(self, selector: str) -> None:
        found = self._send("element", {"using": "css selector", "value": selector})
        self._send(f"element/{found[_ELEMENT]}/click", {})

    def hover(self, selector: str) -> None:
        found = self._send("element", {"using": "css selector", "value": selector})
        move = {"type": "pointerMove", "duration": 0, "x": 0, "y": 0, "origin": found}
        pointer = {
            "type": "pointer",
            "id": "mouse",
            "parameters": {"pointerType": "mouse"},
            "actions": [move],
        }
        self._send("actions", {"actions": [pointer]})

    def press(self, *keys: str) -> None:
        steps = [
            {"type": kind, "value": _KEYS.get(key, key)} for key in keys for kind in ("keyDown", "keyUp")
        ]
        self._send("actions", {"actions": [{"type": "key", "id": "keys", "actions": steps}]})

    def resize(self, width: int, height: int) -> None:
        self._send("window/rect", {"width": width, "height": height})

    def prefer(self, scheme: str) -> None:
        """Make the page believe that the reader prefers "light" or "dark"."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.command("Emulation.setEmulatedMedia", {"features": features})

    def command(self, name: str, parameters: dict[str, Any]) -> Any:
        """A command of the Chrome DevTools protocol."""
        return self._send("goog/cdp/execute", {"cmd": name, "params": parameters})

    def screenshot(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(self._ask("GET", "screenshot")))

    def requests(self) -> list[str]:
        """The addresses asked for since the last call."""
        entries = self._send("se/log", {"type": "performance"})
        messages = [json.loads(entry["message"])["message"] for entry in entries]
        return [
            message["params"]["request"]["url"]
            for message in messages
            if message["method"] == "Network.requestWillBeSent"
        ]

    def complaints(self) -> list[str]:
        """What the console holds: errors of scripts, refused loads."""
        return [entry["message"] for entry in self._send("se/log", {"type": "browser"})]

    def close(self) -> None:
        self._ask("DELETE", "")

    def _send(self, command: str, body: dict[str, Any]) -> Any:
        return self._ask("POST", command, body)

    def _ask(self, method: str, command: str, body: dict[str, Any] | None = None) -> Any:
        return _ask(method, f"{self._at}/{command}".rstrip("/"), body)


def _ask(method: str, address: str, body: dict[str, Any] | None = None) -> Any:
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(address, data, {"Content-Type": "application/json"}, method=method)
    # No proxy: the driver is on this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=120) as answer:
            return json.load(answer)["value"]
    except urllib.error.HTTPError as error:
        with error:
            told = json.load(error)["value"]
        raise AssertionError(f"{address}: {told['error']}: {told['message']}") from None


@contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """A browser with a fresh profile, which can reach no network."""
    environment = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    with subprocess.Popen(
        ["chromedriver", "--port=0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment | {"HOME": str(profile)},
    ) as driver:
        try:
            window = _session(_port(driver), profile)
            yield window
            window.close()
        finally:
            driver.terminate()


def _port(driver: subprocess.Popen[str]) -> int:
    assert driver.stdout is not None
    for line in driver.stdout:
        if found := re.search(r"started successfully on port (\d+)", line):
            return int(found[1])
    raise AssertionError("chromedriver ended before it had a port")


def _session(port: int, profile: Path) -> Browser:
    # Whatever the page may ask for, no name resolves and no address is reached but the driver's own.
    flags = [*FLAGS, f"--user-data-dir={profile}", "--host-resolver-rules=MAP * ~NOTFOUND"]
    wanted = {
        "browserName": "chrome",
        "goog:chromeOptions": {"args": flags, "binary": shutil.which("chromium")},
        "goog:loggingPrefs": {"performance": "ALL", "browser": "ALL"},
    }
    made = _ask("POST", f"http://127.0.0.1:{port}/session", {"capabilities": {"alwaysMatch": wanted}})
    return Browser(port, made["sessionId"])
