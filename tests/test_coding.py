"""The coders write what the probabilities say, and every message can be read back."""

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lossnb.book import coding

TEXT = coding.text_of_a_licence()


def laws(letters):
    """Probabilities, none smaller than the coder can represent."""
    weights = st.lists(st.integers(1, 1000), min_size=letters, max_size=letters)
    return weights.map(lambda w: np.array(w) / np.sum(w))


@settings(deadline=None)
@given(st.data())
def test_a_message_costs_its_surprise_and_two_words_at_most(draw):
    letters = draw.draw(st.integers(2, 20))
    q = draw.draw(laws(letters))
    symbols = np.array(
        draw.draw(st.lists(st.integers(0, letters - 1), min_size=1, max_size=300)), np.int32
    )
    over = coding.written_bits(symbols, q) - coding.ideal_bits(symbols, q)
    assert -1e-3 < over < 64
    each = np.broadcast_to(q, (len(symbols), letters)).copy()
    assert coding.written_bits(symbols, each) == coding.written_bits(symbols, q)


@given(laws(9))
def test_huffman_lengths_fill_the_tree_and_are_within_a_bit(q):
    lengths = coding.huffman_bits(q)
    assert sum(2.0**-lengths) == 1
    entropy = -(q * np.log2(q)).sum()
    assert entropy - 1e-12 <= q @ lengths < entropy + 1


def test_huffman_of_powers_of_a_half():
    assert coding.huffman_bits(np.array([1, 2, 4, 1]) / 8).tolist() == [3, 2, 1, 3]


def test_the_licence_is_the_canonical_one(monkeypatch):
    assert len(TEXT) == 35_149
    assert bytes(TEXT.tolist()).split()[:3] == [b"GNU", b"GENERAL", b"PUBLIC"]
    monkeypatch.setattr(coding, "GPL3", hashlib.sha256(b"another").hexdigest())
    with pytest.raises(ValueError, match="not the canonical text"):
        coding.text_of_a_licence()


@pytest.mark.parametrize("order", [-1, 0, 2])
def test_predictions_are_distributions_of_the_past_only(order):
    text = TEXT[:400]
    q = coding.predictions(text, order)
    assert np.allclose(q.sum(1), 1, rtol=0, atol=1e-12)
    assert q.min() >= 1 / 256**2
    changed = text.copy()
    changed[200:] = 7
    assert np.array_equal(coding.predictions(changed, order)[:201], q[:201])


def test_predictions_by_hand():
    q = coding.predictions(np.array([5, 5, 6], np.int32), 0)
    uniform = 1 / 256
    assert q[0, 5] == pytest.approx(uniform)
    seen_once = (1 + uniform) / 2
    assert q[1, 5] == pytest.approx(seen_once * 255 / 256 + uniform / 256)
    seen_twice = (2 + uniform) / 3
    assert q[2, 5] == pytest.approx(seen_twice * 255 / 256 + uniform / 256)


def test_a_reader_who_learns_along_reads_the_message():
    """The probabilities need not be sent: they follow from what was read before."""
    from constriction import stream

    text = TEXT[:300]
    law = stream.model.Categorical(perfect=False)
    encoder = stream.queue.RangeEncoder()
    encoder.encode(text, law, coding.predictions(text, 2))
    decoder = stream.queue.RangeDecoder(encoder.get_compressed())
    read = np.zeros(0, np.int32)
    for _ in range(len(text)):
        q = coding.predictions(np.append(read, np.int32(0)), 2)[-1:]
        read = np.append(read, decoder.decode(law, q)[0]).astype(np.int32)
    assert np.array_equal(read, text)


def test_byte_pairs_by_hand():
    text = np.frombuffer(b"abababcab", np.uint8).astype(np.int32)
    pairs = coding.byte_pairs(text, 2)
    assert pairs == [(97, 98), (256, 256)]
    assert coding.tokens(text, pairs).tolist() == [257, 256, 99, 256]


@settings(deadline=None)
@given(st.binary(min_size=1, max_size=80), st.integers(0, 10))
def test_tokens_spell_the_text(raw, merges):
    text = np.frombuffer(raw, np.uint8).astype(np.int32)
    pairs = coding.byte_pairs(TEXT[:500], merges)

    def spell(token):
        if token < 256:
            return [token]
        left, right = pairs[token - 256]
        return spell(left) + spell(right)

    joined = coding.tokens(text, pairs)
    assert [byte for token in joined.tolist() for byte in spell(token)] == text.tolist()
