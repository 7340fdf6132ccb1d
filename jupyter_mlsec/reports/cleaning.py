"""HTML of a notebook's own (outputs, rendered Markdown) made harmless: a short list of tags, next to no attributes.

Nothing in the result runs, and nothing in it is fetched when the page is opened.
"""

from __future__ import annotations

import html
from html.parser import HTMLParser

_NAMES = """
a b blockquote br caption code col colgroup dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr i img
ins kbd li ol p pre q s samp small span strong sub summary sup table tbody td tfoot th thead tr u ul
var
"""
TAGS = frozenset(_NAMES.split())
ATTRIBUTES = frozenset(("alt", "align", "colspan", "rowspan", "scope", "start", "title", "height", "width"))
VOID = frozenset(("br", "col", "hr", "img"))
SILENT = frozenset(("script", "style", "iframe", "object", "template", "noscript", "textarea", "title", "svg", "math"))
"""Tags dropped with all that is in them."""
_PICTURES = ("data:image/png", "data:image/jpeg", "data:image/gif", "data:image/webp")
_LINKS = ("http://", "https://", "mailto:", "#")


def cleaned(text: str) -> str:
    """The harmless part of a piece of HTML, well nested."""
    cleaner = _Cleaner()
    cleaner.feed(text)
    cleaner.close()
    return cleaner.result()


class _Cleaner(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[str] = []
        self._open: list[str] = []
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in SILENT:
            self._silent.append(tag)
        if self._silent or tag not in TAGS:
            return
        kept = "".join(f' {name}="{html.escape(value)}"' for name, value in _kept(tag, attrs))
        self._parts.append(f"<{tag}{kept}>")
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in TAGS:
            self.handle_starttag(tag, attrs)
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._silent:
            if tag == self._silent[-1]:
                self._silent.pop()
            return
        if tag in self._open:
            while (last := self._open.pop()) != tag:
                self._parts.append(f"</{last}>")
            self._parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._parts.append(html.escape(data, quote=False))

    def result(self) -> str:
        return "".join(self._parts) + "".join(f"</{tag}>" for tag in reversed(self._open))


def _kept(tag: str, attrs: list[tuple[str, str | None]]) -> list[tuple[str, str]]:
    kept = [(name, value or "") for name, value in attrs if name in ATTRIBUTES]
    for name, value in attrs:
        address = (value or "").strip()
        is_picture = tag == "img" and name == "src" and address.startswith(_PICTURES)
        is_link = tag == "a" and name == "href" and address.lower().startswith(_LINKS)
        if is_picture or is_link:
            kept.append((name, address))
    if tag == "a":
        kept.append(("rel", "noreferrer noopener"))
    return kept
