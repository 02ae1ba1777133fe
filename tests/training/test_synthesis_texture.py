"""The random fields have the statistics that they promise."""

from dataclasses import replace

import numpy as np
import pytest

from training.synthesis.exposure import power_law_texture
from training.synthesis.frame import ViewFrame
from training.synthesis.outline import draw_shape
from training.synthesis.seeds import stream, uid
from training.synthesis.texture import (
    BETA_MEAN,
    BETA_RANGE,
    clustered_lumpy_field,
    power_law_field,
    power_law_slope,
    smooth_field,
)
from training.synthesis.traits import draw_traits


@pytest.mark.parametrize("beta", [BETA_RANGE[0], BETA_MEAN, BETA_RANGE[1]])
def test_power_law_noise_shows_the_requested_exponent(beta: float) -> None:
    slopes = [power_law_slope(power_law_field((192, 160), beta, stream(seed, "t"))) for seed in range(4)]
    assert np.mean(slopes) == pytest.approx(beta, abs=0.25)


@pytest.mark.parametrize("beta", [2.0, 2.8, 3.3])
def test_the_texture_inside_of_the_breast_shows_the_woman_s_exponent(beta: float) -> None:
    traits = replace(draw_traits(1, 0), beta=beta)
    frame = ViewFrame(
        view="CC", rows=574, columns=260, spacing_mm=0.4, nipple_row_mm=115.0, nipple_column_mm=88.0, tilt_rad=0.0,
        thickness_mm=50.0, spread=1.1,
    )  # fmt: skip
    inside = (slice(207, 367), slice(20, 180))
    assert draw_shape(1, 0, "L", traits, frame).margin_mm[inside].min() > 5.0
    slopes = [power_law_slope(power_law_texture(traits, seed, 0, "L", frame)[inside], low=0.05) for seed in range(3)]
    assert np.mean(slopes) == pytest.approx(beta, abs=0.3)


def test_power_law_noise_does_not_wrap_around() -> None:
    field = power_law_field((128, 128), 2.8, stream(1, "wrap"))
    step_inside = np.abs(np.diff(field, axis=0)).mean()
    step_around = np.abs(field[0] - field[-1]).mean()
    assert step_around > 3 * step_inside


def test_fields_are_standardised() -> None:
    for field in (
        power_law_field((64, 64), 2.8, stream(1, "a")),
        clustered_lumpy_field((64, 64), 0.3, stream(1, "b")),
        smooth_field((24, 24, 24), (2.0, 2.0, 2.0), stream(1, "c")),
    ):
        assert field.dtype == np.float32
        assert float(field.mean()) == pytest.approx(0.0, abs=1e-3)
        assert float(field.std()) == pytest.approx(1.0, abs=1e-3)


def test_lumps_keep_their_size_in_millimetres() -> None:
    def correlation_mm(spacing_mm: float) -> float:
        pixels = round(76.8 / spacing_mm)
        field = clustered_lumpy_field((pixels, pixels), spacing_mm, stream(5, "lumps"))
        power = np.abs(np.fft.fft2(field)) ** 2
        covariance = np.fft.ifft2(power).real[0, : pixels // 4] / field.size
        return float(np.argmax(covariance < 0.5) * spacing_mm)

    assert correlation_mm(0.6) == pytest.approx(correlation_mm(0.3), rel=0.5)


def test_streams_differ_by_name_and_agree_by_name() -> None:
    assert stream(1, "a", 2).random() == stream(1, "a", 2).random()
    assert stream(1, "a", 2).random() != stream(1, "a", 3).random()
    assert stream(1, "a").random() != stream(2, "a").random()


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        stream(-1, "a")


def test_a_uid_is_valid_and_belongs_to_its_names() -> None:
    first = uid(1, "study")
    assert first.startswith("2.25.")
    assert len(first) <= 64
    assert first == uid(1, "study") != uid(1, "series")
