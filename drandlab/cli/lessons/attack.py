"""``drandlab attack``: one attack of the catalogue, what was predicted of it beside what was measured."""

from __future__ import annotations

import json as json_module
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Annotated, Any

import typer

from drandlab.cli.terminal import Json, note, print_json, say, screen
from drandlab.errors import LocalError
from drandlab.printable import repr_of

if TYPE_CHECKING:
    from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter

__all__ = ["attack"]

LONGEST = 40
"""Characters of a number in the text of a parameter."""

WIDEST = 60
"""Characters of an outcome in the table; JSON has all of them."""


def attack(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="An attack of the catalogue; none: all are listed.")
    ] = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option("--parameter", "-p", metavar="NAME=VALUE", help="May be repeated.", show_default=False),
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="The same seed gives the same outcome.")] = 1,
    list_all: Annotated[bool, typer.Option("--list", help="List all attacks, each with a sentence.")] = False,
    json: Json = False,
) -> int:
    """Run an attack, and show what was predicted of it beside what was measured.

    Each attack really runs. What theory predicts is computed apart; a share may
    lie 4.5 standard deviations away from it, a time by what is said beside it,
    and everything else is exact. Parameters are checked before anything runs.

    Exit code 1 if what was measured lies outside of its bounds.

    Example: drandlab attack last_revealer -p withholders=2 -p system=threshold
    """
    from drandlab.attacks.all_attacks import catalogue

    if name is None or list_all:
        _refuse_beside_a_list(name, parameter)
        _list(catalogue(), json)
        return 0
    chosen = _named(name, catalogue())
    given = chosen.checked(_assigned(chosen, parameter or []))
    predicted = chosen.predicted(**given)
    with _at_work(name):
        measured = chosen.run(seed, **given)
    outside = chosen.outside(measured, **given)
    rows = _rows(predicted, measured, chosen.allowances(**given), outside)
    if json:
        print_json(
            {
                "attack": name,
                "about": chosen.about,
                "seed": seed,
                "parameters": given,
                "outcomes": rows,
                "within_bounds": not outside,
                "remedy": chosen.remedy,
            }
        )
    else:
        _show(chosen, seed, given, rows)
    if outside:
        note(f"drandlab: {name}: outside of the bounds: {', '.join(outside)}; another --seed tells whether by chance")
        return 1
    return 0


def _refuse_beside_a_list(name: str | None, parameter: Sequence[str] | None) -> None:
    if name is not None:
        raise LocalError(f"--list shows all attacks: leave {repr_of(name)} out, or leave --list out")
    if parameter:
        raise LocalError(
            f"parameter {repr_of(parameter[0])}: say which attack it is for, as in drandlab attack NAME -p x=1"
        )


def _named(name: str, known: Mapping[str, Attack]) -> Attack:
    import difflib

    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, 1)
    meant = f"did you mean {near[0]}? " if near else ""
    raise LocalError(f"no such attack: {repr_of(name)}; {meant}`drandlab attack --list` shows all {len(known)}")


def _assigned(chosen: Attack, assignments: Sequence[str]) -> dict[str, Any]:
    """The values of texts ``name=value``, each read as its parameter's kind; the attack itself checks them."""
    values: dict[str, Any] = {}
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        name = name.strip()
        if not equals:
            there_are = ", ".join(chosen.parameters)
            raise LocalError(
                f"write name=value, got {repr_of(assignment)}; there are {there_are}", within=(chosen.name,)
            )
        if name in values:
            raise LocalError("is given twice", argument=name, within=(chosen.name,))
        known = chosen.parameters.get(name)
        try:
            values[name] = text if known is None else _read(name, known, text.strip())
        except LocalError as error:
            raise error.inside(chosen.name) from None
    return values


def _read(name: str, parameter: AttackParameter, text: str) -> Any:
    """The value that a text means; a text that means none of its kind is left as it is, and refused as such later."""
    match parameter.kind:
        case "bool":
            if text.lower() not in ("true", "false"):
                raise LocalError(f"expected true or false, got {repr_of(text)}", argument=name)
            return text.lower() == "true"
        case "int" | "float" if len(text) <= LONGEST and "_" not in text:
            try:
                return int(text) if parameter.kind == "int" else float(text)
            except ValueError:
                return text
    return text


def _at_work(name: str) -> AbstractContextManager[object]:
    """A sign of life on a terminal, since some attacks take more than a moment."""
    from rich.console import Console

    console = Console(stderr=True)
    return console.status(f"{name} runs") if console.is_interactive else nullcontext()


def _rows(
    predicted: AttackOutcome, measured: AttackOutcome, allowances: Mapping[str, float], outside: Sequence[str]
) -> list[dict[str, Any]]:
    return [
        {
            "outcome": key,
            "predicted": predicted.get(key),
            "measured": measured.get(key),
            "allowance": allowances.get(key, 0.0),
            "within_bounds": key not in outside,
        }
        for key in predicted | measured
    ]


def _list(known: Mapping[str, Attack], json: bool) -> None:
    if json:
        print_json([_described(one) for one in known.values()])
        return
    table = _table("attack", "what it is")
    for name, one in known.items():
        table.add_row(name, one.about)
    screen().print(table)
    say(f"{len(known)} attacks; `drandlab attack NAME` runs one, and tells its parameters.")


def _described(one: Attack) -> dict[str, Any]:
    parameters = {
        name: {"default": each.default, "kind": each.kind, "range": each.range, "meaning": each.meaning}
        for name, each in one.parameters.items()
    }
    return {
        "name": one.name,
        "about": one.about,
        "parameters": parameters,
        "sources": list(one.sources),
        "remedy": one.remedy,
    }


def _show(chosen: Attack, seed: int, given: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> None:
    console = screen()
    console.print(chosen.about)
    console.print()
    table = _table("outcome", "predicted", "measured", "may differ by", "within bounds")
    for row in rows:
        allowed = f"{row['allowance']:.4g}" if row["allowance"] else "exact"
        sign = "✓" if row["within_bounds"] else "✗"
        table.add_row(row["outcome"], _written(row["predicted"]), _written(row["measured"]), allowed, sign)
    console.print(table)
    console.print()
    table = _table("parameter", "value", "allowed", "meaning")
    for name, value in given.items():
        one = chosen.parameters[name]
        allowed = one.range or ("true or false" if one.kind == "bool" else one.kind)
        table.add_row(name, _written(value), allowed, one.meaning)
    table.add_row("seed", str(seed), "int", "the same seed gives the same outcome")
    console.print(table)
    console.print()
    console.print(f"Remedy: {chosen.remedy}")
    for source in chosen.sources:
        console.print(f"Source: {source}")


def _table(*columns: str) -> Any:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column)
    return table


def _written(value: object) -> str:
    """A value as people read it, cut where it is long."""
    match value:
        case float():
            return f"{value:.6g}"
        case str():
            text = value
        case _:
            text = json_module.dumps(value)
    return text if len(text) <= WIDEST else f"{text[:WIDEST]}…"
