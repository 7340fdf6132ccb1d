"""Printed tables: the cells below (or beside) the name of a column that is known, hidden so that the layout stays.

A cell's text may say little: a number is told by its column alone. The column is found where it is printed: by the
place of its name above aligned rows (pandas), between lines (polars, duckdb, Markdown) or commas, in rows of HTML,
beside its name in one row's print, and after it in what dicts and tuples look like.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from html import unescape
from itertools import pairwise, takewhile

from jupyter_mlsec.controls.pii.shown import as_long

Known = Mapping[str, str]
"""The type of each column that is known."""
_BARS = re.compile(r"[│┆┃║|]")
_RULE = re.compile(r"[\s─━═┄╌╞╡╪┼├┤┬┴┌┐└┘╭╮╰╯+=|:-]+")
_FIELD = re.compile(r"\S+(?: \S+)*")
_NO_VALUE = re.compile(
    r"(?i)nan|nat|none|<na>|null|\.{3}|…|-+|\[[A-Z_]+\]\**|\*+|str(?:ing)?|object|category|[iuf]\d+|u?int\d*|float\d*|"
    r"bool(?:ean)?|date\w*(?:\[.*\])?|varchar|bigint|hugeint|double|integer|cat|enum.*|list\[.*|struct.*|decimal.*|\w*\[.*\]"
)
_NAMED = re.compile(r"^Name: (?P<name>.+?)(?:, Length: \d+)?, dtype: .+$")
_ERROR = re.compile(r"(?!Name:)(?:\x1b\[[0-9;]*m)*[A-Za-z_][\w.]*(?:\x1b\[[0-9;]*m)*:(?:\x1b\[[0-9;]*m)* ")
"""What an error's message follows in a traceback."""
_VALUE = r"""(?P<value>'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|[A-Za-z_.]*\([^()\n]*\)|[-+\d][\w.+-]*)"""
_LISTED = re.compile(rf"([\[,]\s*){_VALUE}")
_KEYED = re.compile(rf"(:\s*){_VALUE}")
_END = re.compile(r"Name: |dtype: |\s*\Z")
_FOOT = re.compile(r"\[\d+ rows x \d+ columns\]|(?:Name|Length): |dtype: ")
_NEAR = 1_000
"""Lines in which a row's print ends."""
_TALL = 50
"""Lines of one cell between quotes."""
_HTML = re.compile(r"(?i)<(?P<end>/?)(?P<name>table|t[rhd])\b[^>]{0,1000}>")
_TAG = re.compile(r"<[^<>]*>")
_LONGEST = 32_768


def columns_hidden(kind: str, text: str, known: Known) -> str:
    """The text (of that MIME type) with the cells of known columns hidden; everything else stays in its place."""
    if not known or not any(name in text for name in known):
        return text
    if kind == "text/html":
        return _of_html(text, known)
    if kind not in ("text/plain", "text/markdown"):
        return text
    lines, reached, head = text.split("\n"), 0, -2
    ends = [row for row, line in enumerate(lines) if _END.match(line)]
    for at, whole in enumerate(lines):
        if len(whole) > _LONGEST or not any(name in whole for name in known):
            continue
        before = _before(lines, at)
        line = lines[at] = whole[len(before) :]
        if _NAMED.match(line):
            _above_name(lines, at, known)
        elif at < reached and at != head + 1:  # a row that was looked at: many rows must not cost their square
            pass
        elif _BARS.search(line):
            reached = _between_bars(lines, at, known)
        elif sign := next((sign for sign in ",;\t" if sign in line), ""):
            reached = _between_signs(lines, at, known, sign)
        elif not _beside(lines, at, known, ends):
            end = _below(lines, at, known)
            reached, head = (max(reached, end), at) if end > at else (reached, head)
        lines[at] = before + lines[at]
    return _in_words("\n".join(lines), known)


def _before(lines: Sequence[str], at: int) -> str:
    """What stands in the line before the table does: the error that quotes it, or what was printed before it."""
    error = _ERROR.match(lines[at])
    if error is not None:
        return error[0]
    line, row = lines[at], lines[at + 1] if at + 1 < len(lines) else ""
    more = len(line) - len(row)  # the lines of a printed table are of one length
    is_said = 0 < more < len(line) and row.strip() and not line[0].isspace() and line[more - 1] == " "
    return line[:more] if is_said and line[more] == " " and not _BARS.search(line) else ""


def _covered(line: str, start: int, end: int, kind: str) -> str:
    """The line with what stands there hidden; blanks around it, and what is no value, stay."""
    cell = line[start:end]
    value = cell.strip()
    if not value or _NO_VALUE.fullmatch(value):
        return line
    start += len(cell) - len(cell.lstrip())
    return line[:start] + as_long(len(value), f"[{kind}]") + line[start + len(value) :]


def _between_bars(lines: list[str], at: int, known: Known) -> int:
    """Rows whose cells stand between bars, below a row that names them; gives how far they reach."""
    heads = _fields_between(lines[at])
    names = [lines[at][start:end].strip() for start, end in heads]
    wanted = {place: known[name] for place, name in enumerate(names) if name in known}
    for below in range(at + 1, len(lines)) if wanted else ():
        line = lines[below]
        if _RULE.fullmatch(line.strip()) and line.strip():
            continue
        fields = _fields_between(line)
        if len(fields) != len(heads):
            return below
        for place, kind in wanted.items():
            lines[below] = _covered(lines[below], *fields[place], kind)
    return len(lines) if wanted else at


def _between_signs(lines: list[str], at: int, known: Known, sign: str) -> int:
    """Rows of what `to_csv` gives, below one that names the columns; gives how far they reach."""
    names = _split(lines[at], sign)
    wanted = {place: known[name.strip('" ')] for place, name in enumerate(names) if name.strip('" ') in known}
    below = at + 1
    while wanted and below < len(lines):
        end = below + 1
        while '"' in lines[below] and end < min(len(lines), below + _TALL) and _is_open(lines[below:end]):
            end += 1
        cells = _split("\n".join(lines[below:end]), sign)
        if len(cells) != len(names):
            return below
        for place, kind in wanted.items():
            cells[place] = "\n".join(_covered(part, 0, len(part), kind) for part in cells[place].split("\n"))
        lines[below:end] = sign.join(cells).split("\n")
        below = end
    return len(lines) if wanted else at


def _split(row: str, sign: str) -> list[str]:
    """The cells of a row; a sign between quotes parts none."""
    if '"' not in row:
        return row.split(sign)
    parts = row.split('"')
    return '"'.join(part if n % 2 else part.replace(sign, "\0") for n, part in enumerate(parts)).split("\0")


def _is_open(rows: Sequence[str]) -> bool:
    """Whether the last of these lines ends within quotes."""
    return sum(row.count('"') for row in rows) % 2 == 1


def _fields_between(line: str) -> list[tuple[int, int]]:
    bars = [match.start() for match in _BARS.finditer(line)]
    return [(start + 1, end) for start, end in pairwise(bars)]


def _below(lines: list[str], at: int, known: Known) -> int:
    """Rows that end where the name above them ends; or that begin with it, where a line names the index alone.

    Gives how far they reach.
    """
    heads = [match.span() for match in _FIELD.finditer(lines[at])]
    names = [lines[at][start:end] for start, end in heads]
    if at + 1 >= len(lines) or not any(name in known for name in names):
        return at
    is_index = _names_index(lines, at, heads[-1][1], are_known=all(name in known for name in names))
    if not is_index and not heads[0][0] and at and lines[at - 1].strip():  # a row, not what stands above rows
        return at
    reached = len(lines)
    for place, ((start, end), name) in enumerate(zip(heads, names, strict=True)):
        if name not in known:
            continue
        if is_index:
            after = heads[place + 1][0] if place + 1 < len(heads) else None
            row = at
            for row in _rows(lines, at):
                lines[row] = _covered(lines[row], start, after or _gap(lines[row], start), known[name])
            reached = min(reached, row + 1)
            continue
        before = heads[place - 1][1] if place else None
        row = at
        for row in takewhile(lambda row, end=end: _ends_at(lines[row], end), _rows(lines, at)):  # type: ignore[misc]
            line = lines[row]
            left = _left_of(line, end) if before is None else before
            if line[left:end].strip() == name:  # the next table
                break
            lines[row] = _covered(line, left, end, known[name])
        reached = min(reached, max(row, at + 1))
    return reached


def _rows(lines: Sequence[str], at: int) -> Iterator[int]:
    for row in range(at + 1, len(lines)):
        if not lines[row].strip() or _FOOT.match(lines[row]):
            return
        yield row


def _names_index(lines: Sequence[str], at: int, end: int, *, are_known: bool) -> bool:
    """Whether the line names the levels of an index: alone, or below a line that names the columns right of them."""
    if lines[at][:1].isspace() or "  " not in lines[at + 1].rstrip():
        return False
    above = lines[at - 1] if at else ""
    return not above[:end].strip() and (bool(above.strip()) or are_known)


def _ends_at(line: str, end: int) -> bool:
    """Whether a cell ends there; a line that names the index is blank from there on."""
    if len(line) < end or not line[end - 1].strip():
        return not line[max(0, end - 1) :].strip()
    return len(line) == end or line[end] in " \\"


def _left_of(line: str, end: int) -> int:
    """Where the first column begins, to the right of the index."""
    gap = line.rfind("  ", 0, end)
    return gap + 2 if gap >= 0 else line.find(" ", 0, end) + 1


def _gap(line: str, start: int) -> int:
    found = line.find("  ", start + 1)
    return len(line) if found < 0 else found


def _above_name(lines: list[str], at: int, known: Known) -> None:
    """The values of a single column, which its print names below them."""
    named = _NAMED.match(lines[at])
    if named is None or named["name"] not in known:
        return
    for row in range(at - 1, -1, -1):
        value = re.match(r"^(?:\S.*?)?(\s{2,})(\S.*)$", lines[row])
        if value is None:
            return
        lines[row] = _covered(lines[row], value.start(2), len(lines[row]), known[named["name"]])


def _beside(lines: list[str], at: int, known: Known, ends: Sequence[int]) -> bool:
    """A single row, printed with a name and its value in each line; or a table that is turned, names at its left.

    ends: the lines with which the print of a row may end.
    """
    match = re.match(r"^(\S(?:.*?\S)?)\s{2,}(\S.*)$", lines[at])
    above = lines[at - 1] if at else ""
    if match is None or match[1] not in known or (above.strip() and not above[: match.end(1)].strip()):
        return False
    place = bisect_right(ends, at)
    if place < len(ends) and ends[place] < at + _NEAR and lines[ends[place]].strip():
        lines[at] = _covered(lines[at], match.start(2), len(lines[at]), known[match[1]])
    elif next((line for line in lines[max(0, at - 60) : at][::-1] if line[:1].isspace()), "").strip():  # transposed
        for field in list(_FIELD.finditer(lines[at]))[1:]:
            lines[at] = _covered(lines[at], *field.span(), known[match[1]])
    else:
        return False
    return True


def _in_words(text: str, known: Known) -> str:
    """`'ssn': 123`, `"ssn": "..."` and `ssn=123`."""
    for name, kind in known.items():
        if name not in text:
            continue
        after = re.compile(rf"""(?:(['"]){re.escape(name)}\1\s*:\s*|(?<![\w.]){re.escape(name)}=){_VALUE}""")
        text = after.sub(lambda match, kind=kind: _word_covered(match, kind), text)  # type: ignore[misc]
        under = re.compile(rf"""(['"]){re.escape(name)}\1\s*:\s*(?P<several>\{{[^{{}}\n]*\}}|\[[^\[\]\n]*\])""")
        text = under.sub(lambda match, kind=kind: _several_covered(match, kind), text)  # type: ignore[misc]
    return text


def _several_covered(match: re.Match[str], kind: str) -> str:
    """A list of values, or a dict of them by row."""
    several = match["several"]
    made = (_KEYED if several[0] == "{" else _LISTED).sub(lambda one: one[1] + _quoted(one["value"], kind), several)
    return match[0][: len(match[0]) - len(several)] + made


def _word_covered(match: re.Match[str], kind: str) -> str:
    value = match["value"]
    return match[0][: len(match[0]) - len(value)] + _quoted(value, kind)


def _quoted(value: str, kind: str) -> str:
    """A value as Python or JSON writes it, hidden inside of its quotes."""
    quote = value[0] if value[0] in "'\"" else ""
    inner = value[len(quote) : len(value) - len(quote)]
    if not inner or _NO_VALUE.fullmatch(inner):
        return value
    return quote + as_long(len(inner), f"[{kind}]") + quote


def _of_html(text: str, known: Known) -> str:
    """Cells of HTML below a row that names their columns; what spans several is taken for one, none needs an end."""
    wanted: dict[int, dict[int, str]] = {}
    """By table: the type of each place, counted from the right."""
    covers = list[tuple[int, int, str]]()
    for table, cells, is_head in _html_rows(text):
        held = wanted.setdefault(table, {})
        values = [_bare(text[start:end]) for start, end in cells]
        named = {place - len(cells): known[name] for place, name in enumerate(values) if name in known}
        if named and (not held or is_head):
            held |= named
            continue
        for place, value in enumerate(values):
            kind = held.get(place - len(cells))
            if kind is not None and value and not _NO_VALUE.fullmatch(value):
                covers.append((*cells[place], as_long(len(value), f"[{kind}]")))
    pieces, at = list[str](), 0
    for start, end, made in sorted(covers):
        pieces += [text[at:start], made]
        at = end
    return "".join((*pieces, text[at:]))


def _html_rows(text: str) -> Iterator[tuple[int, list[tuple[int, int]], bool]]:
    """Each row: of which table, where its cells are, whether all of them are heads. A table in a cell ends the cell."""
    tables, count = [_HtmlRow(0)], 0
    for tag in _HTML.finditer(text):
        name, row = tag["name"].lower(), tables[-1]
        row.ends(tag.start())
        if name in ("td", "th"):
            if not tag["end"]:
                row.opened, row.is_head = tag.end(), row.is_head and name == "th"
            continue
        if row.cells and not (name == "table" and not tag["end"]):
            yield row.table, row.cells, row.is_head
            row.cells, row.is_head = [], True
        if name == "table" and not tag["end"]:
            count += 1
            tables.append(_HtmlRow(count))
        elif name == "table" and len(tables) > 1:
            tables.pop()
    for row in tables:
        row.ends(len(text))
        if row.cells:
            yield row.table, row.cells, row.is_head


class _HtmlRow:
    """The row that is read of one table."""

    def __init__(self, table: int) -> None:
        self.table = table
        self.cells: list[tuple[int, int]] = []
        self.is_head = True
        self.opened: int | None = None

    def ends(self, at: int) -> None:
        """The cell that is open ends there."""
        if self.opened is not None:
            self.cells.append((self.opened, at))
            self.opened = None


def _bare(cell: str) -> str:
    return unescape(_TAG.sub("", cell)).strip()
