"""Fitting in trouble: full disks, broken files, two at once, weights that are no numbers, wrong folders."""

from __future__ import annotations

import json
import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from mammoview.core.errors import InputRefusedError, UsageError
from tests.training.lesion_runs import make_lesion_cache, tiny
from tests.training.runs import without_graphs
from training.__main__ import main
from training.checkpoint import assert_free, assert_room, load_state, replacing, replacing_text, save_state
from training.fit import assert_unseen, fit, write_json
from training.fitting.lock import claimed
from training.fitting.loop import LAST, STATE, _Loop
from training.fitting.patches import LesionImages
from training.fitting.prediction import predict, predict_groups
from training.fitting.records import config_record, refuse_another_run
from training.models.network import build_network
from training.split import LeakError, split_by_woman

CACHE = make_lesion_cache()


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file may grow over `size` bytes: to the writer as if the disk were full."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_one_line_and_the_former_state_stays(tmp_path: Path) -> None:
    save_state(tmp_path / "s.npz", [np.ones(3)], {"epoch": 1})
    with room_for(20_000), pytest.raises(InputRefusedError, match=r"s.npz: cannot be written: File too large \(make"):
        save_state(tmp_path / "s.npz", [np.ones(100_000)], {"epoch": 2})
    assert load_state(tmp_path / "s.npz")[1]["epoch"] == 1
    assert [path.name for path in tmp_path.iterdir()] == ["s.npz"]


def test_a_page_on_a_full_disk_is_one_line_and_the_former_page_stays(tmp_path: Path) -> None:
    with replacing_text(tmp_path / "page.html") as stream:
        stream.write("before\n")
    with (
        room_for(20_000),
        pytest.raises(InputRefusedError, match=r"page.html: cannot be written: File too large \(make room"),
        replacing_text(tmp_path / "page.html") as stream,
    ):
        stream.write("x" * 100_000)
    assert (tmp_path / "page.html").read_bytes() == b"before\n"
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


def test_a_page_on_a_file_whose_name_is_no_text_is_written(tmp_path: Path) -> None:
    with replacing_text(tmp_path / "page.html") as stream:
        stream.write("<p>\udcffä\n")
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == "<p>\\udcffä\n"


def test_what_no_command_expected_of_a_disk_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(_: object) -> None:
        raise OSError(28, "No space left on device", "model.keras")

    monkeypatch.setattr("training.commands.systems.run", full)
    assert main(["systems"]) == 2
    assert capsys.readouterr().err.startswith("training: model.keras: No space left on device (see that the place")


def test_room_is_made_sure_of_before_hdf5_writes(tmp_path: Path) -> None:
    with (
        room_for(50_000),
        pytest.raises(InputRefusedError, match="cannot be written"),
        replacing(tmp_path / "w.h5", "part-w.h5") as part,
    ):
        assert_room(part, 60_000)
    assert not any(tmp_path.iterdir())
    assert_room(tmp_path / "w.h5", (1 << 20) + 7)
    assert (tmp_path / "w.h5").stat().st_size == (1 << 20) + 7


def test_a_run_on_a_full_disk_ends_with_one_line_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    system = tiny("small-resnet", "stopping.epochs=1")
    with without_graphs():
        with room_for(30_000), pytest.raises(InputRefusedError, match=r"best.weights.h5: cannot be written"):
            fit(CACHE, system, tmp_path)
        assert not (tmp_path / "best.weights.h5").exists()
        assert fit(CACHE, system, tmp_path).is_file()


def test_a_disk_without_room_for_the_run_is_said_before_the_first_epoch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nearly_full(_: Path) -> Any:
        return SimpleNamespace(total=1_000_000, free=100_000)

    with without_graphs(), monkeypatch.context() as patched:
        patched.setattr("training.checkpoint.shutil.disk_usage", nearly_full)
        with pytest.raises(UsageError, match=r"the run needs \d+ MB there, 0 MB are free \(make room there"):
            fit(CACHE, tiny("small-resnet", "stopping.epochs=1"), tmp_path)
    assert not (tmp_path / "best.weights.h5").exists()


def test_a_run_that_lacks_the_last_weights_alone_needs_room_for_these(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    system = tiny("small-resnet", "stopping.epochs=1")
    keep = _Loop._save_weights

    def killed(loop: _Loop, name: str) -> None:
        sizes.append(loop._weights_size())
        if name == LAST:
            raise KeyboardInterrupt
        keep(loop, name)

    with without_graphs():
        with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
            patched.setattr(_Loop, "_save_weights", killed)
            fit(CACHE, system, tmp_path)
        left = SimpleNamespace(total=1 << 30, free=sizes[0])
        monkeypatch.setattr("training.checkpoint.shutil.disk_usage", lambda _: left)
        assert fit(CACHE, system, tmp_path).is_file()
    assert (tmp_path / LAST).is_file()


def test_a_disk_that_does_not_tell_its_room_is_taken_to_have_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.checkpoint.shutil.disk_usage", lambda _: SimpleNamespace(total=0, free=0))
    assert_free([tmp_path / "w.h5"], 1 << 40)
    monkeypatch.undo()
    assert_free([tmp_path / "absent" / "w.h5"], 1 << 40)  # OSError


def test_what_a_killed_run_left_half_written_counts_as_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "half").write_bytes(bytes(2_000))
    monkeypatch.setattr("training.checkpoint.shutil.disk_usage", lambda _: SimpleNamespace(total=1 << 30, free=0))
    assert_free([tmp_path / "w.h5", tmp_path / "half"], 2_000)


def test_a_state_that_was_cut_or_changed_anywhere_is_refused_in_one_line(tmp_path: Path) -> None:
    save_state(tmp_path / "s.npz", [np.arange(60, dtype=np.float32)], {"epoch": 1})
    whole = (tmp_path / "s.npz").read_bytes()
    rng = random.Random(0)
    for number in range(300):
        broken = bytearray(whole)
        if number % 2:
            broken = broken[: rng.randrange(len(broken))]
        else:
            broken[-1 - rng.randrange(300)] = rng.randrange(256)
        (tmp_path / "b.npz").write_bytes(broken)
        try:
            arrays, _ = load_state(tmp_path / "b.npz")
            assert arrays[0].shape == (60,)
        except InputRefusedError as error:
            assert "\n" not in str(error)
    save_state(tmp_path / "s.npz", [], {"schema": "mammoview.state/9"})
    with pytest.raises(InputRefusedError, match="another version"):
        load_state(tmp_path / "s.npz")


def test_two_cannot_fit_in_one_folder(tmp_path: Path) -> None:
    system = tiny("small-resnet")
    with claimed(tmp_path / "run"), pytest.raises(UsageError, match="run: another process is writing there"):
        fit(CACHE, system, tmp_path / "run")
    with claimed(tmp_path / "run"):
        pass
    images = LesionImages(CACHE.inputs[2:4], CACHE.masks([2, 3]), CACHE.rows[2:4])
    from training.fit import fit_patches

    with claimed(tmp_path / "stage"), pytest.raises(UsageError, match="another process"):
        fit_patches(images, [0], [1], tiny("patch-to-whole"), tmp_path / "stage")


def test_a_run_needs_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="file: cannot be made: File exists"):
        fit(CACHE, tiny("small-resnet"), tmp_path / "file")


def test_a_folder_in_which_teachers_taught_is_not_fitted_on(tmp_path: Path) -> None:
    (tmp_path / "distillation.json").write_text("{}")
    with pytest.raises(UsageError, match="holds a run of 'distil'"):
        fit(make_lesion_cache(), tiny("small-resnet"), tmp_path)


def test_a_run_of_before_a_setting_was_there_goes_on(tmp_path: Path) -> None:
    now = config_record(tiny("small-resnet"), make_lesion_cache())
    before = {**now, "system": {key: value for key, value in now["system"].items() if key != "auxiliary"}}
    del before["system"]["heads"]["age"]
    write_json(tmp_path / "config.json", before)
    (tmp_path / "state.npz").touch()
    refuse_another_run(tmp_path, config_record(tiny("small-resnet"), make_lesion_cache()))
    with pytest.raises(UsageError, match=r"heads\.age"):
        refuse_another_run(tmp_path, config_record(tiny("small-resnet", "heads.age=1.0"), make_lesion_cache()))


def test_a_folder_in_which_nothing_was_fitted_yet_takes_other_settings(tmp_path: Path) -> None:
    """As after a command whose weights file was not there."""
    absent = tiny("small-resnet", "start.kind=weights", "start.file='absent.h5'")
    with pytest.raises(InputRefusedError, match="no such weights file"):
        fit(CACHE, absent, tmp_path / "run")
    write_json(tmp_path / "config.json", {"system": {"run": {"batch": 4}}})
    refuse_another_run(tmp_path, {"system": {"run": {"batch": 8}}})
    (tmp_path / "patches").mkdir()
    (tmp_path / "patches" / STATE).touch()
    with pytest.raises(UsageError, match=r"holds another run \(run.batch differ\)"):
        refuse_another_run(tmp_path, {"system": {"run": {"batch": 8}}})
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(UsageError, match=r"config.json: is broken"):
        refuse_another_run(tmp_path, {})


class Silent:
    """A network that says NaN."""

    def predict_on_batch(self, given: Any) -> list[Any]:
        return [None, np.full((len(given), 2), np.nan, np.float32)]


def test_what_is_no_number_is_never_judged() -> None:
    with pytest.raises(UsageError, match="no number any more"):
        predict(Silent(), CACHE.inputs[:3])
    with pytest.raises(UsageError, match="no number any more"):
        predict_groups(Silent(), CACHE, ((0,), (1,)), tiny("small-resnet"))


def test_weights_that_become_no_number_end_the_run_and_the_best_epoch_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the last step of an epoch: its loss is still a number, the weights behind it are not."""
    from training.fitting.trainee import Trainee

    stepped = Trainee.train_on_batch
    calls = 0

    def step(self: Any, batch: Any) -> Any:
        nonlocal calls
        loss, calls = stepped(self, batch), calls + 1
        if calls == 4:
            self.network.weights[-1].assign(np.full(self.network.weights[-1].shape, np.nan))
        return loss

    monkeypatch.setattr(Trainee, "train_on_batch", step)
    system = tiny("small-resnet", "optimiser.ema=0")
    with without_graphs(), pytest.raises(UsageError, match="no number any more"):
        fit(CACHE, system, tmp_path)
    network = build_network(system, 32, 32)
    network.load_weights(tmp_path / "best.weights.h5")
    assert all(np.isfinite(weight).all() for weight in network.get_weights())
    assert len(json.loads((tmp_path / "history.json").read_text())) == 1


def test_a_run_that_was_killed_behind_its_last_state_tells_its_whole_history(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from training.fitting import loop

    def killed(path: Path, record: Any) -> None:
        if len(record) == 2:
            raise KeyboardInterrupt
        write_json(path, record)

    system = tiny("dense-baseline", trunk=False)
    with without_graphs():
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(loop, "write_json", killed)
            fit(CACHE, system, tmp_path)
        assert len(json.loads((tmp_path / "history.json").read_text())) == 1
        fit(CACHE, system, tmp_path)
        assert [record["epoch"] for record in json.loads((tmp_path / "history.json").read_text())] == [1, 2]
        (tmp_path / STATE).touch()  # as where it was killed between its last weights and this
        fit(CACHE, system, tmp_path)
    assert not (tmp_path / STATE).exists()


def test_the_weights_of_a_first_stage_saw_the_women_of_its_run(tmp_path: Path) -> None:
    split = split_by_woman(CACHE.rows, seed=1)
    (tmp_path / "patches").mkdir()
    (tmp_path / "patches" / "best.weights.h5").write_bytes(b"weights")
    write_json(tmp_path / "split.json", {"seed": 1, "part_of": dict(split.part_of)})
    assert_unseen(tmp_path / "patches" / "best.weights.h5", split)
    with pytest.raises(LeakError, match="the weights saw her"):
        assert_unseen(tmp_path / "patches" / "best.weights.h5", split_by_woman(CACHE.rows, seed=2))


def test_a_first_stage_does_not_hide_where_its_own_weights_come_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = tmp_path / "mri"
    given.mkdir()
    (given / "patch.weights.h5").write_bytes(b"weights")
    write_json(given / "pretrain.json", {"source": "mri", "stages": []})

    def stage(images: Any, train: Any, held: Any, system: Any, out: Path) -> None:
        out.mkdir(exist_ok=True)
        (out / "best.weights.h5").write_bytes(b"others")

    monkeypatch.setattr("training.fit.fit_patches", stage)
    monkeypatch.setattr("training.fit._fit_examples", lambda cache, system, groups, beside, out, processors: out)
    told = ("start.kind=trunk", f"start.file='{given / 'patch.weights.h5'}'")
    fit(CACHE, tiny("patch-to-whole", *told), tmp_path / "run")
    start = json.loads((tmp_path / "run" / "start.json").read_text())
    assert (start["kind"], start["file"], start["patches"]) == ("trunk", "best.weights.h5", 1)
    assert start["pretraining"] == {"source": "mri", "stages": []}
    assert start["before"]["file"] == "patch.weights.h5"


def test_a_limit_takes_all_classes_in_turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order = sorted(range(len(CACHE.rows)), key=lambda index: CACHE.rows[index].diagnosis != "normal")
    sorted_cache = replace(
        CACHE, inputs=CACHE.inputs[order], rows=tuple(CACHE.rows[index] for index in order), lesions=None
    )
    seen: dict[str, Any] = {}

    def note(cache: Any, system: Any, groups: Any, beside: Any, out: Path, processors: Any) -> Path:
        seen.update(groups)
        return out

    monkeypatch.setattr("training.fit._fit_examples", note)
    fit(sorted_cache, tiny("cnn-64-three", "run.limit=6", trunk=False), tmp_path / "run")
    told = [sorted_cache.rows[group[0]].diagnosis for group in seen["train"]]
    assert sorted(told) == ["benign", "benign", "malignant", "malignant", "normal", "normal"]


@pytest.mark.parametrize(
    ("size", "masks", "said"), [(64, 1, "larger than the inputs, 32 x 32"), (32, 0, "no training")]
)
def test_patches_that_cannot_be_cut_are_refused(tmp_path: Path, size: int, masks: int, said: str) -> None:
    from training.fit import fit_patches

    images = LesionImages(CACHE.inputs[2:6], CACHE.masks([2, 3, 4, 5]) * np.uint8(masks), CACHE.rows[2:6])
    system = tiny("patch-to-whole")
    with pytest.raises(UsageError, match=said):
        fit_patches(images, [0, 1], [2, 3], replace(system, patches=replace(system.patches, size=size)), tmp_path)


@pytest.mark.parametrize(("times", "kept"), [(1, True), (2, False)])
def test_ctrl_c_while_the_epoch_is_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int, kept: bool
) -> None:
    """Once: the judgement is finished and kept. Twice: the run ends at once, at its last state."""

    def judged(predictions: Any, figure: str) -> float:
        for _ in range(times):
            signal.raise_signal(signal.SIGINT)
        return 0.5

    system = tiny("dense-baseline", trunk=False)
    with without_graphs():
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr("training.fit.validation_figure", judged)
            fit(CACHE, system, tmp_path)
        assert (tmp_path / STATE).is_file() == kept
        if kept:
            assert load_state(tmp_path / STATE)[1]["epoch"] == 1
        fit(CACHE, system, tmp_path)
    assert [record["epoch"] for record in json.loads((tmp_path / "history.json").read_text())] == [1, 2]
