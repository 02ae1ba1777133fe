"""Owns which of this machine's addresses an archive sees. Sends nothing."""

from __future__ import annotations

import socket

from mammoview.archive.pacs.nodes import Node
from mammoview.archive.pacs.receiver import LOOPBACK


def own_address(node: Node) -> str:
    """This machine's IPv4 address on the way to an archive, where our receiver listens while the archive moves images
    here (PS3.4 C.4.2); the loopback's where there is no way. May wait for the name service.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((node.host, node.port))
        except OSError:
            return LOOPBACK
        return str(probe.getsockname()[0])
