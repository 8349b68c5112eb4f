"""A certificate authority for tests, and server certificates, good and bad."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from .errors import MissingError

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

Kind = Literal["valid", "expired", "expiring", "other-name", "unknown-ca"]
"""Certificates that a client trusts, or must refuse, or that end within days."""

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Certificate:
    """Files in PEM: the server's certificate and key, and the CA that clients trust."""

    file: Path
    key: Path
    ca: Path


@dataclass(frozen=True)
class _Signer:
    certificate: x509.Certificate
    key: EllipticCurvePrivateKey


class Authority:
    """Issues certificates; its own is in `ca.pem` of its folder once one was issued."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._signers: dict[str, _Signer] = {}

    @property
    def ca(self) -> Path:
        """The certificate that clients must trust."""
        self._signer("sandbox CA")
        return self._folder / "ca.pem"

    def issue(self, kind: Kind, folder: Path) -> Certificate:
        """A certificate and key for a server on 127.0.0.1, as files in the folder."""
        key = _new_key()
        signer = self._signer("unknown CA" if kind == "unknown-ca" else "sandbox CA")
        certificate = _sign(kind, key, signer)
        issued = Certificate(folder / "server.pem", folder / "server.key", folder / "ca.pem")
        issued.file.write_bytes(_pem(certificate))
        issued.key.touch(mode=0o600)
        issued.key.write_bytes(_key_pem(key))
        # What clients trust is always the box's own CA, so that "unknown-ca" is unknown.
        issued.ca.write_bytes(self.ca.read_bytes())
        return issued

    def _signer(self, name: str) -> _Signer:
        with self._lock:
            if name not in self._signers:
                signer = self._signers[name] = _new_signer(name)
                if name == "sandbox CA":
                    (self._folder / "ca.pem").write_bytes(_pem(signer.certificate))
            return self._signers[name]


def _new_signer(name: str) -> _Signer:
    key = _new_key()
    subject = _named(name)
    builder = _builder(subject, subject, key, -_DAY, 3650 * _DAY)
    return _Signer(_signed(builder, key, is_ca=True), key)


def _sign(kind: Kind, key: EllipticCurvePrivateKey, signer: _Signer) -> x509.Certificate:
    from cryptography import x509

    start, end = -30 * _DAY, 365 * _DAY
    if kind == "expired":
        end = -_DAY
    elif kind == "expiring":
        end = 5 * _DAY
    host = "elsewhere.invalid" if kind == "other-name" else "localhost"
    names: list[x509.GeneralName] = [x509.DNSName(host)]
    if kind != "other-name":
        names.append(x509.IPAddress(ip_address("127.0.0.1")))
    builder = _builder(_named(host), signer.certificate.subject, key, start, end)
    builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return _signed(builder, signer.key, is_ca=False)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: EllipticCurvePrivateKey,
    start: timedelta,
    end: timedelta,
) -> x509.CertificateBuilder:
    from cryptography import x509

    now = datetime.now(timezone.utc)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + start)
        .not_valid_after(now + end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _signed(
    builder: x509.CertificateBuilder, key: EllipticCurvePrivateKey, *, is_ca: bool
) -> x509.Certificate:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_ca,
        crl_sign=is_ca,
        encipher_only=False,
        decipher_only=False,
    )
    issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
    return (
        builder.add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(issuer_key, critical=False)
        .sign(key, hashes.SHA256())
    )


def _named(name: str) -> x509.Name:
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _new_key() -> EllipticCurvePrivateKey:
    try:
        from cryptography.hazmat.primitives.asymmetric import ec
    except ImportError as error:
        raise MissingError(
            "cryptography", "pip install -r tests/sandbox/requirements.txt"
        ) from error
    return ec.generate_private_key(ec.SECP256R1())


def _pem(certificate: x509.Certificate) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.PEM)


def _key_pem(key: EllipticCurvePrivateKey) -> bytes:
    from cryptography.hazmat.primitives import serialization

    return key.private_bytes(
        serialization.Encoding.PEM,
        # The one form that all five servers, Java among them, can read.
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
