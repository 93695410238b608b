"""Files that are encrypted to rounds of a simulated network, in its journal."""

from __future__ import annotations

import pytest
from toy_vaults import NAMES, toy_vaults

from drandlab import timelock
from drandlab.errors import LocalError
from drandlab.simulation.journal import Journal
from drandlab.simulation.network import Network
from drandlab.simulation.vaults.vault_tale import vault_tale
from drandlab.simulation.vaults.vaults import Vaults
from drandlab.timelock import TimelockError
from drandlab.widgets import VaultWidget


def test_the_journal_opens_what_its_signatures_open() -> None:
    vaults = toy_vaults()
    assert vaults.texts() == {
        NAMES[0]: b"300",
        NAMES[1]: b"250",
        NAMES[2]: b"See you in round 5. " * 30,
        NAMES[3]: bytes([255, 0, 1]),
        NAMES[4]: None,
        NAMES[5]: None,
    }
    assert repr(vaults) == "<Vaults of 6 files, 4 open>"


def test_a_file_is_an_entry_and_can_be_opened_elsewhere() -> None:
    vaults = toy_vaults()
    [first, *_] = vaults.net.journal.entries("sealed")
    assert (first.node, first.details["name"], first.details["round"]) == (None, NAMES[0], 4)
    signatures = {beacon.round: beacon.signature for beacon in vaults.net.beacons}
    file = bytes.fromhex(str(first.details["file"]))
    assert timelock.decrypt(file, vaults.info, signature=signatures[4], backend="glass") == b"300"
    with pytest.raises(TimelockError) as caught:
        timelock.decrypt(file, vaults.info, signature=signatures[3], backend="glass")
    assert caught.value.reason == "signature"


def test_vaults_change_nothing_that_the_network_does() -> None:
    with_files, without = toy_vaults().net, Network(5, 3, backend="glass", seed=1).run(rounds=5)
    kept = Journal()
    for entry in with_files.journal:
        if entry.kind != "sealed":
            kept.write(*entry)
    assert kept.digest() == without.journal.digest()


def test_the_same_seed_gives_the_same_files() -> None:
    def digest(seed: int) -> str:
        vaults = Vaults(Network(4, 3, backend="glass", seed=seed))
        vaults.seal("a", "text", round=2)
        return vaults.net.journal.digest()

    assert digest(1) == digest(1) != digest(2)


def test_a_time_chooses_the_round_that_is_current_then() -> None:
    vaults = Vaults(Network(4, 3, backend="glass", seed=1))
    genesis = vaults.info.genesis_time
    vaults.seal("at", "x", at=genesis + 3)
    vaults.seal("before", "x", at=genesis + 2.9)
    assert [entry.details["round"] for entry in vaults.net.journal.entries("sealed")] == [2, 1]


def test_what_cannot_be_sealed_is_refused() -> None:
    vaults = Vaults(Network(4, 3, backend="glass", seed=1))
    assert vaults.texts() == {} and repr(vaults) == "<Vaults of 0 files, 0 open>"
    with pytest.raises(LocalError, match="source: there is nothing to show yet"):
        vaults.show()
    vaults.seal("a", "x", round=1)
    for given, sentence in (
        ({"round": 1}, "name: there is a vault 'a' already"),
        ({}, "give a round, or the time"),
        ({"round": 1, "at": 0}, "give a round, or the time"),
        ({"round": 0}, "round: "),
    ):
        with pytest.raises(LocalError, match=sentence):
            vaults.seal("a", "x", **given)
    with pytest.raises(LocalError, match="net: expected a Network"):
        Vaults(Journal())  # type: ignore[arg-type]


def test_vaults_show_themselves() -> None:
    view = toy_vaults().show(at=3)
    assert isinstance(view, VaultWidget) and view.at == 3


def test_a_summary_journal_tells_the_rounds_without_partials() -> None:
    vaults = Vaults(Network(4, 3, backend="glass", seed=1, detail="summary"))
    vaults.seal("a", "x", round=2)
    vaults.net.run(rounds=2)
    assert [step.kind for step in vault_tale(vaults.net).steps] == ["sealed", "due", "signature", "due", "signature"]
    assert vaults.texts() == {"a": b"x"}
