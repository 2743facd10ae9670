"""An extension module that is built for CPython is not loaded, and the error says why."""
import os
import sys
import tempfile

ENDINGS = ".cpython-311-x86_64-linux-gnu.so", ".abi3.so"

with tempfile.TemporaryDirectory() as folder:
    package = os.path.join(folder, "spam_package")
    os.mkdir(package)
    open(os.path.join(package, "__init__.py"), "w").close()
    sys.path.insert(0, folder)
    for ending in ENDINGS:
        for name in "spam" + ending[1:4], "spam_package.eggs" + ending[1:4]:
            file = os.path.join(folder, *name.split(".")) + ending
            open(file, "wb").close()
            try:
                __import__(name)
            except ImportError as e:
                error = e
            if sys.implementation.name == "typhon":
                assert type(error) is ModuleNotFoundError and error.name == name
                assert str(error) == (f"No module named {name!r}: {file} is built for CPython, "
                                      "and must be rebuilt against Typhon's headers"), error
    try:
        import spam_package.nowhere
    except ModuleNotFoundError as e:
        assert str(e) == "No module named 'spam_package.nowhere'"
