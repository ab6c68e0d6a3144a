"""Answers requests with the site that was built last, at once, whatever is being built or wrong.

A page that is served listens for news: it loads itself again when there is another site, and shows what is wrong.
"""

from __future__ import annotations

import errno
import html
import ipaddress
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from generator.faults import Fault
from generator.serving.board import Board, News

# Addresses of the server's own. No page of a site can have one: its folders have names without a dot before them.
NEWS, OWN = "/.live/news", {"/.live/live.js": "text/javascript", "/.live/live.css": "text/css"}
SIGN_OF_LIFE = 15  # seconds: how soon a browser that has gone is noticed


class Host(ThreadingHTTPServer):
    """Serves the folder ``site``, as a host has it at the path ``mount``."""

    daemon_threads = True
    request_queue_size = 64  # a page asks for many files at once

    def __init__(self, address: tuple[str, int], site: Path, board: Board, mount: str) -> None:
        self.site, self.board, self.mount = site, board, mount
        if _is_ipv6(address[0]):
            self.address_family = socket.AF_INET6
        super().__init__(address, _Handler)

    @property
    def url(self) -> str:
        name, port = str(self.server_address[0]), self.server_address[1]
        return f"http://{f'[{name}]' if _is_ipv6(name) else name}:{port}{self.mount}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that goes away in the midst of an answer is nothing to report; all else is a bug."""
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


@contextmanager
def serving(address: tuple[str, int], site: Path, board: Board, mount: str) -> Iterator[Host]:
    """A host at work in threads of its own, until the block is left. Raises `Fault` where the address is not free."""
    try:
        host = Host(address, site, board, mount)
    except (OSError, OverflowError, UnicodeError, TypeError) as problem:  # by what of the name is none
        is_taken = getattr(problem, "errno", None) == errno.EADDRINUSE
        cure = "another is serving there: end it, or take" if is_taken else "take an address of this machine, or"
        raise Fault(
            f"the address {address[0]}:{address[1]} cannot be had: {getattr(problem, 'strerror', None) or problem}",
            help=f"{cure} another port, as with --dev-addr 127.0.0.1:8001",
        ) from None
    with host:
        thread = threading.Thread(target=host.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
        thread.start()
        try:
            yield host
        finally:
            board.close()
            host.shutdown()


class _Handler(SimpleHTTPRequestHandler):
    server: Host
    timeout = 30  # seconds: who asks nothing, or takes nothing, is let go
    protocol_version = "HTTP/1.0"  # an answer ends with its connection, as news do

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        # Taken before any file is read: a page of the next site under the name of this one is loaded once too often,
        # and the other way about it would be once too seldom.
        news = self.server.board.news
        if path == NEWS:
            self._tell_news()
        elif path in OWN:
            self._answer((Path(__file__).parent / Path(path).name).read_bytes(), OWN[path])
        elif not news.site:
            self._answer(_waiting(news), HTML, HTTPStatus.SERVICE_UNAVAILABLE)
        elif f"{path}/".startswith(self.server.mount):
            self._answer_with_file(path, query, news)
        elif path == "/":
            self._send_to(self.server.mount, query)
        else:
            self._answer_with_nothing(news)

    def do_HEAD(self) -> None:
        self.do_GET()

    def _answer_with_file(self, path: str, query: str, news: News) -> None:
        self.directory = str(self.server.site)
        file = Path(self.translate_path("/" + path[len(self.server.mount) :]))  # which leads to nowhere else
        try:
            if file.is_dir():
                if not path.endswith("/"):
                    self._send_to(f"{path}/", query)
                    return
                file /= "index.html"
            content = file.read_bytes()
        except (OSError, ValueError):  # no such name, one that is too long, one with a zero byte
            self._answer_with_nothing(news)
            return
        kind = self.guess_type(str(file))
        if kind == "text/html":
            content, kind = _with_news(content, news), HTML
        self._answer(content, kind)

    def _answer_with_nothing(self, news: News) -> None:
        try:
            page = (self.server.site / "404.html").read_bytes()
        except OSError:
            page = b"<!doctype html><title>404</title><body><h1>404</h1></body>"
        self._answer(_with_news(page, news), HTML, HTTPStatus.NOT_FOUND)

    def _send_to(self, path: str, query: str) -> None:
        self.send_response(HTTPStatus.FOUND)
        # Two slashes at the front, whichever way they lean, would be another host.
        self.send_header("Location", "/" + path.replace("\\", "%5C").lstrip("/") + (f"?{query}" if query else ""))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _answer(self, content: bytes, kind: str, status: HTTPStatus = HTTPStatus.OK) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")  # the next build may have another under this name
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _tell_news(self) -> None:
        """All news from now on, as `EventSource` reads them, until the browser goes."""
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if self.command == "HEAD":
            return
        board, known = self.server.board, News("none yet")
        self.wfile.write(b"retry: 1000\n\n")
        while not board.is_closed:
            news = board.wait_for_other(known, SIGN_OF_LIFE)
            self.wfile.write(b":\n\n" if news == known else f"data: {news.as_json()}\n\n".encode())
            known = news

    def log_message(self, format: str, *arguments: Any) -> None:
        """What was asked for is no news."""


HTML = "text/html; charset=utf-8"


def _with_news(page: bytes, news: News) -> bytes:
    """A page that shows what is wrong, also without scripts, and listens for what follows."""
    end = page.rfind(b"</body>")
    end = len(page) if end < 0 else end
    return page[:end] + _listening(news).encode() + page[end:]


def _listening(news: News) -> str:
    hidden = "" if news.problem else " hidden"
    return (
        '<link rel="stylesheet" href="/.live/live.css">'
        f'<pre data-live="problem" role="alert"{hidden}>{html.escape(news.problem)}</pre>'
        f'<script src="/.live/live.js" data-site="{html.escape(news.site)}" data-news="{NEWS}"></script>'
    )


def _waiting(news: News) -> bytes:
    """In place of every page as long as there is no site."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Not built yet</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<noscript><meta http-equiv="refresh" content="2"></noscript></head><body class="live-waiting">'
        f'<h1>There is no site yet</h1><p data-live="doing">{html.escape(news.doing)}</p>'
        "<p>This page becomes the one that you have asked for, as soon as there is one.</p>"
        f"{_listening(news)}</body></html>"
    ).encode()


def _is_ipv6(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).version == 6
    except ValueError:
        return False


def path_of(address: str) -> str:
    """The path of a site's address, from slash to slash: https://example.org/a/b gives /a/b/."""
    try:
        path = urlsplit(address).path
    except ValueError:
        path = ""
    return "/" + "".join(f"{part}/" for part in quote(path, safe="/%").split("/") if part)
