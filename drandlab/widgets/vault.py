"""The live vaults: files that are encrypted to rounds of a network, and open when their round arrives."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import traitlets

from drandlab.errors import LocalError
from drandlab.printable import repr_of
from drandlab.simulation.vaults.vault_tale import VAULT_STATES, Vault, VaultTale, vault_tale
from drandlab.typing import checked_int
from drandlab.viz.chart import Chart
from drandlab.viz.charts.timelock.vault_rows import (
    clock_of,
    long,
    said_text,
    step_in_words,
    vault_rows,
    vaults_in_words,
)
from drandlab.widgets.base import LabWidget, refusing, static

__all__ = ["VaultWidget"]

MOST_STEPS, MOST_VAULTS = 600, 40
"""Steps and vaults that the page is told; of more, the newest."""

LONGEST_TEXT = 2000


class VaultWidget(LabWidget):
    """Vaults that open when their round arrives: the replay of a simulated network, from its journal.

    ``source`` is a `Network` or its journal, with the files that `drandlab.simulation.vaults.vaults.Vaults` has
    written into it. In each round the partial signatures come in at the node that is the first to have enough of them;
    at the threshold the signature appears, the vaults of the round open and show their text, and the others stay shut
    with the time that is left.

    ``at`` is the step in view, counted from 0, ``chosen`` the name of a vault whose details are shown, or None. Both
    can be assigned and hold what was chosen in the page, which needs no Python once it is shown.

    Raises `LocalError` for a journal without a chain, and for a step or a vault that is not there.

    >>> from drandlab.simulation.network import Network
    >>> from drandlab.simulation.vaults.vaults import Vaults
    >>> vaults = Vaults(Network(4, 3, backend="glass", seed=1))
    >>> file = vaults.seal("a letter", "See you in round 2.", round=2)
    >>> vaults.net.run(rounds=2) and VaultWidget(vaults.net)
    VaultWidget(step 0 of 10, 1 vaults, chosen=None)
    """

    _esm = static("vault", "js", "player", "lists")
    _css = static("vault", "css")

    # traitlets.Any would let None past the checks below
    at: Any = traitlets.TraitType(0).tag(sync=True)
    chosen: Any = traitlets.TraitType(None, allow_none=True).tag(sync=True)
    story = traitlets.Dict(read_only=True).tag(sync=True)

    def __init__(self, source: Any, *, at: int = 0, chosen: str | None = None, dark: bool | None = None) -> None:
        with refusing():
            self.tale: VaultTale = vault_tale(source)
        self._first = max(0, len(self.tale.steps) - MOST_STEPS)
        super().__init__()
        self.at, self.chosen = at, chosen
        self.set_trait("story", _story(self.tale, self._first))
        self.dark = dark

    def describe(self) -> str:
        """Return what happens in the step in view, and how every vault is then, in sentences."""
        return vaults_in_words(self.tale, self._first + self.at)

    def picture(self) -> str:
        """Return the vaults at the step in view as SVG text."""
        return self._chart().to_svg()

    def _chart(self) -> Chart:
        return vault_rows(self.tale, self._first + self.at)

    def __repr__(self) -> str:
        last = len(self.tale.steps) - 1 - self._first
        return f"VaultWidget(step {self.at} of {last}, {len(self.tale.vaults)} vaults, chosen={self.chosen!r})"

    @traitlets.validate("at")
    def _check_at(self, proposal: Any) -> int:
        with refusing():
            return checked_int(proposal["value"], "at", 0, len(self.tale.steps) - 1 - self._first, what="a step")

    @traitlets.validate("chosen")
    def _check_chosen(self, proposal: Any) -> str | None:
        value, names = proposal["value"], [one.name for one in self.tale.vaults]
        with refusing():
            if value is not None and (not isinstance(value, str) or value not in names):
                known = f"one of {', '.join(names)}" if names else "None, as there are no vaults"
                raise LocalError(f"expected {known}, got {repr_of(value, 40)}", argument="chosen")
        return value if value is None else str(value)


def _story(tale: VaultTale, first: int) -> dict[str, Any]:
    """What the page needs to know: all of it is text, and the places of the vaults."""
    shown = tale.vaults[-MOST_VAULTS:]
    return {
        "title": f"{len(tale.nodes)} nodes, {len(tale.vaults)} file{'s' * (len(tale.vaults) != 1)}",
        "words": dict(VAULT_STATES),
        "nodes": list(tale.nodes),
        "vaults": [_vault(tale, one) for one in shown],
        "steps": [_step(tale, shown, at) for at in range(first, len(tale.steps))],
    }


def _vault(tale: VaultTale, one: Vault) -> dict[str, Any]:
    due = datetime.fromtimestamp(tale.info.round_time(one.round), UTC)
    return {
        "name": one.name,
        "round": one.round,
        "inside": said_text(one.text, 80) if one.reason is None else one.reason,
        "text": said_text(one.text, LONGEST_TEXT) if one.reason is None else f"refused: {one.reason}",
        "facts": [
            ["name", one.name],
            ["round", f"{one.round:,}"],
            ["due", f"{due:%Y-%m-%d %H:%M:%S} UTC"],
            ["file", f"{len(one.file):,} bytes"],
        ],
    }


def _left(tale: VaultTale, one: Vault, at: int) -> str | None:
    left = tale.left(one, at)
    return long(left) if left else None


def _step(tale: VaultTale, shown: tuple[Vault, ...], at: int) -> dict[str, Any]:
    step = tale.steps[at]
    return {
        "kind": step.kind,
        "clock": clock_of(tale, step),
        "round": step.round,
        "need": step.threshold,
        "came": list(step.came),
        "maker": step.maker,
        "signature": None if step.signature is None else f"{step.signature.hex()[:16]}\N{HORIZONTAL ELLIPSIS}",
        "said": step_in_words(tale, at),
        "vaults": [
            [place, tale.state(one, at), _left(tale, one, at), at in (one.begins, one.opens)]
            for place, one in enumerate(shown)
            if one.begins <= at
        ],
    }
