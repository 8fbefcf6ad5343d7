"""``python -m tianqu`` is ``tianqu``."""

from tianqu.project.cli import main

main()
