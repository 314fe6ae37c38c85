"""Fixtures: tiny data sets, an empty cache, and a web server that can misbehave."""

import io
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from starting import served
from tiny_sets import BATCH, Server, cifar_archive, cifar_files, mnist_arrays, publish

from utils import settings


@pytest.fixture
def server() -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = self.headers.get("Range")
            told.asked.append((self.path, asked))
            queue = told.replies[self.path]
            reply = queue.pop(0) if len(queue) > 1 else queue[0]
            start = 0
            if reply.ranges and asked:
                start = int(asked.removeprefix("bytes=").removesuffix("-"))
            body = reply.body[start:]
            self.send_response(206 if start and reply.status == 200 else reply.status)
            headers = {} if reply.endless else {"Content-Length": str(len(body))}
            # As some servers do with a .tar.gz; a client that believes it would unpack it.
            if self.path.endswith(".gz"):
                headers["Content-Encoding"] = "x-gzip"
            for name, value in {**headers, **reply.headers}.items():
                if value is not None:
                    self.send_header(name, value)
            self.close_connection = True
            with suppress(ConnectionError):  # a client may go when it has seen enough
                self.end_headers()
                for _ in range(100 if reply.endless else 1):
                    self.wfile.write(body if reply.cut is None else body[: reply.cut])
                    told.sent += len(body)

        def log_message(self, *args: object) -> None:
            """Stay quiet."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told = Server(f"http://127.0.0.1:{http.server_port}")
    with served(http):
        yield told


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache instead of data/, and no settings from outside."""
    folder = tmp_path / "cache"
    monkeypatch.setattr(settings, "cache_dir", lambda: folder)
    for variable in ("COURSE_DATA", "COURSE_DATA_SOURCE"):
        monkeypatch.delenv(variable, raising=False)
    return folder


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that COURSE_DATA names."""
    folder = tmp_path / "shared"
    folder.mkdir()
    monkeypatch.setenv("COURSE_DATA", str(folder))
    return folder


@pytest.fixture
def mnist(monkeypatch: pytest.MonkeyPatch) -> bytes:
    """The bytes of a tiny mnist.npz, which the catalogue now takes for the public one."""
    file = io.BytesIO()
    np.savez_compressed(file, **mnist_arrays())
    data = file.getvalue()
    publish(monkeypatch, "mnist", data, train=60, validation=5, test=10)
    return data


@pytest.fixture
def cifar10(monkeypatch: pytest.MonkeyPatch) -> bytes:
    """A tiny CIFAR-10 archive, which the catalogue now takes for the public one."""
    data = cifar_archive(cifar_files())
    for name in ("cifar10", "cats_dogs"):
        publish(monkeypatch, name, data, train=5 * BATCH, validation=10, test=BATCH, batch=BATCH)
    return data


@pytest.fixture
def cifar_folder(cifar10: bytes, shared: Path) -> Path:
    """The tiny CIFAR-10, unpacked in COURSE_DATA."""
    folder = shared / "cifar-10-batches-bin"
    folder.mkdir()
    for name, data in cifar_files().items():
        (folder / name).write_bytes(data)
    return folder
