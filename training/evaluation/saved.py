"""Owns predictions on disk: what a model said of the women it was judged on, so that it need not be asked again.

`predictions.npz` lies beside evaluation.json: logits and a table as text, no pickle.
"""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np

from mammoview.core.errors import InputRefusedError
from training.data.table import row_of, row_record
from training.predictions import Example, Predictions

NAME = "predictions.npz"


def save_predictions(predictions: Predictions, folder: Path) -> Path:
    """Write `folder`/predictions.npz, replaced as a whole."""
    folder.mkdir(parents=True, exist_ok=True)
    table = [[row_record(row) for row in example.rows] for example in predictions.examples]
    said = {"unit": predictions.unit, "classes": predictions.classes, "suspicious": predictions.suspicious}
    part = folder / f"{NAME}.part"
    with part.open("wb") as stream:
        np.savez_compressed(
            stream, logits=predictions.logits, table=np.array(json.dumps(table)), said=np.array(json.dumps(said))
        )
    part.replace(folder / NAME)
    return folder / NAME


def load_predictions(folder: Path) -> Predictions:
    """What `save_predictions` wrote; raises InputRefusedError where it is absent or broken."""
    path = folder / NAME
    try:
        with np.load(path, allow_pickle=False) as archive:
            table, said = json.loads(str(archive["table"])), json.loads(str(archive["said"]))
            return Predictions(
                str(said["unit"]),
                tuple(Example(tuple(row_of(record) for record in rows)) for rows in table),
                np.asarray(archive["logits"], np.float64),
                tuple(said["classes"]),
                int(said["suspicious"]),
            )
    except (OSError, EOFError, KeyError, ValueError, TypeError, zipfile.BadZipFile) as error:
        raise InputRefusedError(f"{path}: no predictions: {error}", "run 'evaluate' first") from error
