"""Dates of certificates: those that OpenSSL reads, and nothing from what is no certificate."""

from __future__ import annotations

import datetime as dt

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.systems.x509 import validity

UTC = dt.timezone.utc
KEY = ec.generate_private_key(ec.SECP256R1())
NAME = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "x" * 60)])


def certificate(issued: dt.datetime, expires: dt.datetime, names: int = 1) -> bytes:
    builder = (
        x509.CertificateBuilder()
        .subject_name(NAME)
        .issuer_name(NAME)
        .public_key(KEY.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(issued)
        .not_valid_after(expires)
    )
    others = [x509.DNSName(f"host{i}.example.org") for i in range(names)]
    builder = builder.add_extension(x509.SubjectAlternativeName(others), critical=False)
    return builder.sign(KEY, hashes.SHA256()).public_bytes(Encoding.DER)


@pytest.mark.parametrize("names", [1, 40, 5000])
@pytest.mark.parametrize(
    ("issued", "expires"),
    [
        (dt.datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC), dt.datetime(2049, 12, 31, tzinfo=UTC)),
        # From 2050 on the dates are written in another way; before 2000 likewise.
        (dt.datetime(1999, 1, 2, tzinfo=UTC), dt.datetime(2050, 1, 1, tzinfo=UTC)),
    ],
)
def test_dates_are_read(issued: dt.datetime, expires: dt.datetime, names: int) -> None:
    found = validity(certificate(issued, expires, names))
    assert found == (issued.timestamp(), expires.timestamp())


GOOD = certificate(dt.datetime(2024, 1, 1, tzinfo=UTC), dt.datetime(2025, 1, 1, tzinfo=UTC), 2)


@given(st.integers(0, len(GOOD) - 1), st.binary(max_size=4))
def test_a_damaged_certificate_raises_nothing(place: int, other: bytes) -> None:
    validity(GOOD[:place] + other + GOOD[place + len(other) :])
    validity(GOOD[:place])


@given(st.binary())
def test_no_certificate_has_no_dates(data: bytes) -> None:
    assert validity(data) is None
