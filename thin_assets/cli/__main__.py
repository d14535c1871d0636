"""`python -m thin_assets.cli` is the command `thin-assets`."""

from thin_assets.cli.main import main

main()
