"""Two pictures laid over each other and drawn side by side: where they overlap, and where they differ there."""

import cv2
import numpy as np
import numpy.typing as npt

from py_image_dedup.matching.orientation import applied

Picture = npt.NDArray[np.uint8]  # rows, columns, RGB
Affine = npt.NDArray[np.float64]  # 2 x 3

PANEL_SIDE = 800
GAP = 8
PAPER, OUTLINE = 235, (255, 64, 0)
# Differences of 64 levels and more are drawn as the largest.
DIFFERENCE_GAIN = 4.0
_SQUARE = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float64)
_STILL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


def drawn_png(left: Picture, right: Picture, orientation: int, transform: tuple[float, ...] | None) -> bytes:
    """Draw three panels: left, right laid over it, and the difference of their luma, dark where there is none.

    `orientation` (EXIF) brings right upright to left, `transform` then the unit square of right to that of left.
    """
    turned = np.ascontiguousarray(applied(right, orientation))
    panels = _Frame(left, turned, np.reshape(transform or _STILL, (2, 3))).panels()
    gap = np.full((panels[0].shape[0], GAP, 3), PAPER, np.uint8)
    whole = np.hstack([panels[0], gap, panels[1], gap, panels[2]])
    done, data = cv2.imencode(".png", whole[:, :, ::-1])
    if not done:
        raise ValueError("the picture cannot be encoded")
    return data.tobytes()


class _Frame:
    """The smallest upright frame that holds both pictures, in units of left."""

    def __init__(self, left: Picture, right: Picture, transform: Affine) -> None:
        self._left, self._right, self._transform = left, right, transform
        corners = np.vstack([_SQUARE, _moved(_SQUARE, transform)]) * _size(left)
        self._origin = corners.min(axis=0)
        extent = np.maximum(corners.max(axis=0) - self._origin, 1)
        self._scale = PANEL_SIDE / float(extent.max())
        width, height = np.maximum(np.ceil(extent * self._scale), 1).astype(int)
        self._shape = (int(width), int(height))

    def panels(self) -> tuple[Picture, Picture, Picture]:
        left = self._laid(self._left, np.eye(2, 3))
        right = self._laid(self._right, self._transform)
        overlap = self._overlap()
        difference = self._difference(left, right, overlap)
        for panel in (left, right):
            cv2.polylines(panel, [overlap], isClosed=True, color=OUTLINE, thickness=2, lineType=cv2.LINE_AA)
        return left, right, difference

    def _laid(self, picture: Picture, transform: Affine) -> Picture:
        """Warp a picture into the frame; `transform` brings its unit square to that of left."""
        corners = (_moved(_SQUARE[:3], transform) * _size(self._left) - self._origin) * self._scale
        pixels = (_SQUARE[:3] * _size(picture)).astype(np.float32)
        affine = cv2.getAffineTransform(pixels, corners.astype(np.float32))
        paper = (PAPER, PAPER, PAPER)
        return cv2.warpAffine(picture, affine, self._shape, flags=cv2.INTER_AREA, borderValue=paper).astype(np.uint8)

    def _overlap(self) -> npt.NDArray[np.int32]:
        """Give the corners of what both show, in pixels of the frame."""
        ours, theirs = (
            ((_moved(_SQUARE, t) * _size(self._left) - self._origin) * self._scale).astype(np.float32)
            for t in (np.eye(2, 3), self._transform)
        )
        _, shared = cv2.intersectConvexConvex(ours, theirs)
        return np.zeros((0, 1, 2), np.int32) if shared is None else np.rint(shared).astype(np.int32)

    def _difference(self, left: Picture, right: Picture, overlap: npt.NDArray[np.int32]) -> Picture:
        apart = cv2.absdiff(cv2.cvtColor(left, cv2.COLOR_RGB2GRAY), cv2.cvtColor(right, cv2.COLOR_RGB2GRAY))
        shown = np.clip(apart.astype(np.float32) * DIFFERENCE_GAIN, 0, 255).astype(np.uint8)
        heat = cv2.applyColorMap(shown, cv2.COLORMAP_INFERNO)[:, :, ::-1]
        inside = np.zeros(apart.shape, np.uint8)
        if len(overlap):
            cv2.fillConvexPoly(inside, overlap, 255)
        return np.where(inside[:, :, None] > 0, heat, np.uint8(PAPER)).astype(np.uint8)


def _moved(points: npt.NDArray[np.float64], transform: Affine) -> npt.NDArray[np.float64]:
    return np.asarray(points @ transform[:, :2].T + transform[:, 2])


def _size(picture: Picture) -> npt.NDArray[np.float64]:
    return np.array([picture.shape[1], picture.shape[0]], np.float64)
