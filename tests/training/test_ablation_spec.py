"""The file of an ablation table: what it tells, and that each mistake is one line with its key."""

from __future__ import annotations

from pathlib import Path

import pytest

from mammoview.core.errors import InputRefusedError, UsageError
from training.ablation_spec import AblationSpec, Lever, read_ablation
from training.ladder_spec import Rung

FILE = """
folds = 4
[settings]
run.batch = 8

[[row]]
name = "base"
system = "small-resnet"

[[row]]
name = "pretrained"
system = "small-resnet"
settings = { optimiser.ema = 0.9 }
start = "runs/patch-{fold}/patch.weights.h5"
cache = "larger.npz"

[[row]]
name = "flips"
flips_of = "pretrained"
flips = ["rows", "columns"]

[[row]]
name = "both"
average = ["base", "flips"]
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "levers.toml"
    path.write_text(text, encoding="utf-8")
    return path


def fitted(name: str) -> Lever:
    return Lever(name=name, rung=Rung(system="cnn-64", name=name))


def test_a_file_tells_rows_of_three_kinds(tmp_path: Path) -> None:
    spec = read_ablation(write(tmp_path, FILE))
    assert (spec.folds, spec.without_test, spec.samples, spec.changes) == (4, True, 2000, ("run.batch=8",))
    assert [(one.name, one.kind, one.needs) for one in spec.levers] == [
        ("base", "fitted", ()),
        ("pretrained", "fitted", ()),
        ("flips", "flipped", ("pretrained",)),
        ("both", "averaged", ("base", "flips")),
    ]
    assert spec.lever("flips").flips == ("rows", "columns")
    assert spec.lever("pretrained").cache == tmp_path / "larger.npz"


def test_a_start_may_be_one_of_each_fold(tmp_path: Path) -> None:
    system = read_ablation(write(tmp_path, FILE)).lever("pretrained").system((), 3)
    assert (system.start.kind, system.start.file) == ("trunk", str(tmp_path / "runs/patch-3/patch.weights.h5"))
    assert system.optimiser.ema == 0.9


def test_settings_of_the_command_count_more_than_those_of_a_row(tmp_path: Path) -> None:
    spec = read_ablation(write(tmp_path, FILE)).changed(["optimiser.ema=0.5"], folds=3, without_test=False)
    assert spec.lever("pretrained").system(spec.changes, 0).optimiser.ema == 0.5
    assert (spec.folds, spec.without_test, spec.given) == (3, False, ("optimiser.ema=0.5",))


def test_a_row_asked_for_brings_what_it_is_made_of(tmp_path: Path) -> None:
    spec = read_ablation(write(tmp_path, FILE))
    assert [one.name for one in spec.wanted(["flips"])] == ["pretrained", "flips"]
    assert [one.name for one in spec.wanted(["both"])] == ["base", "pretrained", "flips", "both"]
    assert len(spec.wanted([])) == 4
    with pytest.raises(UsageError, match="no row is called 'nobody'"):
        spec.wanted(["nobody"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the first row is the base"),
        ("fold = 3", "unknown key 'fold'"),
        ("folds = 1\n[[row]]\nsystem = 'cnn-64'", "1 fold is none"),
        ("[[row]]\nsystem = 3", "row number 1: system = 3 is not a text"),
        ("[[row]]\nname = 'a'", "must be fitted, flipped, averaged or blended"),
        ("[[row]]\nflips_of = 'a'", "row number 1: key 'name' is missing"),
        ("[[row]]\nname = 'a/b'\nsystem = 'cnn-64'", "is no name of a folder"),
        ("[[row]]\nsystem = 'cnn-64'\nflips = ['depth']", "flips = .*depth.* is not known"),
        ("[[row]]\nsystem = 'cnn-64'\nstart_kind = 'luck'", "start_kind = 'luck' is not known"),
        ("[[row]]\nsystem = 'cnn-64'\n[[row]]\nname = 'b'\naverage = ['cnn-64']", "name two rows"),
        ("[[row]]\nsystem = 'cnn-64'\n[[row]]\nname = 'b'\nblend = ['cnn-64']", "blend = .* is none"),
        ("[[row]]\nsystem = 'cnn-64'\n[[row]]\nname = 'b'\nflips_of = 'c'", "'c', which is no row above it"),
        ("[[row]]\nsystem = 'cnn-64'\n[[row]]\nsystem = 'cnn-64'", "two rows are called 'cnn-64'"),
    ],
)
def test_what_cannot_be_meant_is_told_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        read_ablation(write(tmp_path, text))
    assert caught.value.cause.startswith("levers.toml: ")


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefusedError, match="no such file"):
        read_ablation(tmp_path / "none.toml")
    with pytest.raises(InputRefusedError, match="cannot be read as TOML"):
        read_ablation(write(tmp_path, "= 1"))


def test_only_fitted_rows_are_flipped() -> None:
    both = Lever(name="both", average=("a", "b"))
    with pytest.raises(UsageError, match="takes networks of 'both', which is averaged"):
        AblationSpec(levers=(fitted("a"), fitted("b"), both, Lever(name="f", flips_of="both")))


def test_a_blended_row_may_be_flipped_and_not_blended_again() -> None:
    one = Lever(name="one", blend=("a", "b"))
    AblationSpec(levers=(fitted("a"), fitted("b"), one, Lever(name="f", flips_of="one")))
    with pytest.raises(UsageError, match="takes networks of 'one', which is blended"):
        AblationSpec(levers=(fitted("a"), fitted("b"), one, Lever(name="two", blend=("a", "one"))))
