"""Executes notebooks of the course with their default parameters and saves them as run: ``make notebooks``.

    python tests/notebooks/save.py [NAME ...]

What differs from run to run (times, a widget's number, where a stream was cut) is left out or made the same, so that a
diff shows what changed.
"""

from __future__ import annotations

import sys
from hashlib import sha256
from pathlib import Path

import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[2] / "notebooks"


def executed(path: Path) -> nbformat.NotebookNode:
    """Return the notebook, run in a fresh kernel."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(
        notebook, kernel_name="python3", timeout=600, record_timing=False, store_widget_state=False
    ).execute()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = merged(cell.outputs)
            for number, output in enumerate(cell.outputs):
                view = output.get("data", {}).get("application/vnd.jupyter.widget-view+json")
                if view:
                    view["model_id"] = sha256(f"{cell.id} {number}".encode()).hexdigest()[:32]
    for name in set(notebook.metadata) - {"kernelspec", "language_info"}:
        del notebook.metadata[name]
    notebook.metadata.kernelspec = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook.metadata.language_info = {"name": "python"}
    return notebook


def merged(outputs: list[nbformat.NotebookNode]) -> list[nbformat.NotebookNode]:
    """Join what was printed in a row: where the kernel cut it is chance."""
    kept: list[nbformat.NotebookNode] = []
    for output in outputs:
        if kept and output.output_type == kept[-1].output_type == "stream" and output.name == kept[-1].name:
            kept[-1].text += output.text
        else:
            kept.append(output)
    return kept


def main(names: list[str]) -> None:
    for path in sorted(FOLDER.glob("[0-9]*.ipynb")):
        if not names or any(path.stem.startswith(name) for name in names):
            nbformat.write(executed(path), path)
            print(f"{path.name}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
