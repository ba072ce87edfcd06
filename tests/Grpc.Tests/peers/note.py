"""The test message, by hand: the installed protobuf need not fit our protoc."""


def _varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def encode(note):
    out = b""
    for field, key in ((1, "text"), (2, "data")):
        value = note.get(key, b"")
        value = value.encode() if isinstance(value, str) else value
        if value:
            out += _varint(field << 3 | 2) + _varint(len(value)) + value
    if note.get("number"):
        out += _varint(3 << 3) + _varint(note["number"])
    return out


def decode(data):
    note = {"text": "", "data": b"", "number": 0}
    position = 0

    def varint():
        nonlocal position
        value = shift = 0
        while True:
            byte = data[position]
            position += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while position < len(data):
        tag = varint()
        if tag == 3 << 3:
            note["number"] = varint()
            continue
        length = varint()
        value = data[position:position + length]
        position += length
        if tag == 1 << 3 | 2:
            note["text"] = value.decode()
        else:
            note["data"] = value
    return note
