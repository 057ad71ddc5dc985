"""python -m pipeline is qingxi."""

from pipeline.cli import main

main()
