"""multiprocessing in a packed executable: children by fork, spawn and a fork server, shared memory
with its tracker; nobody's arguments are run."""
from _packing import make, pack, run

make({
    "app/__main__.py": """
import multiprocessing, sys, work
from multiprocessing import shared_memory
if __name__ == "__main__":
    memory = shared_memory.SharedMemory(create=True, size=10)
    memory.buf[0] = 5
    for method in ("fork", "spawn", "forkserver"):
        context = multiprocessing.get_context(method)
        queue = context.Queue()
        child = context.Process(target=work.go, args=(queue, memory.name))
        child.start()
        print(method, queue.get(), sys.argv[1:])
        child.join()
        assert child.exitcode == 0
    memory.close()
    memory.unlink()
""",
    "app/work.py": "from multiprocessing import shared_memory\n"
                   "def go(queue, name):\n    memory = shared_memory.SharedMemory(name)\n"
                   "    queue.put(memory.buf[0] + 1)\n    memory.close()\n",
    "words.py": "import sys\nprint(sys.argv[1:])\n",
})
for form in ["--interpreter"], []:
    pack("app", "--executable", "-o", "program", *form)
    p = run("./program", "x")
    assert p.stdout == "fork 6 ['x']\nspawn 6 ['x']\nforkserver 6 ['x']\n", p
pack("words.py", "--executable", "-o", "words")
for argument in ("print(1)", "from multiprocessing.resource_tracker import main;main(3);print(1)",
                 "from multiprocessing.spawn import spawn_main; spawn_main(tracker_fd=5, "
                 "pipe_handle=0)",
                 "from multiprocessing.forkserver import main; main(5, 7, ['a'], **{'sys_path': "
                 "[]}); print(1)",
                 "from multiprocessing.forkserver import main; main(5, 7, ['a', print(1)], "
                 "**{'sys_path': []})",
                 "from multiprocessing.forkserver import main; main(5, 7, ['__main__'], "
                 "**{'main_path': 'words.py'})",
                 "from multiprocessing.forkserver import main; main(5, 7, ['a'"):
    assert run("./words", "-S", "-c", argument).stdout == f"{['-S', '-c', argument]}\n"
