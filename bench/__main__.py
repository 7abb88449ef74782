"""`python -m bench` measures everything (`--quick`: the main figures); `python -m bench one` a single scenario.

The exit status says whether the figures can be trusted: 0 when every answer was right and the books
are sound, whether or not the bars are met; 1 when not.
"""

import argparse
import signal
import sys

from bench import books, bringing, databases, measure, one, pgbench, places, report, reporting, runs, servers, taps


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="in three minutes: short runs, the main figures alone")
    commands = parser.add_subparsers(dest="command")
    one.add_arguments(commands.add_parser("one", help=one.__doc__))
    bringing.add_arguments(commands.add_parser("imports", help=bringing.__doc__))
    reporting.add_arguments(commands.add_parser("reports", help=reporting.__doc__))
    asked = parser.parse_args()
    # Whoever ends the bench ends all that it started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        if asked.command == "one":
            one.main(asked)
        elif asked.command == "imports":
            bringing.main(asked)
        elif asked.command == "reports":
            reporting.main(asked)
        else:
            measured = measure.measure(measure.QUICK if asked.quick else measure.FULL)
            report.write(measured)
            report.show(measured)
    except KeyboardInterrupt:
        return 130
    except (
        books.WrongBooks,
        databases.NotDurable,
        pgbench.Failed,
        places.CannotSeed,
        runs.WrongAnswers,
        servers.DidNotStart,
        servers.DiedUnderLoad,
        taps.CannotTap,
    ) as wrong:
        print(f"\n{type(wrong).__name__}: {wrong}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
