"""Two small pictures for the documentation, drawn as SVG without any library: recall by kind, recall beside loss."""

from html import escape
from pathlib import Path

from labelled import Score

ROW, CELL, LEFT, TOP = 16, 88, 118, 76  # a cell is as wide as the longest word of a name
FONT = 'font-family="sans-serif" font-size="10"'


def _text(x: float, y: float, text: str, more: str = "") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" {FONT} {more}>{escape(text)}</text>'


def _colour(share: float) -> str:
    """From red over yellow to green."""
    red = 214 if share < 0.5 else round(214 - 160 * (share - 0.5) * 2)
    green = round(60 + 240 * share) if share < 0.5 else 180
    return f"rgb({red},{green},70)"


def recall_by_kind(scores: dict[str, Score], place: Path) -> None:
    """A table in colours: a row a kind, a column a program."""
    kinds = sorted(next(iter(scores.values())).copies)
    width, height = LEFT + CELL * len(scores) + 8, TOP + ROW * len(kinds) + 8
    parts = [_opening(width, height, "Recall by kind of change")]
    for column, (name, score) in enumerate(scores.items()):
        x = LEFT + CELL * column
        for line, words in enumerate(_lines(name)):
            parts.append(_text(x + 2, 14 + 12 * line, words))
        for row, kind in enumerate(kinds):
            share, y = score.found[kind] / max(1, score.copies[kind]), TOP + ROW * row
            parts.append(f'<rect x="{x}" y="{y}" width="{CELL - 2}" height="{ROW - 2}" fill="{_colour(share)}"/>')
            parts.append(_text(x + CELL / 2 - 1, y + 11, f"{share:.0%}", 'text-anchor="middle"'))
    parts += [_text(LEFT - 6, TOP + ROW * row + 11, kind, 'text-anchor="end"') for row, kind in enumerate(kinds)]
    place.write_text("\n".join([*parts, "</svg>", ""]), "utf-8")


def recall_beside_loss(scores: dict[str, Score], place: Path) -> None:
    """A bar a program: copies found; beside it the photographs that would be lost."""
    width, height = 620, 30 + 22 * len(scores)
    parts = [_opening(width, height, "Copies found, and photographs lost"), _text(236, 16, "copies found")]
    parts.append(_text(520, 16, "photographs lost"))
    for row, (name, score) in enumerate(scores.items()):
        y = 24 + 22 * row
        parts.append(_text(228, y + 13, name, 'text-anchor="end"'))
        parts.append(f'<rect x="236" y="{y}" width="{240 * score.recall:.0f}" height="17" fill="rgb(70,130,180)"/>')
        parts.append(_text(240 + 240 * score.recall, y + 13, f"{score.recall:.3f}"))
        parts.append(_text(520, y + 13, str(score.lost), f'fill="{"green" if score.lost == 0 else "rgb(190,30,30)"}"'))
    place.write_text("\n".join([*parts, "</svg>", ""]), "utf-8")


def _opening(width: float, height: float, title: str) -> str:
    size = f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}"'
    ground = '<rect width="100%" height="100%" fill="white"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>\n<title>{escape(title)}</title>\n{ground}'


def _lines(name: str) -> list[str]:
    lines = [""]
    for word in name.split():
        if len(lines[-1]) + len(word) > 10:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return [line for line in lines if line]
