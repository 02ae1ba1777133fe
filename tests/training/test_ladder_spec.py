"""A ladder as a file: each mistake is one line with its key, the command line counts most, what is bundled holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mammoview.core.errors import InputRefusedError, UsageError
from training import cache as cache_module
from training import ladder as ladder_module
from training.__main__ import main
from training.ladder_spec import LadderSpec, Rung, bundled_ladders, read_ladder
from training.systems import bundled

RUNG = '[[rung]]\nsystem = "cnn-64"\n'


def written(folder: Path, text: str) -> str:
    path = folder / "own.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_file_tells_systems_settings_caches_and_samples(tmp_path: Path) -> None:
    text = """
        samples = 50
        remark = "why"
        [caches]
        whole = "images"
        roi = "crops.npz"
        [settings]
        stopping.epochs = 4
        [[rung]]
        system = "dense-baseline"
        [[rung]]
        system = "own-system.toml"
        name = "mine"
        settings = { stopping.epochs = 7, model.filters = [4, 8], augmentation.flip_rows = true, model.kind = "cnn" }
        [[not_run]]
        system = "four-view"
        why = "too dear"
        measured = true
    """
    (tmp_path / "own-system.toml").write_text('base = "small-resnet"\n', encoding="utf-8")
    spec = read_ladder(written(tmp_path, text))
    assert (spec.samples, spec.remark, spec.test, spec.name) == (50, "why", False, "own.toml")
    assert spec.caches == {"whole": tmp_path / "images", "roi": tmp_path / "crops.npz"}
    assert spec.rungs[0].load(spec.changes).stopping.epochs == 4
    own = spec.rungs[1].load(spec.changes)
    assert (own.name, own.stopping.epochs, own.model.filters, own.model.kind) == ("mine", 7, (4, 8), "cnn")
    assert own.augmentation.flip_rows is True
    assert [(one.rung.name, one.why, one.measured) for one in spec.not_run] == [("four-view", "too dear", True)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("sample = 50\n" + RUNG, "own.toml: unknown key 'sample'; did you mean 'samples'?"),
        ('samples = "many"\n' + RUNG, "own.toml: samples = 'many' is not a whole number"),
        ("samples = 1\n" + RUNG, "own.toml: an interval needs bootstrap draws"),
        ('[caches]\nwhole = "a"\ncrops = "b"\n' + RUNG, "own.toml: caches: unknown key 'crops'"),
        ("before = [1]\n" + RUNG, "own.toml: before number 1 = 1 is not a text"),
        ("[settings]\nepochs = 4\n" + RUNG, "own.toml: settings.epochs = 4 is no section"),
        ("samples = 50\n", "own.toml: key 'rung' is missing"),
        ("rung = [3]\n", "own.toml: rung number 1: 3 is no section"),
        (RUNG + "[[rung]]\nname = 'a'\n", "own.toml: rung number 2: key 'system' is missing"),
        (RUNG + "sytem = 'a'\n", "own.toml: rung number 1: unknown key 'sytem'; did you mean 'system'?"),
        (RUNG + "[[not_run]]\nsystem = 'four-view'\n", "own.toml: not_run number 1: key 'why' is missing"),
        (RUNG + RUNG, "own.toml: a ladder needs systems, each once: cnn-64"),
        (RUNG + "name = '../a'\n", "own.toml: name = '../a' is no name of a folder"),
    ],
)
def test_a_mistake_is_named_by_its_key(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_ladder(written(tmp_path, text))
    assert caught.value.cause.startswith(told)


def test_a_mistake_in_a_setting_is_named_by_its_key(tmp_path: Path) -> None:
    spec = read_ladder(written(tmp_path, RUNG + "settings = { stopping.epoch = 3 }\n"))
    with pytest.raises(UsageError, match=r"cnn-64: unknown key 'stopping.epoch'; did you mean 'epochs'\?"):
        spec.rungs[0].load(spec.changes)


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefusedError, match="cannot be read as TOML"):
        read_ladder(written(tmp_path, "rung = ["))
    with pytest.raises(InputRefusedError, match="no such file"):
        read_ladder(str(tmp_path / "other.toml"))
    with pytest.raises(UsageError, match="no such ladder; did you mean 'rsna'"):
        read_ladder("rnsa")


def test_the_command_line_counts_more_than_the_file(tmp_path: Path) -> None:
    text = "samples = 50\n[settings]\nstopping.epochs = 4\n" + RUNG + "settings = { stopping.epochs = 7 }\n"
    spec = read_ladder(written(tmp_path, text)).changed(("stopping.epochs=2",), test=True, samples=30)
    assert spec.rungs[0].load(spec.changes).stopping.epochs == 2
    assert (spec.test, spec.samples, spec.given) == (True, 30, ("stopping.epochs=2",))


@pytest.mark.parametrize("name", bundled_ladders())
def test_every_bundled_ladder_can_be_meant(name: str) -> None:
    spec = read_ladder(name)
    assert spec.name == name
    for rung in (*spec.rungs, *(one.rung for one in spec.not_run)):
        rung.load(spec.changes)
    for one in spec.not_run:
        told = one.rung.load(spec.changes).input
        assert not one.measured or (told.rows and told.columns)


@pytest.mark.parametrize("name", bundled_ladders())
def test_a_bundled_ladder_runs_every_system_or_says_why_not(name: str) -> None:
    spec = read_ladder(name)
    named = {rung.system for rung in (*spec.rungs, *(one.rung for one in spec.not_run))}
    assert named == set(bundled())


def test_there_are_ladders_for_the_real_set_and_for_the_synthetic_one() -> None:
    assert set(bundled_ladders()) >= {"rsna", "synthetic"}


def test_the_command_takes_caches_from_the_file_and_options_before_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened: list[Path] = []

    def load(path: Path, **options: Any) -> Any:
        opened.append(path)
        return path

    def climb_nothing(sources: Any, spec: LadderSpec, out: Path, **options: Any) -> Any:
        raise UsageError("enough")

    monkeypatch.setattr(cache_module, "load", load)
    monkeypatch.setattr(ladder_module, "climb", climb_nothing)
    config = written(tmp_path, '[caches]\nwhole = "images"\nroi = "crops"\n' + RUNG)
    common = ["ladder", "--config", config, "--out", str(tmp_path / "out")]
    assert main(common) == 2
    assert opened == [tmp_path / "images", tmp_path / "crops"]
    opened.clear()
    assert main([*common, "--roi", "other"]) == 2
    assert opened == [tmp_path / "images", Path("other")]
    capsys.readouterr()
    assert main(["ladder", "--out", str(tmp_path / "out")]) == 2
    assert "no cache is named" in capsys.readouterr().err
    assert main([*common, "--systems", "cnn-64"]) == 2
    assert "--config and --systems exclude each other" in capsys.readouterr().err


def test_a_rung_is_named_as_its_system() -> None:
    assert Rung(system="folder/mine.toml").name == "mine"
    assert Rung(system="cnn-64", name="other").name == "other"
