"""The process of a script that its own user runs: ``python -m server.sandbox.local_child JOB EVENTS_FD``."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import msgspec

from engine.recorder import record
from engine.recorder.pipe import PipeSink

from .deadline import heed
from .job import Job


def main(job_file: str, events: int) -> None:
    """Record the job of ``job_file`` into the pipe ``events``; exits with the script's exit status."""
    os.set_inheritable(events, False)
    job = msgspec.json.decode(Path(job_file).read_bytes(), type=Job)
    os.unlink(job_file)
    if os.path.exists(job.filename):
        sys.path[0] = str(Path(job.filename).resolve().parent)  # as `python SCRIPT` does
    heed()
    code = record(
        job.code,
        sink=PipeSink(events),
        device=job.device,
        filename=job.filename,
        budget=job.budget.build(),
        argv=[job.filename, *job.arguments],
        static=job.mode == "static",
    )
    sys.stdout.flush()
    os._exit(code)  # threads that the script left behind do not keep it


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
