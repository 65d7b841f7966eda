"""Are the scans of a progressive JPEG what an encoder may write? Decoders forgive what no encoder does.

libjpeg tells of codes that do not exist and of bytes too few or too many. A progressive JPEG that is broken within a
scan mostly gives neither: runs of empty blocks take up what is missing, and a refining scan that is out of step makes
noise of the fine detail, which a smaller copy cannot contradict. But such a scan soon names a coefficient behind the
end of its band (ITU T.81, G.1.2.2 and G.1.2.3: a run ends within its band or is a run of empty blocks). And an encoder
ends with all coefficients at full precision: where scans are missing the file was cut off.

Of 1,800 damaged progressive copies 39 were broken visibly and without a word from libjpeg; 14 of them passed beside a
copy half as large, 12 of these are told here, and 2 are cut off. One second for 1 MB: to be asked of few.
"""

import struct
from dataclasses import dataclass, field
from typing import NamedTuple

PROGRESSIVE, HUFFMAN, RESTART, SCAN, END, FILLING = 0xC2, 0xC4, 0xDD, 0xDA, 0xD9, 0xFF
COEFFICIENTS = 64
# What is looked at: 2 to 3 s here, 15 s on a processor a fifth as fast (a comparison may take 60 s as shipped); a block
# takes 64 bytes.
LARGEST_BYTES, MOST_BLOCKS = 2 << 20, 1 << 19
CODE_BITS = 16
BEYOND = "a scan runs over the end of its blocks"
BREAKS_OFF = "a scan breaks off"
MISSING = "scans are missing at its end"
NOT_A_CODE = "a scan holds what is no code"

Table = list[int]
"""By the next 16 bits: length of the code << 8 | its symbol, 0 where it is none."""


class _Broken(Exception):
    """What no encoder writes."""


class _Band(NamedTuple):
    """What a scan says it brings: coefficients `first` to `last` of one component, down to bit `low`."""

    first: int
    last: int
    high: int
    low: int


@dataclass(slots=True)
class _Component:
    """Blocks in a scan of its own; for each coefficient of each block whether it is known not to be 0."""

    columns: int
    rows: int
    known: bytearray = field(init=False)
    open_bits: list[int] = field(default_factory=lambda: [CODE_BITS] * COEFFICIENTS)

    def __post_init__(self) -> None:
        self.known = bytearray(COEFFICIENTS * self.columns * self.rows)


def broken_scans(jpeg: bytes) -> str | None:
    """What is wrong with the scans of a progressive JPEG; None where nothing is, or for any other content."""
    if not jpeg.startswith(b"\xff\xd8") or len(jpeg) > LARGEST_BYTES:
        return None
    try:
        return _followed(jpeg)
    except _Broken as broken:
        return str(broken)
    except (struct.error, IndexError, KeyError, ValueError):
        return None  # the headers are no JPEG's: decoders tell


def _followed(jpeg: bytes) -> str | None:
    tables: dict[int, Table] = {}
    components: dict[int, _Component] = {}
    at = 2
    while at < len(jpeg) and jpeg[at + 1] != END:
        marker = jpeg[at + 1]
        if marker == FILLING:
            at += 1
            continue
        length = struct.unpack_from(">H", jpeg, at + 2)[0]
        segment, at = jpeg[at + 4 : at + 2 + length], at + 2 + length
        if marker == HUFFMAN:
            tables |= _tables(segment)
        elif marker == PROGRESSIVE:
            components = _components(segment)
        elif marker == SCAN:
            end = _end_of_scan(jpeg, at)
            _scan(segment, jpeg[at:end].replace(b"\xff\x00", b"\xff"), components, tables)
            at = end
        if (marker == RESTART and any(segment)) or (marker == SCAN and not components):
            return None
    return MISSING if any(any(component.open_bits) for component in components.values()) else None


def _tables(segment: bytes) -> dict[int, Table]:
    """The codes of a segment by class and number (T.81, C.2)."""
    tables, at = {}, 0
    while at < len(segment):
        counts, symbols = segment[at + 1 : at + 17], at + 17
        table: Table = []
        for length, count in enumerate(counts, 1):
            for symbol in segment[symbols : symbols + count]:
                table += [length << 8 | symbol] * (1 << CODE_BITS - length)
            symbols += count
        tables[segment[at]] = table + [0] * ((1 << CODE_BITS) - len(table))
        at = symbols
    return tables


def _components(segment: bytes) -> dict[int, _Component]:
    height, width, count = struct.unpack_from(">HHB", segment, 1)
    factors = {segment[at]: divmod(segment[at + 1], 16) for at in range(6, 6 + 3 * count, 3)}
    across, down = (max(factor[n] for factor in factors.values()) for n in (0, 1))
    blocks = {
        name: (_blocks(width * wide, across), _blocks(height * high, down)) for name, (wide, high) in factors.items()
    }
    if sum(columns * rows for columns, rows in blocks.values()) > MOST_BLOCKS:
        return {}
    return {name: _Component(*size) for name, size in blocks.items()}


def _blocks(samples: int, factor: int) -> int:
    return -(-samples // (8 * factor))


def _end_of_scan(jpeg: bytes, at: int) -> int:
    """Where the next marker stands; zeros are stuffed behind each 255 of the data."""
    while (at := jpeg.find(b"\xff", at)) >= 0 and jpeg[at + 1] == 0:
        at += 2
    return at if at >= 0 else len(jpeg)


def _scan(segment: bytes, data: bytes, components: dict[int, _Component], tables: dict[int, Table]) -> None:
    count = segment[0]
    first, last, bits = segment[1 + 2 * count : 4 + 2 * count]
    band = _Band(first, last, *divmod(bits, 16))
    for at in range(1, 1 + 2 * count, 2):
        component = components[segment[at]]
        component.open_bits[first : last + 1] = [band.low] * (last + 1 - first)
        if first:  # what holds means comes in another order, and comparing shows where that is broken
            follow = _refined if band.high else _first
            follow(data, tables[0x10 | segment[at + 1] % 16], component, band)


def _first(data: bytes, table: Table, component: _Component, band: _Band) -> None:
    """T.81, G.1.2.2: codes of a run of zeros and a size, or of a run of blocks."""
    known, (first, last, _, _) = component.known, band
    padded, end, bit, empty = data + b"\xff\xff\xff\xff", 8 * len(data), 0, 0
    for block in range(0, len(known), COEFFICIENTS):
        if empty:
            empty -= 1
            continue
        at = first
        while at <= last:
            run, size, bit = _code(padded, bit, end, table)
            if not size and run < 15:
                empty, bit = _run_of_blocks(padded, bit, run)
                break
            at += run
            if at > last:
                raise _Broken(BEYOND)
            known[block + at] = size > 0
            bit += size
            at += 1
    _ended(empty, bit, end)


def _refined(data: bytes, table: Table, component: _Component, band: _Band) -> None:
    """T.81, G.1.2.3: as in the first scan, but a run counts only what is 0 so far; the others get a bit each."""
    known, (first, last, _, _) = component.known, band
    padded, end, bit, empty = data + b"\xff\xff\xff\xff", 8 * len(data), 0, 0
    for block in range(0, len(known), COEFFICIENTS):
        at, behind = block + first, block + last + 1
        while not empty and at < behind:
            run, size, bit = _code(padded, bit, end, table)
            if not size and run < 15:
                empty, bit = _run_of_blocks(padded, bit, run)
                empty += 1
                break
            bit += size
            for _ in range(run):
                zero = known.find(0, at, behind)
                if zero < 0:
                    raise _Broken(BEYOND)
                bit, at = bit + zero - at, zero + 1
            zero = known.find(0, at, behind)
            if zero < 0 or size > 1:
                raise _Broken(BEYOND)
            bit, at = bit + zero - at, zero + 1
            known[zero] = size
        if empty:
            bit += known.count(1, at, behind)
            empty -= 1
    _ended(empty, bit, end)


def _code(padded: bytes, bit: int, end: int, table: Table) -> tuple[int, int, int]:
    """The run and the size that the next code stands for, and the bit behind it."""
    if bit >= end:
        raise _Broken(BREAKS_OFF)
    byte, within = divmod(bit, 8)
    ahead = padded[byte] << 16 | padded[byte + 1] << 8 | padded[byte + 2]
    found = table[ahead >> 8 - within & 0xFFFF]
    if not found:
        raise _Broken(NOT_A_CODE)
    return found >> 4 & 15, found & 15, bit + (found >> 8)


def _run_of_blocks(padded: bytes, bit: int, bits: int) -> tuple[int, int]:
    """How many empty blocks follow this one, and the bit behind their number."""
    byte, within = divmod(bit, 8)
    ahead = padded[byte] << 16 | padded[byte + 1] << 8 | padded[byte + 2]
    return (1 << bits) - 1 + ((ahead >> 8 - within & 0xFFFF) >> CODE_BITS - bits), bit + bits


def _ended(empty: int, bit: int, end: int) -> None:
    """No run goes on, and less than a byte is left over."""
    if empty:
        raise _Broken(BEYOND)
    if bit > end:
        raise _Broken(BREAKS_OFF)
    if end - bit >= 8:
        raise _Broken(BEYOND)
