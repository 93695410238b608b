"""Messages that are encrypted to rounds of a simulated network, written into its journal."""

from __future__ import annotations

from typing import Any

from drandlab import timelock
from drandlab.beacon.chain_info import ChainInfo
from drandlab.errors import LocalError
from drandlab.printable import repr_of
from drandlab.show import view_of
from drandlab.simulation.chance import rng_for
from drandlab.simulation.network import Network
from drandlab.simulation.vaults.vault_entries import FileSealed
from drandlab.simulation.vaults.vault_tale import vault_tale
from drandlab.typing import LAST_ROUND, Round, Seconds, checked_bytes, checked_int, checked_text

__all__ = ["Vaults"]


class Vaults:
    """The vaults of a network: each is a text, encrypted to a round, under a name.

    ``net`` is a `Network`, which runs until it has a chain. `seal` encrypts now, in the network's time, and writes the
    file into the journal; `texts` opens what the signatures in the journal open. Their chance comes from the network's
    seed, and what the network does is not changed by them.

    >>> from drandlab.simulation.network import Network
    >>> net = Network(4, 3, backend="glass", seed=1)
    >>> vaults = Vaults(net)
    >>> file = vaults.seal("a letter", "See you in round 2.", round=2)
    >>> net.run(rounds=1) and vaults.texts()
    {'a letter': None}
    >>> net.run(rounds=1) and vaults.texts()
    {'a letter': b'See you in round 2.'}
    """

    def __init__(self, net: Network) -> None:
        if not isinstance(net, Network):
            raise LocalError(f"expected a Network, got {repr_of(net, 40)}", argument="net")
        self.net = net
        if net.info is None:
            net.run(rounds=0)
        assert net.info is not None
        self.info: ChainInfo = net.info

    def seal(self, name: str, text: str | bytes, *, round: Round | None = None, at: Seconds | None = None) -> bytes:
        """Encrypt a text to a ``round``, or to the round that is current ``at`` a time, and return the file.

        Raises `LocalError` for a name that is taken, and unless just one of ``round`` and ``at`` is given.
        """
        name = checked_text(name, "name")
        if (round is None) == (at is None):
            raise LocalError("give a round, or the time at which the file is to open")
        wanted = round if at is None else self.info.round_at(at)
        number = checked_int(wanted, "round", 1, LAST_ROUND)
        data = text.encode() if isinstance(text, str) else checked_bytes(text, "text")
        rng = rng_for(self.net.seed, "sealed", name)
        file = timelock.encrypt(data, self.info, round=number, rng=rng, backend=self.net.backend)
        return self.add(name, file, round=number)

    def add(self, name: str, file: bytes, *, round: Round) -> bytes:
        """Write a file that was encrypted elsewhere into the journal, as it is, and return it."""
        name, round = checked_text(name, "name"), checked_int(round, "round", 1, LAST_ROUND)
        if name in self._names():
            raise LocalError(f"there is a vault {repr_of(name, 40)} already", argument="name")
        entry = FileSealed(name=name, round=round, file=checked_bytes(file, "file"))
        self.net.journal.write(self.net.now, None, entry)
        return entry.file

    def texts(self) -> dict[str, bytes | None]:
        """Return the text of every vault by its name; None where no signature in the journal opens it."""
        return {one.name: one.text for one in vault_tale(self.net).vaults} if self._names() else {}

    def _names(self) -> list[str]:
        return [str(entry.details["name"]) for entry in self.net.journal.since(0, FileSealed.kind)]

    def show(self, **options: Any) -> Any:
        """Return the replay of the network with its vaults, a `VaultWidget`; ``options`` are those of the widget."""
        return view_of("vaults", self.net, **options)

    def __repr__(self) -> str:
        texts = self.texts()
        opened = sum(text is not None for text in texts.values())
        return f"<Vaults of {len(texts)} files, {opened} open>"
