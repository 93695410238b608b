"""``python -m drandlab`` is the drandlab command."""

from __future__ import annotations

import sys

from drandlab.cli import main

if __name__ == "__main__":
    sys.exit(main())
