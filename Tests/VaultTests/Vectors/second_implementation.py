#!/usr/bin/env python3
"""A second implementation of docs/vault-format.md, written from the document alone. Needs PyNaCl.

    second_implementation.py make DIRECTORY         writes the vectors
    second_implementation.py open FILE KIND SECRET  prints the body; KIND: passphrase TEXT | keyfile PATH | recipient HEX
"""
import hashlib, json, os, struct, sys
import nacl.bindings as na
from nacl.pwhash import argon2id
from nacl.public import PrivateKey, PublicKey, SealedBox


def blake(data, key=b""):
    return hashlib.blake2b(data, digest_size=32, key=key).digest()


def text(value, width):
    data = value.encode()
    return struct.pack(">" + width, len(data)) + data


def secret(value):
    return struct.pack(">H", len(value)) + value


def secrets(current, pending=None, previous=None):
    flags = (1 if pending else 0) | (2 if previous else 0)
    return bytes([flags]) + b"".join(secret(one) for one in (current, pending, previous) if one)


def body(clusters, keys, current, seed, static, other):
    out = struct.pack(">H", len(clusters))
    for name, c in sorted(clusters.items(), key=lambda item: item[0].encode()):
        out += text(name, "B") + text(c["host"], "H") + struct.pack(">H", c["port"]) + text(c["user"], "B") + text(c["database"], "B")
        out += secrets(*c["secrets"])
    out += struct.pack(">H", len(keys))
    for number, (created, key) in sorted(keys.items()):
        out += struct.pack(">IQ", number, created) + key
    out += struct.pack(">I", current) + seed
    out += struct.pack(">H", len(static))
    for name, values in sorted(static.items()):
        out += text(name, "B") + secrets(*values)
    out += struct.pack(">H", len(other))
    for name, value in sorted(other.items()):
        out += text(name, "B") + secret(value)
    return out + bytes(-len(out) % 256)


def slot(kind, number, created, label, data_key, vault_id, fill, **how):
    clear = bytes([kind]) + struct.pack(">IQ", number, created) + text(label, "B")
    if kind == 3:
        public = PrivateKey(how["secret"]).public_key
        return clear + bytes(public) + SealedBox(public).encrypt(data_key)
    salt, nonce = bytes([fill]) * 16, bytes([fill + 1]) * 24
    if kind == 1:
        clear += struct.pack(">IQ", how["passes"], how["memory"])
        key = argon2id.kdf(32, how["passphrase"], salt, opslimit=how["passes"], memlimit=how["memory"])
    else:
        key = blake(b"issuer vault key file v1\0" + salt + how["content"])
    clear += salt
    data = b"issuer vault slot v1\0" + vault_id + clear
    return clear + nonce + na.crypto_aead_xchacha20poly1305_ietf_encrypt(data_key, data, nonce, key)


def vault(slots, plain, data_key, vault_id, generation, written, next_slot, version=1):
    nonce = b"\x77" * 24
    header = vault_id + struct.pack(">QQIB", generation, written, next_slot, len(slots)) + b"".join(slots) + nonce
    header += struct.pack(">I", len(plain) + 16)
    length = 18 + len(header) + len(plain) + 16 + 32
    head = b"ISSVAULT" + struct.pack(">HQ", version, length) + header
    whole = head + na.crypto_aead_xchacha20poly1305_ietf_encrypt(plain, head, nonce, data_key)
    return whole + blake(whole)


def make(directory):
    data_key, vault_id = bytes(range(32)), bytes(range(0xA0, 0xB0))
    content = b"bm90IGEgc2VjcmV0IGF0IGFsbCwganVzdCBhIHZlY3Rvcg\n"
    recipient = bytes(range(0x40, 0x60))
    slots = [
        slot(1, 1, 1700000000, "operator", data_key, vault_id, 0x10, passphrase=b"correct horse battery", passes=1, memory=8192),
        slot(2, 2, 1700000001, "systemd", data_key, vault_id, 0x20, content=content),
        slot(3, 5, 1700000002, "the safe \u00fc", data_key, vault_id, 0x30, secret=recipient),
    ]
    full = body(
        {
            "main": dict(host="db.example", port=5432, user="issuer_admin", database="postgres", secrets=(b"now", b"soon", b"before")),
            "\u00e4rger": dict(host="/run/postgresql", port=65535, user="u", database="d", secrets=(b"\x00\xff" * 2048,)),
        },
        {1: (1600000000, b"\x01" * 32), 7: (1700000000, b"\x07" * 32)}, 7, b"\x55" * 32,
        {"main/app_a": (b"a",), "main/app_b": (b"b", b"c")}, {"webhook": b"w"})
    least = body({}, {1: (0, b"\x01" * 32)}, 1, b"\x02" * 32, {}, {})
    files = {
        "full.vault": vault(slots, full, data_key, vault_id, 42, 1700000003, 6),
        "least.vault": vault(slots[1:2], least, data_key, vault_id, 1, 0, 3),
        "newer.vault": vault(slots, full, data_key, vault_id, 42, 1700000003, 6, version=2),
        "key-file": content,
        "refuse-padding.vault": vault(slots[1:2], least[:-1] + b"\1", data_key, vault_id, 1, 0, 3),
        "refuse-long-padding.vault": vault(slots[1:2], least + bytes(256), data_key, vault_id, 1, 0, 3),
        "refuse-slot-order.vault": vault([slots[1], slots[0]], least, data_key, vault_id, 1, 0, 3),
        "refuse-slot-number.vault": vault([], least, data_key, vault_id, 1, 0, 3),
        "refuse-next-slot.vault": vault(slots[1:2], least, data_key, vault_id, 1, 0, 2),
        "refuse-no-derivation-key.vault": vault(slots[1:2], body({}, {}, 1, b"\x02" * 32, {}, {}), data_key, vault_id, 1, 0, 3),
        "refuse-current-key.vault": vault(
            slots[1:2], body({}, {1: (0, b"\x01" * 32)}, 2, b"\x02" * 32, {}, {}), data_key, vault_id, 1, 0, 3),
        "refuse-flags.vault": vault(
            slots[1:2], body({}, {1: (0, b"\x01" * 32)}, 1, b"\x02" * 32, {"main/a": (b"a",)}, {}).replace(b"main/a\0", b"main/a\4"),
            data_key, vault_id, 1, 0, 3),
        "refuse-port.vault": vault(
            slots[1:2],
            body({"m": dict(host="h", port=0, user="u", database="d", secrets=(b"s",))}, {1: (0, b"\x01" * 32)}, 1, b"\x02" * 32, {}, {}),
            data_key, vault_id, 1, 0, 3),
    }
    for name, data in files.items():
        with open(os.path.join(directory, name), "wb") as file:
            file.write(data)


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        assert self.at + count <= len(self.data), "runs over the end"
        self.at += count
        return self.data[self.at - count:self.at]

    def number(self, width):
        return struct.unpack(">" + width, self.take(struct.calcsize(">" + width)))[0]

    def text(self, width):
        return self.take(self.number(width)).decode()

    def secrets(self):
        flags = self.number("B")
        return [self.take(self.number("H")).hex() for _ in range(1 + (flags & 1) + (flags >> 1 & 1))]


def unwrap(data, kind, given):
    assert data[:8] == b"ISSVAULT", "not a vault"
    version, length = struct.unpack(">HQ", data[8:18])
    assert len(data) == length, "truncated or too long"
    assert blake(data[:-32]) == data[-32:], "corrupted"
    assert version == 1, "newer"
    reader = Reader(data[:-32])
    reader.take(18)
    vault_id, _, _, _ = reader.take(16), reader.number("Q"), reader.number("Q"), reader.number("I")
    data_key = None
    for _ in range(reader.number("B")):
        start = reader.at
        slot_kind = reader.number("B")
        reader.take(12)
        reader.text("B")
        if slot_kind == 3:
            reader.take(32)
            sealed = reader.take(80)
            if kind == "recipient":
                data_key = SealedBox(PrivateKey(bytes.fromhex(given))).decrypt(sealed)
            continue
        if slot_kind == 1:
            passes, memory = reader.number("I"), reader.number("Q")
        salt = reader.take(16)
        clear = data[start:reader.at]
        nonce, wrapped = reader.take(24), reader.take(48)
        if slot_kind == 1 and kind == "passphrase":
            key = argon2id.kdf(32, given.encode(), salt, opslimit=passes, memlimit=memory)
        elif slot_kind == 2 and kind == "keyfile":
            key = blake(b"issuer vault key file v1\0" + salt + open(given, "rb").read())
        else:
            continue
        data_key = na.crypto_aead_xchacha20poly1305_ietf_decrypt(wrapped, b"issuer vault slot v1\0" + vault_id + clear, nonce, key)
    nonce = reader.take(24)
    count = reader.number("I")
    return na.crypto_aead_xchacha20poly1305_ietf_decrypt(reader.take(count), data[:reader.at - count], nonce, data_key)


def show(plain):
    r = Reader(plain)
    clusters = {}
    for _ in range(r.number("H")):
        name = r.text("B")
        clusters[name] = dict(host=r.text("H"), port=r.number("H"), user=r.text("B"), database=r.text("B"), secrets=r.secrets())
    keys = {}
    for _ in range(r.number("H")):
        number = r.number("I")
        keys[number] = (r.number("Q"), r.take(32).hex())
    out = dict(clusters=clusters, keys=keys, current=r.number("I"), seed=r.take(32).hex())
    out["static"] = {r.text("B"): r.secrets() for _ in range(r.number("H"))}
    out["other"] = {r.text("B"): r.take(r.number("H")).hex() for _ in range(r.number("H"))}
    rest = plain[r.at:]
    assert len(plain) % 256 == 0 and len(rest) < 256 and not any(rest), "padding"
    return out


if sys.argv[1:2] == ["make"]:
    make(sys.argv[2])
elif sys.argv[1:2] == ["open"]:
    print(json.dumps(show(unwrap(open(sys.argv[2], "rb").read(), sys.argv[3], sys.argv[4])), indent=1, ensure_ascii=False))
else:
    sys.exit(__doc__)
