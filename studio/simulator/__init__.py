"""The provider, played by ourselves: an ASGI app that answers as Runway's developer API does and renders real clips.

It knows neither Django nor our tables nor our client: it is the other end of the line.
"""

from studio.simulator.clock import Clock, ManualClock, SystemClock
from studio.simulator.pace import Pace
from studio.simulator.remote import Remote, RequestRecord
from studio.simulator.scenarios import SCENARIOS

__all__ = ["SCENARIOS", "Clock", "ManualClock", "Pace", "Remote", "RequestRecord", "SystemClock"]
