"""Certificates for TLS on both sides of Envoy."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_OIDS = {
    "CN": NameOID.COMMON_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
}


def _name(*parts: tuple[str, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(_OIDS[kind], value) for kind, value in parts])


#: What a subject can hold: quotes, commas, backslashes, accents.
_SUBJECTS = {
    "server": _name(("CN", "shop.example.com"), ("O", "Shop")),
    "client": _name(("CN", "client"), ("OU", "a b"), ("O", 'Acmé, "Co" \\ X')),
}
_NAMES = [
    x509.DNSName("shop.example.com"),
    x509.DNSName("*.example.com"),
    x509.IPAddress(ip_address("127.0.0.1")),
    x509.IPAddress(ip_address("::1")),
    x509.RFC822Name("who@example.com"),
    x509.UniformResourceIdentifier("spiffe://mesh/ns/a/sa/b%20c"),
    # A UTF8String in DER: its tag, its length, its bytes.
    x509.OtherName(x509.ObjectIdentifier("1.2.3.4"), b"\x0c\x0aother name"),
]


@dataclass(frozen=True)
class Certificates:
    """A folder with a certificate authority, a server and a client."""

    folder: Path

    def context(self, name: str, *, require: bool) -> dict[str, object]:
        """Configure Envoy to use one of them; `require` asks the peer for one as well."""
        chain = {"filename": str(self.folder / f"{name}.pem")}
        key = {"filename": str(self.folder / f"{name}.key")}
        return {
            "common_tls_context": {
                "tls_certificates": [{"certificate_chain": chain, "private_key": key}],
                "validation_context": {"trusted_ca": {"filename": str(self.folder / "ca.pem")}},
                **({"alpn_protocols": ["h2", "http/1.1"]} if require else {}),
            },
            **({"require_client_certificate": False} if require else {}),
        }

    def client(self, alpn: str, *, certified: bool) -> ssl.SSLContext:
        """Make the context of a client of Envoy."""
        context = ssl.create_default_context(cafile=str(self.folder / "ca.pem"))
        context.check_hostname = False
        context.set_alpn_protocols([alpn])
        if certified:
            context.load_cert_chain(self.folder / "client.pem", self.folder / "client.key")
        return context

    def server(self) -> ssl.SSLContext:
        """Make the context of an upstream server, which asks Envoy for its certificate."""
        context = ssl.create_default_context(
            ssl.Purpose.CLIENT_AUTH, cafile=str(self.folder / "ca.pem")
        )
        context.load_cert_chain(self.folder / "server.pem", self.folder / "server.key")
        context.verify_mode = ssl.CERT_OPTIONAL
        return context


def make_certificates(folder: Path) -> Certificates:
    """Make an authority and the certificates that it signs; valid for two days."""
    authority = ec.generate_private_key(ec.SECP256R1())
    root = _builder(_name(("CN", "ca"), ("O", 'A "C" A')), authority).add_extension(
        x509.BasicConstraints(ca=True, path_length=None), critical=True
    )
    issuer = root.issuer_name(_name(("CN", "ca"), ("O", 'A "C" A')))
    _write(folder, "ca", issuer.sign(authority, hashes.SHA256()), authority)
    for name, subject in _SUBJECTS.items():
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(subject, key).issuer_name(_name(("CN", "ca"), ("O", 'A "C" A')))
        builder = builder.add_extension(x509.SubjectAlternativeName(_NAMES), critical=False)
        _write(folder, name, builder.sign(authority, hashes.SHA256()), key)
    return Certificates(folder)


def _builder(subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
    )


def _write(
    folder: Path, name: str, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey
) -> None:
    pem = serialization.Encoding.PEM
    (folder / f"{name}.pem").write_bytes(certificate.public_bytes(pem))
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / f"{name}.key").write_bytes(private)
