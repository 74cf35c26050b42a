"""Certificates of an authority of our own, for servers of 127.0.0.1."""

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HERE = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
DAY = timedelta(days=1)


class Authority:
    """Signs for a day; who trusts `file` trusts the servers it signed for."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        self._folder = folder
        self._name = _named(name)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.file = folder / f"{name}.pem"
        itself = self._builder(self._name, self._key.public_key())
        is_authority = x509.BasicConstraints(ca=True, path_length=0)
        self._write(self.file, itself.add_extension(is_authority, critical=True))

    def certify(self, name: str) -> tuple[Path, Path]:
        """Make a certificate for 127.0.0.1 and its key; returns both files."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate, secret = self._folder / f"{name}.crt", self._folder / f"{name}.key"
        builder = self._builder(_named(name), key.public_key())
        alternative = x509.SubjectAlternativeName([HERE])
        self._write(certificate, builder.add_extension(alternative, critical=False))
        form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)
        secret.write_bytes(key.private_bytes(*form, serialization.NoEncryption()))
        return certificate, secret

    def context(self, name: str) -> ssl.SSLContext:
        """Make what a TLS server of 127.0.0.1 needs."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*self.certify(name))
        return context

    def _builder(self, name: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(self._name)
        builder = builder.public_key(key).serial_number(x509.random_serial_number())
        return builder.not_valid_before(now - DAY).not_valid_after(now + DAY)

    def _write(self, file: Path, builder: x509.CertificateBuilder) -> None:
        signed = builder.sign(self._key, hashes.SHA256())
        file.write_bytes(signed.public_bytes(serialization.Encoding.PEM))


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{name} under test")])
