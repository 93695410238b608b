"""The version of the drand node whose messages drandlab speaks: the gRPC client and the gRPC server both name it."""

from __future__ import annotations

from drandlab.wire.common_pb2 import NodeVersion

__all__ = ["NODE_VERSION"]

NODE_VERSION = NodeVersion(major=2, minor=1, patch=3)
"""The version as the daemon of release 2.1.4 names itself."""
