"""Who sees a TensorBoard: whoever has its token. TensorBoard itself has no login.

A port of 127.0.0.1 is open to every user of this machine, and to any page on the web whose name
is made to point there (DNS rebinding). The token stands in the address that is printed; from then
on the browser has it as a cookie. Jupyter's proxy sends that cookie for those who are logged in
there, and starts this module: `python -m utils.jupyter.guard LOGDIR PORT`.
Knows no run. What TensorBoard's own data server answers isn't behind this.
"""

import hmac
import os
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from werkzeug import Request, Response
from werkzeug.http import dump_cookie

from utils.files import HOST

__all__ = ["TOKEN", "Guard", "board", "cookie_name"]

TOKEN = "COURSE_TENSORBOARD_TOKEN"  # the variable that hands the token to a process
REFUSED = (
    "This TensorBoard opens only by the address, with its token, that `course tensorboard` prints."
)
# Any port: a tunnel may end at another one. The name is what a page from outside can't have.
_HERE = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d+)?", re.IGNORECASE | re.ASCII)


def cookie_name(port: int | str) -> str:
    """Return the name of the cookie that holds the token: all ports of a host share cookies."""
    return f"tensorboard_{port}"


class Guard:
    """A WSGI application in front of another: it answers 403 to those without the token.

    any_host: whether the name that the browser asks for may be another than this machine's own,
        as behind a JupyterHub.
    """

    def __init__(self, app: Any, token: str, port: int, any_host: bool = False) -> None:
        self.app, self.token, self.any_host = app, token, any_host
        self.cookie = cookie_name(port)

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        request = Request(environ)
        by_address = self._is_right(request.args.get("token", ""))
        known = by_address or self._is_right(request.cookies.get(self.cookie, ""))
        here = self.any_host or _HERE.fullmatch(environ.get("HTTP_HOST", ""))
        if not (known and here):
            refused = Response(f"{REFUSED}\n", 403, {"Cache-Control": "no-store"})
            return refused(environ, start)
        return self.app(environ, self._with_cookie(start) if by_address else start)

    def _is_right(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(errors="replace"), self.token.encode())

    def _with_cookie(self, start: Callable[..., Any]) -> Callable[..., Any]:
        """Have the answer set the cookie, for this address's folder: a hub has other users' too."""
        cookie = dump_cookie(self.cookie, self.token, path=None, httponly=True, samesite="Strict")

        def start_with_cookie(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            return start(status, [*headers, ("Set-Cookie", cookie)], *rest)

        return start_with_cookie


def board(logdir: Path, port: int, token: str, any_host: bool = False) -> Any:
    """Return a `tensorboard.program.TensorBoard` on 127.0.0.1 that answers behind a `Guard`.

    Its `launch()` or `main()` serves runs by the names of `utils.jupyter.run_names`.
    """
    from tensorboard import assets, default, program

    from utils.jupyter.board_data import NamedRuns
    from utils.jupyter.board_page import page_of

    class Board(program.TensorBoard):
        def _make_data_provider(self) -> tuple[Any, Any]:
            whole, multiplexer = super()._make_data_provider()
            return NamedRuns(whole), multiplexer

    def server(wsgi_app: Any, flags: Any) -> Any:
        return program.WerkzeugServer(Guard(wsgi_app, token, port, any_host), flags)

    page = page_of(assets.get_default_assets_zip_provider())
    made = Board(default.get_plugins(), page, server_class=server)
    made.configure(logdir=str(logdir), host=HOST, port=port)
    return made


if __name__ == "__main__":
    sys.exit(board(Path(sys.argv[1]), int(sys.argv[2]), os.environ.pop(TOKEN)).main())
