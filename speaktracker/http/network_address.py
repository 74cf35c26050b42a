"""What counts as one address of the network, wherever something is counted by it."""

from ipaddress import IPv6Address, ip_address


def network_of(address: str) -> str:
    """Name what counts as one address: an IPv4 address, or the /64 that an IPv6 one is of."""
    if ":" not in address:
        return address
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return str(mapped) if mapped else parsed.packed[:8].hex(":", 2)
