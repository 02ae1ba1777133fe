"""Owns the command line of the training module: `python -m training COMMAND`."""

from __future__ import annotations

import argparse
import importlib
import io
import os
import sys
from collections.abc import Callable, Sequence

from mammoview.core.errors import MammoviewError

Command = Callable[[argparse.Namespace], int | None]

COMMANDS = {
    "synthesize": ("make synthetic mammograms with known lesions", "training.commands.synthesize"),
    "data": ("say what was understood of a data set", "training.commands.data"),
    "prepare": ("turn a data set into a cache of model inputs", "training.commands.prepare"),
    "pretrain": ("fit a trunk on lesion patches or without labels, to start 'fit' from", "training.commands.pretrain"),
    "fit": ("fit a network on a cache; a run that was ended goes on", "training.commands.fit"),
    "blend": ("average the weights of runs that differ by their seed", "training.commands.blend"),
    "distil": ("fit one network to what several runs say", "training.commands.distil"),
    "systems": ("list the systems that 'fit' knows, or show one in full", "training.commands.systems"),
    "evaluate": ("judge a run on its test women, or a bundle on any data", "training.commands.evaluate"),
    "explain": ("measure on drawn lesions where a model looks", "training.commands.explain"),
    "report": ("write an evaluation as a page, with curves and the worst errors", "training.commands.report"),
    "compare": ("compare evaluated models on the women that all of them judged", "training.commands.compare"),
    "ladder": ("fit several systems on one split and show what each gives", "training.commands.ladder"),
    "ablate": ("measure levers on the same folds by woman, each beside age alone", "training.commands.ablate"),
    "leak-demo": ("show on CBIS-DDSM's tables what a split by image gives away", "training.commands.leak_demo"),
    "export": ("write an evaluated run as a bundle", "training.commands.export"),
}
"""What a command does and the module that has its `add_arguments` and `run`, by its name."""

_EXAMPLE = """\
from pictures to a model that the application loads:

  python -m training prepare --rsna DATA/rsna-subset --out cache/rsna.npz
  python -m training fit cache/rsna.npz --out runs/b0
  python -m training evaluate runs/b0 --cache cache/rsna.npz
  python -m training export runs/b0 --cache cache/rsna.npz --name rsna-b0 --version 1.0 --out resources/models

Nothing is ever downloaded. Women, not images, are split; test women are read by 'evaluate' alone.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 if all was done, 2 with one line on standard error if not."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    for stream in (sys.stdout, sys.stderr):  # a file name need not be valid in the terminal's encoding
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    parsed = _parser(next(iter(arguments), "")).parse_args(arguments)
    command: Command = parsed.command
    try:
        status = command(parsed) or 0
        sys.stdout.flush()
        return status
    except MammoviewError as error:
        print(f"training: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("training: stopped (the same command goes on where it can)", file=sys.stderr)
        return 2
    except BrokenPipeError:  # who read it, as `head` does, has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        hint = "see that the place is there, may be written and has room, and give the same command again"
        print(f"training: {where}{error.strerror or error} ({hint})", file=sys.stderr)
        return 2


def _parser(chosen: str) -> argparse.ArgumentParser:
    """The parser of all commands; the options are those of the one that was chosen, whose module alone is imported."""
    parser = argparse.ArgumentParser(
        prog="python -m training",
        description="Prepare data, fit a classifier, judge it, export it as a bundle for mammoview.",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, (text, place) in COMMANDS.items():
        command = commands.add_parser(name, help=text)
        if name == chosen:
            module = importlib.import_module(place)
            module.add_arguments(command)
            command.set_defaults(command=module.run)
    return parser


if __name__ == "__main__":
    sys.exit(main())
