"""The event log on disk: what was written whole is read whole, and what is torn or flipped is never read."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from server.store.framing import HEADER, UnknownLog, frames
from server.store.log import EventLog

FRAMES = [[b'{"seq":%d,"type":"output","text":"%d"}\n' % (n, n * n) for n in range(a, b)] for a, b in
          ((1, 4), (4, 5), (5, 20), (20, 21), (21, 60))]  # fmt: skip
LINES = [line for frame in FRAMES for line in frame]


def written(path: Path) -> EventLog:
    log = EventLog(path)
    first = 1
    for frame in FRAMES:
        log.append(first, len(frame), b"".join(frame))
        first += len(frame)
    return log


def read(log: EventLog, after: int = 0) -> bytes:
    async def follow() -> bytes:
        return b"".join([chunk async for chunk in log.follow(after)])

    log.finish()
    return asyncio.run(follow())


def test_what_is_written_is_read_after_reopening(tmp_path: Path) -> None:
    written(tmp_path / "log").close()
    log = EventLog(tmp_path / "log")
    assert read(log) == b"".join(LINES)
    assert (log.last, log.torn()) == (59, 0)


@pytest.mark.parametrize("after", [0, 1, 3, 4, 5, 19, 20, 58, 59, 60, 1000])
def test_a_cursor_reads_exactly_what_comes_after_it(tmp_path: Path, after: int) -> None:
    log = written(tmp_path / "log")
    assert list(log.lines(after)) == [line.rstrip(b"\n") for line in LINES[after:]]
    assert read(log, after) == b"".join(LINES[after:])


def test_lines_end_where_asked(tmp_path: Path) -> None:
    log = written(tmp_path / "log")
    assert list(log.lines(2, 7)) == [line.rstrip(b"\n") for line in LINES[2:7]]


def test_a_log_cut_anywhere_keeps_its_whole_frames(tmp_path: Path) -> None:
    written(tmp_path / "log").close()
    data = (tmp_path / "log").read_bytes()
    with open(tmp_path / "log", "rb") as file:
        ends = [frame.offset + frame.length for frame in frames(file)]
    for size in random.Random(0).sample(range(len(HEADER), len(data)), 150):
        path = tmp_path / "torn"
        path.write_bytes(data[:size])
        log = EventLog(path)
        whole = sum(end <= size for end in ends)
        assert list(log.lines()) == [line.rstrip(b"\n") for frame in FRAMES[:whole] for line in frame]
        log.cut()
        assert path.stat().st_size == max([len(HEADER), *(end for end in ends if end <= size)])
        log.append(log.last + 1, 1, b"{}\n")
        log.close()
        reopened = EventLog(path)
        assert reopened.last == sum(map(len, FRAMES[:whole])) + 1
        reopened.close()


def test_every_flipped_bit_is_noticed(tmp_path: Path) -> None:
    written(tmp_path / "log").close()
    data = bytearray((tmp_path / "log").read_bytes())
    chance = random.Random(1)
    for _ in range(150):
        bit = chance.randrange(8 * len(HEADER), 8 * len(data))
        data[bit // 8] ^= 1 << bit % 8
        (tmp_path / "flipped").write_bytes(data)
        data[bit // 8] ^= 1 << bit % 8
        log = EventLog(tmp_path / "flipped")
        lines = list(log.lines())
        assert len(lines) < len(LINES)
        assert lines == [line.rstrip(b"\n") for line in LINES[: len(lines)]]
        assert log.torn() > 0
        log.close()


@pytest.mark.parametrize("header", [b"SQLite f", b"KINELOG\x00", b"KINELOG\x63"])
def test_another_files_header_is_refused(tmp_path: Path, header: bytes) -> None:
    (tmp_path / "log").write_bytes(header)
    with pytest.raises(UnknownLog):
        EventLog(tmp_path / "log")


def test_a_follower_sees_what_comes_later(tmp_path: Path) -> None:
    async def follow() -> list[bytes]:
        log = EventLog(tmp_path / "log")
        seen: list[bytes] = []

        async def viewer() -> None:
            async for chunk in log.follow(0):
                seen.append(chunk)

        task = asyncio.create_task(viewer())
        for n in range(1, 4):
            await asyncio.sleep(0.01)
            log.append(n, 1, b"%d\n" % n)
        await asyncio.sleep(0.01)
        assert seen == [b"1\n", b"2\n", b"3\n"]
        log.finish()
        await asyncio.wait_for(task, 1)
        return seen

    assert asyncio.run(follow()) == [b"1\n", b"2\n", b"3\n"]
