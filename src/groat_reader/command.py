"""The command `groat-reader`."""

import argparse
import logging
import signal
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from groat_reader import pairing, pcsc, wire
from groat_reader.messages import Stop
from groat_reader.personalise import NotPersonalised, personalise
from groat_reader.program import ENDED, UNPAIRED, Program
from groat_reader.watch import plugged_in

FAILED = 1
NOT_INSTALLED = "pyscard is missing: install the program with `pip install groat[reader]`."
NO_SERVICE = (
    "The smart card service (PC/SC) does not run on this computer: on Debian and Ubuntu `apt-get install pcscd`, "
    "on Windows start the service “Smart Card”."
)


class CannotGoOn(Exception):
    """The message is one sentence that says what to do."""

    def __init__(self, sentence: str, *, status: int = FAILED) -> None:
        super().__init__(sentence)
        self.status = status


def main(arguments: list[str] | None = None) -> int:
    """Parse, do it, and say in one sentence why not. Returns the exit status; 3 is: this reader was unpaired."""
    asked = _parser().parse_args(arguments)
    _log(verbose=asked.verbose)
    try:
        if asked.pair:
            return _pair(asked)
        if asked.server:
            raise CannotGoOn("Say --pair CODE with --server, with a code from the till's settings.", status=2)
        return _personalise(asked) if asked.verb == "personalise" else _run(asked)
    except CannotGoOn as cannot:
        print(f"groat-reader: {cannot}", file=sys.stderr)
        return cannot.status
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="groat-reader",
        description="Carries taps on a USB card reader to a till of Groat's, and shows what the till answers.",
        epilog="Pair once with --server and --pair; afterwards groat-reader alone runs.",
    )
    parser.add_argument("--server", metavar="URL", help="the server's address, to pair with")
    parser.add_argument("--pair", metavar="CODE", help="pair with a till by the code that its settings show")
    parser.add_argument("--config", metavar="FILE", type=Path, help=f"where the pairing is kept (here: {_where()})")
    parser.add_argument("--reader", metavar="NAME", default="", help="a part of the name of the reader to use")
    parser.add_argument("--verbose", action="store_true", help="say more of what happens")
    parser.add_argument("--version", action="version", version=f"groat-reader {_version()}")
    verbs = parser.add_subparsers(dest="verb", metavar="")
    chips = verbs.add_parser("personalise", help="make blank NTAG 424 DNA chips into cards")
    chips.add_argument("--count", type=int, default=1, metavar="N", help="how many, one after the other")
    return parser


def _where() -> str:
    return str(pairing.default_path()).replace("%", "%%")


def _version() -> str:
    try:
        return version("groat")
    except PackageNotFoundError:  # run from a copied folder
        return "0"


def _log(*, verbose: bool) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%H:%M:%S"))
    logger = logging.getLogger("groat_reader")
    logger.handlers = [handler]
    logger.setLevel(logging.DEBUG if verbose else logging.INFO)


def _pair(asked: argparse.Namespace) -> int:
    if not asked.server:
        raise CannotGoOn("Say --server URL with --pair, with the address of the till's page.", status=2)
    path: Path = asked.config or pairing.default_path()
    server = _server(asked.server)
    try:
        answer = server.pair(code=asked.pair.strip().upper(), device=_device(asked.reader), version=_version())
        pairing.save(pairing.Pairing(server=server.address, **answer), path)
    except (wire.Refused, wire.Unpaired) as refusal:
        raise CannotGoOn(_why_not_paired(refusal)) from refusal
    except (wire.NotReached, wire.NoAnswer) as error:
        raise CannotGoOn(_unreached(server, error)) from error
    except pairing.Unusable as error:
        raise CannotGoOn(str(error)) from error
    print(f"Paired with {answer['till']}, {answer['programme']}. Start it with: groat-reader")
    return ENDED


def _why_not_paired(refusal: Exception) -> str:
    if isinstance(refusal, wire.Refused) and refusal.code == "reader_code_unknown":
        return "This code is wrong, used or expired: take a new one from the till's settings."
    return f"The server did not pair this reader: {str(refusal).rstrip('.') or 'it refused'}."


def _device(wanted: str) -> str:
    """What is plugged in, for the till's screen; nothing is an answer too."""
    try:
        service = pcsc.Service()
        try:
            chosen = plugged_in(service, wanted=wanted)
        finally:
            service.close()
    except pcsc.NotInstalled as error:
        raise CannotGoOn(NOT_INSTALLED) from error
    except pcsc.NoService:
        chosen = None
        print(f"groat-reader: {NO_SERVICE}", file=sys.stderr)
    else:
        if not chosen:
            print("groat-reader: No card reader is plugged in yet.", file=sys.stderr)
    return (chosen[1].label or chosen[0]) if chosen else ""


def _server(address: str, *, token: str = "") -> wire.Server:
    try:
        return wire.Server(address, token=token)
    except wire.BadAddress as error:
        raise CannotGoOn(str(error), status=2) from error


def _unreached(server: wire.Server, error: Exception) -> str:
    return f"{server.address} cannot be reached: {str(error).rstrip('.')}."


def _paired(asked: argparse.Namespace) -> tuple[pairing.Pairing, Path]:
    path: Path = asked.config or pairing.default_path()
    try:
        paired = pairing.load(path)
    except pairing.NotPaired as error:
        sentence = "This reader is not paired yet: groat-reader --server URL --pair CODE, with a code from the till."
        raise CannotGoOn(sentence) from error
    except pairing.Unusable as error:
        raise CannotGoOn(str(error)) from error
    if not pcsc.installed():
        raise CannotGoOn(NOT_INSTALLED)
    _server(paired.server)  # it may have been edited
    return paired, path


def _run(asked: argparse.Namespace) -> int:
    paired, path = _paired(asked)
    logging.getLogger(__name__).info("reader of %s, %s, at %s", paired.till, paired.programme, paired.server)
    program = Program(pairing=paired, outstanding=pairing.Outstanding(path), wanted=asked.reader)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: program.tell(Stop()))
    return program.run()


def _personalise(asked: argparse.Namespace) -> int:
    paired, _ = _paired(asked)
    server = _server(paired.server, token=paired.token)
    try:
        personalise(server=server, wanted=asked.reader, count=asked.count, say=print)
    except NotPersonalised as error:
        raise CannotGoOn(str(error)) from error
    except pcsc.NoService as error:
        raise CannotGoOn(NO_SERVICE) from error
    except wire.Refused as refusal:
        raise CannotGoOn(f"The chip was not personalised: {str(refusal).rstrip('.')}.") from refusal
    except (wire.NotReached, wire.NoAnswer) as error:
        raise CannotGoOn(_unreached(server, error)) from error
    except wire.Unpaired as error:
        sentence = "This reader was unpaired: pair it again with a new code from the till's settings."
        raise CannotGoOn(sentence, status=UNPAIRED) from error
    return ENDED
