"""Figures over lists of numbers."""
import statistics


def describe(numbers):
    """Count, mean, median, deviation and maximum as one line."""
    if not numbers:
        return "none"
    return (f"count {len(numbers):,}, mean {statistics.fmean(numbers):.2f}, median {statistics.median(numbers):g}, "
            f"deviation {statistics.pstdev(numbers):.2f}, most {max(numbers):,}")


def histogram(numbers, bounds):
    """How many numbers fall below each bound; the last row holds the rest."""
    rows, low = [], 0
    for high in bounds:
        rows.append((f"{low}-{high - 1}", sum(low <= n < high for n in numbers)))
        low = high
    rows.append((f"{low}-", sum(n >= low for n in numbers)))
    return rows
