"""``python -m drandlab`` is the drandlab command."""

from __future__ import annotations

from drandlab.cli import process

if __name__ == "__main__":
    process()
