"""What futures and tasks report when they end without having been looked at."""
import asyncio
import gc

reports = []


def collect():
    for _ in range(3):
        gc.collect()


async def failing():
    raise ValueError(1)


class OwnTask(asyncio.Task):
    pass


class OwnFuture(asyncio.Future):
    ended = 0

    def __del__(self):
        OwnFuture.ended += 1


def make(loop, how):
    """Makes what `how` says in a frame that is left, so that nothing refers to it afterwards."""
    f = loop.create_future()
    how(f)


async def forever(f):
    await f


def run(loop, coro):
    loop.run_until_complete(coro)


def expect(what, n, text=None):
    collect()
    assert len(reports) == n, (what, reports)
    if text:
        assert text in reports[0]["message"], (what, reports)
    reports.clear()


def retrieved(f):
    f.set_exception(KeyError(1))
    try:
        f.result()
    except KeyError:
        pass


def looked_at(f):
    f.set_exception(KeyError(1))
    assert type(f.exception()) is KeyError


def told_not_to_log(f):
    f.set_exception(KeyError(1))
    assert f._log_traceback is True
    f._log_traceback = False


async def lost_task(cls):
    task = cls(failing(), loop=asyncio.get_running_loop())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert task.done()


async def task_looked_at():
    task = asyncio.create_task(failing())
    try:
        await task
    except ValueError:
        pass


async def cancelled_after_the_end():
    task = asyncio.create_task(failing())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not task.cancel()


def pending_task(loop, log):
    task = loop.create_task(forever(loop.create_future()))
    task._log_destroy_pending = log
    loop.run_until_complete(asyncio.sleep(0))


def main():
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda loop, context: reports.append(context))
    make(loop, lambda f: None)
    expect("pending future", 0)
    make(loop, lambda f: f.set_result(1))
    expect("result", 0)
    make(loop, lambda f: f.cancel())
    expect("cancelled", 0)
    make(loop, lambda f: f.set_exception(KeyError(1)))
    expect("exception", 1, "Future exception was never retrieved")
    make(loop, retrieved)
    expect("retrieved", 0)
    make(loop, looked_at)
    expect("looked at", 0)
    make(loop, told_not_to_log)
    expect("told not to log", 0)
    run(loop, lost_task(asyncio.Task))
    expect("lost task", 1, "Task exception was never retrieved")
    run(loop, lost_task(OwnTask))
    expect("lost task of a subclass", 1, "OwnTask exception was never retrieved")
    run(loop, task_looked_at())
    expect("task looked at", 0)
    run(loop, cancelled_after_the_end())
    expect("cancelled after the end", 0)
    pending_task(loop, True)
    expect("pending task", 1, "Task was destroyed but it is pending!")
    pending_task(loop, False)
    expect("pending task that may be destroyed", 0)
    for outcome in (lambda f: None, lambda f: f.set_result(1), lambda f: f.cancel()):
        before = OwnFuture.ended

        def own():
            outcome(OwnFuture(loop=loop))

        own()
        collect()
        assert OwnFuture.ended == before + 1
    loop.close()


main()
