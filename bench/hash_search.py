"""What searching copies by hashes costs at any size: python -m bench.hash_search PICTURES [--new N]

The hashes are random, as those of strangers nearly are, and of every hundredth picture there is a copy with up to 40
bits changed. Of all pictures N are new; all of them where N is not given: a first search. Prints processor time of one
process, the pairs found and how many were to be found.
"""

import argparse
import time

import numpy as np
import numpy.typing as npt

from py_image_dedup.matching.candidates.by_hash import PDQ_VALUE_BYTES, RADIUS_BITS
from py_image_dedup.matching.candidates.hamming import CODE_BYTES
from py_image_dedup.matching.candidates.neighbours import neighbours

ONE_IN = 100


def library(pictures: int) -> tuple[list[bytes], int]:
    """The hashes of each picture, and how many have a copy among them: the last ones."""
    rng = np.random.default_rng(1)
    values = rng.integers(0, 256, (pictures, PDQ_VALUE_BYTES), np.uint8)
    copies = pictures // ONE_IN
    values[pictures - copies :, :CODE_BYTES] = changed(values[:copies, :CODE_BYTES], rng)
    return [value.tobytes() for value in values], copies


def changed(codes: npt.NDArray[np.uint8], rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Codes with up to `RADIUS_BITS` bits changed."""
    bits = np.unpackbits(codes, axis=1)
    for row in bits:
        row[rng.choice(bits.shape[1], rng.integers(0, RADIUS_BITS + 1), replace=False)] ^= 1
    return np.packbits(bits, axis=1)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", type=int)
    parser.add_argument("--new", type=int)
    wanted = parser.parse_args()
    hashes, copies = library(wanted.pictures)
    asked = wanted.new or wanted.pictures
    began_s = time.process_time()  # with making the index
    found = sum(1 for _ in neighbours(hashes, [True] * asked + [False] * (wanted.pictures - asked), RADIUS_BITS))
    spent_s = time.process_time() - began_s
    print(
        f"{wanted.pictures:,} pictures, {asked:,} of them new: {spent_s:.1f} s of processor time, "
        f"{spent_s / asked * 1000:.3f} ms each; {found:,} pairs of {min(copies, asked):,}"
    )


if __name__ == "__main__":
    main()
