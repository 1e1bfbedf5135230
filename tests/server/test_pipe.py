"""The event pipe is the script's to write into: whatever it writes, the server stays right."""

from __future__ import annotations

import asyncio
import os
import struct

import pytest

from engine.recorder import schema
from engine.recorder.pipe import BLOB, LINES
from server.sandbox.frames import MAX_LINES, FrameReader, is_tensor_key
from server.sandbox.runner import Blob, ForgedPipe, Lines
from server.trace.intake import Intake

from .conftest import Served

START = schema.encode(schema.Start(schema=1, device="cpu", engine="x"))


def read(data: bytes) -> list[Lines | Blob]:
    """What the reader makes of a pipe with these bytes."""

    async def collect() -> list[Lines | Blob]:
        ours, theirs = os.pipe()
        writer = asyncio.create_task(asyncio.to_thread(write, theirs, data))
        frames = [frame async for frame in FrameReader(ours).frames()]
        await writer
        return frames

    return asyncio.run(collect())


def write(fd: int, data: bytes) -> None:
    try:
        while data:
            data = data[os.write(fd, data) :]
    except BrokenPipeError:
        pass
    finally:
        os.close(fd)


def frame(kind: int, payload: bytes) -> bytes:
    return struct.pack("<IB", len(payload), kind) + payload


def blob(key: bytes, npy: bytes) -> bytes:
    return frame(BLOB, struct.pack("<H", len(key)) + key + npy)


def test_whole_frames_are_read_and_a_torn_one_is_left() -> None:
    assert read(frame(LINES, b"a\n") + blob(b"3.12", b"npy") + frame(LINES, b"b\n")[:-1]) == [
        Lines(b"a\n"), Blob("3.12", b"npy"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "data",
    [
        frame(7, b"x"),
        struct.pack("<IB", MAX_LINES + 1, LINES),
        struct.pack("<IB", 0xFFFFFFFF, BLOB),
        frame(BLOB, b"\x01"),
        blob(b"../../etc/passwd", b""),
        blob(b"\xff\xfe", b""),
        frame(BLOB, struct.pack("<H", 60000) + b"3.12"),
    ],
)
def test_what_is_no_frame_ends_the_reading(data: bytes) -> None:
    with pytest.raises(ForgedPipe):
        read(frame(LINES, b"a\n") + data)


@pytest.mark.parametrize("key", ["3.12", "3.12.1", "t7", "t7@2", "3.12@1", "3.12:grad", "t7:grad", "3.12:vjp.0"])
def test_tensor_keys(key: str) -> None:
    assert is_tensor_key(key)


LONG = b'{"type":"output","stream":"stdout","text":"' + b"x" * (1 << 20) + b'"}\n'


@pytest.mark.parametrize(
    "line",
    [
        b'{"type":"end","status":"finished"}\n',
        START,
        b'{"type":"output","stream":"stdout","text":"x","seq":9}\n',
        b'{"type":"output","stream":"stdout"}\n',
        b'{"type":"output","stream":"stdin","text":"x"}\n',
        b'{"type":"output","stream":"stdout","text":"\\ud800"}\n',
        b'{"type":"output","stream":"stdout","text":"\xff"}\n',
        b'{"type":"nothing"}\n',
        b"\n",
        b"[]\n",
        b"{" * 100_000 + b"\n",
        b'{"type":"op","pass":1,"index":0,"name":"x","inputs":[],"outputs":[],"attrs":{"a":'
        + b"[" * 5000
        + b"]" * 5000
        + b"}}\n",
        b'{"type":"pass","pass":-1}\n',
        b'{"type":"pass","pass":99999999999999999999999}\n',
        b'{"type":"pass","pass":1e3}\n',
        b'{"type":"pass","pass":NaN}\n',
        LONG,
        b'{"type":"output","stream":"stdout","text":"no end"}',
    ],
    ids=lambda line: line[:40].decode(errors="replace"),
)
def test_a_forged_line_is_refused_and_the_good_ones_before_it_are_kept(line: bytes) -> None:
    intake = Intake()
    batch, forged = intake.lines(START + b'{"type":"output","stream":"stdout","text":"good"}\n' + line)
    assert forged is not None
    assert batch is not None
    assert (batch.first, batch.count) == (1, 2)
    assert batch.payload.splitlines()[1] == b'{"seq":2,"type":"output","stream":"stdout","text":"good"}'
    assert intake.noticed.seq == 2


def test_the_first_event_must_be_a_start() -> None:
    _, forged = Intake().lines(b'{"type":"output","stream":"stdout","text":"x"}\n')
    assert "no `start`" in str(forged)


def test_lines_are_written_anew() -> None:
    batch, forged = Intake().lines(b'{ "engine":"x",\t"device":"cpu","schema":1,  "type":"start"}\n')
    assert forged is None
    assert batch is not None
    assert batch.payload == b'{"seq":1,"type":"start","schema":1,"device":"cpu","engine":"x"}\n'


WRITE_EVERYWHERE = """
import os, struct
print('honest')
import time; time.sleep(0.5)
for fd in range(3, 64):
    try:
        os.write(fd, {data})
    except OSError:
        pass
time.sleep(0.3)
print('after')
"""


@pytest.mark.parametrize(
    "data",
    [
        'struct.pack(\'<IB\', 35, 0) + b\'{"type":"end","status":"finished"}\\n\'',
        "b'\\xff' * 1000",
        "struct.pack('<IB', 10, 0) + b'not json!\\n'",
        "struct.pack('<IBH', 10, 1, 8) + b'../../..'",
    ],
)
def test_a_script_that_writes_into_its_pipe_is_killed_and_the_server_goes_on(server: Served, data: str) -> None:
    events = server.run(WRITE_EVERYWHERE.format(data=data))
    assert events[-1]["status"] == "killed"
    assert "event pipe" in events[-1]["reason"]
    assert "".join(event.get("text", "") for event in events if event["type"] == "output") == "honest\n"
    assert sum(event["type"] == "end" for event in events) == 1
    assert server.run("print(1)")[-1]["status"] == "finished"


def test_a_script_that_closes_its_pipe_and_goes_on_is_ended(server: Served) -> None:
    events = server.run("import os\nos.closerange(3, 64)\nwhile True: pass")
    assert events[-1]["status"] == "killed"
