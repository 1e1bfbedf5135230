"""The end of a script's time, told to it where it stands, so that viewers see at which line that was.

The supervisor asks with a signal first; a script that does not end by it (it holds on to it, or it is inside a long call
of C) is killed a moment later.
"""

from __future__ import annotations

import signal
from types import FrameType

from engine.recorder.budget import TimeLimit

SIGNAL = signal.SIGUSR1
GRACE = 0.5  #: seconds between asking and killing


def heed() -> None:
    """From now on the supervisor's signal raises ``TimeLimit`` in the script."""
    signal.signal(SIGNAL, _raise)


def _raise(number: int, frame: FrameType | None) -> None:
    signal.signal(SIGNAL, signal.SIG_IGN)
    raise TimeLimit("the script's time is up; it was here")
