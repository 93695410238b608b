"""How the values of options and arguments may be written, for all commands in one place.

Whole numbers and decimals are plain digits: ``1_000``, `` 7`` and digits of other scripts are no numbers here, as they
are none in the other texts that drandlab reads. The name of a file is not empty: a `pathlib.Path` would turn an empty
one into ``.``, the folder in which the command runs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, get_args

from typer import BadParameter

from drandlab.printable import repr_of

__all__ = ["with_plain_values"]

_RULES: dict[Any, tuple[re.Pattern[str], str]] = {
    int: (re.compile("-?[0-9]+"), "a whole number"),
    float: (re.compile("[!-^`-~]+"), "a number"),  # all of ASCII but white space and the underscore
    Path: (re.compile(".+", re.DOTALL), "the name of a file"),
}


def with_plain_values(command: Any) -> Any:
    """Return the ``command`` and those below it, changed to refuse values that are not written plainly."""
    for param in command.params:
        kind = getattr(getattr(param, "type_descriptor", None), "annotation", None)
        kind = (*get_args(kind), kind)[0]  # of a list, that of its items
        if kind in _RULES:
            param.process_value = _checked(param, param.process_value, *_RULES[kind])
    for one in getattr(command, "commands", {}).values():
        with_plain_values(one)
    return command


def _checked(
    param: Any, process: Callable[[Any, Any], Any], form: re.Pattern[str], what: str
) -> Callable[[Any, Any], Any]:
    """Return ``process``, which reads the value of ``param``, with a look at the text before it."""

    def process_value(context: Any, value: Any) -> Any:
        texts: Iterable[Any] = value if isinstance(value, (list, tuple)) else (value,)
        for text in texts:
            if isinstance(text, str) and not form.fullmatch(text):
                raise BadParameter(f"expected {what}, got {repr_of(text)}", ctx=context, param=param)
        return process(context, value)

    return process_value
