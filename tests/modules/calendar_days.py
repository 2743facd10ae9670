"""Days and their ordinals, both ways, over whole cycles of the calendar and at its ends."""
import datetime

date, day = datetime.date, datetime.timedelta(1)


def leap(year):
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


ordinal = 0
for year in [*range(1, 402), *range(1890, 2110), *range(9598, 10000)]:
    if year in (1890, 9598):
        ordinal = date(year, 1, 1).toordinal() - 1
        y = year - 1
        assert ordinal == 365 * y + y // 4 - y // 100 + y // 400
    for month in range(1, 13):
        days = 30 + (month in (1, 3, 5, 7, 8, 10, 12)) if month != 2 else 28 + leap(year)
        for d in (1, 2, 27, days - 1, days):
            assert date.fromordinal(ordinal + d).timetuple()[:3] == (year, month, d)
            assert date(year, month, d).toordinal() == ordinal + d
        try:
            date(year, month, days + 1)
        except ValueError as e:
            assert str(e) == "day is out of range for month"
        else:
            raise AssertionError(year, month)
        ordinal += days
        if (year, month) != (9999, 12):
            assert date.fromordinal(ordinal) + day == date.fromordinal(ordinal + 1)
assert date.fromordinal(ordinal) == date.max and date.fromordinal(1) == date.min
for bad in 0, -1, ordinal + 1, 2**31 - 1, -2**31:
    try:
        date.fromordinal(bad)
    except ValueError:
        pass
    else:
        raise AssertionError(bad)
