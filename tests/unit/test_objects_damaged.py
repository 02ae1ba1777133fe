"""Foreign and damaged objects never crash the reader: seeded mutations end in values or in one clear line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset, FileDataset
from pydicom.sequence import Sequence

from mammoview.core.cut import Area
from mammoview.core.errors import InputRefusedError, MammoviewError
from mammoview.core.mark_drawing import draw_marks
from mammoview.core.overlaid import PresentationState
from mammoview.core.overlaid_drawing import Laid, Shutter, laid_on, paint_planes, paint_shutters
from mammoview.core.study import ImageHeader, ImageSource
from mammoview.core.view_state import native_placement
from mammoview.core.window import grey_table
from mammoview.dicom.objects.read_objects import read_object_header, read_overlaid
from mammoview.dicom.reader import read_header
from mammoview.reading.pictures import lettering
from tests.factories import make_mammogram_dataset, save
from tests.overlaid_made import (
    bitmap_shutter,
    compound,
    displayed_area,
    graphic,
    lut_item,
    make_cad,
    make_finding,
    make_map,
    make_measurements,
    make_presentation,
    make_segmentation,
    overlay_plane,
    region,
    save_object,
    text,
)

ROUNDS = 40


def a_state(image: FileDataset) -> Dataset:
    shapes = [graphic("CIRCLE", [(30, 40), (35, 40)]), graphic("POLYLINE", [(0.1, 0.2), (0.3, 0.4)], units="DISPLAY")]
    return make_presentation([image], graphics=shapes, texts=[text("here", anchor=(3, 4))], ShutterShape="CIRCULAR")


def a_rich_state(image: FileDataset) -> Dataset:
    """With all grey stages, shutters, planes, compound graphics and a text in a box."""
    lines = [
        compound("CUTLINE", [(10, 20), (30, 20)], 1, GapLength=0.1, RotationAngle=30.0, RotationPoint=[20.0, 20.0]),
        compound("AXIS", [(10, 40), (30, 40)], 2, TickAlignment="TOP", ShowTickLabel="Y"),
        compound("CROSSHAIR", [(40, 60)], 3, GapLength=0.05, DiameterOfVisibility=0.2),
        compound("ELLIPSE", [(10, 60), (30, 80)], 4, CompoundGraphicUnits="PIXEL", GraphicFilled="Y"),
    ]
    words = [text("boxed", box=(10.0, 20.0, 30.0, 40.0), anchor=(5.0, 5.0))]
    state = make_presentation(
        [image], graphics=[graphic("POINT", [(3, 4)])], texts=words, ImageRotation=90, ImageHorizontalFlip="Y"
    )
    state.GraphicAnnotationSequence[0].CompoundGraphicSequence = lines
    state.DisplayedAreaSelectionSequence = displayed_area((11, 11), (60, 80))
    mask = np.eye(96, 72, dtype=np.uint8)
    bitmap_shutter(overlay_plane(state, mask, layer="MARKS"), mask, grey=0x4000)
    state.ShutterShape = ["BITMAP", "CIRCULAR"]
    state.CenterOfCircularShutter, state.RadiusOfCircularShutter = [48, 36], 30
    del state.PresentationLUTShape
    state.PresentationLUTSequence = [lut_item(np.linspace(0, 65535, 256).astype(np.uint16))]
    return state


def a_cad_report(image: FileDataset) -> Dataset:
    mark = region("POINT", [(30.5, 20.5)], image, code="111010")
    return make_cad([image], [make_finding([mark], point=2)], failed="Detection", geometry=True)


def a_measurement(image: FileDataset) -> Dataset:
    line = region("POLYLINE", [(10.5, 20.5), (30.5, 20.5)], image, code="111030")
    return make_measurements([image], [(line, "Mass", 11.25, "lesion 1")])


def a_segmentation(image: FileDataset) -> Dataset:
    return make_segmentation(image, np.eye(96, 72, dtype=bool))


def a_map(image: FileDataset) -> Dataset:
    return make_map(image, np.eye(96, 72, dtype=np.float32))


KINDS = [a_state, a_rich_state, a_cad_report, a_measurement, a_segmentation, a_map]


def try_out(path: Path, images: list[ImageHeader]) -> None:
    """Read and lay out a file; any exception but those that say something to the reader escapes."""
    try:
        header = read_object_header(ImageSource(path))
        if header is None:
            return
        found = read_overlaid(header, images)
        laid = laid_on([found], images[0], range(1, 2), operating_point=9)
        for state in found.states.values():
            assert not is_hidden_by(state, images[0])
            paint(laid, images[0], state)
        lines = (*found.statements, *found.remarks, *found.cautions, *found.not_understood)
        assert all(line.isprintable() and len(line) < 500 for line in lines)
    except MammoviewError as error:
        assert "\n" not in str(error)


def is_hidden_by(state: PresentationState, image: ImageHeader) -> bool:
    """Whether nothing can be told on an image any more: one grey, or all of it behind shutters."""
    voi = state.voi or image.grey.whole_range()
    if np.ptp(grey_table(image.grey, voi, p_values=state.p_values)) < 1:
        return True
    canvas = np.full((image.rows, image.columns, 4), 255 - state.shutter_grey, np.uint8)
    shutters = [Shutter(outline, state.shutter_grey) for outline in state.shutters]
    shutters += [] if state.shutter_plane is None else [Shutter(grey=state.shutter_grey, plane=state.shutter_plane)]
    area = Area(0, 0, image.rows, image.columns)
    paint_shutters(canvas, shutters, native_placement(image.rows, image.columns), area)
    return bool((canvas[..., :3] == state.shutter_grey).all())


def paint(laid: Laid, image: ImageHeader, state: PresentationState) -> None:
    """Draw all of it, laid as it says."""
    placement = native_placement(image.rows, image.columns, state.orientation)
    canvas = np.zeros((*placement.size_px, 4), np.uint8)
    paint_planes(canvas, laid.planes, placement, Area(0, 0, *placement.size_px))
    draw_marks(
        canvas,
        (),
        lettering(),
        placement=placement,
        image_key=image.key,
        frames=range(1, 2),
        graphics=laid.graphics,
    )


@pytest.mark.parametrize("make", KINDS)
def test_changed_bytes_end_in_values_or_in_one_line(tmp_path: Path, make: Callable[[FileDataset], Dataset]) -> None:
    image = make_mammogram_dataset("R", "MLO", 96, 72)
    images = [read_header(ImageSource(save(image, tmp_path / "image.dcm")))]
    whole = save_object(tmp_path, make(image), "object.dcm").read_bytes()
    random = np.random.default_rng(20261121)
    path = tmp_path / "damaged.dcm"
    for number in range(ROUNDS):
        data = bytearray(whole)
        if number % 4 == 0:
            del data[int(random.integers(140, len(data))) :]
        for at in random.integers(132, len(data), int(random.integers(1, 12))):
            data[at] = int(random.integers(0, 256))
        path.write_bytes(bytes(data))
        try_out(path, images)


def holders(dataset: Dataset) -> list[Dataset]:
    """The data set and all items in it."""
    found = [dataset]
    for element in dataset:
        if isinstance(element.value, Sequence):
            for item in element.value:
                found += holders(item)
    return found


@pytest.mark.parametrize("make", KINDS)
def test_elements_that_are_gone_or_odd_end_in_values_or_in_one_line(
    tmp_path: Path, make: Callable[[FileDataset], Dataset]
) -> None:
    image = make_mammogram_dataset("R", "MLO", 96, 72)
    images = [read_header(ImageSource(save(image, tmp_path / "image.dcm")))]
    path = save_object(tmp_path, make(image), "object.dcm")
    random = np.random.default_rng(7)
    odd: dict[str, list[object]] = {
        "FL": [float("nan"), float("inf"), 1e30, -1e30],
        "FD": [float("nan"), 1e300, 0.0],
        "DS": ["1e30", "-1e30", "0"],
        "IS": ["-1", "0", "2147483647"],
        "US": [0, 65535],
        "UL": [0, 4294967295],
        "CS": ["", "NOPE", "DISPLAY", "LABELMAP"],
        "UI": ["", "1.2"],
    }
    for _ in range(ROUNDS):
        dataset = dcmread(path)
        found = holders(dataset)
        for _ in range(3):
            holder = found[int(random.integers(len(found)))]
            tags = [element.tag for element in holder if element.tag not in (0x00080016, 0x7FE00010)]
            if not tags:
                continue
            tag = tags[int(random.integers(len(tags)))]
            choices = odd.get(holder[tag].VR)
            if choices is None or random.random() < 0.4:
                del holder[tag]
            else:
                holder[tag].value = choices[int(random.integers(len(choices)))]
        save_object(tmp_path, dataset, "odd.dcm")
        try_out(tmp_path / "odd.dcm", images)


def test_a_report_that_holds_too_much_is_refused(tmp_path: Path) -> None:
    image = make_mammogram_dataset("R", "MLO", 96, 72)
    report = a_cad_report(image)
    item = Dataset()
    item.ValueType, item.RelationshipType = "CONTAINER", "CONTAINS"
    for _ in range(40):
        outer = Dataset()
        outer.ValueType, outer.RelationshipType, outer.ContentSequence = "CONTAINER", "CONTAINS", [item]
        item = outer
    plain = Dataset()
    plain.update(report)
    plain.file_meta = report.file_meta
    plain[0x0040A730].value = Sequence([item])
    path = save_object(tmp_path, plain, "deep.dcm")
    header = read_object_header(ImageSource(path))
    assert header is not None
    with pytest.raises(InputRefusedError, match="more content than can be shown"):
        read_overlaid(header, ())


def test_references_in_a_circle_end(tmp_path: Path) -> None:
    image = make_mammogram_dataset("R", "MLO", 96, 72)
    images = [read_header(ImageSource(save(image, tmp_path / "image.dcm")))]
    report = dcmread(save_object(tmp_path, a_cad_report(image), "object.dcm"))
    finding = report.ContentSequence[1].ContentSequence[0].ContentSequence[1]
    place = finding.ContentSequence[-1]
    for target in ([1, 2, 1, 2], [1, 2, 1, 2, 4, 1], [1, 99], [1]):
        reference = Dataset()
        reference.RelationshipType, reference.ReferencedContentItemIdentifier = "SELECTED FROM", target
        place.ContentSequence = [reference]
        save_object(tmp_path, report, "circle.dcm")
        try_out(tmp_path / "circle.dcm", images)
