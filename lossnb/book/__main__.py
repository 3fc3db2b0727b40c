"""The commands of an author: ``python -m lossnb.book {check,run,list,mutants} …``."""

from __future__ import annotations

import argparse
import sys


def main(arguments: list[str] | None = None) -> int:
    """Dispatch to the module that does the work, importing only that one."""
    parser = argparse.ArgumentParser(prog="python -m lossnb.book", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check", help="check equations, numbers, claims; executes nothing")
    check.add_argument("page", nargs="*", help="pages as in _toc.yml; all if none is named")
    run = commands.add_parser("run", help="execute notebooks in place and clean their metadata")
    run.add_argument("page", nargs="*", help="notebooks as in _toc.yml; all if none is named")
    mutants = commands.add_parser("mutants", help="break every checked equation and see it caught")
    mutants.add_argument("rest", nargs=argparse.REMAINDER)
    listing = commands.add_parser("list", help="the pages in the order of the book")
    listing.add_argument("--notebooks", action="store_true", help="notebooks only")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.command == "check":
            from lossnb.book.check import main as run_check

            return run_check(chosen.page)
        if chosen.command == "list":
            from lossnb.book import pages

            for path in pages.notebooks() if chosen.notebooks else pages.all_pages():
                print(pages.shown(path))
            return 0
        if chosen.command == "run":
            from lossnb.book.execute import main as run_notebooks

            return run_notebooks(chosen.page)
        from lossnb.book.mutants import main as run_mutants

        return run_mutants(chosen.rest)
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
