"""The driver against 20 runs of production's driver, and the rules of its packet sets."""

import dataclasses
import random

import pytest

from drandlab.crypto import ecies, schnorr
from drandlab.curves import suite
from drandlab.dkg.config import Config, Member
from drandlab.dkg.effects import Blame, Broadcast, Done, Dropped, Failed, SetPhaseTimer
from drandlab.dkg.machine import Phase
from drandlab.dkg.packets import DealBundle, JustificationBundle, ResponseBundle
from drandlab.dkg.protocol import PacketSet, Protocol, SignatureCache
from drandlab.errors import Evicted

TICKS = {2: Phase.RESPONSE, 3: Phase.JUSTIFICATION, 4: Phase.FINISH}
GROUP = suite("bls12-381", "glass").g1


class Board:
    """A network that delivers everything to everybody, the author included, after a scenario has looked at it."""

    def __init__(
        self, n, threshold, fast_sync, scenario, skip=False, group=GROUP, alive=None, nonce=bytes(32), **options
    ):
        rng = random.Random(7)
        self.secrets = [group.field.random(rng, nonzero=True) for _ in range(n)]
        members = [Member(i, x * group.generator) for i, x in enumerate(self.secrets)]
        configs = [
            Config(group=group, longterm=x, new_nodes=members, threshold=threshold, nonce=nonce, fast_sync=fast_sync)
            for x in self.secrets[:alive]
        ]
        self.seat(configs, scenario, skip, **options)

    def seat(self, configs, scenario, skip=False, **options):
        """Make a node of each configuration."""
        self.nodes = [
            Protocol(config, random.Random(i), signatures=TakesAll(random.Random(0)) if skip else None, **options)
            for i, config in enumerate(configs)
        ]
        self.scenario, self.queue = scenario, []
        self.ended, self.blamed, self.timers, self.dropped = {}, [], [], []
        self.tick = 1

    def sign(self, author, bundle):
        x = self.secrets[author]
        return dataclasses.replace(
            bundle, signature=schnorr.sign(x, x * GROUP.generator, bundle.digest, random.Random(1))
        )

    def carry_out(self, number, effects):
        for effect in effects:
            if isinstance(effect, Broadcast):
                self.queue.append((number, effect.bundle))
            elif isinstance(effect, (Done, Failed)):
                self.ended[number] = (effect, self.tick)
            elif isinstance(effect, Blame):
                self.blamed.append((number, effect.error))
            elif isinstance(effect, Dropped):
                self.dropped.append((number, effect))
            elif isinstance(effect, SetPhaseTimer):
                self.timers.append((number, effect))

    def deliver(self):
        while self.queue:
            batch, self.queue = self.queue, []
            for only, bundle in self.scenario(self, batch):
                for number, node in enumerate(self.nodes):
                    if only is None or number in only:
                        self.carry_out(number, node.receive(bundle))

    def run(self):
        for number, node in enumerate(self.nodes):
            self.carry_out(number, node.start(100))
        self.deliver()
        for tick, phase in TICKS.items():
            self.tick = tick
            for number, node in enumerate(self.nodes):
                self.carry_out(number, node.tick(phase))
            self.deliver()
        return self


class TakesAll(SignatureCache):
    """Production's switch to skip verification, which its own tests use."""

    def genuine(self, claims):
        return [True] * len(claims)


def honest(board, batch):
    return [(None, bundle) for _, bundle in batch]


def of(kind, author, change):
    """A scenario that replaces the packet of one kind of one author by what ``change`` gives."""

    def scenario(board, batch):
        out = []
        for number, bundle in batch:
            if isinstance(bundle, kind) and number == author:
                out += change(board, bundle)
            else:
                out.append((None, bundle))
        return out

    return scenario


def bad_signature(board, bundle):
    board.nodes[1].deals = PacketSet()  # its own copy is damaged too
    return [(None, dataclasses.replace(bundle, signature=bytes(len(bundle.signature))))]


def other_deal(board, bundle):
    return board.sign(1, dataclasses.replace(bundle, deals=bundle.deals[:-1]))


def other_response(board, bundle):
    from drandlab.dkg.packets import Response

    words = {r.dealer_index: r for r in bundle.responses} | {0: Response(dealer_index=0, success=False)}
    return board.sign(2, dataclasses.replace(bundle, responses=tuple(words.values())))


def ahead(kind, author, packets):
    def scenario(board, batch):
        special = [b for number, b in batch if isinstance(b, kind) and number == author]
        rest = [(None, b) for number, b in batch if not (isinstance(b, kind) and number == author)]
        return [(None, p) for b in special for p in packets(board, b)] + rest

    return scenario


def late(kind, author, packets):
    def scenario(board, batch):
        first = ahead(kind, author, packets)(board, batch)
        count = sum(len(packets(board, b)) for number, b in batch if isinstance(b, kind) and number == author)
        return first[count:] + first[:count]

    return scenario


def two_responses_of_a_silent_holder(board, batch):
    """In normal mode nobody answers unless something is wrong: node 2 makes its two answers up."""
    if any(isinstance(b, DealBundle) for _, b in batch) or board.nodes[0].config.fast_sync:
        return ahead(ResponseBundle, 2, lambda bd, b: [b, other_response(bd, b)])(board, batch)
    return honest(board, batch)


def rubbish(board, bundle):
    deals = tuple(
        dataclasses.replace(d, encrypted_share=bytes(len(d.encrypted_share))) if d.share_index == 3 else d
        for d in bundle.deals
    )
    edited = board.sign(1, dataclasses.replace(bundle, deals=deals))
    board.nodes[1].deals = PacketSet()
    board.nodes[1].deals.push(edited)
    return [(None, edited)]


SCENARIOS = {
    "honest": honest,
    "bad_signature_deal": of(DealBundle, 1, bad_signature),
    "bad_signature_deal_skipped": of(DealBundle, 1, bad_signature),
    "rebroadcast_deal": of(DealBundle, 1, lambda board, b: [(None, b)] * 3),
    "equivocating_dealer": ahead(DealBundle, 1, lambda board, b: [b, other_deal(board, b)]),
    "equivocating_dealer_late": late(DealBundle, 1, lambda board, b: [b, other_deal(board, b)]),
    "equivocating_dealer_then_again": ahead(DealBundle, 1, lambda board, b: [b, other_deal(board, b), b]),
    "equivocating_holder": two_responses_of_a_silent_holder,
    "split_deals": of(DealBundle, 1, lambda board, b: [({0, 1}, b)]),
    "rubbish_share_justified": of(DealBundle, 1, rubbish),
}


def protocol_runs(vectors):
    return vectors("kyber")["protocol"]["runs"]


@pytest.mark.parametrize("fast_sync", [False, True])
@pytest.mark.parametrize("name", SCENARIOS)
def test_runs_of_production(vectors, name, fast_sync):
    (recorded,) = [r for r in protocol_runs(vectors) if r["name"] == name and r["fast_sync"] == fast_sync]
    board = Board(recorded["n"], recorded["threshold"], fast_sync, SCENARIOS[name], recorded["skip_verification"]).run()
    classes = {}
    for row in recorded["outcome"]:
        effect, ticks = board.ended[row["node"]]
        assert ticks == row["ticks_needed"], (row, effect)
        if row["error"]:
            assert isinstance(effect, Failed) and isinstance(effect.error, Evicted)
        else:
            assert sorted(effect.result.qual) == row["qual"]
            classes.setdefault(row["public_key_class"], set()).add(bytes(effect.result.key))
    assert all(len(keys) == 1 for keys in classes.values())
    assert len({key for keys in classes.values() for key in keys}) == len(classes)
    if "equivocating" in name and not (name.endswith("late") and fast_sync):
        wanted = [2] if "holder" in name and fast_sync else [] if "holder" in name else [1]
        assert {error.index for _, error in board.blamed if error.code == "equivocation"} == set(wanted)


@pytest.mark.parametrize("fast_sync", [False, True])
@pytest.mark.parametrize("name", SCENARIOS)
def test_whoever_is_evicted_is_blamed_once(name, fast_sync):
    board = Board(5, 3, fast_sync, SCENARIOS[name]).run()
    for number, node in enumerate(board.nodes):
        said = [id(error) for by, error in board.blamed if by == number]
        evicted = {id(error) for error in (*node.machine.evicted_dealers, *node.machine.evicted_holders)}
        assert len(said) == len(set(said)) and evicted <= set(said)


def test_every_scenario_of_production_is_here(vectors):
    assert {run["name"] for run in protocol_runs(vectors)} == set(SCENARIOS)


def test_timers_are_set_once_at_the_start():
    board = Board(3, 2, True, honest)
    effects = board.nodes[0].start(100)
    timers = [e for e in effects if isinstance(e, SetPhaseTimer)]
    assert [(t.at, t.phase) for t in timers] == [(110, Phase.RESPONSE), (120, Phase.JUSTIFICATION), (130, Phase.FINISH)]


def test_after_the_end_nothing_has_an_effect():
    board = Board(4, 3, True, honest).run()
    node = board.nodes[0]
    assert node.over
    before = repr(node)
    bundle = next(iter(board.nodes[1].deals))
    assert node.receive(bundle) == []
    assert node.tick(Phase.FINISH) == []
    assert repr(node) == before


def test_a_stranger_s_packets_are_not_even_kept():
    board = Board(4, 3, True, honest)
    node = board.nodes[0]
    node.start(0)
    for index in (4, 77, 2**32 - 1):
        bundle = DealBundle(dealer_index=index, commits=(), deals=(), session_id=bytes(32), signature=b"x")
        assert node.receive(bundle) == []
    assert node.waiting == 0


def test_a_cache_of_signatures_has_a_bound_and_answers_all_the_same():
    board = Board(3, 2, True, honest)
    bundle = next(e.bundle for e in board.nodes[0].start(0) if isinstance(e, Broadcast))
    cache, key = SignatureCache(random.Random(1), size=4), board.secrets[0] * GROUP.generator
    forged = [schnorr.Signed(key, bundle.digest, i.to_bytes(80, "big")) for i in range(10)]
    for _ in range(2):
        assert cache.genuine([schnorr.Signed(key, bundle.digest, bundle.signature), *forged]) == [True] + [False] * 10
        assert cache.held == 4


def test_packets_wait_for_the_end_of_their_phase_and_are_checked_together():
    board = Board(4, 3, False, honest)
    node = board.nodes[0]
    node.start(0)
    for i in range(4 * 8):
        forged = DealBundle(dealer_index=1, commits=(), deals=(), session_id=bytes(32), signature=i.to_bytes(80, "big"))
        assert node.receive(forged) == [] and node.waiting == i + 1
    node.receive(dataclasses.replace(forged, signature=b"one too many"))
    assert node.waiting == 0, "four times as many as there are dealers and holders"


def test_a_flood_of_forged_packets_is_checked_in_pieces_and_bars_nobody():
    """A forger without a key fills the waiting room with packets in the name of node 1; the real one still counts."""
    flood = []

    def scenario(board, batch):
        out = []
        for number, bundle in batch:
            if isinstance(bundle, DealBundle) and number == 1:
                for i in range(200):
                    flood.append(dataclasses.replace(bundle, signature=i.to_bytes(80, "big")))
                out += [(None, forged) for forged in flood[-200:]]
            out.append((None, bundle))
        return out

    board = Board(4, 3, True, scenario)
    board.run()
    assert len(flood) == 200
    assert all(node.waiting < 50 for node in board.nodes)
    assert [sorted(effect.result.qual) for effect, _ in board.ended.values()] == [[0, 1, 2, 3]] * 4


# -- packets of another session ---------------------------------------------------------------------------------------


def resharing(board, before, nonce, fast_sync, scenario, **options):
    """The same people hand the key on, with everybody staying."""
    nodes = board.nodes[0].config.new_nodes
    again = Board(1, 1, fast_sync, scenario)
    again.secrets = board.secrets
    again.seat(
        [
            Config(
                group=GROUP, longterm=x, old_nodes=nodes, new_nodes=nodes, threshold=3, old_threshold=3,
                public=before[0].public, share=before[i].share, nonce=nonce, fast_sync=fast_sync,
            )
            for i, x in enumerate(board.secrets)
        ],
        scenario,
        **options,
    )  # fmt: skip
    return again


def replaying(old, when, inner):
    """A scenario in which somebody who holds no key sends ``old`` again with every batch."""

    def scenario(board, batch):
        again = [(None, bundle) for bundle in old]
        return again + inner(board, batch) if when == "before" else inner(board, batch) + again

    return scenario


def first_session(fast_sync):
    """A run in which deals, responses and justifications are sent, and every packet of it."""
    packets = []

    def kept(board, batch):
        out = of(DealBundle, 1, rubbish)(board, batch)
        packets.extend(bundle for _, bundle in out)
        return out

    board = Board(5, 3, fast_sync, kept).run()
    assert {type(bundle) for bundle in packets} == {DealBundle, ResponseBundle, JustificationBundle}
    return board, packets


SECOND = bytes([2] * 32)


@pytest.mark.parametrize("inner", [honest, of(DealBundle, 1, rubbish)], ids=["honest", "with a complaint"])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("kind", ["fresh", "resharing"])
@pytest.mark.parametrize("fast_sync", [False, True])
def test_packets_of_another_session_sent_again_in_every_phase_harm_nobody(fast_sync, kind, when, inner):
    first, old = first_session(fast_sync)
    scenario = replaying(old, when, inner)
    if kind == "fresh":
        board = Board(5, 3, fast_sync, scenario, nonce=SECOND)
    else:
        board = resharing(first, results(first), SECOND, fast_sync, scenario)
    for number, node in enumerate(board.nodes):
        board.carry_out(number, [effect for bundle in old for effect in node.receive(bundle)])  # before the start
    board.run()
    found = results(board)
    assert len(found) == 5 and sorted(check_one_key(found).qual) == [0, 1, 2, 3, 4]
    assert board.blamed == []
    assert {id(effect.bundle) for _, effect in board.dropped} == {id(bundle) for bundle in old}
    assert {effect.why for _, effect in board.dropped} == {"it is of another session"}


def test_production_expels_whoever_s_old_packet_somebody_sends_again():
    _, old = first_session(True)
    [of_node_0] = [bundle for bundle in old if isinstance(bundle, DealBundle) and bundle.author == 0]
    board = Board(5, 3, True, replaying([of_node_0], "before", honest), nonce=SECOND, other_sessions=True).run()
    assert {error.index for _, error in board.blamed} == {0} and len(results(board)) >= 4
    assert all(0 not in result.qual for number, result in results(board).items() if number)
    three = [bundle for bundle in old if isinstance(bundle, DealBundle) and bundle.author < 3]
    board = Board(5, 3, True, replaying(three, "before", honest), nonce=SECOND, other_sessions=True).run()
    assert results(board) == {}, "of five, three are expelled, and no key is made"


def test_a_member_s_own_packets_of_another_session_count_as_absent():
    def elsewhere(board, bundle):
        return [(None, board.sign(1, dataclasses.replace(bundle, session_id=SECOND)))]

    board = Board(5, 3, True, of(DealBundle, 1, elsewhere)).run()
    assert sorted(check_one_key({n: r for n, r in results(board).items() if n != 1}).qual) == [0, 2, 3, 4]
    assert {error.index for _, error in board.blamed} == {1}, "holders complain, as about anybody who is silent"
    assert all("holders complain" in str(error) for _, error in board.blamed)


def test_a_shared_cache_of_signatures_changes_nothing_but_the_work():
    asked = []

    class Counting(SignatureCache):
        def genuine(self, claims):
            asked.append(len(claims))
            return super().genuine(claims)

    claims = []
    secret = GROUP.field(9)
    for i in range(3):
        signature = schnorr.sign(secret, secret * GROUP.generator, bytes([i]), random.Random(i))
        claims.append(schnorr.Signed(secret * GROUP.generator, bytes([i]), signature))
    claims[1] = dataclasses.replace(claims[1], signature=claims[0].signature)
    cache = Counting(random.Random(1))
    assert cache.genuine(claims) == [True, False, True]
    assert cache.genuine(claims) == [True, False, True]


def test_a_kind_of_packet_never_counts_for_another():
    board = Board(4, 3, True, honest)
    node = board.nodes[0]
    node.start(0)
    empty = JustificationBundle(dealer_index=1, justifications=(), session_id=bytes(32))
    node.receive(board.sign(1, empty))
    node.tick(Phase.RESPONSE)
    assert len(node.justifications) == 1 and len(node.deals) == 1


def test_encrypted_shares_open_for_their_holder_alone():
    board = Board(3, 2, True, honest)
    effects = board.nodes[0].start(0)
    (bundle,) = [e.bundle for e in effects if isinstance(e, Broadcast)]
    assert [deal.share_index for deal in bundle.deals] == [1, 2] or len(bundle.deals) == 3
    for deal in bundle.deals:
        plain = ecies.decrypt(board.secrets[deal.share_index], deal.encrypted_share, GROUP.generator)
        assert GROUP.field.from_bytes(plain) == board.nodes[0].machine.polynomial(deal.share_index + 1)


# -- the driver's own tests in production's library, on real keys -----------------------------------------------------

KEYS = [suite("bls12-381", "blst").g1, suite("bls12-381", "blst").g2]


def results(board):
    return {number: effect.result for number, (effect, _) in board.ended.items() if isinstance(effect, Done)}


def check_one_key(found):
    first = next(iter(found.values()))
    for result in found.values():
        assert (result.public, sorted(result.qual)) == (first.public, sorted(first.qual))
        assert result.share.value * first.key.group.generator == first.public.share(result.share.index)
    return first


@pytest.mark.parametrize("group", KEYS, ids=["G1", "G2"])
class TestDriverOfProduction:
    @pytest.mark.parametrize(("fast_sync", "ticks"), [(False, 3), (True, 1)])
    def test_full(self, group, fast_sync, ticks):
        board = Board(5, 3, fast_sync, honest, group=group).run()
        assert {tick for _, tick in board.ended.values()} == {ticks}
        assert len(results(board)) == 5
        check_one_key(results(board))

    @pytest.mark.parametrize("fast_sync", [False, True])
    def test_threshold_many_alive(self, group, fast_sync):
        """Five registered, four alive, threshold four: the silent one is left out."""
        board = Board(5, 4, fast_sync, honest, group=group, alive=4).run()
        assert len(results(board)) == 4
        assert sorted(check_one_key(results(board)).qual) == [0, 1, 2, 3]

    def test_threshold_fast_with_a_bad_deal(self, group):
        """Node 1 deals rubbish to everybody: the others finish without it."""

        def spoil(board, bundle):
            deals = tuple(dataclasses.replace(d, encrypted_share=bytes(8)) for d in bundle.deals)
            x = board.secrets[1]
            edited = dataclasses.replace(bundle, deals=deals)
            signature = schnorr.sign(x, x * group.generator, edited.digest, random.Random(1))
            return [({0, 2, 3, 4}, dataclasses.replace(edited, signature=signature))]

        board = Board(5, 4, True, of(DealBundle, 1, spoil), group=group).run()
        found = {number: result for number, result in results(board).items() if number != 1}
        assert len(found) == 4
        assert sorted(check_one_key(found).qual) == [0, 2, 3, 4]

    @pytest.mark.parametrize("fast_sync", [False, True])
    @pytest.mark.parametrize(("old", "new", "absent"), [((5, 4), (6, 5), None), ((4, 3), (5, 4), 4)])
    def test_resharing(self, group, fast_sync, old, new, absent):
        """5/4 to 6/5 with everybody, and 4/3 to 5/4 with a registered newcomer who stays silent."""
        board = Board(*old, fast_sync, honest, group=group).run()
        before = results(board)
        public, old_nodes = before[0].public, board.nodes[0].config.new_nodes
        board.secrets += [group.field(1000 + i) for i in range(new[0] - old[0])]
        new_nodes = [Member(i, x * group.generator) for i, x in enumerate(board.secrets)]
        again = Board(1, 1, fast_sync, honest, group=group)
        again.seat(
            [
                Config(
                    group=group, longterm=x, old_nodes=old_nodes, new_nodes=new_nodes, threshold=new[1],
                    old_threshold=old[1], public=public, share=before[i].share if i in before else None,
                    nonce=bytes([2] * 32), fast_sync=fast_sync,
                )
                for i, x in enumerate(board.secrets)
                if i != absent
            ],
            honest,
        )  # fmt: skip
        again.run()
        found = results(again)
        assert len(found) == new[0] - (absent is not None)
        first = check_one_key(found)
        assert first.key == public.public_key and first.public.threshold == new[1]
        if absent is None:
            assert {tick for _, tick in again.ended.values()} == {1 if fast_sync else 3}
        elif fast_sync:  # in normal mode silence is consent, and nobody notices a silent newcomer
            assert absent not in first.qual
