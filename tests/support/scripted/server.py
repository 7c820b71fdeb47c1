"""The server that programs take for a model's, and for the proxy to the rest of the world."""

from __future__ import annotations

import gzip
import json
import re
import socket
import sys
import time
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Condition
from threading import Event
from threading import Lock
from typing import Any
from typing import Final
from typing import cast
from urllib.parse import unquote
from urllib.parse import urlsplit

import msgspec

from tests.support.scripted import anthropic
from tests.support.scripted import responses
from tests.support.scripted.request import SHELL_TOOLS
from tests.support.scripted.request import Protocol
from tests.support.scripted.request import Request
from tests.support.scripted.request import read_body
from tests.support.scripted.request import tools
from tests.support.scripted.script import Scripts

PATH: Final = re.compile(r"(?:/(?P<agent>.*?))??/v1/(?P<what>.*)")
PROTOCOLS: Final[dict[str, Protocol]] = {"messages": "anthropic", "responses": "responses"}
GATE_SECONDS: Final = 60.0
ERRORS: Final = {
    400: "invalid_request_error",
    401: "authentication_error",
    429: "rate_limit_error",
    529: "overloaded_error",
}
SECRET: Final = ("authorization", "x-api-key", "proxy-authorization")
MODEL: Final = {
    "id": "scripted",
    "object": "model",
    "type": "model",
    "display_name": "Scripted",
    "created": 1700000000,
    "created_at": "2025-01-01T00:00:00Z",
    "owned_by": "local",
}


class Server(ThreadingHTTPServer):
    """Answers by `scripts` on a free port of 127.0.0.1, and keeps each request, also as a line of `log`."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, scripts: Scripts, log: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.scripts = scripts
        self.log = log
        self.kept: list[Request] = []
        self.came = Condition()
        self.closing = Event()
        self.errors: list[BaseException] = []
        self._open: set[socket.socket] = set()
        self._lock = Lock()

    def keep(self, **fields: Any) -> Request:
        with self.came:
            request = Request(number=len(self.kept), **fields)
            self.kept.append(request)
            with self.log.open("ab") as file:
                file.write(msgspec.json.encode(request) + b"\n")
            self.came.notify_all()
        return request

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        # Programs are killed in tests, in the middle of an answer too.
        error = sys.exception()
        if error is not None and not isinstance(error, ConnectionError | TimeoutError):
            self.errors.append(error)

    def close(self) -> None:
        """End every answer that is under way, and free the port."""
        self.closing.set()
        self.shutdown()
        with self._lock:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:  # the other side was first
                    pass
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "scripted-model"

    @property
    def town(self) -> Server:
        return cast(Server, self.server)

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_HEAD(self) -> None:
        self._answer({})

    def do_CONNECT(self) -> None:
        """A program that was told that we are its proxy wants to talk to the world."""
        self._stray()

    def do_GET(self) -> None:
        self._route()

    do_PUT = do_POST = do_GET

    def _route(self) -> None:
        body = read_body(self._body())
        if not self.path.startswith("/"):
            self._stray()
            return
        path = urlsplit(self.path).path
        found = PATH.fullmatch(path)
        agent, what = (unquote(found["agent"] or ""), found["what"]) if found else ("", path)
        if what in PROTOCOLS and self.command == "POST" and "upgrade" not in self.headers:
            kind = "main" if any(name in SHELL_TOOLS for name in tools(body)) else "side"
            self._reply(self._keep(agent=agent, kind=kind, protocol=PROTOCOLS[what], body=body))
            return
        counts = what == "messages/count_tokens"
        self._keep(agent=agent, kind="count" if counts else "other", body=body)
        if counts:
            self._answer({"input_tokens": max(1, len(json.dumps(body)) // 4)})
        elif what == "models":
            self._answer(
                {
                    "object": "list",
                    "data": [MODEL],
                    "has_more": False,
                    "first_id": "scripted",
                    "last_id": "scripted",
                }
            )
        else:
            self._refuse(404, "not_found_error", f"nothing at {path}")

    def _reply(self, request: Request) -> None:
        step = self.town.scripts.step(request)
        if "wait_for" in step and not self._gate(Path(step["wait_for"])):
            self._refuse(500, "api_error", f"{step['wait_for']} did not come")
            return
        self.town.closing.wait(step.get("delay", 0))
        if "status" in step:
            status = step["status"]
            self._refuse(status, ERRORS.get(status, "api_error"), step.get("error", "scripted error"))
            return
        protocol = anthropic if request.protocol == "anthropic" else responses
        whole = protocol.answer(request, step)
        if not request.body.get("stream"):
            self._answer(whole)
            return
        events = protocol.events(whole)
        self._stream([next(events), next(events)] if step.get("drop") else events, cut=bool(step.get("drop")))

    def _gate(self, path: Path) -> bool:
        end = time.monotonic() + GATE_SECONDS
        while not path.exists():
            if time.monotonic() > end or self.town.closing.wait(0.05):
                return False
        return True

    def _keep(self, **fields: Any) -> Request:
        headers = {
            key.lower(): "(left out)" if key.lower() in SECRET else value
            for key, value in self.headers.items()
        }
        return self.town.keep(method=self.command, path=self.path, headers=headers, **fields)

    def _stray(self) -> None:
        self._keep(agent="", kind="stray")
        self.close_connection = True
        self._refuse(403, "permission_error", "no way out")

    def _refuse(self, status: int, kind: str, message: str) -> None:
        self._answer({"type": "error", "error": {"type": kind, "message": message, "code": kind}}, status)

    def _answer(self, value: dict[str, Any], status: int = 200) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def _stream(self, events: Iterable[tuple[str, dict[str, Any]]], cut: bool) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("cache-control", "no-cache")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for name, data in events:
            self._chunk(f"event: {name}\ndata: {json.dumps({'type': name, **data})}\n\n".encode())
        if cut:
            self.close_connection = True
        else:
            self._chunk(b"")

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))
        self.wfile.flush()

    def _body(self) -> bytes:
        if self.headers.get("transfer-encoding", "").lower() == "chunked":
            raw = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                raw += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        return gzip.decompress(raw) if self.headers.get("content-encoding", "") == "gzip" else raw
