"""TLS of HTTPS listeners: it follows policy and certificate while connections stay open."""

from __future__ import annotations

import logging
import ssl

from slipway.local_aws.load_balancer.certificates import Certificates, UnusableCertificateError
from slipway.local_aws.load_balancer.routing import Listener
from slipway.local_aws.load_balancer.security_policies import minimum_version

logger = logging.getLogger(__name__)


class ListenerTls:
    """The server's side of one listener's handshakes.

    The context is the listener's for life, as its socket is. What may change is decided at each
    handshake: OpenSSL takes the version from the context and the certificate from a callback.
    """

    def __init__(self, certificates: Certificates, listener: Listener) -> None:
        self._certificates = certificates
        self._listener = listener
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.sni_callback = self._present
        self.configure(listener)

    def configure(self, listener: Listener) -> None:
        """Serve new connections by the policy and certificate that the listener has now."""
        self._listener = listener
        self.context.minimum_version = minimum_version(listener.security_policy)

    def _present(
        self, connection: ssl.SSLObject, name: str | None, context: ssl.SSLContext
    ) -> int | None:
        """Choose the certificate; a client that knows only the address sends no name."""
        listener = self._listener
        try:
            connection.context = self._certificates.context(
                listener.certificate_arn, name or listener.address
            )
        except UnusableCertificateError as error:
            logger.warning("%s refused a connection: %s", listener.arn, error)
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        return None
