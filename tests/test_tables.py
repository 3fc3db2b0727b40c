"""Tables: the same cells as HTML and as text."""

import pytest

from lossnb.book.tables import table


def test_numbers_text_and_minus():
    shown = table(["fit", "slope", "ok"], {"a < b": [-1.234, "yes"], "c": [0.0, "no"]})
    assert repr(shown) == "fit    slope   ok\na < b  −1.23  yes\nc       0.00   no"
    page = shown._repr_html_()
    assert "<th scope=\"row\">a &lt; b</th><td>−1.23</td><td>yes</td>" in page
    assert page.count("<tr>") == 3


def test_no_negative_zero():
    assert "−" not in repr(table(["x", "v"], {"a": [-0.0001]}))


def test_whole_numbers_and_truth_values_stay_what_they_are():
    assert repr(table(["x", "n", "b"], {"a": [3, True]})).endswith("a  3  yes")


def test_a_short_row_is_named():
    with pytest.raises(ValueError, match="row 'a' has 1 cells for 2 columns"):
        table(["x", "v", "w"], {"a": [1.0]})
