"""A session of the dashboard without a browser: Streamlit's own messages over a websocket.

Twenty browsers would need a larger machine than the dashboard does. A ``Session`` asks for a page
and presses buttons as a browser would, and keeps what the server draws.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import ClientConnection, connect

WAIT_S = 60.0


class Session:
    """One visitor: ``elements`` are those of the last run, in the order in which they came."""

    def __init__(self, connection: ClientConnection, url: str) -> None:
        self._connection = connection
        self._url = url
        self._page = ""
        self._query = ""
        self._widgets: dict[str, WidgetState] = {}
        self.elements: list[Any] = []

    def open(self, page: str = "", query: str = "") -> None:
        """Ask for a page with a query, as the address has them, and wait until it is drawn."""
        self._page, self._query = page, query
        self._run()

    def press(self, label: str) -> None:
        """Press the button of that label, and wait until the page is drawn again."""
        button = next(
            e.button for e in self.elements if _is(e, "button") and e.button.label == label
        )
        state = WidgetState(id=button.id, trigger_value=True)
        self._run(state)

    def again(self) -> None:
        """Look at the same page once more."""
        self._run()

    @property
    def text(self) -> str:
        """Everything that is written on the page."""
        said = []
        for element in self.elements:
            kind = element.WhichOneof("type")
            part = getattr(element, kind)
            for name in ("body", "label", "message", "text"):
                with contextlib.suppress(AttributeError):
                    said.append(str(getattr(part, name)))
        return "\n".join(said)

    @property
    def exceptions(self) -> list[str]:
        """What Streamlit shows of errors that nobody has caught."""
        return [e.exception.message for e in self.elements if _is(e, "exception")]

    def _run(self, *triggered: WidgetState) -> None:
        message = BackMsg()
        client = message.rerun_script
        client.query_string = self._query
        client.page_name = self._page
        client.context_info.url = self._url + self._page
        client.widget_states.widgets.extend([*self._widgets.values(), *triggered])
        self.elements = []
        self._connection.send(message.SerializeToString())
        self._collect()

    def _collect(self) -> None:
        while True:
            data = self._connection.recv(timeout=WAIT_S)
            assert isinstance(data, bytes)
            message = ForwardMsg.FromString(data)
            kind = message.WhichOneof("type")
            if kind == "delta" and message.delta.WhichOneof("type") == "new_element":
                self.elements.append(message.delta.new_element)
            elif kind == "new_session":
                self.elements = []  # another page took over
            elif kind == "page_info_changed":
                self._query = message.page_info_changed.query_string
            elif kind == "script_finished":
                if message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                    return
                assert message.script_finished != ForwardMsg.FINISHED_WITH_COMPILE_ERROR


def _is(element: Any, kind: str) -> bool:
    return bool(element.WhichOneof("type") == kind)


@contextlib.contextmanager
def session(url: str) -> Iterator[Session]:
    """A new visitor of the dashboard at ``url``."""
    place = f"ws://{urlsplit(url).netloc}/_stcore/stream"
    with connect(place, subprotocols=["streamlit"], max_size=None) as connection:
        yield Session(connection, url)
