"""Figures of a DKG and a resharing that were computed apart from any implementation of ours."""

import pytest

from drandlab.algebra.lagrange import lagrange_coefficients
from drandlab.algebra.polynomial import Polynomial
from drandlab.algebra.shamir import evaluation_point, shares_of
from drandlab.crypto import PublicPolynomial
from drandlab.curves import suite
from drandlab.dkg.config import Config, Member
from drandlab.dkg.packets import (
    Deal,
    DealBundle,
    Justification,
    JustificationBundle,
    Response,
    ResponseBundle,
    epoch_session_id,
)
from drandlab.dkg.result import Dealing, interpolate_dealings

H = bytes.fromhex
G1 = suite("bls12-381", "blst").g1


def test_hashes_of_bundles_in_any_order(vectors):
    block = vectors("drand")["dkg_hash_synthetic"]
    assert epoch_session_id(1).hex() == block["nonce_epoch1"]
    assert epoch_session_id(2).hex() == block["nonce_epoch2"]
    for turn in (list, reversed):
        b = block["deal_bundle"]
        deals = [Deal(share_index=d["share_index"], encrypted_share=H(d["encrypted_share"])) for d in b["deals"]]
        commits = tuple(G1.decode(H(c)) for c in b["public"])
        bundle = DealBundle(
            dealer_index=b["dealer_index"], commits=commits, deals=tuple(turn(deals)), session_id=H(b["session_id"])
        )
        assert bundle.digest.hex() == b["hash"]
        b = block["response_bundle"]
        words = [Response(dealer_index=r["dealer_index"], success=r["status"]) for r in b["responses"]]
        answer = ResponseBundle(
            share_index=b["share_index"], responses=tuple(turn(words)), session_id=H(b["session_id"])
        )
        assert answer.digest.hex() == b["hash"]
        b = block["justification_bundle"]
        shares = [
            Justification(share_index=j["share_index"], share=G1.field(int(j["share"], 16)))
            for j in b["justifications"]
        ]
        justification = JustificationBundle(
            dealer_index=b["dealer_index"], justifications=tuple(turn(shares)), session_id=H(b["session_id"])
        )
        assert justification.digest.hex() == b["hash"]


@pytest.fixture(scope="module")
def resharing(vectors):
    return vectors("drand")["resharing_synthetic"]


def polynomial(coefficients):
    return Polynomial(G1.field, [int(c, 16) for c in coefficients])


def test_resharing_column_by_column(resharing):
    block, n = resharing, resharing["new_n"]
    old = PublicPolynomial.commit(polynomial(block["old_coeffs"]), G1)
    assert [c.hex() for c in old.commits] == block["old_commits"]
    weights = lagrange_coefficients(G1.field, [evaluation_point(i) for i in block["dealers"]])
    assert {str(i): w.to_bytes().hex() for i, w in zip(block["dealers"], weights, strict=True)} == block[
        "lagrange_at_zero"
    ]
    dealt = {int(i): polynomial(c) for i, c in block["dealer_polys"].items()}
    publics = {i: PublicPolynomial.commit(f, G1, block["new_threshold"]) for i, f in dealt.items()}
    members = [Member(i, (i + 1000) * G1.generator) for i in range(max(n, block["old_n"]))]
    for index in range(n):
        config = Config(
            group=G1, longterm=G1.field(index + 1000), old_nodes=members[: block["old_n"]], new_nodes=members[:n],
            old_threshold=block["old_threshold"], threshold=block["new_threshold"], public=old, nonce=bytes(32),
        )  # fmt: skip
        valid = {i: Dealing(publics[i], f(evaluation_point(index))) for i, f in dealt.items()}
        # every old node counts as valid here, so that QUAL is the whole new group; only the first three are used
        everybody = valid | {i: valid[block["dealers"][-1]] for i in range(block["old_n"]) if i > max(block["dealers"])}
        dealers = {i: everybody[i] for i in everybody if i in dealt or i > max(dealt)}
        result = interpolate_dealings(config, own=index, valid=dealers, evicted_holders=set())
        assert result.share.value.to_bytes().hex() == block["new_shares"][index]
        assert [c.hex() for c in result.public.commits] == block["new_commits"]
        assert result.key == old.public_key
    assert [c.to_bytes().hex() for c in polynomial(block["new_coeffs"]).coefficients] == block["new_coeffs"]
    assert [s.value.to_bytes().hex() for s in shares_of(polynomial(block["new_coeffs"]), n)] == block["new_shares"]
