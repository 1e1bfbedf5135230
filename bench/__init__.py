"""Benchmarks: this engine and its peers on the same work, in one process, alternating."""
