"""Beer-Lambert holds from the path lengths to the stored values."""

import itertools

import numpy as np
import pytest

from training.synthesis.physics import (
    STORED_MAX,
    Detector,
    Display,
    Material,
    attenuation_per_cm,
    line_integral,
    quanta_noise,
)
from training.synthesis.seeds import stream


def _flat(value: float, size: int = 64) -> np.ndarray:
    return np.full((size, size), value, np.float32)


def _contrast(lesion_mm: float, energy_kev: float = 20.0) -> float:
    """Log signal of a lesion in fat less that of fat alone."""
    detector = Detector(spacing_mm=0.1, energy_kev=energy_kev, entrance_quanta_per_mm2=1e7)
    noise = np.zeros((64, 64), np.float32)
    fat = detector.expose(line_integral({"fat": _flat(50.0)}, energy_kev), noise)
    paths: dict[Material, np.ndarray] = {"fat": _flat(50.0 - lesion_mm), "cancer": _flat(lesion_mm)}
    return float((detector.expose(line_integral(paths, energy_kev), noise) - fat).mean())


def test_contrast_is_proportional_to_the_thickness_of_the_lesion() -> None:
    per_mm = 0.1 * (attenuation_per_cm("cancer", 20.0) - attenuation_per_cm("fat", 20.0))
    for lesion_mm in (1.0, 4.0, 9.0):
        assert _contrast(lesion_mm) == pytest.approx(per_mm * lesion_mm, rel=1e-3)


def test_contrast_falls_with_energy() -> None:
    contrasts = [_contrast(8.0, energy_kev) for energy_kev in (18.0, 20.0, 24.0, 28.0, 32.0)]
    assert all(low > high for low, high in itertools.pairwise(contrasts))


def test_materials_are_ordered_by_attenuation() -> None:
    for energy_kev in (18.0, 22.0, 30.0):
        order: list[Material] = ["fat", "gland", "benign", "cancer", "calcium"]
        values = [attenuation_per_cm(material, energy_kev) for material in order]
        assert values == sorted(values)


def test_an_energy_outside_of_the_table_is_refused() -> None:
    with pytest.raises(ValueError, match="keV"):
        attenuation_per_cm("fat", 60.0)


def test_noise_falls_with_the_root_of_the_dose() -> None:
    noise = quanta_noise((128, 128), stream(1, "noise"))
    exponent = line_integral({"fat": _flat(45.0, 128)}, 20.0)

    def deviation(quanta_per_mm2: float) -> float:
        detector = Detector(spacing_mm=0.1, entrance_quanta_per_mm2=quanta_per_mm2, electronic_quanta=0.0)
        return float(detector.expose(exponent, noise).std())

    assert deviation(1e6) / deviation(4e6) == pytest.approx(2.0, rel=0.05)


def test_noise_has_unit_deviation() -> None:
    assert float(quanta_noise((256, 256), stream(2, "noise")).std()) == pytest.approx(1.0, rel=0.02)


def test_air_is_zero_and_more_absorption_is_brighter() -> None:
    log_signal = np.asarray([[0.0, 0.2, 0.6, 1.5]], np.float32)
    inside = np.asarray([[-1.0, 30.0, 30.0, 30.0]], np.float32)
    stored = Display().stored(log_signal, np.zeros((1, 4), np.float32), inside)
    assert stored.dtype == np.uint16
    assert stored[0, 0] == 0
    assert 0 < stored[0, 1] < stored[0, 2] < stored[0, 3] <= STORED_MAX
