"""Kineograph's server: runs a script in a locked-down child, keeps what it tells, and shows it to its viewers."""

__version__ = "0.1.0"
