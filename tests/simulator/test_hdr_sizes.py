"""HDR at a width whose rows FFmpeg does not like. It once killed the whole process, so another process tries it."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EIGHT_FILMS = """
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from itertools import islice

from studio.simulator.delivery import Delivery, deliver
from studio.simulator.films import frames_of
from tests.simulator.footage import shot

content = shot(width=854, height=480, duration_s=1, is_draft=True)
to = Delivery(format="hdr10", size=(854, 480), fps=Fraction(24), is_draft=True)
with ThreadPoolExecutor(2) as pool:
    made = list(pool.map(lambda _: deliver(islice(frames_of(content), 8), to=to, track=None), range(8)))
print(len(set(made)))
"""


def test_hdr_of_854_pixels_is_made_again_and_again_and_is_the_same_each_time() -> None:
    done = subprocess.run([sys.executable, "-c", EIGHT_FILMS], cwd=ROOT, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout.strip()) == (0, "1"), done.stderr
