"""The one door to `resources/`: works from a checkout, from an editable install and from a wheel."""

from __future__ import annotations

from pathlib import Path

from mammoview.core.errors import MammoviewError

_PACKAGE = Path(__file__).resolve().parent


def resources_folder() -> Path:
    """The folder that holds `models/`, `demo/`, `fonts/`, `docs/`: the checkout's, else the installed copy."""
    checkout = _PACKAGE.parent / "resources"
    if (checkout / "models").is_dir() and (_PACKAGE.parent / "pyproject.toml").is_file():
        return checkout
    return _PACKAGE / "_resources"


def resource(*parts: str) -> Path:
    """A file or folder under `resources/`; raises MammoviewError where the installation lacks it."""
    path = resources_folder().joinpath(*parts)
    if not path.exists():
        raise MammoviewError(f"the installation lacks {'/'.join(parts)}", "install mammoview again")
    return path
