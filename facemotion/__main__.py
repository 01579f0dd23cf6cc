"""The command line: the same ``pipeline.run`` as the dashboard's.

Progress goes to stderr, results to stdout. Exit codes: 0 done, 2 the user's input cannot be used,
1 our fault, 130 interrupted.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Callable, Sequence

from facemotion.cli import arguments
from facemotion.cli.console import say
from facemotion.errors import FacemotionError, InputError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code."""
    try:
        options = arguments.build().parse_args(argv)
        command: Callable[[argparse.Namespace], None] = options.command
        command(options)
    except InputError as error:
        return _fail(error, 2)
    except FacemotionError as error:
        return _fail(error, 1)
    except KeyboardInterrupt:
        say("Stopped. What was finished is kept: the same command goes on from there.")
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:  # the outermost edge: a bug, told as such
        if os.environ.get("FACEMOTION_DEBUG"):
            traceback.print_exc()
        kind = type(error).__name__
        what = " ".join(str(error).split())
        say(f"facemotion failed: {kind}: {what}. This is a bug; FACEMOTION_DEBUG=1 shows where.")
        return 1
    return 0


def _fail(error: FacemotionError, code: int) -> int:
    say(" ".join(str(error).split()))
    return code


if __name__ == "__main__":
    sys.exit(main())
