"""A web server on this machine that speaks Anthropic's Messages and Batches format, and counts.

with AnthropicServer() as server:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
    ...
    assert len(server.asked) == 2

It answers every face or picture it is asked about, by id. ``server.next`` lists how to misbehave:
each entry is used up by one request.
"""

from __future__ import annotations

import base64
import json
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

IDS = re.compile(r"(?:Face|Picture) with the id ((?:moment|picture)-\d+):")

Judge = Callable[[str], dict[str, Any]]


@dataclass(frozen=True)
class Misbehave:
    """One answer other than the good one; what is not set stays as it would be."""

    status: int = 200
    kind: str = "api_error"
    headers: dict[str, str] = field(default_factory=dict)
    text: str | None = None
    stop_reason: str = "end_turn"
    hangs_up: bool = False
    delay_s: float = 0.0
    waits_for: threading.Event | None = None
    about: str = ""
    only: tuple[str, ...] | None = None
    rename: dict[str, str] = field(default_factory=dict)


def smiling(name: str) -> dict[str, Any]:
    """What is said of a face unless a test says otherwise."""
    return {
        "id": name,
        "cannot_tell": False,
        "expression": "happy",
        "confidence": 0.9,
        "citations": [
            {"action_unit": "AU12", "evidence": "the lip corners are up"},
            {"action_unit": "AU09", "evidence": "the nose is wrinkled"},
        ],
        "explanation": f"In {name} AU12 raises the lip corners.",
    }


def centred(name: str) -> dict[str, Any]:
    """What is found in a picture unless a test says otherwise: a face in its middle."""
    box = {"left": 0.33, "top": 0.33, "right": 0.67, "bottom": 0.67, "confidence": 0.9}
    return {"id": name, "no_face": False, "faces": [box]}


class AnthropicServer:
    """On a free port for as long as the ``with`` block lasts; ``asked`` are the bodies it got."""

    def __init__(self, judge: Judge = smiling, delay_s: float = 0.0) -> None:
        self.judge = judge
        self.find: Judge = centred
        self.delay_s = delay_s
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.next: list[Misbehave] = []
        self.batches: dict[str, dict[str, Any]] = {}
        self.script: list[dict[str, Any]] = []
        self.looks_needed = 1
        self.most_at_once = 0
        self._at_once = 0
        self.lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.owner = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def faces(self) -> list[str]:
        """The ids of all faces that were asked about, in the order of the requests."""
        return [name for body in self.asked for name in ids(body)]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def misbehaviour(self, request: str) -> Misbehave:
        """How to answer a request: as the first of ``next`` says that is about what it asks."""
        for odd in self.next:
            if odd.about in request:
                self.next.remove(odd)
                return odd
        return Misbehave(delay_s=self.delay_s)

    def enter(self) -> None:
        with self.lock:
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)

    def leave(self) -> None:
        with self.lock:
            self._at_once -= 1


def texts(body: dict[str, Any]) -> list[str]:
    """The text blocks of the user's part of a request."""
    parts = [part for message in body["messages"] for part in message["content"]]
    return [part["text"] for part in parts if part["type"] == "text"]


def images(body: dict[str, Any]) -> list[bytes]:
    """The pictures in a request."""
    parts = [part for message in body["messages"] for part in message["content"]]
    return [base64.b64decode(part["source"]["data"]) for part in parts if part["type"] == "image"]


def ids(body: dict[str, Any]) -> list[str]:
    """The faces that a request asks about."""
    return [found for text in texts(body) for found in IDS.findall(text)]


def message(
    content: list[dict[str, Any]], stop_reason: str = "end_turn", tokens_in: int = 3000
) -> dict[str, Any]:
    """An answer in the service's format."""
    return {
        "id": "msg_test",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-6",
        "content": content,
        "stop_reason": stop_reason,
        "stop_sequence": None,
        "usage": {
            "input_tokens": tokens_in,
            "output_tokens": 400,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 500,
        },
    }


class _Server(ThreadingHTTPServer):
    owner: AnthropicServer
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is part of the game."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Tests look at ``asked``."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        owner = self.server.owner
        if self.path.startswith("/v1/messages/batches"):
            self._create_batch(body)
            return
        with owner.lock:
            owner.asked.append(body)
            owner.headers.append(dict(self.headers.items()))
            odd = owner.misbehaviour(json.dumps(body))
        owner.enter()
        try:
            time.sleep(odd.delay_s)
            if odd.waits_for is not None:
                odd.waits_for.wait(60)
        finally:
            owner.leave()
        if odd.hangs_up:
            self.close_connection = True
            return
        if odd.status != 200:
            error = {"type": odd.kind, "message": "told by the test"}
            self._send(odd.status, {"type": "error", "error": error}, odd.headers)
            return
        if owner.script:
            self._send(200, owner.script.pop(0))
            return
        self._send(
            200, message([{"type": "text", "text": _said(owner, body, odd)}], odd.stop_reason)
        )

    def do_GET(self) -> None:
        owner = self.server.owner
        batch_id, _, rest = self.path.removeprefix("/v1/messages/batches/").partition("/")
        batch = owner.batches.get(batch_id)
        if batch is None:
            error = {"type": "not_found_error", "message": "no such batch"}
            self._send(404, {"type": "error", "error": error})
        elif rest == "results":
            lines = [json.dumps(item) for item in batch["results"]]
            self._raw(200, "\n".join(lines).encode(), "application/x-jsonl")
        else:
            batch["looks"] += 1
            ended = batch["looks"] > batch["looks_needed"]
            self._send(200, self._batch(batch_id, batch, ended))

    def _create_batch(self, body: dict[str, Any]) -> None:
        owner = self.server.owner
        results = []
        for request in body["requests"]:
            owner.asked.append(request["params"])
            said = _said(owner, request["params"], Misbehave())
            answer = message([{"type": "text", "text": said}])
            result: dict[str, Any] = {"type": "succeeded", "message": answer}
            if owner.next:
                owner.next.pop(0)
                result = {"type": "expired"}
            results.append({"custom_id": request["custom_id"], "result": result})
        batch_id = f"msgbatch_{len(owner.batches) + 1}"
        owner.batches[batch_id] = {
            "results": results,
            "looks": 0,
            "looks_needed": owner.looks_needed,
        }
        self._send(200, self._batch(batch_id, owner.batches[batch_id], False))

    def _batch(self, batch_id: str, batch: dict[str, Any], ended: bool) -> dict[str, Any]:
        n = len(batch["results"])
        results_url = f"{self.server.owner.url}/v1/messages/batches/{batch_id}/results"
        return {
            "id": batch_id,
            "type": "message_batch",
            "processing_status": "ended" if ended else "in_progress",
            "request_counts": {
                "processing": 0 if ended else n,
                "succeeded": n if ended else 0,
                "errored": 0,
                "canceled": 0,
                "expired": 0,
            },
            "created_at": "2026-11-20T00:00:00Z",
            "expires_at": "2026-11-21T00:00:00Z",
            "ended_at": "2026-11-20T00:01:00Z" if ended else None,
            "archived_at": None,
            "cancel_initiated_at": None,
            "results_url": results_url if ended else None,
        }

    def _send(
        self, status: int, content: dict[str, Any], headers: dict[str, str] | None = None
    ) -> None:
        self._raw(status, json.dumps(content).encode(), "application/json", headers)

    def _raw(
        self, status: int, body: bytes, content_type: str, headers: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("request-id", "req_test")
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def _said(owner: AnthropicServer, body: dict[str, Any], odd: Misbehave) -> str:
    if odd.text is not None:
        return odd.text
    wanted = [name for name in ids(body) if odd.only is None or name in odd.only]
    is_about_pictures = any(name.startswith("picture-") for name in ids(body))
    answers = [owner.find(name) if is_about_pictures else owner.judge(name) for name in wanted]
    for answer in answers:
        answer["id"] = odd.rename.get(answer["id"], answer["id"])
    return json.dumps({"pictures" if is_about_pictures else "judgements": answers})
