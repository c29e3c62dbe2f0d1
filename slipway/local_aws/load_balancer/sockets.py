"""The sockets that listeners have, and why one can't be had."""

from __future__ import annotations

import logging
import socket

logger = logging.getLogger(__name__)


class ListenerRefusedError(Exception):
    """A listener can't be served; the message is the reason to show, on one line."""

    code = "InvalidConfigurationRequest"


class PortUnavailableError(ListenerRefusedError):
    """A listener can't have its port."""

    code = "DuplicateListener"


def listening_socket(place: tuple[str, int], *, only_redirects: bool) -> socket.socket:
    """Open the port of a listener.

    Parameters
    ----------
    place
        Address and port.
    only_redirects
        Whether all that it does is to send clients to another address. Where its port belongs to
        root, such a listener is at another port, which the log names: the redirect from port 80
        must not keep anybody from what it leads to.

    Raises
    ------
    PortUnavailableError
        Somebody has the port, or it belongs to root.
    """
    address, port = place
    try:
        return _opened(place)
    except PermissionError as error:
        if not only_redirects:
            raise PortUnavailableError(
                f"port {port} needs root on this machine: use a port above 1023 for the listener"
            ) from error
        elsewhere = _opened((address, 0))
        logger.warning(
            "port %s of %s needs root on this machine: what redirects there is at port %s",
            *(port, address, elsewhere.getsockname()[1]),
        )
        return elsewhere
    except OSError as error:
        raise PortUnavailableError(
            f"port {port} of {address} can't be opened ({error.strerror}): "
            f"stop what uses it, or choose another port for the listener"
        ) from error


def _opened(place: tuple[str, int]) -> socket.socket:
    listening = socket.create_server(place, backlog=256)
    # Accepted connections inherit it; asyncio sets it on sockets that it made itself only.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening
