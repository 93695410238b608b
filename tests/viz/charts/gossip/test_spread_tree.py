"""The tree of a spread: every peer once, at its time, below its sender; what cannot be drawn is refused."""

from __future__ import annotations

import pytest

from drandlab.errors import LocalError, WrongType
from drandlab.simulation.pubsub.gossip_network import GossipNetwork
from drandlab.simulation.reading.spreading import MessageSpread, spread_of
from drandlab.viz import spread_tree


def message(relays: int = 1) -> MessageSpread:
    one = MessageSpread(bytes(8), 0.0, 0, 7, True, 87, frozenset((1, 2, 3)))
    one.publishers, one.senders = set(range(relays)), {5: 0, 6: 5, 7: 6}
    one.delays, one.hops = {5: 0.05, 6: 0.11, 7: 0.25}, {5: 1, 6: 2, 7: 9}
    return one


def test_each_peer_stands_at_its_time_and_the_sentence_says_how_many_hops() -> None:
    chart = spread_tree(message())
    assert chart.table == {"peer": [5, 6, 7], "from": [0, 5, 6], "hops": [1, 2, 9], "ms": [50.0, 110.0, 250.0]}
    assert chart.alt.startswith("The pulse of round 7 reaches 3 peers: half of them within 110 ms, all within 250 ms.")
    assert chart.alt.endswith("1 after 1, 1 after 2, 1 after 9.")
    names = [trace.name for trace in chart.figure.data if trace.name]
    assert names == ["1 hop", "2 hops", "5 or more hops", "gossip relays"]
    assert chart.to_svg().startswith("<svg")


def test_a_real_spread_is_drawn_with_rows_of_their_own() -> None:
    spread = spread_of(GossipNetwork(40, rounds=1, seed=1).run().journal)
    chart = spread_tree(spread.true[0], title="A pulse")
    dots = [trace for trace in chart.figure.data if trace.mode == "markers" and trace.name != "gossip relays"]
    assert sum(len(trace.x) for trace in dots) == 38 == len(chart.table["peer"])
    assert chart.figure.layout.title.text == "A pulse"


def test_nothing_to_draw_is_refused() -> None:
    nobody = message()
    nobody.delays.clear()
    with pytest.raises(LocalError, match="message: it has reached nobody"):
        spread_tree(nobody)
    with pytest.raises(WrongType, match="message: expected a MessageSpread, got str"):
        spread_tree("round 7")  # type: ignore[arg-type]
