"""Hosts of plain files, as GitHub Pages is one: a site below a path, and its 404 page for whatever is not there."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from generator.site.headers import POLICY


@contextmanager
def hosted(site: Path, path: str) -> Iterator[str]:
    """The address of a host that has the site at this path, from slash to slash; it sends the policy along."""

    class PlainFiles(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *given: object) -> None:
            super().__init__(*given, directory=str(site))  # type: ignore[arg-type]

        def log_message(self, *_: object) -> None:
            pass

        def end_headers(self) -> None:
            self.send_header("Content-Security-Policy", POLICY)
            super().end_headers()

        def do_GET(self) -> None:
            asked = self.path.partition("?")[0]
            file = site / asked.removeprefix(path) if asked.startswith(path) else site / "404.html" / "none"
            if file.is_dir() and asked.endswith("/"):
                file /= "index.html"
            is_there = file.is_file()
            content = file.read_bytes() if is_there else (site / "404.html").read_bytes()
            self.send_response(http.HTTPStatus.OK if is_there else http.HTTPStatus.NOT_FOUND)
            self.send_header("Content-Type", self.guess_type(str(file)) if is_there else "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(content)

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), PlainFiles) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
