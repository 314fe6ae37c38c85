"""A slow server on this machine, and the tiny archives that it sends to test_fetching_faults.py."""

import random
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
from tiny_sets import cifar_archive, cifar_files, cifar_records, mnist_arrays

CHUNK = 8_192  # bytes that the server sends at a time


class Slow(ThreadingHTTPServer):
    """A server that sends files in small pieces, knows ranges, and notes what it is asked for.

    asked: of each request the file, and the byte that it starts at.
    """

    files: dict[str, bytes]
    pause = 0.001  # seconds between two pieces

    def __init__(self, files: dict[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), Sending)
        self.files, self.asked = files, list[tuple[str, int]]()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Sending(BaseHTTPRequestHandler):
    server: Slow

    def do_GET(self) -> None:
        body, asked = self.server.files[self.path[1:]], self.headers.get("Range")
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
        self.server.asked.append((self.path[1:], start))
        with suppress(ConnectionError):  # whoever asked was killed
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(body) - start))
            if start:
                told = f"bytes {start}-{len(body) - 1}/{len(body)}"
                self.send_header("Content-Range", told)
            self.end_headers()
            for at in range(start, len(body), CHUNK):
                self.wfile.write(body[at : at + CHUNK])
                time.sleep(self.server.pause)

    def log_message(self, *args: object) -> None:
        """Stay quiet."""


def archives(folder: Path) -> dict[str, Path]:
    """Write a tiny mnist.npz and an archive of CIFAR-10; return each set's."""
    mnist, cifar = folder / "mnist.npz", folder / "cifar-10-binary.tar.gz"
    np.savez(mnist, **mnist_arrays())
    files = {
        name: np.tile(cifar_records(number), (20, 1)).tobytes()
        for number, name in enumerate(list(cifar_files())[:-1], start=1)
    }
    noise = random.Random(0).randbytes(300_000)  # so that it takes the server a while
    cifar.write_bytes(cifar_archive({"noise": noise, **files, "batches.meta.txt": b"airplane\n"}))
    return {"mnist": mnist, "cifar10": cifar, "cats_dogs": cifar}
