"""Synthetic mammograms with known truth: anatomy in three dimensions, X-ray physics, DICOM files.

`generate_woman` makes the four views of one woman, `generate_patch` a small square for training. The same seed and
index give the same bytes. Nothing here knows Qt, Keras or the application.
"""

from training.synthesis.patch import SyntheticPatch, generate_patch
from training.synthesis.woman import SyntheticView, SyntheticWoman, generate_woman

__all__ = ["SyntheticPatch", "SyntheticView", "SyntheticWoman", "generate_patch", "generate_woman"]
