"""Messages over a socket, each with its length before it; whoever sends, no one waits for ever.

Knows nothing of what the messages say.
"""

import socket
import struct
import time
from typing import Any

from utils.classroom.plain_data import Unreadable, as_bytes, from_bytes

__all__ = ["Channel", "Closed", "OutOfTime"]

LONGEST = 24_000_000  # bytes of one message


class Closed(Exception):
    """The other side is gone."""


class OutOfTime(Exception):
    """The other side hasn't answered in time."""


class Channel:
    """One end. deadline: when to give up, in `time.monotonic`'s seconds; None is never."""

    def __init__(self, end: socket.socket, deadline: float | None = None) -> None:
        self.end, self.deadline = end, deadline

    def send(self, message: Any) -> None:
        """Send a message. Raises Closed, OutOfTime, and Unreadable for one that is too long."""
        content = as_bytes(message)
        if len(content) > LONGEST:
            raise Unreadable("the message is too large")
        try:
            self._keep_to_time()
            self.end.sendall(struct.pack("!Q", len(content)) + content)
        except TimeoutError as error:
            raise OutOfTime from error
        except OSError as error:
            raise Closed from error

    def receive(self) -> Any:
        """Return the next message. Raises Closed, OutOfTime, and Unreadable."""
        (length,) = struct.unpack("!Q", self._exactly(8))
        if length > LONGEST:
            raise Unreadable("the message is too large")
        return from_bytes(self._exactly(length))

    def _exactly(self, count: int) -> bytes:
        parts = bytearray()
        while len(parts) < count:
            try:
                self._keep_to_time()
                part = self.end.recv(min(count - len(parts), 1 << 20))
            except TimeoutError as error:
                raise OutOfTime from error
            except OSError as error:
                raise Closed from error
            if not part:
                raise Closed
            parts += part
        return bytes(parts)

    def _keep_to_time(self) -> None:
        if self.deadline is not None:
            left = self.deadline - time.monotonic()
            if left <= 0:
                raise OutOfTime
            self.end.settimeout(left)
