"""The server under load, on loopback: ``python -m bench.load`` (see :mod:`bench.load.__main__`)."""
