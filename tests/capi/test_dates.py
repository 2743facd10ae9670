"""The C API of datetime: tests/capi/dates.c."""
import datetime
from datetime import date, time, timedelta, timezone

from _build import build, raises

build("dates.c")
import dates

utc = timezone.utc
assert dates.fields(date(2020, 2, 29)) == ("date", 2020, 2, 29)
when = datetime.datetime(1, 2, 3, 4, 5, 6, 7, utc, fold=1)
assert dates.fields(when) == ("datetime", 1, 2, 3, 4, 5, 6, 7, 1, utc)
assert dates.fields(datetime.datetime.max)[6:] == (59, 999999, 0, None)
assert dates.fields(time(23, 59, 58, 7)) == ("time", 23, 59, 58, 7, 0, None)
assert dates.fields(time(1, tzinfo=utc, fold=1)) == ("time", 1, 0, 0, 0, 1, utc)
assert dates.fields(timedelta(-1, 5, 6)) == ("delta", -1, 5, 6)
assert (dates.fields(utc) is True and dates.fields(datetime.tzinfo()) is False
        and dates.fields(5) is False)


class Derived(datetime.datetime):
    pass


assert dates.fields(Derived(2000, 1, 1))[:2] == ("derived", 2000)
half = timezone(timedelta(seconds=-1800), "half")
made = dates.make(Derived)
plain = datetime.datetime(2023, 2, 28, 1, 2, 3, 4)
assert made == (date(2023, 2, 28), plain, plain, time(5, 6, 7, 8), time(5, 6, 7, 8),
                timedelta(0, 3601, 1),
                timezone(timedelta(seconds=-1800)), date.fromtimestamp(86400),
                datetime.datetime(1999, 12, 31, 23, 59, 59, tzinfo=half), utc)
assert (made[2].fold == made[4].fold == 1 and made[1].fold == 0 and type(made[8]) is Derived
        and made[9] is utc)
assert made[8].tzname() == "half"
raises(ValueError, "day is out of range for month", dates.bad)
s = dates.Stamped(2021, 5, 6)
assert (s.twice() == 4042 and s == datetime.datetime(2021, 5, 6)
        and s.replace(year=2022).year == 2022)
assert isinstance(s + timedelta(1), dates.Stamped)
