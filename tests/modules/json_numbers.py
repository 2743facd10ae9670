"""Numbers and spaces in JSON: the reader in C gives what the one in Python gives."""
import json
import json.decoder
import json.scanner

NUMBERS = ("0", "-0", "5", "-5", "10", "00", "01", "-01", "1.", "1.5", "-1.5", "1e5", "1E+5", "1e",
           "1e+", "0.1", "0e1", "-", "--1",
           "1" * 16, "1" * 17, "1" * 18, "-" + "9" * 17, "9" * 19, "1" * 40, "1-", "1 2", "+1",
           ".5", "1x", "0x1")
slow_decoder = json.decoder.JSONDecoder()
slow_decoder.parse_object, slow_decoder.parse_string = (json.decoder.JSONObject,
                                                        json.decoder.py_scanstring)
slow_scan = json.scanner.py_make_scanner(slow_decoder)
slow_decoder.scan_once = slow_scan


def result(decode, text):
    try:
        return repr(decode(text))
    except json.JSONDecodeError as e:
        return str(e)


for number in NUMBERS:
    for form in ("%s", " %s ", "[%s]", "[%s,%s]", "[ %s , %s ]", '{"a":%s}',
                 '{"a" : %s , "b":  %s\n}', "[%s\t]", "\u0436%s", '["\u0436", %s]',
                 "[%s", "[1,%s", "  [%s]", "[\r\n  %s]", "[ ", "[%s, ", "[%s, ]", '{ "a": %s, }'):
        text = form.replace("%s", number)
        assert result(json.loads, text) == result(slow_decoder.decode, text), text
    for text in (number + " ", "[%s]" % number):
        own = json.JSONDecoder(parse_int=lambda digits: "int " + digits,
                               parse_float=lambda digits: "float " + digits)
        wanted = result(slow_decoder.decode, text)
        got = result(own.decode, text)
        assert ("int " in got or "float " in got) == (not wanted.startswith(("E", "I"))), (
            text, got, wanted)
assert (json.loads("[1" + "0" * 17 + "]") == [10**17] and type(json.loads("-0")) is int
        and str(json.loads("-0.0")) == "-0.0")
print("ok")
