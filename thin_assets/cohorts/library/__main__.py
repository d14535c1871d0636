"""Write the library: `python -m thin_assets.cohorts.library`; with `--check` only say what is stale."""

import argparse
import sys

from thin_assets.cohorts.library.write import stale, write


def main(arguments: list[str] | None = None) -> None:
    """Command line of the module. Exits with 1 when `--check` finds a stale file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 when a file is stale")
    if not parser.parse_args(arguments).check:
        write()
    elif found := stale():
        sys.exit(f"stale: {', '.join(found)}; run `python -m thin_assets.cohorts.library`")


if __name__ == "__main__":
    main()
