"""What is said of coroutines that were never started, where their frame is cleared and where the
hook of warnings is broken."""
import gc
import sys
import warnings


async def work():
    pass


def messages(seen):
    return [str(w.message) for w in seen]


with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter("always")
    coroutine = work()
    coroutine.cr_frame.clear()
    assert messages(seen) == ["coroutine 'work' was never awaited"]
    coroutine.close()

hook, unraisable = warnings._warn_unawaited_coroutine, []
sys.unraisablehook = lambda args: unraisable.append(args.exc_type)
warnings._warn_unawaited_coroutine = lambda coroutine: 1 / 0
with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter("always")
    coroutine = work()
    coroutine = None
    gc.collect()
    assert messages(seen)[-1] == "coroutine 'work' was never awaited"
    assert unraisable == [ZeroDivisionError]
warnings._warn_unawaited_coroutine = hook
