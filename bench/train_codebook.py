"""Train the codebook of the local features, and measure what an index of their words finds.

    python bench/train_codebook.py [--train 200] [--seed 1]          measure: codebook of some photographs, others asked
    python bench/train_codebook.py --write                           train on all photographs and write the codebook

Trained on `shared/photos/imagenet-sample`: PCA of RootSIFT to 48 numbers, k-means of each half (256 centres), seeded,
so that the same photographs and versions give the same file. Measured: the share of altered copies of photographs that
were not trained on, whose original is among the first 20 pictures that share words with it.
"""

import argparse
import random
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
sys.path[:0] = [str(ROOT), str(SHARED / "bench")]

import make_set  # noqa: E402 - it lies beside the repository
from PIL import Image  # noqa: E402

from py_image_dedup.analysis.fingerprints import codebook as shipped_codebook  # noqa: E402
from py_image_dedup.analysis.fingerprints.codebook import CENTRES, HALVES, KEPT, Codebook  # noqa: E402
from py_image_dedup.analysis.fingerprints.local_features import local_features, mirrored  # noqa: E402
from py_image_dedup.matching.candidates.word_index import word_index  # noqa: E402

Values = npt.NDArray[np.float32]
ASKED = (
    "jpeg-q20,scale-25,grey,caption,logo,letterbox,frame,crop-90,crop-70,crop-50,rot90,mirror,tilt-5,stretch-15,blur"
)
FIRST = 20


def trained(descriptors: Values, seed: int) -> Codebook:
    """PCA, then k-means a half."""
    cv2.setRNGSeed(seed)
    mean = descriptors.mean(axis=0)
    _, vectors = np.linalg.eigh(np.cov((descriptors - mean).T))
    axes = vectors[:, ::-1][:, :KEPT].astype(np.float32)
    axes = axes[:, np.r_[0:KEPT:2, 1:KEPT:2]]  # both halves get strong and weak axes alike
    stop = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 25, 1e-4)
    centres = [
        cv2.kmeans(np.ascontiguousarray(half), CENTRES, None, stop, 1, cv2.KMEANS_PP_CENTERS)[2]
        for half in np.split((descriptors - mean) @ axes, HALVES, axis=1)
    ]
    return Codebook(mean.astype(np.float32), axes, np.stack(centres).astype(np.float32))


def grey(path: Path) -> npt.NDArray[np.uint8]:
    with Image.open(path) as image:
        return np.asarray(image.convert("L"))


def descriptors_of(paths: list[Path]) -> Values:
    """Of the pictures and of their mirror images."""
    found = np.concatenate([local_features(grey(path)).descriptors for path in paths])
    return np.concatenate([found, mirrored(found)])


def measured(book: Codebook, indexed: list[Path], asked: list[Path], seed: int) -> dict[str, tuple[int, int]]:
    """(found, asked) by kind; a mirrored copy is asked by the words of its mirrored descriptors as well."""
    numbers = [number.to_bytes(32, "big") for number in range(len(indexed))]
    index = word_index(numbers, [book.words(local_features(grey(p)).descriptors) for p in indexed])
    counts = defaultdict(list)
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as scratch:
        for number, path in enumerate(asked):
            with Image.open(path) as opened:
                image = opened.convert("RGB")
            for kind in ASKED.split(","):
                made = make_set.KINDS[kind](image, rng, Path(scratch) / f"{number}-{kind}")
                features = local_features(grey(made)).descriptors
                ways = index.best([book.words(way) for way in (features, mirrored(features))], FIRST)
                counts[kind].append(numbers[indexed.index(path)] in {picture for way in ways for picture, _ in way})
    return {kind: (sum(hits), len(hits)) for kind, hits in counts.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train", type=int, default=200)
    parser.add_argument("--asked", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true")
    wanted = parser.parse_args()
    paths = sorted((SHARED / "photos/imagenet-sample").iterdir())
    if wanted.write:
        trained(descriptors_of(paths), wanted.seed).saved(Path(shipped_codebook.__file__).with_name("codebook.f2"))
        return
    random.Random(wanted.seed).shuffle(paths)
    book, others = trained(descriptors_of(paths[: wanted.train]), wanted.seed), paths[wanted.train :]
    result = measured(book, paths, others[: wanted.asked], wanted.seed)
    for kind, (found, asked) in sorted(result.items(), key=lambda item: item[1][0] / item[1][1]):
        print(f"  {kind:12s} {found / asked:6.1%}  of {asked}")


if __name__ == "__main__":
    main()
