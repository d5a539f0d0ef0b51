"""How the bank writes amounts of money."""

MONTHS_A_YEAR = 12


def in_euros(text):
    """`"12.5k"` is 12,500 euros, `"900"` is 900; a number stays what it is."""
    if not isinstance(text, str):
        return float(text)
    text = text.strip().replace(",", "")
    return float(text[:-1]) * 1000 if text.endswith("k") else float(text)
