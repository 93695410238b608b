"""The gRPC library without its own log lines on stderr; what matters of them is in drandlab's errors.

The library reads its environment at the first import; a ``GRPC_VERBOSITY`` that the user has set is respected.
"""

from __future__ import annotations

import os

os.environ.setdefault("GRPC_VERBOSITY", "NONE")

import grpc

__all__ = ["grpc"]
