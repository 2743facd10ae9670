"""datetime in C: values, ISO texts, time zones and pickles that programs rely on."""
import copy
import os
import pickle
import time
import unittest
from datetime import MAXYEAR, UTC, date, datetime, time as clock, timedelta, timezone, tzinfo


class DeltaTest(unittest.TestCase):
    def test_normal_form(self):
        delta = timedelta(weeks=1, days=-8, seconds=1.5, microseconds=0.5)
        self.assertEqual((delta.days, delta.seconds, delta.microseconds), (-1, 1, 500000))
        self.assertEqual(repr(delta), "datetime.timedelta(days=-1, seconds=1, microseconds=500000)")
        self.assertEqual(str(-delta), "23:59:58.500000")

    def test_arithmetic_rounds_half_to_even(self):
        us = timedelta(microseconds=1)
        self.assertEqual([us * n / 2 for n in (1, 3, 5, -1)], [us * n for n in (0, 2, 2, 0)])
        self.assertEqual(timedelta(days=1) * 0.1, timedelta(seconds=8640))
        self.assertEqual(divmod(timedelta(1), timedelta(hours=-7)), (-4, timedelta(hours=-4)))
        self.assertEqual(timedelta.max // timedelta.resolution, 86399999999999999999)
        self.assertEqual(timedelta.max.total_seconds(), 86399999999999.999999)

    def test_limits(self):
        self.assertRaises(OverflowError, timedelta, 10**9)
        self.assertRaises(OverflowError, timedelta, 1e300)
        self.assertRaises(OverflowError, lambda: timedelta.max + timedelta.resolution)
        self.assertRaises(ZeroDivisionError, lambda: timedelta(1) / 0)


class DateTest(unittest.TestCase):
    def test_calendar(self):
        self.assertEqual(date(2000, 2, 29) + timedelta(366), date(2001, 3, 1))
        self.assertEqual(date.fromordinal(730_000).toordinal(), 730_000)
        self.assertEqual(tuple(date(2021, 1, 1).isocalendar()), (2020, 53, 5))
        self.assertEqual(date.fromisocalendar(2020, 53, 5), date(2021, 1, 1))
        for fields in (0, 1, 1), (1, 13, 1), (1, 2, 29), (MAXYEAR + 1, 1, 1):
            self.assertRaises(ValueError, date, *fields)

    def test_subclass_results(self):
        class Mine(date):
            pass

        self.assertIs(type(Mine(2000, 1, 1) + timedelta(1)), Mine)
        self.assertIs(type(Mine.fromisoformat("20000101")), Mine)


class MomentTest(unittest.TestCase):
    def test_iso_texts(self):
        moment = datetime(2020, 1, 2, 3, 4, 5, 600000)
        for text in ("2020-01-02T03:04:05.6", "20200102T030405,6", "2020-W01-4 03:04:05.600000",
                     "2020W014é030405.6"):
            self.assertEqual(datetime.fromisoformat(text), moment, text)
        self.assertEqual(datetime.fromisoformat("2020-01-02T03:04Z").tzinfo, UTC)
        self.assertEqual(datetime.fromisoformat("2020-01-02T03-01:30").utcoffset(),
                         timedelta(minutes=-90))
        for text in ("", "2020", "2020-01-02T", "2020-01-02T3", "2020-01-02T03:0405", "2020-1-2",
                     "\ud800"):
            self.assertRaises(ValueError, datetime.fromisoformat, text)

    def test_comparison_across_zones(self):
        east = timezone(timedelta(hours=2), "east")
        noon = datetime(2020, 1, 1, 12, tzinfo=UTC)
        self.assertEqual(noon, noon.astimezone(east))
        self.assertEqual(hash(noon), hash(noon.astimezone(east)))
        self.assertEqual(str(noon.astimezone(east)), "2020-01-01 14:00:00+02:00")
        self.assertNotEqual(noon, noon.replace(tzinfo=None))
        self.assertRaises(TypeError, lambda: noon < noon.replace(tzinfo=None))
        self.assertRaises(TypeError, lambda: noon < noon.date())

    def test_zone_in_python(self):
        class Zone(tzinfo):
            def utcoffset(self, dt):
                return timedelta(hours=1) + self.dst(dt)

            def dst(self, dt):
                return timedelta(hours=dt is not None and 4 <= dt.month <= 9)

            def tzname(self, dt):
                return "%Z"

        zone = Zone()
        summer = datetime(2020, 7, 1, 12, tzinfo=UTC).astimezone(zone)
        self.assertEqual(summer.strftime("%H %z %Z %f"), "14 +0200 %Z 000000")
        self.assertEqual(summer.timetuple().tm_isdst, 1)
        self.assertEqual(summer.replace(month=1).astimezone(UTC).hour, 13)

    def test_local_time_has_folds_and_gaps(self):
        old = os.environ.get("TZ")
        os.environ["TZ"] = "CET-1CEST,M3.5.0,M10.5.0/3"
        time.tzset()
        try:
            for stamp in 1603584000 + 1800, 1603587600 + 1800: # 02:30 twice
                moment = datetime.fromtimestamp(stamp)
                self.assertEqual((moment.hour, moment.minute), (2, 30))
                self.assertEqual(moment.fold, stamp > 1603587600)
                self.assertEqual(moment.timestamp(), stamp)
            gap = datetime(2020, 3, 29, 2, 30)
            self.assertEqual(gap.timestamp() - gap.replace(fold=1).timestamp(), 3600)
        finally:
            if old is None:
                del os.environ["TZ"]
            else:
                os.environ["TZ"] = old
            time.tzset()

    def test_range_of_timestamps(self):
        self.assertRaises(OverflowError, datetime.fromtimestamp, 1e30)
        self.assertRaises(ValueError, datetime.fromtimestamp, 1e15)
        self.assertRaises(ValueError, datetime.fromtimestamp, float("nan"))
        self.assertRaises(OverflowError, lambda: datetime.max + timedelta.resolution)


class PickleTest(unittest.TestCase):
    def test_round_trip(self):
        zone = timezone(timedelta(minutes=5), "five")
        for value in (date(1, 2, 3), datetime(1, 2, 3, 4, 5, 6, 7, zone, fold=1),
                      clock(1, 2, 3, 4, fold=1),
                      timedelta(-1, 2, 3), zone, UTC):
            for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
                again = pickle.loads(pickle.dumps(value, protocol))
                self.assertEqual(again, value)
                self.assertIs(type(again), type(value))
            self.assertEqual(copy.deepcopy(value), value)
        self.assertEqual(pickle.loads(pickle.dumps(clock(1, fold=1))).fold, 1)

    def test_state_of_python_2(self):
        self.assertEqual(date("\x07\xe4\x01\x02"), date(2020, 1, 2))
        with self.assertRaisesRegex(ValueError, "encoding='latin1'"):
            date("\u1234\x00\x01\x02")


if __name__ == "__main__":
    unittest.main()
