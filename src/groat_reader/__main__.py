"""`python -m groat_reader` is `groat-reader`."""

import sys

from groat_reader.command import main

sys.exit(main())
