"""The papers' tables, measured on the papers' data, and the speed of every method."""

from pathlib import Path

# in the package, so that chapters find them wherever they run
RESULTS = Path(__file__).resolve().parents[1] / "tlbook" / "results"
