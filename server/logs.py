"""The server's own log, on standard error: lines for people, or one JSON object a line. It never holds a visitor's code."""

from __future__ import annotations

import json
import logging
import time
from typing import Literal

#: what a record may carry beside its message
FIELDS = ("run", "visitor", "status", "reason", "seconds", "events", "device")


class JsonLines(logging.Formatter):
    """``{"time": ..., "level": ..., "message": ..., "run": ...}``"""

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, object] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "message": record.getMessage(),
        }
        told |= {name: value for name in FIELDS if (value := getattr(record, name, None)) is not None}
        if record.exc_info:
            told["exception"] = self.formatException(record.exc_info)
        return json.dumps(told)


def set_up(form: Literal["text", "json"]) -> None:
    """Has the server's loggers, uvicorn's among them, write to standard error in this form."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if form == "json" else logging.Formatter("%(levelname)s %(message)s"))
    for name in ("kineograph", "uvicorn"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
    logging.getLogger("kineograph").setLevel(logging.INFO if form == "json" else logging.WARNING)
