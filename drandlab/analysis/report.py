"""The result of verifying many beacons."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import Any

from drandlab.typing import Round, Seconds

__all__ = ["BatchReport"]

_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchReport:
    """How many beacons of ``chain`` were checked, and which are ``invalid``: (round, reason) in the order of the input.

    ``repeated`` counts the beacons that came before with the same content; they are checked, and valid.
    ``seconds`` is the wall time that the check took. ``hint`` is a sentence if one cause explains everything, such as
    beacons of another network. As a truth value, a report is true if nothing is invalid.

    >>> report = BatchReport(chain="quicknet", checked=3, invalid=[(2, "signature: wrong length")], seconds=0.1)
    >>> report, report.ok
    (<BatchReport quicknet: 3 beacons, 1 invalid: round 2>, False)
    """

    chain: str
    checked: int
    invalid: list[tuple[Round, str]]
    seconds: Seconds = field(compare=False)
    hint: str | None = None
    repeated: int = 0

    @property
    def ok(self) -> bool:
        """Whether every beacon is valid."""
        return not self.invalid

    def __bool__(self) -> bool:
        return self.ok

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON values: chain, checked, invalid, seconds, repeated, and hint if there is one."""
        invalid = [{"round": round, "reason": reason} for round, reason in self.invalid]
        fields = {"chain": self.chain, "checked": self.checked, "invalid": invalid, "seconds": self.seconds}
        fields["repeated"] = self.repeated
        return fields | ({"hint": self.hint} if self.hint else {})

    @property
    def _summary(self) -> str:
        # without the seconds: what a notebook shows must not change from run to run
        beacons = "1 beacon" if self.checked == 1 else f"{self.checked} beacons"
        repeated = f", {self.repeated} repeated" if self.repeated else ""
        return f"{self.chain}: {beacons}, {'all valid' if self.ok else f'{len(self.invalid)} invalid'}{repeated}"

    def __repr__(self) -> str:
        rounds = [str(round) for round, _ in self.invalid[:3]] + ["…"] * (len(self.invalid) > 3)
        named = f": round{'s' * (len(rounds) > 1)} {', '.join(rounds)}" if rounds else ""
        return f"<BatchReport {self._summary}{named}>"

    def _repr_html_(self) -> str:
        parts = [f"<p><b>{escape(self._summary)}</b></p>"]
        if self.hint:
            parts.append(f"<p>{escape(self.hint)}</p>")
        if self.invalid:
            rows = "".join(f"<tr><td>{r}</td><td>{escape(reason)}</td></tr>" for r, reason in self.invalid[:_SHOWN])
            parts.append(f"<table><thead><tr><th>round</th><th>reason</th></tr></thead><tbody>{rows}</tbody></table>")
        if len(self.invalid) > _SHOWN:
            parts.append(f"<p>… and {len(self.invalid) - _SHOWN} more</p>")
        return "".join(parts)
