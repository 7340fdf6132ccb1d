"""`%mlsec VERB` and `%%mlsec VERB`: finds the verb, prints its answer. Nothing is decided here."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from typing import Any, Protocol

from jupyter_mlsec.controls.contract import Answer, Verb
from jupyter_mlsec.gate.scope import inside
from jupyter_mlsec.protocol.errors import UsageError
from jupyter_mlsec.session import running
from jupyter_mlsec.session.display import Display
from jupyter_mlsec.session.house import House


class Loaded(Protocol):
    """What the magic needs of the extension."""

    house: House
    display: Display
    shell: Any


def magic_for(extension: Loaded) -> Callable[[str, str | None], Any]:
    """The magic function for one loaded extension."""

    def mlsec(line: str, cell: str | None = None) -> None:
        """Ask the guard: %mlsec help lists the verbs."""
        from IPython.core.error import UsageError as ShellUsageError

        token = inside.set(True)  # what a verb reads or writes is ours, not the user's
        try:
            with extension.house.tripwire.ours():
                answer, as_json = answer_to(line, cell, extension)
        except UsageError as error:
            raise ShellUsageError(str(error)) from None
        finally:
            inside.reset(token)
        show(answer, as_json)

    from IPython.core.magic import no_var_expand

    return no_var_expand(mlsec)  # type: ignore[no-any-return]  # else `{...}` in the name of a file would be run


def answer_to(line: str, cell: str | None, extension: Loaded) -> tuple[Answer, bool]:
    """The answer to one line, and whether it is wanted as JSON. Raises UsageError for words nobody takes."""
    from jupyter_mlsec.session.verbs import all_verbs

    words = split(line)
    name, rest = (words[0], words[1:]) if words and words[0] not in ("", "--help", "-h") else ("help", words[1:])
    verbs = all_verbs(extension.house, extension.display)
    verb = verbs.get(name)
    if verb is None:
        near = [known for known in verbs if known.startswith(name[:2])]
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        raise UsageError(f"There is no verb {name!r}.{hint} %mlsec help lists them.")
    if "--help" in rest:
        return Answer(text=f"{verb.summary}\n\n{verb.usage}"), False
    as_json = "--json" in rest
    rest = [word for word in rest if word != "--json"]
    if cell is not None:
        rest.append(cell)
    return ask(verb, rest, extension.shell.user_ns), as_json


def ask(verb: Verb, words: list[str], namespace: dict[str, Any]) -> Answer:
    """Run the verb."""
    return verb.run(words, namespace)


def split(line: str) -> list[str]:
    """The words of a line, as a shell would split them."""
    try:
        return shlex.split(line)
    except ValueError as error:
        raise UsageError(f"The line could not be read ({error}): is a quote left open?") from None


def show(answer: Answer, as_json: bool) -> None:
    """Print the answer: JSON if asked, a widget or HTML with its text where there is any, else the text."""
    if as_json:
        print(json.dumps(answer.data, ensure_ascii=False, default=str))  # noqa: T201
    elif (bundle := getattr(answer, "bundle", None)) is not None:  # a WidgetAnswer; its file is read when it is made
        from IPython.display import display

        display(dict(bundle), raw=True)
    elif answer.html is not None:
        from IPython.display import display

        display({"text/html": answer.html, "text/plain": answer.text}, raw=True)
    else:
        print(answer.text)  # noqa: T201


def complete(_shell: Any, event: Any) -> list[str]:
    """Tab completion after `%mlsec`: verbs first, then what the verb's usage names."""
    from jupyter_mlsec.session.verbs import all_verbs

    extension = running.extension
    if extension is None:
        return []
    verbs = all_verbs(extension.house, extension.display)
    words = event.line.split()
    if len(words) < 2 or (len(words) == 2 and not event.line.endswith(" ")):
        return list(verbs)
    verb = verbs.get(words[1])
    options = (
        [] if verb is None else [word.strip("[]|,.") for word in verb.usage.split() if word.startswith(("--", "[--"))]
    )
    return [
        *options,
        "--help",
        *(name for name in list(extension.shell.user_ns) if isinstance(name, str) and not name.startswith("_")),
    ]
