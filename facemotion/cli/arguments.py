"""The commands that the command line understands."""

from __future__ import annotations

import argparse
from typing import NoReturn

from facemotion import __version__
from facemotion.cli import (
    cache_commands,
    commands,
    comparing,
    live_commands,
    model_commands,
    options,
)
from facemotion.errors import InputError

EPILOG = """\
examples:
  python -m facemotion analyze talk.mp4 --out results
  python -m facemotion analyze "https://www.youtube.com/watch?v=..." --out results --every 1
  python -m facemotion analyze film.mkv --out results --start 1:30 --end 2:10 --every 0
  python -m facemotion analyze interview.mp4 --out results --every 0 --baseline 0:05-0:08
  python -m facemotion compare talk.mp4 --classifiers ferplus-resnet,mini-xception --out results
  python -m facemotion demo --out results

facemotion reports apparent expressions, not what people feel. It must not be used to judge
people at work or in education (EU AI Act, Article 5(1)(f)).
"""


class _Parser(argparse.ArgumentParser):
    """Answers wrong arguments in one line, as every other input error."""

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message[:1].upper()}{message[1:]}. See '{self.prog} --help'.")


def build() -> argparse.ArgumentParser:
    """The parser; what it parses names the function to call as ``command``."""
    parser = _Parser(
        prog="python -m facemotion",
        description="Apparent facial expressions in any video: found, measured, charted.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"facemotion {__version__}")
    verbs = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    analyze = verbs.add_parser(
        "analyze",
        help="analyse a URL or a file",
        usage="%(prog)s SOURCE --out DIR [options]",
        description="Analyse a URL or a file.",
    )
    analyze.add_argument("source", metavar="SOURCE", help="a URL, a video file or a picture")
    options.add_settings(analyze)
    analyze.set_defaults(command=commands.analyze)

    _add_compare(verbs)

    live_commands.add(verbs)

    demo = verbs.add_parser(
        "demo",
        help="build the demo clip and analyse it; needs no network",
        usage="%(prog)s --out DIR [options]",
        description="Build the demo clip and analyse it; needs no network.",
    )
    options.add_settings(demo, every=0.5)
    demo.set_defaults(command=commands.demo)

    _add_models(verbs)

    cache_commands.add(verbs)
    return parser


def _add_compare(verbs: argparse._SubParsersAction[_Parser]) -> None:
    compare = verbs.add_parser(
        "compare",
        help="let several classifiers judge the same faces",
        usage="%(prog)s SOURCE --classifiers A,B[,C] [--out DIR] [options]",
        description="Let several classifiers judge the same faces of a URL or a file: how often "
        "they agree, what each sees more often, how fast each is, where they disagree most.",
    )
    compare.add_argument("source", metavar="SOURCE", help="a URL, a video file or a picture")
    options.add_comparison(compare)
    compare.set_defaults(command=comparing.compare)


def _add_models(verbs: argparse._SubParsersAction[_Parser]) -> None:
    listing = verbs.add_parser(
        "models",
        help="what is installed; download more",
        usage="%(prog)s [--json] | get NAME... | remove NAME... | path",
        description="The models: what is installed, from where, how good. Downloads more.",
    )
    listing.add_argument("--json", action="store_true", help="print JSON instead of a table")
    listing.set_defaults(command=model_commands.show)
    actions = listing.add_subparsers(
        title="actions", metavar="ACTION", prog="python -m facemotion models"
    )
    for name, action, text in (
        ("get", model_commands.get, "download the weights of models, and verify them"),
        ("remove", model_commands.remove, "delete the downloaded weights of models"),
    ):
        sub = actions.add_parser(
            name,
            help=text,
            usage="%(prog)s NAME...",
            description=text.capitalize() + ".",
        )
        sub.add_argument("names", nargs="+", metavar="NAME", help="a model, such as yunet")
        if name == "get":
            sub.add_argument("--quiet", action="store_true", help="no progress on stderr")
        sub.set_defaults(command=action)
    where = actions.add_parser("path", help="print the folder of the downloads")
    where.set_defaults(command=model_commands.path)
