"""Seals an archive: a hash tree over all its bytes, and perhaps an Ed25519 signature.
importer/seal.h draws the format."""
import hashlib
import struct

from typhon.pack.common import PackError, read

NAME = "SEAL"  # the member with the hashes
MARK = b"typhon-seal-1\n"
COMMENT_SIZE = len(MARK) + 16 + 32 + 32 + 64


def segment_hash(data):
    return hashlib.sha256(b"\0" + data).digest()


def table(data, offsets):
    """What SEAL holds: the hashes of the archive's segments; offsets: of the members' local
    headers, which end with `data`."""
    starts = offsets if 0 in offsets or not data else [0] + offsets
    ends = starts[1:] + [len(data)]
    return b"".join(struct.pack("<Q", a) + segment_hash(data[a:b]) for a, b in zip(starts, ends))


class Signer:
    """Signs with the private key of a PEM file."""

    def __init__(self, path):
        import _seal
        self.sign_with, self.path, self.text = _seal.sign, path, read(path)
        try:
            self.public_key = _seal.public_key(self.text)
        except ValueError as e:
            raise PackError(f"{path}: {e} (openssl genpkey -algorithm ed25519 -out FILE makes one)") from e

    def sign(self, message):
        return self.sign_with(self.text, message)


def comment(data, seal, directory, signer):
    """The comment of an archive that ends with `data`; seal, directory: where that member and the
    directory start."""
    offsets = struct.pack("<QQ", seal, directory)
    root = hashlib.sha256(b"\1" + offsets + segment_hash(data[seal:directory])
                          + segment_hash(data[directory:])).digest()
    front = MARK + offsets + root
    return front + (signer.public_key + signer.sign(front) if signer else bytes(96))
