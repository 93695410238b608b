"""Objects make their own live view through `drandlab.show`."""

from __future__ import annotations

import pytest

from drandlab import widgets
from drandlab.errors import LocalError
from drandlab.show import VIEWS, view_of
from drandlab.simulation.chains.chain_run import ChainRun
from drandlab.simulation.chains.chain_scenario import load_chain
from drandlab.simulation.keygen.run import Run, generate_key
from drandlab.simulation.network import Network
from drandlab.simulation.scenario.scenario import load


@pytest.fixture(scope="module")
def net() -> Network:
    return Network(4, 3, backend="glass").run(rounds=2)


@pytest.fixture(scope="module")
def run() -> Run:
    return generate_key(4, 3, backend="glass")


def test_every_entry_gives_the_widget_that_it_names(net: Network, run: Run) -> None:
    chains = ChainRun(load_chain("stall"), backend="glass").run(2)
    sources = {"stage": net, "matrix": run, "orbit": load("league-and-satellite").orbit, "lane": chains, "vaults": net}
    assert sources.keys() == VIEWS.keys()
    for view, (module, name) in VIEWS.items():
        assert widgets.HOME[name] == module
        assert isinstance(view_of(view, sources[view]), getattr(widgets, name))


def test_a_network_shows_its_stage(net: Network) -> None:
    stage = net.show(at=36)
    assert isinstance(stage, widgets.NetworkStageWidget)
    assert stage.net is net
    assert stage.at == 36


def test_a_run_shows_its_matrix(run: Run) -> None:
    matrix = run.show(node=2)
    assert isinstance(matrix, widgets.StatusMatrixWidget)
    assert matrix.node == 2
    assert matrix.belief.qual == run.agreed.qual


def test_the_run_of_a_chain_file_shows_its_lane() -> None:
    chains = ChainRun(load_chain("stall"), backend="glass").run(2)
    lane = chains.show(block=2)
    assert isinstance(lane, widgets.DeliveryLaneWidget)
    assert (lane.block, lane.lane.chain) == (2, chains.scenario.bridge.para_id)


def test_the_satellites_of_a_scenario_show_their_map(net: Network) -> None:
    orbit = load("league-and-satellite").orbit
    assert orbit is not None
    view = orbit.show(end=orbit.begins + 7200)
    assert isinstance(view, widgets.OrbitWidget)
    assert (view.end - view.start, [one.name for one in view.satellites]) == (7200, ["crypto"])
    with pytest.raises(LocalError, match="source: the run has no satellite crypto; none flies in it"):
        orbit.show(net)


def test_an_unknown_option_is_refused(net: Network, run: Run) -> None:
    with pytest.raises(LocalError, match="not both: got colour"):
        net.show(colour="red")
    with pytest.raises(TypeError, match="colour"):
        run.show(colour="red")


def test_an_unknown_view_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(LocalError, match=f"view: expected one of {', '.join(VIEWS)}, got 'map'"):
        view_of("map")
