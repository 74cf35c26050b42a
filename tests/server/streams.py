"""Random streams of frames, as clients send them and as they must not."""

import random
import struct

from tests.server.raw import masked

_LETTERS = "abc 발음이 좋아졌어요 é\u0000\U0001f600"
_SIZES = (0, 1, 2, 5, 60, 124, 125, 126, 127, 200, 3000)


def stream(chance: random.Random, frames: int, *, valid_text: bool) -> bytes:
    """Make the bytes of about `frames` frames; broken ones are rare, so that most streams go on."""
    return b"".join(_piece(chance, valid_text) for _ in range(frames))


def pieces(chance: random.Random, data: bytes) -> list[bytes]:
    """Cut at random borders, sometimes byte by byte."""
    cuts, at = [], 0
    longest = chance.choice((1, 7, 100, 2000, 65_536)) if len(data) < 10_000 else 20_000
    while at < len(data):
        size = chance.randint(1, longest)
        cuts.append(data[at : at + size])
        at += size
    return cuts


def _piece(chance: random.Random, valid_text: bool) -> bytes:
    usual = chance.random()
    if usual < 0.01:
        return chance.choice(_BROKEN)(chance)
    if usual < 0.05 and not valid_text:
        return masked(_broken_text(chance))
    return chance.choices(_USUAL, _WEIGHTS)[0](chance)


def _text(chance: random.Random) -> bytes:
    return "".join(chance.choices(_LETTERS, k=chance.choice(_SIZES))).encode()


def _broken_text(chance: random.Random) -> bytes:
    return _text(chance) + chance.choice((b"\xff", b"\xed\xa0\x80", "발".encode()[:2])) + b"z"


def _fragments(chance: random.Random) -> bytes:
    opcode, parts = chance.choice((1, 2)), chance.randint(2, 4)
    whole = _text(chance)
    cut = [whole[at::parts] if opcode == 2 else b"fragment " for at in range(parts)]
    frames = []
    for at, part in enumerate(cut):
        frames.append(masked(part, opcode if at == 0 else 0, final=at == parts - 1))
        if chance.random() < 0.3:
            frames.append(masked(b"between", 9))
    return b"".join(frames)


def _close(chance: random.Random) -> bytes:
    code = chance.choice((1000, 1001, 1005, 3000, 4999, 5000, 999))
    return masked(struct.pack("!H", code) + chance.choice((b"", b"bye", b"\xff")), 8)


_BROKEN = (
    _close,
    lambda chance: masked(b"", 8),
    lambda chance: masked(b"x", 8),
    lambda chance: b"\x81\x02hi",  # not masked
    lambda chance: bytes([0xC1]) + masked(b"x")[1:],  # a reserved bit
    lambda chance: masked(b"x", 3),  # a reserved opcode
    lambda chance: masked(b"x", 0),  # a continuation of nothing
    lambda chance: masked(b"x", 1, final=False) + masked(b"x", 1),  # a text inside a text
    lambda chance: b"\x81\xfe\x00\x05" + bytes(4) + b"short",  # a length not in its shortest form
    lambda chance: b"\x81\xff" + (200).to_bytes(8, "big") + bytes(204),
    lambda chance: b"\x81\xff" + (2**63 + 1).to_bytes(8, "big") + bytes(4),
    lambda chance: masked(b"z" * 65_537),
    lambda chance: masked(b"p" * 126, 9),
    lambda chance: masked(b"p" * 126, 10),
)

_USUAL = (
    lambda chance: masked(_text(chance)),
    lambda chance: masked(chance.randbytes(chance.choice(_SIZES)), 2),
    lambda chance: masked(chance.randbytes(chance.randint(0, 125)), 9),
    lambda chance: masked(chance.randbytes(chance.randint(0, 125)), 10),
    lambda chance: masked(b"y" * chance.choice((65_535, 65_536))),
    _fragments,
)
_WEIGHTS = (66, 10, 6, 6, 1, 11)
