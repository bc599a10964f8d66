"""``python -m boathouse``: the command line."""

import sys

from boathouse.cli import main

sys.exit(main())
