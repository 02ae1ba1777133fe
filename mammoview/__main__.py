"""`python -m mammoview`."""

from __future__ import annotations

import sys

from mammoview.cli import main

if __name__ == "__main__":
    sys.exit(main())
