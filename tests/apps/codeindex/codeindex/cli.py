"""The main function: options, scan, work, merge, report."""
import sys
import time

from . import options
from .errors import CodeIndexError
from .index.merge import merge
from .report.render import Report
from .scan.walk import source_files
from .work.pool import Pool


def run(opts, out):
    """Index opts.root and write the report to `out`; returns the merged index."""
    files = source_files(opts.root, opts.excluded)
    if opts.limit:
        files = files[:opts.limit]
    partials = Pool(opts.threads).run(files)
    index = merge(partials)
    Report(index, opts.top).write(out)
    return index


def main(argv):
    start = time.perf_counter()
    try:
        opts = options.parse(argv)
        run(opts, sys.stdout)
    except CodeIndexError as e:
        print(f"codeindex: {e}", file=sys.stderr)
        return e.exit_code
    except BrokenPipeError:
        return 1
    if opts.show_time:
        sys.stdout.flush()
        print(f"elapsed {time.perf_counter() - start:.3f} s", file=sys.stderr)
    return 0
