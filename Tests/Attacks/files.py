"""Image files, written byte by byte, and metadata to put into them."""
import struct
import zlib
from pathlib import Path


def png(width, height, depth=1, colour=0, rows=b""):
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


def tiff(width, height):
    """Grey, uncompressed, one strip."""
    tags = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (273, 4, 1, 8), (277, 3, 1, 1), (278, 4, 1, height), (279, 4, 1, width * height)]
    pixels = bytes((x * 7 + y * 3) % 256 for y in range(height) for x in range(width))
    directory = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", *tag) for tag in tags) + bytes(4)
    return b"II*\0" + struct.pack("<I", 8 + len(pixels) + len(pixels) % 2) + pixels + bytes(len(pixels) % 2) + directory


def gif(width, height):
    """Two colours, in codes of three bits that are never packed: a clear code before the table would grow."""
    bits, count = [], 0
    for pixel in range(width * height):
        bits += [0, 0, 1] if count == 0 else []
        bits += [pixel % 2, 0, 0]
        count = (count + 1) % 2
    bits += [1, 0, 1]
    data = bytes(sum(bit << place for place, bit in enumerate(bits[start:start + 8])) for start in range(0, len(bits), 8))
    blocks = b"".join(bytes([len(data[start:start + 255])]) + data[start:start + 255] for start in range(0, len(data), 255))
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff" + b"," + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02" + blocks + b"\0;"


def with_exif(jpeg, text, repeats=0):
    """A JPEG with `text` as its description and a place on the map; then as many segments of 64 KB as `repeats`."""
    description = text.encode() + b"\0"
    place = struct.pack("<6I", 48, 1, 51, 1, 29, 1)
    directory = struct.pack("<H", 2) + struct.pack("<HHII", 0x010E, 2, len(description), 38) + struct.pack("<HHII", 0x8825, 4, 1, 38 + len(description) + len(description) % 2) + bytes(4)
    start = 38 + len(description) + len(description) % 2
    gps = struct.pack("<H", 4) + struct.pack("<HHI4s", 1, 2, 2, b"N\0\0\0") + struct.pack("<HHII", 2, 5, 3, start + 54) + struct.pack("<HHI4s", 3, 2, 2, b"E\0\0\0") + struct.pack("<HHII", 4, 5, 3, start + 54 + 24) + bytes(4)
    body = b"Exif\0\0II*\0" + struct.pack("<I", 8) + directory + description + bytes(len(description) % 2) + gps + place + place
    def segment(marker, data):
        return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data
    return jpeg[:2] + segment(0xE1, body) + segment(0xFE, text.encode()) + b"".join(segment(0xE1, b"Exif\0\0" + bytes(65_000)) for _ in range(repeats)) + jpeg[2:]


def files_of(folder, largest):
    """Names and bytes of the image files in a folder; none without a folder."""
    kinds = (".webp", ".gif", ".tif", ".tiff", ".heic", ".heif", ".avif", ".png", ".jpg", ".jpeg", ".bmp")
    found = sorted(path for path in Path(folder).glob("**/*") if path.suffix.lower() in kinds and 0 < path.stat().st_size < largest) if folder else []
    return [(path.name, path.read_bytes()) for path in found]
