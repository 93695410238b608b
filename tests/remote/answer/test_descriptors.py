"""The limit of open files, and what of it connections take."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

pytest.importorskip("resource")


def counted(soft: int, hard: int) -> dict[str, int]:
    """What a process with these limits counts on."""
    program = f"""
import json, resource
resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))
from drandlab.remote.answer.descriptors import most_grpc, most_http, raise_limit
before = most_http()
raised = raise_limit()
now = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
print(json.dumps(dict(before=before, raised=raised, now=now, http=most_http(), grpc=most_grpc())))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize(("soft", "hard"), [(128, 128), (256, 1024), (1024, 1024)])
def test_the_limit_is_raised_and_connections_leave_room_for_files(soft: int, hard: int) -> None:
    found = counted(soft, hard)
    assert found["raised"] == found["now"] == hard
    assert 0 < found["before"] < soft
    assert found["http"] > found["grpc"] > 0
    # files, and an eighth, stay free
    assert found["http"] + found["grpc"] < hard - hard // 8 - 32
    assert found["http"] > hard // 4


def test_where_next_to_nothing_may_be_open_a_few_connections_are_tried() -> None:
    found = counted(20, 20)
    assert found["http"] == found["grpc"] == 4
