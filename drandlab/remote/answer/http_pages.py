"""The relay's HTML pages for people; they load nothing from other sites, so they work without the internet."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

__all__ = ["UNDERFLOW", "reference"]

_STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "code{font:.95em ui-monospace,monospace;overflow-wrap:anywhere}table{border-collapse:collapse;width:100%}"
    "th,td{text-align:left;vertical-align:top;padding:.4rem .8rem .4rem 0;border-bottom:1px solid #8885}"
)


def _document(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>{body}</body></html>'
    )


UNDERFLOW = _document(
    "Not a round",
    "<h1>18446744073709551615 is not a round</h1><p>It is -1 read as an unsigned number of 64 bits: somewhere in your "
    "program one was taken from zero. No relay will ever have this round; please mend the program, not the relay.</p>",
)
"""Response to the largest round number: programs that subtract 1 from round 0 ask for it. Production has one too."""


def reference(description: Mapping[str, Any]) -> str:
    """Return an OpenAPI description as one HTML table: each route, its result and its responses."""
    title, about = description["info"]["title"], description["info"]["description"]
    rows = []
    for path, operations in description["paths"].items():
        operation = operations["get"]
        responses = "<br>".join(
            f"<code>{escape(status)}</code> {escape(response['description'])}"
            for status, response in operation["responses"].items()
        )
        # a route without parameters is a link
        name = f"<code>{escape(path)}</code>"
        link = name if "{" in path else f'<a href="{escape(path)}">{name}</a>'
        rows.append(f'<tr><th scope="row">{link}</th><td>{escape(operation["summary"])}</td><td>{responses}</td></tr>')
    return _document(
        title,
        f'<h1>{escape(title)}</h1><p>{escape(about)} Machines read <a href="/openapi.json">/openapi.json</a>.</p>'
        "<table><thead><tr><th>GET</th><th>gives</th><th>responses</th></tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table>",
    )
