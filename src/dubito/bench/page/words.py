"""Numbers as a reader wants them."""

import math
from collections.abc import Sequence

NOT_KNOWN = "n/a"
SPACE = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"


def number(value: float, digits: int = 2) -> str:
    """A fixed number of digits; n/a for NaN."""
    if math.isnan(value):
        return NOT_KNOWN
    if math.isinf(value):
        return MINUS * (value < 0) + "∞"
    told = f"{value:.{digits}f}"
    rounded_away = not float(told)
    return told.removeprefix("-") if rounded_away else told.replace("-", MINUS)


def percent(share: float) -> str:
    """A share in percent, whole unless it would look like none or all of it; n/a for NaN."""
    if math.isnan(share):
        return NOT_KNOWN
    digits = 1 if 0 < share < 0.01 or 0.99 < share < 1 else 0
    return f"{number(100 * share, digits)}{SPACE}%"


def seconds(value: float) -> str:
    """A stretch of time: milliseconds, seconds or minutes."""
    if math.isnan(value):
        return NOT_KNOWN
    if value < 0.95:
        return f"{1000 * value:.0f}{SPACE}ms"
    if value < 9.95:
        return f"{value:.1f}{SPACE}s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes}{SPACE}min {rest}{SPACE}s" if minutes else f"{rest}{SPACE}s"


def counted(n: int, thing: str) -> str:
    """ "1 question", "2 questions"."""
    return f"{n:,}".replace(",", SPACE) + f"{SPACE}{thing}" + "s" * (n != 1)


def listed(names: Sequence[str], *, at_most: int = 6, last: str = "and") -> str:
    """ "a, b and c"; with "and 4 more" where there are too many."""
    shown = list(names[:at_most])
    if len(names) > at_most:
        shown.append(f"{len(names) - at_most} more")
    if len(shown) < 2:
        return "".join(shown)
    return f"{', '.join(shown[:-1])} {last} {shown[-1]}"
