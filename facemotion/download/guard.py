"""Which addresses a URL may lead to when private ones are refused.

A check of the name alone leaves two holes: a redirect, and a name that resolves to something else
a moment later. So the address of every connection is checked, at the moment it is made.
"""

from __future__ import annotations

import functools
import http.client
import ipaddress
import socket
import urllib.request
from typing import Any
from urllib.parse import urlsplit

from yt_dlp.networking._helper import _socket_connect, create_connection
from yt_dlp.networking._urllib import HTTPHandler, UrllibRH
from yt_dlp.networking.exceptions import RequestError

from facemotion.errors import SourceError

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address
_IPV4_COMPATIBLE = ipaddress.ip_network("::/96")  # RFC 4291 2.5.5.1, likewise


class PrivateAddressError(RequestError):  # type: ignore[misc]
    """A request led to an address that is not on the public internet."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"{host} is a private or local address, which is not opened here. "
            "Save the video and give the file; whoever runs this may allow such addresses with "
            "FACEMOTION_ALLOW_PRIVATE_URLS=1."
        )


def is_public(address: str, port: int) -> bool:
    """Whether an IP address is reachable for everybody (IANA special-purpose registries).

    IPv4 addresses inside IPv6 ones are looked at as such. ``port`` is there for stand-ins.
    """
    ip = _innermost(ipaddress.ip_address(address.split("%")[0]))
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def check_public(url: str) -> None:
    """Refuse a URL that names a private address, before any work is begun.

    Raises ``SourceError``. What the name resolves to later is checked again on every connection.
    """
    parts = urlsplit(url)
    try:
        _check_name(parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))
    except PrivateAddressError as error:
        raise SourceError(str(error)) from error
    except OSError as error:
        raise SourceError(
            f"{parts.hostname} was not found. Check the spelling and your connection."
        ) from error


class PublicOnlyRH(UrllibRH):  # type: ignore[misc]
    """yt-dlp's plain HTTP handler, less FTP, on connections that lead to public addresses only."""

    _SUPPORTED_URL_SCHEMES = ("http", "https", "data")

    def _create_instance(
        self, proxies: Any, cookiejar: Any, legacy_ssl_support: Any = None
    ) -> urllib.request.OpenerDirector:
        given = super()._create_instance(proxies, cookiejar, legacy_ssl_support)
        opener = urllib.request.OpenerDirector()
        opener.addheaders = []
        for handler in given.handlers:
            if isinstance(handler, HTTPHandler):
                handler = _PublicHTTPHandler(handler._context, handler._source_address)
            if not isinstance(handler, urllib.request.FTPHandler):
                opener.add_handler(handler)
        return opener


class _PublicHTTPHandler(HTTPHandler):  # type: ignore[misc]
    def __init__(self, context: Any, source_address: Any) -> None:
        super().__init__(context=context, source_address=source_address)

    def http_open(self, req: urllib.request.Request) -> Any:
        return self._open(http.client.HTTPConnection, req)

    def https_open(self, req: urllib.request.Request) -> Any:
        return self._open(http.client.HTTPSConnection, req, context=self._context)

    def _open(self, base: type[Any], req: urllib.request.Request, **kwargs: Any) -> Any:
        behind_proxy = (
            req.has_proxy()
            or getattr(req, "_tunnel_host", None) is not None
            or req.has_header("Ytdl-socks-proxy")
        )
        if behind_proxy:
            # The proxy makes the connection, so all that can be checked is the name, from here.
            parts = urlsplit(req.full_url)
            _check_name(parts.hostname or "", parts.port or 80)
        connection_class = self._make_conn_class(base, req)
        return self.do_open(
            functools.partial(self._connection, connection_class, behind_proxy), req, **kwargs
        )

    def _connection(
        self, connection_class: type[Any], behind_proxy: bool, *args: Any, **kw: Any
    ) -> Any:
        connection = connection_class(*args, **kw)
        if not behind_proxy:
            connection._create_connection = functools.partial(
                create_connection, _create_socket_func=_connect_public
            )
        if self._source_address is not None:
            connection.source_address = (self._source_address, 0)
        return connection


def _connect_public(ip_address: Any, timeout: Any, source_address: Any) -> Any:
    """Connect to one resolved address, unless it is a private one."""
    host, port = ip_address[4][:2]
    if not is_public(host, port):
        raise PrivateAddressError(host)
    return _socket_connect(ip_address, timeout, source_address)


def _check_name(host: str, port: int) -> None:
    for *_, address in socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM):
        if not is_public(str(address[0]), port):
            raise PrivateAddressError(host)


def _innermost(ip: IPAddress) -> IPAddress:
    """The IPv4 address that an IPv6 address carries, if it carries one."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip in _NAT64 or ip in _IPV4_COMPATIBLE:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo or (None, None))[1] or ip
