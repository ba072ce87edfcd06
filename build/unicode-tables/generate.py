#!/usr/bin/env python3
"""Makes src/Model/Tokenization/unicode.bin, the tokenizer's view of Unicode.

    generate.py [UCD_FOLDER] [OUTPUT]

UCD_FOLDER holds UnicodeData.txt, DerivedAge.txt and PropList.txt of Unicode 15.0 (Debian: package unicode-data, which
puts them into /usr/share/unicode). OUTPUT defaults to the file in the source tree.

The reference implementation is made of libraries of different ages, so each property has its own Unicode version;
what 15.0 cannot tell stands in overrides.txt. Characters newer than a property's version are unassigned to it.

The file, little-endian:
    "FWU1"
    u16 n; n times: u8 class (low 2 bits: 0 other, 1 control-like, 2 punctuation, 3 nonspacing mark; bit 2: white
    space), u8 canonical combining class
    u16 n; 4352 times u8: for every 256 code points the block that describes them; n times 256 u8: rows of the above
    u16 n; n times: u24 code point, u24 first, u24 second or 0: canonical decompositions, one step
    u16 n; n times: u24 code point, u24 first, u24 second or 0: lower case
"""
import os
import struct
import sys

CATEGORIES = (8, 0)
NORMALIZATION = (9, 0)
CODE_POINTS = 0x110000
BLOCK = 256
HERE = os.path.dirname(os.path.abspath(__file__))


def fields(path):
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            line = line.split("#")[0].strip()
            if line:
                yield [field.strip() for field in line.split(";")]


def span(text):
    first, _, last = text.partition("..")
    return range(int(first, 16), int(last or first, 16) + 1)


class Database:
    def __init__(self, folder):
        self.category = ["Cn"] * CODE_POINTS
        self.combining = [0] * CODE_POINTS
        self.decomposition = {}
        self.lower = {}
        self.age = [(99, 0)] * CODE_POINTS
        self.white = set()
        self.read_ages(os.path.join(folder, "DerivedAge.txt"))
        self.read_data(os.path.join(folder, "UnicodeData.txt"))
        for points, name in fields(os.path.join(folder, "PropList.txt")):
            if name == "White_Space":
                self.white.update(span(points))
        self.read_overrides(os.path.join(HERE, "overrides.txt"))

    def read_ages(self, path):
        for points, version in fields(path):
            for c in span(points):
                self.age[c] = tuple(int(part) for part in version.split("."))

    def read_data(self, path):
        first = 0
        for row in fields(path):
            c = int(row[0], 16)
            if row[1].endswith(", First>"):
                first = c
                continue
            for each in range(first if row[1].endswith(", Last>") else c, c + 1):
                if self.age[each] <= CATEGORIES:
                    self.category[each] = row[2]
            if self.age[c] <= NORMALIZATION:
                self.combining[c] = int(row[3])
                if row[5] and not row[5].startswith("<"):
                    self.decomposition[c] = [int(part, 16) for part in row[5].split()]
            if row[13]:
                self.lower[c] = [int(row[13], 16)]

    def read_overrides(self, path):
        for row in fields(path):
            kind, points, *values = row[0].split()
            for offset, c in enumerate(span(points)):
                if kind == "category":
                    self.category[c] = values[0]
                elif kind == "lower":
                    target = [int(value, 16) for value in values]
                    self.lower[c] = [target[0] + offset] + target[1:]
                else:
                    sys.exit(f"overrides.txt: unknown kind {kind}")

    def describe(self, c):
        category = self.category[c]
        kind = 0
        if category in ("Cc", "Cf", "Co"):
            kind = 1
        elif category[0] == "P":
            kind = 2
        elif category == "Mn":
            kind = 3
        return kind | (4 if c in self.white else 0), self.combining[c]


def check(database):
    """What the tokenizer takes for granted."""
    for c in range(CODE_POINTS):
        kind, combining = database.describe(c)
        if combining and (kind not in (0, 3) or c in database.lower):
            sys.exit(f"U+{c:04X} has a combining class and is more than a mark")
    for table in (database.decomposition, database.lower):
        for c, targets in table.items():
            if len(targets) > 2 or 0 in targets:
                sys.exit(f"U+{c:04X} maps to what the format cannot hold")


def properties(database):
    rows, blocks, index, content = {}, {}, bytearray(), bytearray()
    for start in range(0, CODE_POINTS, BLOCK):
        block = bytes(rows.setdefault(database.describe(c), len(rows)) for c in range(start, start + BLOCK))
        if block not in blocks:
            blocks[block] = len(blocks)
            content += block
        index.append(blocks[block])
    palette = b"".join(bytes(row) for row in rows)
    return struct.pack("<H", len(rows)) + palette + struct.pack("<H", len(blocks)) + bytes(index) + bytes(content)


def mapping(table):
    out = bytearray(struct.pack("<H", len(table)))
    for c in sorted(table):
        for value in ([c] + table[c] + [0])[:3]:
            out += value.to_bytes(3, "little")
    return bytes(out)


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else "/usr/share/unicode"
    output = sys.argv[2] if len(sys.argv) > 2 else os.path.join(HERE, "../../src/Model/Tokenization/unicode.bin")
    if not os.path.exists(os.path.join(folder, "UnicodeData.txt")):
        sys.exit(f"{folder} has no UnicodeData.txt: apt-get install unicode-data, or name the folder of Unicode 15.0")
    database = Database(folder)
    check(database)
    with open(output, "wb") as file:
        file.write(b"FWU1" + properties(database) + mapping(database.decomposition) + mapping(database.lower))


if __name__ == "__main__":
    main()
