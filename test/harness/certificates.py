"""Certificates for tests, made by the openssl command. Made-up names, short lives."""

import os
import subprocess
from pathlib import Path


def _openssl(*arguments, folder):
    done = subprocess.run(["openssl", *map(str, arguments)], cwd=folder, capture_output=True,
                          check=False, timeout=30)
    if done.returncode != 0:
        raise AssertionError(f"openssl {arguments}: {done.stderr.decode()}")
    return done.stdout


class Authority:
    """A certificate authority in a folder of its own, and what it has signed."""

    def __init__(self, folder, name="Test CA"):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.name = name
        _openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                 "-keyout", "ca.key", "-out", "ca.pem", "-days", "300", "-subj", f"/CN={name}",
                 folder=self.folder)
        (self.folder / "index.txt").touch()
        (self.folder / "ca.cnf").write_text(
            "[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\ndefault_md=sha256\n"
            "default_crl_days=30\npolicy=p\nnew_certs_dir=.\nserial=serial.txt\n"
            "unique_subject=no\ncopy_extensions=copy\n[p]\nCN=supplied\n", encoding="ascii")
        (self.folder / "serial.txt").write_text("1000\n", encoding="ascii")
        self.ca = self.path("ca.pem")

    def path(self, name):
        return str(self.folder / name)

    def issue(self, name, common_name=None, names="DNS:localhost,IP:127.0.0.1",
              ends="491231000000Z", begins="200101000000Z"):
        """Writes NAME.pem and NAME.key, each as a whole; returns both paths."""
        # Written beside and renamed: a reader never sees half a file.
        _openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                 "-keyout", f"{name}.key.new", "-out", f"{name}.csr", "-subj",
                 f"/CN={common_name or name}", "-addext", f"subjectAltName={names}",
                 folder=self.folder)
        _openssl("ca", "-config", "ca.cnf", "-batch", "-notext", "-cert", "ca.pem", "-keyfile",
                 "ca.key", "-in", f"{name}.csr", "-out", f"{name}.pem.new", "-startdate", begins,
                 "-enddate", ends, folder=self.folder)
        os.rename(self.path(f"{name}.key.new"), self.path(f"{name}.key"))
        os.rename(self.path(f"{name}.pem.new"), self.path(f"{name}.pem"))
        return self.path(f"{name}.pem"), self.path(f"{name}.key")

    def revoke(self, *names):
        """Writes crl.pem with these."""
        for name in names:
            _openssl("ca", "-config", "ca.cnf", "-cert", "ca.pem", "-keyfile", "ca.key", "-revoke",
                     f"{name}.pem", folder=self.folder)
        _openssl("ca", "-config", "ca.cnf", "-cert", "ca.pem", "-keyfile", "ca.key", "-gencrl",
                 "-out", "crl.pem", folder=self.folder)
        return self.path("crl.pem")


def server_settings(authority, name="server", **more):
    """The settings of a listener with this certificate, which is made if it is not there."""
    if not os.path.exists(authority.path(f"{name}.pem")):
        authority.issue(name)
    return {"TLS_CERT_FILE": authority.path(f"{name}.pem"),
            "TLS_KEY_FILE": authority.path(f"{name}.key"), **more}
