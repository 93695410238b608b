"""The base of all live views: one ES module without a build step, a theme, a picture in the saved file.

A view lives in ``static/<name>.js`` and ``static/<name>.css``; ``static/base.js`` and ``static/base.css`` come before
them, so that each widget is one self-contained module that fetches nothing. What some views share comes in
between: ``static/player.js`` for those that play, ``static/lists.js`` for those with a list of options.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from typing import Any

import anywidget
import traitlets

from drandlab.errors import LocalError

__all__ = ["LabWidget", "TraitRefused", "refusing", "static"]


class TraitRefused(LocalError, traitlets.TraitError):
    """A value that a widget refuses; being a ``TraitError`` too, it makes traitlets roll the assignment back."""


@contextmanager
def refusing() -> Iterator[None]:
    """Turn a `LocalError` raised while a trait is checked into `TraitRefused`, with the same sentence."""
    try:
        yield
    except LocalError as error:
        raise TraitRefused(error.rule, argument=error.argument, code=error.code) from error


def static(name: str, suffix: str, *shared: str) -> str:
    """Return the base, the other sources that the view shares, and its own, ``js`` or ``css``, as one text."""
    folder = files("drandlab.widgets") / "static"
    return "\n".join((folder / f"{part}.{suffix}").read_text(encoding="utf-8") for part in ("base", *shared, name))


class LabWidget(anywidget.AnyWidget):
    """The base of the live views; a child gives ``_esm``, ``_css``, `describe` and `picture`.

    ``dark`` is ``None`` to follow the page (JupyterLab's theme, else the system's), or ``True`` or ``False``.
    """

    dark = traitlets.Bool(None, allow_none=True).tag(sync=True)

    # Not abstract: the metaclass of widgets leaves no room for another. A child that forgets these raises at the call.
    def describe(self) -> str:
        """Return what the view shows now, in sentences: the alternative text."""
        raise NotImplementedError

    def picture(self) -> str:
        """Return what the view shows now as SVG text: what a saved notebook shows where no widget can run."""
        raise NotImplementedError

    def set_state(self, sync_data: dict[str, Any]) -> None:
        # A page may send a value that Python refuses; it then gets Python's value back instead of keeping its own.
        try:
            super().set_state(sync_data)
        except TraitRefused:
            self.send_state(list(sync_data))

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        return {**data, "image/svg+xml": self.picture(), "text/plain": self.describe()}, metadata
