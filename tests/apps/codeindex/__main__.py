"""Start of the application when its folder or archive is run."""
import sys

from codeindex.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
