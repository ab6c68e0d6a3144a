"""What a host is to say with each page: the policy under which nothing runs in it but the site's own files."""

from __future__ import annotations

ROBOTS_FILE = "robots.txt"  # at the top of the host
HEADERS_FILE = "_headers"  # at the top of the site: Netlify and Cloudflare Pages read it there

# Pictures in style sheets are data: the theme's icons. Nothing is unsafe: no page of ours has a script, a handler or a
# style in it. A page may stand in a frame, as in a course's learning platform.
POLICY = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'self'"
SAID = {"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff"}


def headers() -> str:
    return "".join(["/*\n", *(f"  {name}: {value}\n" for name, value in SAID.items())])
