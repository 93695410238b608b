"""What is generated in ``docs/``: ``make docs`` writes it, `tests/test_docs.py` checks that it is up to date.

python tests/kit/docs_pages.py
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable
from pathlib import Path

from drandlab.gossip.router_reports import ROUTER_REPORTS
from drandlab.idn.collator.collator_effects import COLLATOR_REPORTS
from drandlab.node.reports import REPORTS
from drandlab.records import Record, fields_of
from drandlab.simulation.bridge.bridge_entries import BRIDGE_ENTRIES
from drandlab.simulation.chains.chain_entries import CHAIN_FILE_ENTRIES
from drandlab.simulation.entries import ENTRIES
from drandlab.simulation.hosts.thin_link_entries import THIN_LINK_ENTRIES
from drandlab.simulation.orbit_entries import ORBIT_ENTRIES
from drandlab.simulation.pubsub.gossip_entries import GOSSIP_ENTRIES
from drandlab.simulation.scenario.events import rows
from drandlab.simulation.vaults.vault_entries import VAULT_ENTRIES

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "drandlab"
DOCS = ROOT / "docs"

BEGIN, END = "<!-- written by `make docs` -->\n", "<!-- end -->\n"


def first_sentence(path: Path) -> str:
    """The opening of a module: what stands before the first empty line of its docstring."""
    words = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(words.partition("\n\n")[0].split())


def folders() -> str:
    """The folders of the package with their opening sentences, and the names of the modules in each."""
    lines = []
    for folder in sorted(path.parent for path in PACKAGE.rglob("__init__.py") if path.parent != PACKAGE):
        names = sorted(path.stem for path in folder.glob("*.py") if path.name != "__init__.py")
        written = ", ".join(f"`{name}`" for name in names if not name.endswith("_pb2"))
        said = first_sentence(folder / "__init__.py")
        lines.append(
            f"- **`{folder.relative_to(PACKAGE).as_posix()}/`** {said}" + (f"\\\n  {written}" if written else "")
        )
    return "\n".join(lines) + "\n"


def kinds(title: str, records: Iterable[type[Record]]) -> str:
    """A table of kinds of entries: what a journal calls each, its class, its fields, what it means."""
    lines = [f"## {title}", "", "| kind | class | details | meaning |", "|---|---|---|---|"]
    for record in sorted(records, key=lambda record: record.kind):
        details = [
            f"`{name}`: {kind}{', may be left out' if optional else ''}" for name, kind, optional in fields_of(record)
        ]
        said = " ".join((inspect.getdoc(record) or "").replace("``", "`").split())
        cells = [f"`{record.kind}`", f"`{record.__name__}`", "; ".join(details) or "none", said]
        lines.append("| " + " | ".join(cell.replace("|", "or") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def journal() -> str:
    """Every kind of entry, by who writes it."""
    tables = {
        "The world and its hosts": ENTRIES,
        "Satellites": ORBIT_ENTRIES,
        "Split nodes": THIN_LINK_ENTRIES,
        "Gossip": GOSSIP_ENTRIES,
        "The bridge": BRIDGE_ENTRIES,
        "Chain files": CHAIN_FILE_ENTRIES,
        "Encrypted files": VAULT_ENTRIES,
        "What a gossip router reports of itself": ROUTER_REPORTS,
        "What a node reports of itself": REPORTS,
        "What a collator reports of itself": COLLATOR_REPORTS,
    }
    return "\n".join(kinds(title, records) for title, records in tables.items())


def events() -> str:
    """Every kind of event of a scenario, with its keys."""
    lines = ["| `do` | other keys | what happens |", "|---|---|---|"]
    for do, keys, said in rows():
        named = ", ".join(f"`{key}`" for key in keys.split(", ")) if keys else "none"
        lines.append(f"| `{do}` | {named} | {said.replace('``', '`')} |")
    return "\n".join(lines) + "\n"


PAGES = {"journal.md": journal, "map.md": folders, "scenarios.md": events}
"""What stands between the two marks of a page."""


def written(page: str) -> str:
    """The page with its generated part made anew."""
    head, _, rest = (DOCS / page).read_text(encoding="utf-8").partition(BEGIN)
    return head + BEGIN + PAGES[page]() + END + rest.partition(END)[2]


if __name__ == "__main__":
    for name in PAGES:
        (DOCS / name).write_text(written(name), encoding="utf-8")
