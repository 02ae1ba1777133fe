"""With JAX in TensorFlow's place, without OpenCV, pydicom and TensorFlow, the same commands fit the same networks."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.training.lesion_runs import make_lesion_cache
from training.cache import write_packed
from training.fit import predict_run

pytestmark = pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="JAX is not installed: pip install jax")

_CHILD = """
import sys
from pathlib import Path

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("cv2", "pydicom", "tensorflow"):
            raise ImportError(name)

sys.meta_path.insert(0, Absent())
from training.__main__ import main

status = main(sys.argv[1:])
if status == 0:
    import numpy as np
    from training.cache import load
    from training.fit import predict_run

    run = Path(sys.argv[sys.argv.index("--out") + 1])
    np.save(run / "said.npy", predict_run(run, load(Path(sys.argv[2]), carried=True), range(6)).logits)
sys.exit(status)
"""


def test_a_run_fitted_with_jax_is_a_run_like_any_other(tmp_path: Path) -> None:
    """Carried there as one file; what TensorFlow then says with its weights is what JAX said."""
    cache = make_lesion_cache()
    about = {"code": "of another machine", "sources": {"/elsewhere/0.png": [3, 1, ""]}}
    write_packed(cache, about, tmp_path / "cache.npz")
    told = (
        "input.rows=0",
        "input.columns=0",
        "model.filters=[4]",
        "model.units=4",
        "optimiser.ema=0.9",
        "optimiser.accumulate=2",
        "augmentation.mixup=0.2",
        "augmentation.cutout=0.3",
        "run.batch=6",
        "run.limit=12",
        "stopping.epochs=1",
    )
    settings = [word for change in told for word in ("--set", change)]
    command = ["fit", str(tmp_path / "cache.npz"), "--carried", "--system", "cnn-64", "--out", str(tmp_path / "run")]
    child = subprocess.run(
        [sys.executable, "-c", _CHILD, *command, *settings],
        cwd=Path(__file__).resolve().parents[2],
        env={**os.environ, "KERAS_BACKEND": "jax"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert child.returncode == 0, child.stderr
    found = predict_run(tmp_path / "run", cache, range(6)).logits
    np.testing.assert_allclose(found, np.load(tmp_path / "run" / "said.npy"), rtol=0, atol=1e-4)
