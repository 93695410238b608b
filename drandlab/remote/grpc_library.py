"""gRPC's library, without the lines that it writes to stderr past everybody: what matters of them is in our errors.

It reads its environment when it is first imported; whoever sets ``GRPC_VERBOSITY`` gets what was asked for.
"""

from __future__ import annotations

import os

os.environ.setdefault("GRPC_VERBOSITY", "NONE")

import grpc

__all__ = ["grpc"]
