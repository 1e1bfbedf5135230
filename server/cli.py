"""``kineograph``: serve the page, run one's own script, see what is there."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from . import __version__


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    split = given.index("--") if "--" in given else len(given)
    options = _parser().parse_args(given[:split])
    options.arguments = given[split + 1 :]
    commands = {"serve": _serve, "run": _run, "doctor": _doctor}
    return commands[options.command](options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kineograph", description="Watch a PyTorch script's forward passes and gradients, page by page."
    )
    parser.add_argument("--version", action="version", version=f"kineograph {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)

    serve = commands.add_parser("serve", help="serve the page; scripts run in a sandbox")
    serve.add_argument("--host", help="address to listen on (127.0.0.1: this machine only)")
    serve.add_argument("--port", type=int, help="port to listen on (8000)")
    serve.add_argument("--data", type=Path, help="folder where runs are kept")
    token = "what visitors must bring, at least 8 characters; made at start where others can reach the server"
    serve.add_argument("--token", help=token)
    public = "anybody who reaches the server may use it, within the limits of visitors"
    serve.add_argument("--public", action="store_true", default=None, help=public)
    trust = "where there is no sandbox, run scripts with all your rights: own code only"
    serve.add_argument("--trust-local-code", action="store_true", default=None, help=trust)

    run = commands.add_parser(
        "run",
        help="run your own script, unsandboxed, with the page open on it",
        usage="%(prog)s [options] SCRIPT [-- ARGUMENTS]",
    )
    run.add_argument("script", type=Path, metavar="SCRIPT")
    run.add_argument("--device", default="cpu", help="cpu, cuda, cuda:1, … (cpu)")
    run.add_argument("--headless", action="store_true", help="no page; ends with the script's exit status")
    run.add_argument("--trace", type=Path, metavar="FILE", help="also write the events there, one JSON object per line")
    run.add_argument("--no-trace", action="store_true", help="run it bare, at full speed: nothing is recorded")
    run.add_argument("--port", type=int, default=0, help="port of the page (a free one)")

    doctor = commands.add_parser("doctor", help="what is there, what is missing, what to do")
    doctor.add_argument("--data", type=Path, help="folder where runs are kept")
    return parser


def _serve(options: argparse.Namespace) -> int:
    from .serve import serve

    return serve(**_given(options, "host", "port", "data", "token", "public", "trust_local_code"))


def _run(options: argparse.Namespace) -> int:
    if not options.script.is_file():
        print(f"kineograph: there is no script {options.script}", file=sys.stderr)
        return 2
    if options.no_trace:
        from engine.script import execute

        execute(str(options.script), options.arguments, options.device)  # raises what the script raises
        return 0
    from .own import run_headless, run_with_page

    if options.headless:
        return run_headless(options.script, options.arguments, options.device, options.trace)
    return run_with_page(options.script, options.arguments, options.device, options.trace, options.port)


def _doctor(options: argparse.Namespace) -> int:
    from .doctor import report

    return report(**_given(options, "data"))


def _given(options: argparse.Namespace, *names: str) -> dict[str, object]:
    """The options that were given; the others are the settings' to say."""
    return {name: value for name in names if (value := getattr(options, name)) is not None}


if __name__ == "__main__":
    sys.exit(main())
