"""training/README.md is a tutorial that works: its commands are taken from its text and run, made small.

What is made smaller stands in `SMALLER`. What opens a window, and what installs, is not run here.
"""

from __future__ import annotations

import argparse
import importlib
import io
import json
import re
import shlex
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from mammoview.cli import build_parser
from mammoview.cli import main as application
from mammoview.inference.bundle import default_bundle_path, load_bundle
from tests.training.runs import without_graphs
from training.__main__ import COMMANDS
from training.__main__ import main as training
from training.data.any_csv import read_any_csv
from training.systems import bundled, load_system

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "training" / "README.md"
TEXT = FILE.read_text(encoding="utf-8")
PATH = TEXT.partition("\n## With your own images\n")[0]
"""The one path from DICOM to the application; what follows it are other beginnings and tables."""

SMALLER = {
    "--women 120": "--women 9",
    "--spacing-mm 0.5": "--spacing-mm 2",
    "--out cache": "--out cache --rows 64 --columns 64 --workers 1",
    "--set patches.epochs=16 --set patches.batch=32": (
        "--set patches.epochs=1 --set patches.batch=4 --set patches.size=32 --set model.filters=[4,8]"
    ),
    "--epochs 10": "--epochs 1",
    "evaluate runs/first": "evaluate runs/first --samples 20",
    "explain runs/first": "explain runs/first --samples 20 --road 2 --gallery 1",
}
"""What the test changes in the tutorial's commands, so that they take seconds."""

INSTALLING = ("python3 -m venv", "source ", "pip install")
"""How the commands begin that the test does not run: it runs in an installation."""


def _commands(text: str) -> list[str]:
    """The command lines of the code blocks marked "sh", without their comments."""
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line and not line.startswith("#")]


def _without_settings(words: list[str]) -> list[str]:
    """The words without a leading KEY=VALUE of the shell."""
    return words[1:] if "=" in words[0] else words


def _opens_a_window(words: list[str]) -> bool:
    """Whether it is mammoview with a study, or options, in place of a command."""
    return words[0] == "mammoview" and (words[1].startswith("-") or "/" in words[1])


def _smaller(line: str) -> str:
    for before, after in SMALLER.items():
        line = line.replace(before, after)
    return line


@dataclass(frozen=True, slots=True)
class Walk:
    """What came of the path: the folder in which it was gone, and what each command printed, by its line."""

    folder: Path
    said: dict[str, str]

    def of(self, start: str) -> str:
        """What the one command that begins so printed."""
        (found,) = (text for line, text in self.said.items() if line.startswith(start))
        return found


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    """The whole path, in small, as a user would go it."""
    folder = tmp_path_factory.mktemp("tutorial")
    said: dict[str, str] = {}
    with pytest.MonkeyPatch.context() as patch, without_graphs():
        patch.chdir(folder)
        patch.setenv("MAMMOVIEW_HOME", str(folder / "home"))
        for line in _commands(PATH):
            words = shlex.split(_smaller(line))
            if line.startswith(INSTALLING) or _opens_a_window(words):
                continue
            run = training if words[:3] == ["python", "-m", "training"] else application
            printed = io.StringIO()
            with redirect_stdout(printed):
                status = run(words[3:] if run is training else words[1:])
            assert status == 0, line
            said[line] = printed.getvalue()
    yield Walk(folder, said)


def _bundle(walk: Walk) -> Path:
    """The bundle that the path ends in, as the tutorial's export names it."""
    return Path(walk.of("python -m training export").split()[-1])


def test_the_path_ends_in_a_bundle_that_the_application_loads(walk: Walk) -> None:
    (window,) = [line for line in _commands(PATH) if _opens_a_window(shlex.split(line)) and "--model" in line]
    named = Path(shlex.split(window)[shlex.split(window).index("--model") + 1])
    bundle = load_bundle(walk.folder / named)
    assert f"{bundle.name}-{bundle.version}" == named.name == _bundle(walk).name


def test_the_application_scores_a_made_woman_with_it(walk: Walk) -> None:
    said = walk.of("mammoview score")
    assert f"{_bundle(walk).name.replace('-', ' ')}," in said
    scores = re.findall(r"^ +[RL](?:CC|MLO) +(?:suspicious )?(\d\.\d+)", said, re.MULTILINE)
    assert len(scores) == 4
    assert all(0 <= float(score) <= 1 for score in scores)


def test_the_tutorial_says_of_the_bundled_model_what_its_card_says() -> None:
    card = json.loads((default_bundle_path() / "bundle.json").read_text(encoding="utf-8"))["card"]
    own, age = card["figures"]["image"]["auroc"], card["baselines"]["age_alone_image_auroc"]
    spans = [f"{one['value']:.3f} ({one['low']:.3f} to {one['high']:.3f})" for one in (own, age)]
    told = " ".join(TEXT.split())
    assert f"The bundled model has {spans[0]} on {card['counts']['test']['women']} women" in told
    assert f"Age alone has {spans[1]} on them" in told


def test_every_change_of_the_test_is_of_something_in_the_tutorial() -> None:
    path = "\n".join(_commands(PATH))
    assert not [before for before in SMALLER if before not in path]


@pytest.mark.parametrize("line", [line for line in _commands(TEXT) if not line.startswith(INSTALLING)])
def test_every_command_of_the_text_is_understood(line: str) -> None:
    words = _without_settings(shlex.split(line.partition(" > ")[0]))
    if words[0] == "mammoview":
        build_parser().parse_args(["open", *words[1:]] if _opens_a_window(words) else words[1:])
        return
    assert words[:3] == ["python", "-m", "training"], line
    parser = argparse.ArgumentParser(exit_on_error=False)
    importlib.import_module(COMMANDS[words[3]][1]).add_arguments(parser)
    parser.parse_args(words[4:])


def _beginnings(text: str) -> set[str]:
    """The first word of each line: what follows it are figures, which differ where less was made."""
    return {line.split()[0] for line in text.splitlines() if line.strip()}


@pytest.mark.parametrize("command", ["data", "evaluate", "export", "score"])
def test_a_command_prints_what_the_tutorial_shows(walk: Walk, command: str) -> None:
    start = "mammoview score" if command == "score" else f"python -m training {command}"
    shown = TEXT.partition(f"\n{start}")[2].partition("```text\n")[2].partition("```")[0]
    assert _beginnings(shown) == _beginnings(walk.of(start))


def test_the_table_of_a_users_own_images_is_understood(tmp_path: Path) -> None:
    table = TEXT.partition("```csv\n")[2].partition("```")[0]
    names = [line.partition(",")[0] for line in table.splitlines()[1:]]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "labels.csv").write_text(table, encoding="utf-8")
    rows = read_any_csv(tmp_path / "labels.csv")
    assert [row.file.relative_to(tmp_path).as_posix() for row in rows] == names
    told = [(row.laterality, row.view, row.label, row.age, row.density, row.machine) for row in rows]
    assert all(
        laterality and view and age and density and machine for laterality, view, _, age, density, machine in told
    )
    assert {row.label for row in rows} == {0, 1}


def systems_table() -> str:
    """The bundled systems as the tutorial's table."""
    lines = ["| System | Prepare with | In the application | What it is |", "|---|---|---|---|"]
    for name in bundled():
        system = load_system(name)
        size = f"`--rows {system.input.rows} --columns {system.input.columns}`" if system.input.rows else "any size"
        crops = system.input.crops == "roi"
        loads = system.model.unit == "image" and not crops
        lines.append(
            f"| `{name}` | {'`--crops roi`' if crops else size} | {'yes' if loads else 'no'} | {system.description} |"
        )
    return "\n".join(lines)


def commands_table() -> str:
    """All commands as the tutorial's table."""
    rows = [f"| `{name}` | {text} |" for name, (text, _) in COMMANDS.items()]
    return "\n".join(["| Command | What it does |", "|---|---|", *rows])


@pytest.mark.parametrize(("mark", "made"), [("systems", systems_table), ("commands", commands_table)])
def test_the_tables_are_those_of_the_code(mark: str, made: object) -> None:
    assert callable(made)
    table = TEXT.partition(f"<!-- {mark} -->\n")[2].partition(f"<!-- end of {mark} -->")[0]
    assert table.strip() == made()


def test_what_the_tutorial_links_is_there_and_its_pictures_are_small() -> None:
    linked = [FILE.parent / name for name in re.findall(r"\]\(([^)#]+)\)", TEXT) if "://" not in name]
    assert not [path for path in linked if not path.is_file()]
    pictures = [path for path in linked if path.suffix in (".webp", ".png")]
    assert pictures
    assert not [path for path in pictures if path.stat().st_size > 150_000]
