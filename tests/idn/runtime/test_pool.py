"""The pool: tags that exclude each other, what waits, and what leaves."""

from __future__ import annotations

import pytest
from toy_runtime import ALICE, BOB, add, toy_genesis, toy_runtime

from drandlab.errors import FormatError, LocalError
from drandlab.idn.runtime.calls import Call, TransactionSource
from drandlab.idn.runtime.extrinsics import SignedBy, signed_extrinsic
from drandlab.idn.runtime.failures import NotValid
from drandlab.idn.runtime.outcomes import Head
from drandlab.idn.runtime.pool import NotPooled, TransactionPool
from drandlab.idn.runtime.runtime import Runtime
from drandlab.idn.state import blake2_256
from drandlab.wire.scale import Variant

LOCAL = TransactionSource.LOCAL


def world() -> tuple[Runtime, Head, TransactionPool]:
    one = toy_runtime()
    return one, toy_genesis(one), TransactionPool(one)


def remark(one: Runtime, account: bytes, nonce: int, tip: int = 0, said: bytes = b"") -> bytes:
    call = one.table.encode_call(Call("System", "remark", {"remark": b"%d" % nonce + said}))
    signature = Variant("Ed25519", 2 * account)
    return signed_extrinsic(call, SignedBy(account=account, signature=signature, nonce=nonce, tip=tip))


def in_order(pool: TransactionPool) -> list[bytes]:
    return [one.encoded for one in pool.ready()]


def test_one_that_is_not_valid_does_not_enter() -> None:
    one, head, pool = world()
    with pytest.raises(NotValid, match="InvalidTransaction::Call"):
        pool.submit(add(one, 5), head, TransactionSource.EXTERNAL)
    with pytest.raises(FormatError):
        pool.submit(b"junk", head, LOCAL)
    assert len(pool) == 0 and pool.ready() == ()


def test_the_same_tag_goes_to_the_higher_priority() -> None:
    """Adding 5, 1005 and 2005 provides one tag, with the priorities 0, 1 and 2."""
    one, head, pool = world()
    first = pool.submit(add(one, 5), head, LOCAL)
    assert first.added == blake2_256(add(one, 5)) and first.replaced == () and not first.propagate
    with pytest.raises(NotPooled) as caught:
        pool.submit(add(one, 5), head, LOCAL)
    assert caught.value.code == "known" and add(one, 5) in pool and 5 not in pool
    second = pool.submit(add(one, 2005), head, LOCAL)
    assert second.replaced == (first.added,) and in_order(pool) == [add(one, 2005)]
    for by in (5, 1005):
        with pytest.raises(NotPooled) as caught:
            pool.submit(add(one, by), head, LOCAL)
        assert caught.value.code == "low-priority"
    pool.submit(add(one, 6), head, LOCAL)
    pool.submit(add(one, 1007), head, LOCAL)
    assert in_order(pool) == [add(one, 2005), add(one, 1007), add(one, 6)]


def test_of_two_equal_ones_with_a_tag_the_earlier_stays() -> None:
    one, head, pool = world()
    pool.submit(remark(one, ALICE, 0), head, LOCAL)
    with pytest.raises(NotPooled) as caught:
        pool.submit(remark(one, ALICE, 0, said=b"another"), head, LOCAL)
    assert caught.value.code == "low-priority" and in_order(pool) == [remark(one, ALICE, 0)]
    pool.submit(remark(one, ALICE, 0, tip=1, said=b"another"), head, LOCAL)
    assert len(pool) == 1 and remark(one, ALICE, 0) not in pool


def test_the_later_of_two_equal_ones_comes_later() -> None:
    one, head, pool = world()
    for by in (9, 3, 7):
        pool.submit(add(one, by), head, LOCAL)
    assert in_order(pool) == [add(one, by) for by in (9, 3, 7)]


def test_a_transaction_waits_for_those_before_it() -> None:
    one, head, pool = world()
    for nonce, tip in ((2, 9), (0, 0), (1, 5)):
        pool.submit(remark(one, ALICE, nonce, tip), head, LOCAL)
    pool.submit(remark(one, BOB, 1), head, LOCAL)
    assert in_order(pool) == [remark(one, ALICE, 0), remark(one, ALICE, 1, 5), remark(one, ALICE, 2, 9)]
    built = one.propose(head, 100, pool=[remark(one, BOB, 0)])
    assert pool.on_block(built.head, built.block.extrinsics) == ()
    assert len(in_order(pool)) == 4 and remark(one, BOB, 1) in in_order(pool), "its nonce is the next one now"
    built = one.propose(built.head, 101, pool=in_order(pool))
    assert built.left_out == () and len(built.block.extrinsics) == 5


def test_what_a_block_holds_or_spoils_leaves() -> None:
    one, head, pool = world()
    pool.submit(remark(one, ALICE, 0), head, LOCAL)
    pool.submit(remark(one, ALICE, 1), head, LOCAL)
    pool.submit(remark(one, BOB, 0), head, LOCAL)
    pool.submit(add(one, 4), head, LOCAL)
    built = one.propose(head, 100, pool=[remark(one, ALICE, 0, tip=1), remark(one, BOB, 0)])
    gone = pool.on_block(built.head, built.block.extrinsics)
    assert set(gone) == {blake2_256(remark(one, BOB, 0)), blake2_256(remark(one, ALICE, 0))}
    assert in_order(pool) == [add(one, 4), remark(one, ALICE, 1)]
    assert len(pool) == 2


def test_a_transaction_leaves_after_its_longevity() -> None:
    one, head, pool = world()
    pool.submit(add(one, 5), head, LOCAL)
    pool.submit(remark(one, ALICE, 0), head, LOCAL)
    for slot in range(1, 6):
        assert add(one, 5) in pool
        built = one.propose(head, slot)
        head = built.head
        gone = pool.on_block(head, built.block.extrinsics)
    assert gone == (blake2_256(add(one, 5)),) and in_order(pool) == [remark(one, ALICE, 0)]
    pool.submit(add(one, 5), head, LOCAL)
    assert add(one, 5) in pool


def test_a_pool_has_a_limit() -> None:
    one, head, _ = world()
    pool = TransactionPool(one, limit=2)
    pool.submit(add(one, 5), head, LOCAL)
    pool.submit(add(one, 6), head, LOCAL)
    with pytest.raises(NotPooled) as caught:
        pool.submit(add(one, 7), head, LOCAL)
    assert caught.value.code == "pool-full"
    pool.submit(add(one, 1005), head, LOCAL)  # in place of another
    assert len(pool) == 2
    with pytest.raises(LocalError, match="limit: expected a whole number of at least 1, got 0"):
        TransactionPool(one, limit=0)
