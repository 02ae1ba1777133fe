"""Systems: what is bundled, what a file may say, and how each mistake is told."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from mammoview.core.errors import InputRefusedError, UsageError
from training.__main__ import main
from training.config import System
from training.fit import FitConfig
from training.systems import as_record, bundled, load_system, system_of, to_toml


def test_the_bundled_systems_are_those_that_were_promised() -> None:
    assert set(bundled()) >= {
        "dense-baseline",
        "cnn-64",
        "cnn-64-three",
        "small-resnet",
        *(f"efficientnetv2-{family}-roi" for family in ("b0", "b1", "b2", "b3", "s")),
        "efficientnetv2-b0-roi-three",
        "efficientnetv2-b0-whole",
        "efficientnetv2-b0-whole-416",
        "efficientnetv2-b0-whole-three",
        "patch-to-whole",
        "multi-task",
        "two-view",
        "four-view",
    }


@pytest.mark.parametrize("name", bundled())
def test_a_bundled_system_is_whole_and_can_be_written_and_read_again(name: str) -> None:
    system = load_system(name)
    assert system.name == name
    assert system.description
    assert system_of({**tomllib.loads(to_toml(system)), "name": name}, name) == system
    assert system_of(as_record(system), name) == system


def test_all_bundled_systems_split_the_women_alike() -> None:
    """Else the rows of one table of results would be of different test women."""
    assert len({load_system(name).split for name in bundled()}) == 1


def test_the_small_network_is_the_one_that_was_described() -> None:
    system = load_system("cnn-64")
    assert (system.input.rows, system.input.columns) == (64, 64)
    assert system.model.filters == (32, 64)
    assert (system.model.units, system.model.dropout, system.stopping.patience) == (64, 0.3, 3)


def test_a_file_tells_what_differs_from_its_base(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('base = "cnn-64"\n[optimiser]\nrate = 1\n')
    (tmp_path / "yours.toml").write_text('base = "mine.toml"\n[model]\nfilters = [8]\n')
    system = load_system(str(tmp_path / "yours.toml"))
    assert system.name == "yours"
    assert system.description == ""
    assert (system.optimiser.rate, system.optimiser.kind) == (1.0, "adam")
    assert (system.model.filters, system.model.units) == ((8,), 64)


def test_settings_can_be_changed_in_words() -> None:
    system = load_system(
        "small-resnet", ["optimiser.rate=3e-4", "stopping.figure=auroc-breast", "model.filters=[4, 8]", "run.seed=7"]
    )
    assert system.optimiser.rate == 3e-4
    assert system.stopping.figure == "auroc-breast"
    assert system.model.filters == (4, 8)
    assert system.run.seed == 7
    assert system.split.seed == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("model.famly=B1", r"unknown key 'model.famly'; did you mean 'family'"),
        ("modell.family=B1", r"unknown key 'modell'; did you mean 'model'"),
        ("model.family=B9", r"model.family = 'B9' is not known \(choose one of B0"),
        ("model.dropout=much", r"model.dropout = 'much' is not a number"),
        ("model.dropout=true", r"model.dropout = True is not a number"),
        ("model.dropout=1.5", r"model.dropout = 1.5 is out of range \(give 0 to 0.9"),
        ("model.filters=[1.5]", r"model.filters = \[1.5\] is not a list, each a whole number"),
        ("model.filters=[]", r"model.filters is empty"),
        ("model.classes=4", r"model.classes = 4 is not known"),
        ("model.unit=breast", r"model.views = 1 does not suit model.unit = 'breast'"),
        ("run.batch=1", r"run.batch"),
        ("stopping.epochs=0", r"stopping.epochs: a run needs at least one epoch"),
        ("stopping.figure=auroc", r"stopping.figure = 'auroc' is not known"),
        ("start.kind=imagenet", r"start.kind = 'imagenet' with start.file = ''"),
        ("input.rows=7", r"input.rows = 7 is out of range"),
        ("augmentation.drop_views=0.5", r"augmentation.drop_views needs several views"),
        ("split.kind=by-image", r"'by-image' is not known"),
        ("run.batch=70000", r"run.batch = 70000 is out of range"),
        ("model.filters=[16, 9000]", r"model.filters = \[16, 9000\] is out of range"),
        ("optimiser.rate=1e6", r"optimiser.rate = 1000000.0 is out of range"),
        ("optimiser.rate=nan", r"optimiser.rate = nan is out of range"),
        ("rate", r"--set rate: is not understood"),
        ("model=3", r"--set model=3: is not understood"),
        ("description.x=3", r"--set description.x=3: 'description' is no section"),
    ],
)
def test_a_mistake_is_one_line_with_the_key(change: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        load_system("small-resnet", [change])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("heads.mask=1.0", "heads.mask = 1.0 does not suit several views"),
        ("augmentation.mixup=0.2", "augmentation.mixup = 0.2 does not suit several views"),
        ("stopping.figure=auroc-image", "'auroc-image' is finer than model.unit = 'breast'"),
    ],
)
def test_what_several_views_cannot_have_is_refused(change: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        load_system("two-view-small", [change])


def test_a_rate_that_the_end_of_the_run_forestalls_is_refused() -> None:
    told = ["schedule.kind=plateau", "schedule.patience=3"]
    with pytest.raises(UsageError, match=r"cuts no rate before stopping.patience = 3"):
        load_system("cnn-64", told)
    assert load_system("cnn-64", [*told, "stopping.patience=4"]).schedule.patience == 3
    assert load_system("cnn-64", [*told, "stopping.patience=0"]).schedule.patience == 3


def test_files_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefusedError, match="no such file"):
        load_system(str(tmp_path / "absent.toml"))
    (tmp_path / "broken.toml").write_text("rate = = 3")
    with pytest.raises(InputRefusedError, match="cannot be read as TOML"):
        load_system(str(tmp_path / "broken.toml"))
    (tmp_path / "ring.toml").write_text('base = "ring.toml"')
    with pytest.raises(UsageError, match="is its own base"):
        load_system(str(tmp_path / "ring.toml"))
    (tmp_path / "number.toml").write_text("base = 3")
    with pytest.raises(UsageError, match="base = 3 is no text"):
        load_system(str(tmp_path / "number.toml"))
    with pytest.raises(UsageError, match="'cnn-46' is not known; did you mean 'cnn-64'"):
        load_system("cnn-46")


def test_the_settings_of_earlier_callers_are_a_system() -> None:
    config = FitConfig(family="B1", epochs=3, batch=6, peak_rate=1e-4, seed=5, weights="w.h5", mixed_precision=True)
    system = config.system()
    assert isinstance(system, System)
    assert (system.model.family, system.stopping.epochs, system.run.batch) == ("B1", 3, 6)
    assert (system.optimiser.rate, system.run.seed, system.split.seed) == (1e-4, 5, 5)
    assert (system.start.kind, system.start.file, system.optimiser.mixed_precision) == ("weights", "w.h5", True)


def test_the_command_lists_the_systems_and_shows_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["systems"]) == 0
    assert {line.split()[0] for line in capsys.readouterr().out.splitlines()} == set(bundled())
    assert main(["systems", "small-resnet", "--set", "run.seed=9"]) == 0
    (tmp_path / "mine.toml").write_text(capsys.readouterr().out)
    assert load_system(str(tmp_path / "mine.toml")).run.seed == 9
    assert main(["systems", "absent"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
