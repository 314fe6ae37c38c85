"""Block network access in this process: only this machine itself can be reached.

Python imports a module of this name at its start where the folder is on PYTHONPATH, so kernels
and other processes that tests start are offline too. What it raises is an OSError, as when a
cable is unplugged. Sockets that C libraries open by themselves are not seen here.

They don't find scikit-learn either, which tests alone need and a learner hasn't: Keras imports it
where it is, a fifth of the time that TensorFlow's import takes.
"""

import ipaddress
import socket
import sys

_connect, _connect_ex = socket.socket.connect, socket.socket.connect_ex
_sendto, _getaddrinfo = socket.socket.sendto, socket.getaddrinfo


def _is_here(host):
    if host in (None, "", b"", "localhost", b"localhost", socket.gethostname()):
        return True
    text = host.decode() if isinstance(host, bytes) else str(host)
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _refuse(sock, address):
    internet = sock.family in (socket.AF_INET, socket.AF_INET6)
    if internet and isinstance(address, tuple) and not _is_here(address[0]):
        raise OSError(f"network access is blocked in tests: {address[0]}")


def connect(self, address):
    _refuse(self, address)
    return _connect(self, address)


def connect_ex(self, address):
    _refuse(self, address)
    return _connect_ex(self, address)


def sendto(self, data, *rest):
    _refuse(self, rest[-1])
    return _sendto(self, data, *rest)


def getaddrinfo(host, *args, **kwargs):
    if not _is_here(host):
        raise socket.gaierror(socket.EAI_NONAME, f"network access is blocked in tests: {host}")
    return _getaddrinfo(host, *args, **kwargs)


socket.socket.connect = connect
socket.socket.connect_ex = connect_ex
socket.socket.sendto = sendto
socket.getaddrinfo = getaddrinfo
if __name__ == "sitecustomize":
    sys.modules["sklearn"] = None
