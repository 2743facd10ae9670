import sys

from typhon.pack import main

sys.exit(main())
