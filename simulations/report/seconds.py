"""What the report says of the time that defenses take."""

import pandas as pd


def seconds_sentence(table: pd.DataFrame) -> str:
    """A client update with the defenses beside one without, as the one row of ``seconds.csv`` has them."""
    row = table.iloc[0]
    defended, plain = (f"{1e3 * row[name]:.2g}" for name in ("defended", "plain"))
    return (
        f"With {row['defense']} a client's update takes {defended} ms, without {plain} ms: {times(row)}. Measured in"
        f" turns on one core, {int(row['turns'])} times {int(row['rounds'])} rounds, the server's part included"
        f" ({row['clock']} seconds)."
    )


def times(row: "pd.Series[float]") -> str:
    """``1.2 times (1.1 to 1.4)``: the median and the range over the turns."""
    return f"{row['ratio']:.2g} times ({row['ratio_low']:.2g} to {row['ratio_high']:.2g})"
