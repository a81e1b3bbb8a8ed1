"""Where the tests find the tools, the benchmarks and the papers' data."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tools"), str(ROOT)]

# a sibling folder shared/data, if there is one, holds the papers' data in the layout of the cache
data = ROOT.parent / "shared" / "data"
if data.is_dir():
    os.environ.setdefault("TLBOOK_DATA", str(data))
