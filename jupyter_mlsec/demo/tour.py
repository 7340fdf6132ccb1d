"""A notebook executed cell by cell in a real kernel, told as it happens: each cell and what the kernel answered."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

from jupyter_mlsec.demo.folder import DemoFolder

Say = Callable[[str], object]
LINES_SHOWN = 14
WIDTH = 118
AS_IT_IS: dict[str, Any] = {"replace_whitespace": False, "drop_whitespace": True, "break_on_hyphens": False}
ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
EXPECTED = "raises-exception"
"""nbconvert's tag for a cell whose error is part of the story."""


class Surprise(Exception):
    """A cell of the demo ended in an error or a complaint that is not part of the story, or lacked one that is."""


def execute(folder: DemoFolder, say: Say) -> int:
    """Run all cells of the folder's notebook, telling each; the notebook file is saved after every cell, as Lab would.

    Returns how many cells ran. Raises Surprise at the first cell that does not end as its tags say.
    """
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(folder.notebook, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder.path)}},
        force_raise_errors=False,
        # The kernel's own remarks about its transport are no part of the story.
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
    )
    ran = 0
    with client.setup_kernel(env=folder.environment(), cwd=str(folder.path)):
        for index, cell in enumerate(notebook.cells):
            if cell.cell_type == "markdown":
                tell_heading(cell.source, say)
                continue
            client.allow_errors = True
            client.execute_cell(cell, index, execution_count=ran + 1)
            ran += 1
            tell_cell(cell, say)
            nbformat.write(notebook, folder.notebook)
            check_ending(cell)
    return ran


def check_ending(cell: Any) -> None:  # Any: nbformat's NotebookNode, a dict with attributes
    """Raise Surprise unless the cell failed exactly if it is tagged to."""
    failed = next((output.ename for output in cell.outputs if output.output_type == "error"), None)
    complaint = "".join(output.text for output in cell.outputs if output.get("name") == "stderr")
    if complaint:
        raise Surprise(f"This cell was to run without a complaint:\n{cell.source}\n{complaint}")
    expected = EXPECTED in cell.metadata.get("tags", ())
    if failed and not expected:
        raise Surprise(f"This cell was to run through, and raised {failed}:\n{cell.source}")
    if expected and failed != "Denied":
        raise Surprise(
            f"This cell was to be denied, and {'raised ' + failed if failed else 'ran through'}:\n{cell.source}"
        )


def tell_heading(markdown: str, say: Say) -> None:
    """The heading and the first paragraph of a markdown cell."""
    title, _, rest = markdown.partition("\n")
    if title.startswith("#"):
        say(f"\n== {title.lstrip('# ')} ==")
        paragraph = rest.strip().split("\n\n")[0]
    else:
        paragraph = markdown.strip().split("\n\n")[0]
    if paragraph:
        say(textwrap.fill(" ".join(paragraph.split()), WIDTH))


def tell_cell(cell: Any, say: Say) -> None:  # Any: see check_ending
    """A cell's source and its outputs, each as plain text and cut to a readable length."""
    prompt = f"In [{cell.execution_count}]: "
    say("")
    say(textwrap.indent(cell.source, " " * len(prompt)).replace(" " * len(prompt), prompt, 1))
    lines = [line for output in cell.outputs for line in plain_lines(output)]
    for line in lines[:LINES_SHOWN]:
        say(fitted(line))
    if len(lines) > LINES_SHOWN:
        say(f"    ... {len(lines) - LINES_SHOWN} more lines in the notebook")


def fitted(line: str) -> str:
    """A line of output, indented: wrapped between words, cut where one word is longer than the line (a key, say)."""
    if any(len(word) > WIDTH for word in line.split()):
        return f"    {line[: WIDTH - 8]} ..."
    return textwrap.fill(line, WIDTH, initial_indent="    ", subsequent_indent="      ", **AS_IT_IS)


def plain_lines(output: Any) -> Iterator[str]:  # Any: see check_ending
    """The lines of text that an output shows."""
    if output.output_type == "stream":
        text = output.text
    elif output.output_type == "error":
        text = "\n".join(output.traceback)
    else:
        text = output.data.get("text/plain", "")
    yield from ESCAPES.sub("", text).rstrip("\n").splitlines()
