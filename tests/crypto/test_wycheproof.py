"""Wycheproof's suites of BLS signatures, on both real backends: every file of them that the shared folder holds."""

import json

import pytest

from drandlab.crypto import BLS
from drandlab.crypto.schemes import Scheme
from drandlab.errors import DecodeError, VerificationError

SUITES = {"pop": 26, "basic": 88, "aggregate": 19}
"""The suites by name, with the cases that they had in August 2026."""


def signer(ciphersuite, backend):
    """The suites differ from drand's schemes in their domain tag at most."""
    return BLS.of(
        Scheme(
            name="wycheproof",
            curve="bls12-381",
            key_group="G1",
            signature_group="G2",
            hash="sha256",
            chained=False,
            dst=ciphersuite.encode(),
        ),
        backend,
    )


def judge(bls, group, case):
    """Verify as a program would: decode every key strictly, then the signature; return ``valid`` or ``invalid``."""
    keys = case["pubkeys"] if "pubkeys" in case else [group["publicKey"]["pk"]]
    try:
        points = [bls.decode_key(bytes.fromhex(key)) for key in keys]
        signature = bytes.fromhex(case["sig"])
        if "messages" in case:
            bls.verify_aggregate(points, [bytes.fromhex(message) for message in case["messages"]], signature)
        else:
            bls.verify(points[0], bytes.fromhex(case["msg"]), signature)
    except (DecodeError, VerificationError):
        return "invalid"
    return "valid"


@pytest.mark.parametrize("backend", ["blst", "py_ecc"])
def test_every_case_of_the_suites_at_hand(shared, backend):
    paths = {name: shared / f"vectors/wycheproof/bls_sig_g2_{name}_verify_test.json" for name in SUITES}
    at_hand = {name: path for name, path in paths.items() if path.is_file()}
    assert at_hand, "the folder of Wycheproof's vectors holds no suite of BLS signatures"
    for name, path in at_hand.items():
        suite = json.loads(path.read_text())
        cases = [(group, case) for group in suite["testGroups"] for case in group["tests"]]
        assert len(cases) == suite["numberOfTests"] >= SUITES[name]
        for group, case in cases:
            bls = signer(case.get("ciphersuite") or group["ciphersuite"], backend)
            assert judge(bls, group, case) == case["result"], (name, case["tcId"], case["comment"])


@pytest.mark.parametrize("backend", ["blst", "py_ecc"])
def test_one_case_of_the_aggregate_suite(backend):
    """Case 9, two signatures, transcribed for a clone without the folder."""
    keys = [
        "8c8952f3238b417adceb667320f14a91ca01b7c23a77d48eeabd7ece4237e0ece219b58ca1cf752672a29976284b1166",
        "84a0ee1d905f6bb760ad0af7d6fd17184505e782209c6bd8e1854d4cd294fa977a7c1c2347c04f7f7b754b2d89a20e28",
    ]
    messages = [
        "471a23ccf1f3d2e18652ec28938a7c60e0020ccbb36844222f15416d135d20a6",
        "b4b14b8868da9c5092a5a87b57e0e1f6559aaef72cf880be248a1d8a20f8745c",
    ]
    signature = (
        "870b43f339a83e85b9ca36171df5bebf4bc470b016e9af1b5fd45dbeed17a5aeb7050d8ca746a2500580e836de280329"
        "04e45fff0caa138b64443358c36ee35f235fb1647014dc6fffb3ae0e9a0e68966cb44f4664313348e135aaac030e2e44"
    )
    case = {"pubkeys": keys, "messages": messages, "sig": signature}
    bls = signer("BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_NUL_", backend)
    assert judge(bls, {}, case) == "valid"
    assert judge(bls, {}, case | {"messages": messages[::-1]}) == "invalid"
