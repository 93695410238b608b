"""A progress bar for long cells: pass it wherever a ``progress=`` is taken."""

from __future__ import annotations

from html import escape

import traitlets

from drandlab.errors import LocalError
from drandlab.viz.theme import GRID, INK, PALETTE
from drandlab.widgets.base import LabWidget, static

__all__ = ["ProgressBar"]


class ProgressBar(LabWidget):
    """A bar that fills while work runs; calling it as ``bar(done, total)`` moves it.

    ``label`` says what is being done. A ``total`` of None means that the amount of work is unknown.

    >>> bar = ProgressBar("verify the beacons")
    >>> bar(500, 1000)
    >>> bar
    ProgressBar('verify the beacons', 500 of 1,000)
    """

    _esm = static("progress", "js")
    _css = static("progress", "css")

    label = traitlets.Unicode(read_only=True).tag(sync=True)
    done = traitlets.Int(0, read_only=True).tag(sync=True)
    total = traitlets.Int(None, allow_none=True, read_only=True).tag(sync=True)

    def __init__(self, label: str, *, dark: bool | None = None) -> None:
        if not isinstance(label, str) or not label.strip():
            raise LocalError(f"say what the bar measures, got {label!r}", argument="label")
        super().__init__()
        self.set_trait("label", label)
        self.dark = dark

    def __call__(self, done: int, total: int | None) -> None:
        """Move the bar to ``done`` of ``total``."""
        # A message to the page is expensive: a move is sent only when it is visible, and always at the end.
        steps = 200
        if total and done < total and done * steps // total == self.done * steps // total and self.total == total:
            return
        with self.hold_sync():
            self.set_trait("total", total)
            self.set_trait("done", done)

    def _count(self) -> str:
        return f"{self.done:,}" if self.total is None else f"{self.done:,} of {self.total:,}"

    def describe(self) -> str:
        """Return the state of the work in one sentence."""
        return f"Progress bar, {self.label}: {self._count()} done."

    def picture(self) -> str:
        """Return the bar as SVG text."""
        width = 0 if not self.total else 300 * min(self.done, self.total) / self.total
        return (
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 40" width="320" height="40" role="img" '
            f'aria-label="{escape(self.describe())}"><text x="10" y="16" font-size="12" fill="{INK}" '
            f'font-family="sans-serif">{escape(self.label)}: {self._count()}</text>'
            f'<rect x="10" y="24" width="300" height="6" rx="3" fill="{GRID}"/>'
            f'<rect x="10" y="24" width="{width:g}" height="6" rx="3" fill="{PALETTE[0]}"/></svg>'
        )

    def __repr__(self) -> str:
        return f"ProgressBar({self.label!r}, {self._count()})"
