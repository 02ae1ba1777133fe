"""Protocol files are found, read and chosen; what is wrong with one is told by file, place and what is allowed."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mammoview.core.errors import MammoviewError
from mammoview.core.protocol import Conditions, HeatUse, Link, Place, Protocol, Scale, Step, StudyRole
from mammoview.core.study import ImageHeader, ImageSource, Laterality, Study, View, ViewModifier
from mammoview.core.window import Greyscale
from mammoview.reading.protocols import bundled_folder, choose, protocol_of, read_protocol, read_protocols

WHOLE: dict[str, Any] = {
    "$schema": "protocol.schema.json",
    "schema": 1,
    "name": "ours",
    "description": "How we read.",
    "for": {"modality": "MG", "prior": True, "tomosynthesis": False},
    "steps": [
        {
            "id": "pair",
            "label": "A pair",
            "key": "C",
            "rows": 1,
            "columns": 2,
            "scale": "true size",
            "quadrants": True,
            "alternate": False,
            "link": "none",
            "heat": "hidden",
            "places": [
                {"study": "prior 2", "side": "R", "view": "CC", "modifier": "ID", "tomosynthesis": True},
                {"side": "L", "view": ["XCCL", "ML"]},
            ],
        },
        {"id": "rest", "label": "The rest", "rows": 1, "columns": 1, "places": [{"view": "extra"}]},
    ],
}
CC = Place(side=Laterality.RIGHT, views=(View.CC,))


def study_of(name: str = "now", *, modality: str = "MG", frames: int = 1) -> Study:
    header = ImageHeader(ImageSource(Path(name)), 30, 20, Greyscale(12), frames=frames, modality=modality)
    return Study(name, (header,))


def written(folder: Path, file: str, **changed: object) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / file
    path.write_text(json.dumps({**WHOLE, **changed}), encoding="utf-8")
    return path


def names(*protocols: Protocol) -> list[str]:
    return [protocol.name for protocol in protocols]


# --- reading


def test_every_key_is_read() -> None:
    protocol = protocol_of(WHOLE, "ours.json")
    assert protocol == Protocol(
        "ours",
        (
            Step(
                "pair",
                "A pair",
                1,
                2,
                (
                    Place(StudyRole.PRIOR_2, Laterality.RIGHT, (View.CC,), ViewModifier.IMPLANT_DISPLACED, True),
                    Place(StudyRole.CURRENT, Laterality.LEFT, (View.XCCL, View.ML)),
                ),
                key="C",
                scale=Scale.TRUE_SIZE,
                quadrants=True,
                link=Link.NONE,
                heat=HeatUse.HIDDEN,
            ),
            Step("rest", "The rest", 1, 1, (Place(),)),
        ),
        "How we read.",
        Conditions("MG", True, False),
    )


def change(*path: str | int, to: object) -> Callable[[dict[str, Any]], None]:
    def made(record: dict[str, Any]) -> None:
        holder: Any = record
        for part in path[:-1]:
            holder = holder[part]
        holder[path[-1]] = to

    return made


def removal(*path: str | int) -> Callable[[dict[str, Any]], None]:
    def made(record: dict[str, Any]) -> None:
        holder: Any = record
        for part in path[:-1]:
            holder = holder[part]
        del holder[path[-1]]

    return made


STEP = ("steps", 0)
PLACE = (*STEP, "places", 1)


@pytest.mark.parametrize(
    ("mistake", "path", "said", "allowed"),
    [
        (change("schema", to=2), "schema", "2 is not the version", "1"),
        (change("schema", to=True), "schema", "true is not the version", "1"),
        (removal("schema"), "schema", "is missing", "schema, name, steps"),
        (change("name", to=""), "name", '"" cannot be used', "1 to 200 characters"),
        (change("name", to="two\nlines"), "name", r'"two\nlines" cannot be used', "on one line"),
        (change("name", to="a\u2028b"), "name", r'"a\u2028b" cannot be used', "on one line"),
        (change("name", to="a" * 201), "name", "aaa... cannot be used", "1 to 200 characters"),
        (change("description", to=3), "description", "3 cannot be used", "a text"),
        (change("stesp", to=[]), "stesp", "is not a known key", 'did you mean "steps"?'),
        (change("a b", to=1), '"a b"', "is not a known key", "allowed: $schema, schema"),
        (change("for", to="MG"), "for", '"MG" cannot be used', "an object with modality, prior, tomosynthesis"),
        (change("for", "modality", to="mg"), "for.modality", '"mg" cannot be used', '"MG"'),
        (change("for", "prior", to="yes"), "for.prior", '"yes" cannot be used', "true, false"),
        (change("for", "tomosythesis", to=True), "for.tomosythesis", "not a known key", '"tomosynthesis"'),
        (change("steps", to=[]), "steps", "[] cannot be used", "a list of 1 to 100 entries"),
        (change("steps", to={}), "steps", "{} cannot be used", "a list"),
        (change(*STEP, to="four"), "steps[0]", '"four" cannot be used', "an object with id, label"),
        (removal(*STEP, "label"), "steps[0].label", "is missing", "id, label, rows, columns, places"),
        (change(*STEP, "lable", to=""), "steps[0].lable", "not a known key", 'did you mean "label"?'),
        (change(*STEP, "id", to="Four up"), "steps[0].id", '"Four up" cannot be used', "a to z"),
        (change(*STEP, "rows", to=5), "steps[0].rows", "5 cannot be used", "a whole number from 1 to 4"),
        (change(*STEP, "columns", to=True), "steps[0].columns", "true cannot be used", "from 1 to 8"),
        (change(*STEP, "columns", to=3), "steps[0]", "2 places do not fill a grid of 1 rows", "3 places are needed"),
        (change(*STEP, "scale", to="big"), "steps[0].scale", '"big" cannot', "fit, same, native, true size"),
        (change(*STEP, "scale", to="fit"), "steps[0]", 'at the scale "fit"', '"native" or "true size"'),
        (change(*STEP, "quadrants", to=1), "steps[0].quadrants", "1 cannot be used", "true, false"),
        (change(*STEP, "alternate", to=True), "steps[0]", "exclude each other", "two steps"),
        (change("steps", 1, "alternate", to=True), "steps[1]", "of the current study", "a side, a view"),
        (change(*STEP, "link", to="both"), "steps[0].link", '"both" cannot be used', "mirrored, none"),
        (change(*STEP, "heat", to=None), "steps[0].heat", "null cannot be used", "hidden, as set"),
        (change("steps", 1, "id", to="pair"), "", 'two steps have the id "pair"', "an id of its own"),
        (change(*PLACE, "study", to="old"), "steps[0].places[1].study", '"old"', "current, prior, prior 2"),
        (change(*PLACE, "side", to="B"), "steps[0].places[1].side", '"B" cannot be used', "R, L"),
        (removal(*PLACE, "side"), "steps[0].places[1]", "XCCL or ML needs a side", "R or L"),
        (removal(*PLACE, "view"), "steps[0].places[1].view", "is missing", "view"),
        (change(*PLACE, "view", to="CCC"), "steps[0].places[1].view", '"CCC" cannot', "extra, CC, MLO, ML"),
        (change(*PLACE, "view", to=["CC", "x"]), "steps[0].places[1].view[1]", '"x" cannot', "CC, MLO, ML"),
        (change(*PLACE, "view", to=[]), "steps[0].places[1].view", "[] cannot", "a list of 1"),
        (change(*PLACE, "modifier", to="implant"), "steps[0].places[1].modifier", '"implant"', "S, M, ID"),
        (change(*PLACE, "sied", to="R"), "steps[0].places[1].sied", "not a known key", 'did you mean "side"?'),
    ],
)
def test_a_mistake_is_told_with_file_and_path_and_what_is_allowed(
    mistake: Callable[[dict[str, Any]], None], path: str, said: str, allowed: str
) -> None:
    record = deepcopy(WHOLE)
    mistake(record)
    with pytest.raises(MammoviewError) as raised:
        protocol_of(record, "ours.json")
    cause, hint = raised.value.cause, raised.value.hint
    assert cause.startswith(f"ours.json: {path}: " if path else "ours.json: two")
    assert said in cause
    assert allowed in hint


def test_what_is_no_object_is_no_protocol() -> None:
    with pytest.raises(MammoviewError, match=r"ours.json: \[\] cannot be used"):
        protocol_of([], "ours.json")


def test_another_version_is_told_before_its_keys() -> None:
    with pytest.raises(MammoviewError, match="schema: 2 is not the version"):
        protocol_of({"schema": 2, "screens": []}, "ours.json")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "line 1, column 1: is not JSON"),
        (b'{"schema": 1,\n "name": }', "line 2, column 10: is not JSON"),
        (b'{"schema": 1, "name": "\xff"}', "is not text in UTF-8"),
        (b'{"name": "a", "name": "b"}', 'the key "name" stands twice'),
        (b"[" * 100_000, "is no hanging protocol"),
        (b"9" * 10_000, "is no hanging protocol"),
        (b" " * ((1 << 20) + 1), "is no hanging protocol"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, data: bytes, said: str) -> None:
    path = tmp_path / "ours.json"
    path.write_bytes(data)
    with pytest.raises(MammoviewError) as raised:
        read_protocol(path)
    assert raised.value.cause.startswith(f"{path}: ")
    assert said in raised.value.cause


def test_a_mark_of_byte_order_is_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "ours.json"
    path.write_text(json.dumps(WHOLE), encoding="utf-8-sig")
    assert read_protocol(path).name == "ours"


# --- finding


def test_the_bundled_protocols_are_read_without_a_problem() -> None:
    found = read_protocols(bundled_folder())
    assert found.problems == ()
    assert set(names(*found.protocols)) == {"screening", "screening with priors"}


def test_a_site_takes_the_place_of_a_bundled_protocol_by_name(tmp_path: Path) -> None:
    written(tmp_path, "a.json", name="Screening", description="As we do it.")
    found = read_protocols(bundled_folder(), tmp_path)
    assert names(*found.protocols) == ["Screening", "screening with priors"]
    assert found.protocols[0].description == "As we do it."


def test_a_sites_protocols_come_first_and_by_the_names_of_their_files(tmp_path: Path) -> None:
    written(tmp_path, "2.json", name="second")
    written(tmp_path, "1.json", name="first")
    assert names(*read_protocols(bundled_folder(), tmp_path).protocols)[:3] == [
        "first",
        "second",
        "screening with priors",
    ]


def test_a_broken_file_is_told_in_one_line_and_the_others_go_on(tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text('{\n "schema": 1,,\n}', encoding="utf-8")
    written(tmp_path, "misspelt.json", nmae="x")
    written(tmp_path, "sound.json")
    found = read_protocols(bundled_folder(), tmp_path)
    assert names(*found.protocols) == ["ours", "screening with priors", "screening"]
    assert [problem.partition(": ")[0] for problem in found.problems] == [
        str(broken),
        str(tmp_path / "misspelt.json"),
    ]
    assert all("\n" not in problem for problem in found.problems)


def test_a_broken_file_of_a_site_leaves_the_bundled_protocol(tmp_path: Path) -> None:
    written(tmp_path, "screening.json", name="screening", steps=[])
    assert "screening" in names(*read_protocols(bundled_folder(), tmp_path).protocols)


def test_of_two_files_with_one_name_the_first_holds(tmp_path: Path) -> None:
    written(tmp_path, "a.json", description="first")
    written(tmp_path, "b.json", description="second")
    found = read_protocols(bundled_folder(), tmp_path)
    assert found.protocols[0].description == "first"
    assert found.problems == (f'{tmp_path / "b.json"}: the name "ours" is taken by a.json (give it another name)',)


def test_schemas_and_hidden_files_and_other_files_are_no_protocols(tmp_path: Path) -> None:
    for name in ("protocol.schema.json", "._ours.json", "notes.txt"):
        (tmp_path / name).write_text("{}", encoding="utf-8")
    assert read_protocols(bundled_folder(), tmp_path).problems == ()


def test_a_site_without_a_folder_has_the_bundled_protocols(tmp_path: Path) -> None:
    assert read_protocols(bundled_folder(), tmp_path / "none") == read_protocols(bundled_folder())


def test_a_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, "ours.json")
    (problem,) = read_protocols(bundled_folder(), path).problems
    assert problem.startswith(f"{path}: hanging protocols cannot be looked for here")


def test_the_schema_for_editors_knows_the_keys_and_words_that_are_read() -> None:
    schema = json.loads((bundled_folder() / "protocol.schema.json").read_text(encoding="utf-8"))
    step, place = schema["$defs"]["step"], schema["$defs"]["place"]
    record = deepcopy(WHOLE)
    assert set(schema["properties"]) == set(record)
    assert set(schema["properties"]["for"]["properties"]) == set(record["for"])
    assert set(step["properties"]) == set(record["steps"][0])
    assert set(place["properties"]) == set(record["steps"][0]["places"][0])
    for key, words in (("scale", Scale), ("link", Link), ("heat", HeatUse)):
        assert step["properties"][key]["enum"] == list(words)
    assert place["properties"]["study"]["enum"] == list(StudyRole)


# --- choosing


@pytest.mark.parametrize(
    ("conditions", "holds"),
    [
        (Conditions(), True),
        (Conditions(modality="MG"), True),
        (Conditions(modality="MR"), False),
        (Conditions(prior=True), False),
        (Conditions(prior=False), True),
        (Conditions(tomosynthesis=True), False),
        (Conditions(tomosynthesis=False), True),
    ],
)
def test_conditions_are_asked_of_the_study(conditions: Conditions, holds: bool) -> None:
    assert conditions.hold(study_of(), []) is holds


def test_a_prior_and_a_stack_of_frames_are_seen_by_the_conditions() -> None:
    assert Conditions(prior=True, tomosynthesis=True).hold(study_of(frames=60), [study_of("old")])


def test_a_plain_picture_is_taken_for_any_modality() -> None:
    assert Conditions(modality="MG").hold(study_of(modality=""), [])


def test_the_first_protocol_whose_conditions_hold_is_chosen() -> None:
    step = Step("one", "One", 1, 1, (CC,))
    protocols = [
        Protocol("priors", (step,), conditions=Conditions(prior=True)),
        Protocol("any", (step,)),
        Protocol("also any", (step,)),
    ]
    chosen = choose(protocols, study_of(), [])
    assert chosen is protocols[1]
    assert choose(protocols[:1], study_of(), []) is None


@pytest.mark.parametrize(("priors", "name"), [(0, "screening"), (1, "screening with priors")])
def test_the_bundled_protocol_is_chosen_by_whether_there_is_a_prior(priors: int, name: str) -> None:
    chosen = choose(read_protocols(bundled_folder()).protocols, study_of(), [study_of("old")] * priors)
    assert chosen is not None
    assert chosen.name == name


# --- what contradicts itself where no file is read


def test_a_view_without_a_side_is_refused() -> None:
    with pytest.raises(MammoviewError, match="a place for CC needs a side"):
        replace(CC, side=Laterality.UNKNOWN)


def test_an_alternating_step_that_names_the_prior_is_refused() -> None:
    with pytest.raises(MammoviewError, match="names places of the current study"):
        Step("one", "One", 1, 1, (replace(CC, study=StudyRole.PRIOR),), alternate=True)


def test_a_protocol_without_steps_is_refused() -> None:
    with pytest.raises(MammoviewError, match="without steps"):
        Protocol("made", ())
