"""One event of each kind of a scenario, with all of its keys."""

from __future__ import annotations

from drandlab.simulation.scenario import events as ev
from drandlab.simulation.scenario.event_base import Event
from drandlab.simulation.world.links import Latency

__all__ = ["EVENT_OF"]

EVENT_OF: dict[str, Event] = {
    "crash": ev.Crash(at=1.5, nodes=(0, 1), lose_disk=True),
    "restart": ev.Restart(round=3, offset=0.25, nodes=(1,)),
    "cut": ev.Cut(at=1e-05, between=(0, 1), both_ways=False),
    "mend": ev.Mend(at=4, between=(0, 1)),
    "isolate": ev.Isolate(at=5, node=2),
    "rejoin": ev.Rejoin(at=6, node=2),
    "partition": ev.PartitionNodes(at=7, sides=((0, 1), (2,))),
    "heal": ev.Heal(round=4),
    "link": ev.ChangeLink(at=8, nodes=(3,), latency=Latency(kind="uniform", mean=0.1, spread=1 / 3), bandwidth=1000),
    "clock": ev.SetClock(at=9, node=3, ahead=-0.5, drift=0.001),
    "disk": ev.SetDisk(at=10, node=3, full=False),
    "damage": ev.Damage(at=11, node=3, rounds=(1, 2)),
    "check_chain": ev.CheckChain(at=12, node=3, up_to=2, mend=False),
    "mischief": ev.Misbehave(at=13, what="flood:1", instead=True),
    "fault": ev.MisbehaveInDKG(at=14, what="wrong-share:1:holder=0"),
    "behave": ev.Behave(at=15, node=1),
    "reshare": ev.Reshare(at=16, threshold=3, remaining=(2, 3, 4), joining=1, coordinator=3, catchup_period=0),
    "lose_satellite": ev.LoseSatellite(at=17, node=4),
    "crash_signer": ev.CrashSigner(at=18, node=4, lose_disk=True),
    "restart_signer": ev.RestartSigner(at=19, nodes=(3, 4)),
    "crash_collator": ev.CrashCollator(at=10.5, collators=(0, 1), lose_disk=True),
    "restart_collator": ev.RestartCollator(at=11.0, collators=(0,)),
    "collator_clock": ev.SetCollatorClock(at=11.5, collators=(2,), ahead=1.5, drift=-0.001),
    "silent_collator": ev.SilentCollator(at=12.0, collators=(3,)),
    "late_collator": ev.LateCollator(at=12.5, collators=(3,), by=2.5),
    "lying_collator": ev.LyingCollator(at=13.0, collators=(3,), how="two-votes"),
    "honest_collator": ev.HonestCollator(at=13.5, collators=(3,)),
    "eclipse": ev.Eclipse(at=14.0, collators=(2,)),
    "end_eclipse": ev.EndEclipse(at=14.5, collators=(2,)),
    "isolate_collator": ev.IsolateCollator(at=15.0, collators=(1,)),
    "rejoin_collator": ev.RejoinCollator(at=15.5, collators=(1,)),
    "cut_collators": ev.CutCollators(at=16.0, between=(0, 1)),
    "mend_collators": ev.MendCollators(at=16.5, between=(0, 1)),
    "signer_clock": ev.SetSignerClock(at=20, node=4, ahead=1.5, drift=-0.001),
}
