"""What runs in a Python of the browser and in an ordinary one, and prints as JSON what came out, to be compared."""

import hashlib
import json
import sys
import threading
from types import ModuleType

import drandlab as dl
from drandlab.algebra import symbolic
from drandlab.remote.shipped import shipped
from drandlab.simulation.checkers.judges import check_all
from drandlab.simulation.scenario.scenario import load, shipped_scenarios
from drandlab.viz import histogram


class InvalidTag(Exception):
    """As cryptography's."""


class HKDF:
    """A hash in its place."""

    def __init__(self, **settings):
        self.length = settings["length"]

    def derive(self, key):
        return hashlib.shake_256(key).digest(self.length)


class AESGCM:
    """A seal in its place, which anyone could break: it is not the cipher that is tried here."""

    def __init__(self, key):
        self.key = key

    def _tag(self, nonce, text):
        return hashlib.sha256(self.key + nonce + text).digest()[:16]

    def _mix(self, nonce, text):
        pad = hashlib.shake_256(self.key + nonce).digest(len(text))
        return bytes(a ^ b for a, b in zip(text, pad, strict=True))

    def encrypt(self, nonce, text, _):
        sealed = self._mix(nonce, text)
        return sealed + self._tag(nonce, sealed)

    def decrypt(self, nonce, sealed, _):
        sealed, tag = sealed[:-16], sealed[-16:]
        if tag != self._tag(nonce, sealed):
            raise InvalidTag
        return self._mix(nonce, sealed)


def stand_in_for_cryptography():
    """Pyodide brings it along in its own distribution, but the package of Pyodide that the tests install does not."""
    primitives = "cryptography.hazmat.primitives"
    homes = {
        "cryptography.exceptions": InvalidTag,
        f"{primitives}.hashes": type("SHA256", (), {}),
        f"{primitives}.kdf.hkdf": HKDF,
        f"{primitives}.ciphers.aead": AESGCM,
    }
    for home, thing in homes.items():
        parts = home.split(".")
        for i in range(1, len(parts) + 1):
            sys.modules.setdefault(".".join(parts[:i]), ModuleType(parts[i - 1]))
        setattr(sys.modules[home], thing.__name__, thing)


SCHEMES = {"default": 2, "quicknet": 2, "fastnet": 2, "evmnet": 1}
"""A network of each scheme that has real beacons, and how many are verified."""

WITHOUT_NUMPY_OR_WHEELS = {
    "bridge-accumulates",
    "bridge-liars",
    "bridge-today",
    "constellation",
    "iss-two-nodes",
    "iss-two-nodes-relay",
    "league-and-satellite",
    "satellite-needed",
    "split-signer",
}
"""Shipped scenarios that need numpy, a compiled wheel."""


def thread():
    """Return what comes of a thread."""
    try:
        threading.Thread(target=lambda: None).start()
    except RuntimeError as error:
        return type(error).__name__
    return "runs"


def beacons(name):
    """Return the randomness of real beacons of a network, verified on the reference."""
    stream = dl.read_beacons(shipped("data", "beacons") / f"{name}.jsonl")
    return [dl.verify(beacon, name, backend="py_ecc").hex() for beacon, _ in zip(stream, range(SCHEMES[name]))]  # noqa: B905


def scenario(name):
    """Return the digest of the first rounds of a scenario, and what its checkers find."""
    net = load(name).start(seed=7, backend="glass")
    net.run(rounds=12)
    return net.journal.digest(), [verdict.ok for verdict in check_all(net.journal)]


def network():
    """Return the last beacon of a network on the reference curve, and the digest of its journal."""
    net = dl.Network(3, 2, backend="py_ecc", seed=7).run(rounds=1)
    last = net.beacons[-1]
    return dl.verify(last, net.info, backend="py_ecc").hex(), net.journal.digest()


def main():
    """Print everything."""
    stand_in_for_cryptography()
    found = {
        "python": sys.platform,
        "thread": thread(),
        "chains": {name: info.chain_hash.hex() for name, info in dl.networks.items()},
        "beacons": {name: beacons(name) for name in SCHEMES},
        "scenarios": {name: scenario(name) for name in shipped_scenarios() if name not in WITHOUT_NUMPY_OR_WHEELS},
        "network": network(),
        "picture": histogram(range(97), alt="as many of each").to_svg(),
        "symbolic": str(symbolic.interpolant([(1, 4), (2, 7), (5, 3)])),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
