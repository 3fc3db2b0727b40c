"""How far every loss is from the truth, in ULP: `python -m tests.accuracy` for the whole sweep."""
