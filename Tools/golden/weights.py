"""Files of weights by torch.save and by the safetensors package, and hostile ones -> Tests/Golden/weights.json."""

import base64
import collections
import importlib.metadata
import io
import json
import pathlib
import pickle
import struct
import tarfile
import zipfile

import numpy as np
import safetensors.torch
import torch

GOLDEN = pathlib.Path(__file__).parents[2] / "Tests/Golden/weights.json"
torch.manual_seed(1)


def text(data):
    return base64.b64encode(data).decode()


# Files in order.


def saved(value, legacy=False, protocol=2):
    buffer = io.BytesIO()
    torch.save(value, buffer, _use_new_zipfile_serialization=not legacy, pickle_protocol=protocol)
    return text(buffer.getvalue())


def expected(state):
    names = {
        torch.float64: "F64", torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.int64: "I64",
        torch.int32: "I32", torch.int16: "I16", torch.int8: "I8", torch.uint8: "U8", torch.bool: "BOOL",
    }
    return {
        name: {
            "type": names[t.dtype],
            "shape": list(t.shape),
            "floats": [float(v) for v in t.detach().float().flatten()],
        }
        for name, t in state.items()
    }


every_type = collections.OrderedDict(
    float64=torch.randn(3, dtype=torch.float64),
    float32=torch.randn(2, 3),
    float16=torch.randn(4).half(),
    bfloat16=torch.randn(4).bfloat16(),
    int64=torch.tensor([1, -2, 3_000_000]),
    int32=torch.tensor([4, -5], dtype=torch.int32),
    int16=torch.tensor([6, -7], dtype=torch.int16),
    int8=torch.tensor([8, -9], dtype=torch.int8),
    uint8=torch.tensor([10, 250], dtype=torch.uint8),
    bool=torch.tensor([True, False, True]),
)
base = torch.arange(24.0)
views = {
    "scalar": torch.tensor(7.0),
    "empty": torch.empty(0, 3),
    "part": base[5:9],
    "transposed": base.reshape(4, 6).t(),
    "strided": base.reshape(2, 3, 4)[:, ::2, 1:3],
    "channels last": base.reshape(1, 2, 3, 4).to(memory_format=torch.channels_last),
    "whole": base,
    "parameter": torch.nn.Parameter(torch.tensor([1.0, 2.0])),
}
network = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 2), torch.nn.BatchNorm2d(2))
state = network.state_dict()
wrapped = {f"module.{name}": value for name, value in state.items()}
good = [
    ("every type, zip", saved(every_type), expected(every_type)),
    ("every type, legacy", saved(every_type, legacy=True), expected(every_type)),
    ("views, zip", saved(views), expected(views)),
    ("views, legacy", saved(views, legacy=True), expected(views)),
    ("state dict, zip", saved(state), expected(state)),
    ("state dict, legacy", saved(state, legacy=True), expected(state)),
    ("state dict, pickle protocol 4", saved(state, protocol=4), expected(state)),
    ("state dict, legacy, pickle protocol 4", saved(state, legacy=True, protocol=4), expected(state)),
    ("wrapped in state_dict", saved({"epoch": 3, "best": 0.5, "state_dict": wrapped}), expected(state)),
    ("wrapped in model", saved({"model": state, "args": None}, legacy=True), expected(state)),
    ("wrapped twice", saved({"model": {"model_state_dict": wrapped}}), expected(state)),
    ("safetensors", text(safetensors.torch.save(dict(every_type), {"by": "é \"quoted\""})), expected(every_type)),
]


# Hostile files. Pickles are written out by hand, so that none can do anything here.

CANARY = "touch ocelot-canary"


def unicode(value):
    data = value.encode()
    return b"X" + struct.pack("<I", len(data)) + data


def in_zip(data, extra=(), compression=zipfile.ZIP_STORED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        archive.writestr("archive/data.pkl", data)
        for name, content in extra:
            archive.writestr(name, content)
    return buffer.getvalue()


def in_legacy(data):
    head = pickle.dumps(0x1950A86A20F9469CFC6C, 2) + pickle.dumps(1001, 2) + pickle.dumps({"little_endian": True}, 2)
    return head + data + pickle.dumps([], 2)


def call(module, name):
    return b"\x80\x02c" + f"{module}\n{name}\n".encode() + unicode(CANARY) + b"\x85R."


def stack_call(module, name):
    return b"\x80\x04" + unicode(module) + unicode(name) + b"\x93" + unicode(CANARY) + b"\x85R."


def tensor(offset, size, stride, count=4, name="a", storage="FloatStorage"):
    """A state dict with one tensor, each number as given."""

    def number(n):
        return b"\x8a\x08" + struct.pack("<q", n)

    def numbers(values):
        return b"(" + b"".join(map(number, values)) + b"t"

    return (
        b"\x80\x02}" + unicode(name) + b"ctorch._utils\n_rebuild_tensor_v2\n("
        + b"(" + unicode("storage") + f"ctorch\n{storage}\n".encode() + unicode("0") + unicode("cpu") + number(count) + b"tQ"
        + number(offset) + numbers(size) + numbers(stride) + b"\x89}tRs."
    )  # fmt: skip


def tensor_zip(*arguments, **keywords):
    return in_zip(tensor(*arguments, **keywords), [("archive/data/0", b"\0" * 16)])


functions = [
    ("posix", "system"), ("os", "system"), ("nt", "system"), ("builtins", "eval"), ("builtins", "exec"),
    ("__builtin__", "eval"), ("builtins", "getattr"), ("builtins", "__import__"), ("subprocess", "Popen"),
    ("runpy", "_run_code"), ("functools", "partial"), ("pickle", "loads"), ("_pickle", "loads"), ("webbrowser", "open"),
    ("torch", "load"), ("torch.jit", "load"), ("torch.hub", "load"), ("torch.storage", "_load_from_bytes"),
    ("torch._utils", "_import_dotted_name"), ("torch.utils.model_zoo", "load_url"), ("numpy", "load"),
    ("numpy.core.multiarray", "_reconstruct"), ("collections", "OrderedDict.fromkeys"), ("__torch__", "Net"),
]  # fmt: skip
hostile = []
for module, name in functions:
    for way, make in (("GLOBAL", call), ("STACK_GLOBAL", stack_call)):
        hostile.append((f"{module}.{name} by {way}, zip", in_zip(make(module, name)), f"{module}.{name}"))
    hostile.append((f"{module}.{name}, legacy", in_legacy(call(module, name)), f"{module}.{name}"))
argument = unicode(CANARY)
hostile += [
    ("INST", in_zip(b"\x80\x02(" + argument + b"iposix\nsystem\n."), "posix.system"),
    ("OBJ", in_zip(b"\x80\x02(cposix\nsystem\n" + argument + b"o."), "posix.system"),
    ("OBJ of something known", in_zip(b"\x80\x02(ccollections\nOrderedDict\n" + argument + b"o."), "OBJ"),
    ("NEWOBJ", in_zip(b"\x80\x02ccollections\nOrderedDict\n" + argument + b"\x85\x81."), "NEWOBJ"),
    ("NEWOBJ_EX", in_zip(b"\x80\x04ccollections\nOrderedDict\n" + argument + b"\x85}\x92."), "NEWOBJ"),
    ("BUILD of a class", in_zip(b"\x80\x02ccollections\nOrderedDict\n}" + argument + argument + b"sb."), "BUILD"),
    ("BUILD of a tuple", in_zip(b"\x80\x02)}b."), "BUILD"),
    ("EXT1", in_zip(b"\x80\x02\x82\x05."), "EXT"),
    ("EXT2", in_zip(b"\x80\x02\x83\x05\x00."), "EXT"),
    ("EXT4", in_zip(b"\x80\x02\x84\x05\x00\x00\x00."), "EXT"),
    ("REDUCE of a storage class", in_zip(b"\x80\x02ctorch\nFloatStorage\nK\x05\x85R."), "torch.FloatStorage"),
    ("REDUCE of text", in_zip(b"\x80\x02" + argument + argument + b"\x85R."), "not a function"),
    ("STACK_GLOBAL of a number", in_zip(b"\x80\x04K\x01K\x02\x93."), "not text"),
    ("text of 4 GB", in_zip(b"\x80\x02X\xff\xff\xff\xffa."), "too early"),
    ("text of 8 EB", in_zip(b"\x80\x04\x8d" + b"\xff" * 7 + b"\x7fa."), "too early"),
    ("text of more than 8 EB", in_zip(b"\x80\x04\x8d" + b"\xff" * 8 + b"a."), "too early"),
    ("frame of 8 EB", in_zip(b"\x80\x04\x95" + b"\xff" * 7 + b"\x7f."), "more than it has put"),
    ("string of negative length", in_zip(b"\x80\x02T\xff\xff\xff\xff."), "too early"),
    ("long of 255 bytes", in_zip(b"\x80\x02\x8a\xff" + b"\x01" * 255 + b"."), "255 bytes"),
    ("LONG4 of 4 GB", in_zip(b"\x80\x02\x8b\xff\xff\xff\x7f."), "0x8b"),
    ("empty stack", in_zip(b"\x80\x02."), "more than it has put"),
    ("no mark", in_zip(b"\x80\x02t."), "more than it has put"),
    ("no memory", in_zip(b"\x80\x02h\x05."), "not memorised"),
    ("no end", in_zip(b"\x80\x02}"), "too early"),
    ("empty pickle", in_zip(b""), "too early"),
    ("a list in itself", in_zip(b"\x80\x02]q\x00h\x00a."), "state_dict"),
    ("a dictionary in itself", in_zip(b"\x80\x02}q\x00" + unicode("model") + b"h\x00s."), "state_dict"),
    ("a number", in_zip(b"\x80\x02K\x05."), "state_dict"),
    ("reaches beyond its storage", tensor_zip(0, [5], [1]), "out of its storage"),
    ("begins beyond its storage", tensor_zip(5, [0], [1]), "out of its storage"),
    ("ends beyond its storage", tensor_zip(2, [3], [1]), "out of its storage"),
    ("negative offset", tensor_zip(-1, [2], [1]), "out of its storage"),
    ("negative size", tensor_zip(0, [-2], [1]), "not described"),
    ("negative stride", tensor_zip(3, [2], [-1]), "not described"),
    ("stride that overflows", tensor_zip(0, [3], [2**62]), "out of its storage"),
    ("sizes that overflow", tensor_zip(0, [2**40, 2**40], [1, 1]), "out of its storage"),
    ("sizes that overflow behind a zero", tensor_zip(0, [0, 2**62, 8], [1, 1, 1]), "out of its storage"),
    ("expanded to 16 TB", tensor_zip(0, [2**42], [0]), "overlap"),
    ("overlapping rows", tensor_zip(0, [2, 3], [1, 1]), "overlap"),
    ("a thousand dimensions", tensor_zip(0, [1] * 1000, [1] * 1000), "not described"),
    ("more strides than sizes", tensor_zip(0, [2], [1, 1]), "not described"),
    ("storage of another length", tensor_zip(0, [2], [1], count=5), "missing or cut off"),
    ("storage of negative length", tensor_zip(0, [2], [1], count=-4), "storage"),
    ("storage of 2^62 numbers", tensor_zip(0, [2], [1], count=2**62), "storage"),
    ("storage that is missing", in_zip(tensor(0, [2], [1])), "missing or cut off"),
    ("storage of an unknown type", tensor_zip(0, [2], [1], storage="ComplexFloatStorage"), "torch.ComplexFloatStorage"),
    ("compressed", in_zip(tensor(0, [2], [1]) + b"\0" * 99, compression=zipfile.ZIP_DEFLATED), "compressed"),
    ("a zip in a zip", in_zip(in_zip(call("posix", "system"))), "0x50"),
    ("another zip", (lambda b: (zipfile.ZipFile(b, "w").writestr("a.txt", "a" * 40), b.getvalue())[1])(io.BytesIO()), "zip"),
    ("two pickles", in_zip(tensor(0, [2], [1]), [("other/data.pkl", b"N.")]), "zip archive of something else"),
    ("big-endian", in_zip(tensor(0, [2], [1]), [("archive/byteorder", b"big")]), "big-endian"),
    ("TorchScript", in_zip(tensor(0, [2], [1]), [("archive/constants.pkl", b"N.")]), "TorchScript"),
    ("legacy that ends early", in_legacy(tensor(0, [2], [1])), "missing or cut off"),
    ("expanded by torch", base64.b64decode(saved({"a": torch.zeros(1).expand(1000)})), "overlap"),
    ("a bare tensor", base64.b64decode(saved(torch.zeros(2))), "state_dict"),
    ("a whole module", base64.b64decode(saved(torch.nn.ReLU())), "torch.nn.modules.activation.ReLU"),
    ("an optimiser's numpy", base64.b64decode(saved({"lr": np.float64(1)})), "numpy"),
]  # fmt: skip

# As PyTorch 0.2 wrote a parameter: Parameter(_rebuild_tensor(storage, 0, (2,), (1,))) with the state (True, False, {}),
# in a dictionary whose key is a string of Python 2; the storage's description has a sixth part.
old = (
    b"\x80\x02}U\x01actorch.nn.parameter\nParameter\nctorch._utils\n_rebuild_tensor\n((U\x07storagectorch\nFloatStorage\n"
    b"U\x015U\x03cpuK\x02NtQK\x00K\x02\x85K\x01\x85tR\x85R(\x88\x89ccollections\nOrderedDict\n)Rtbs."
)
head = in_legacy(old)[: -len(pickle.dumps([], 2))]
old = head + pickle.dumps(["5"], 2) + struct.pack("<qff", 2, 1.5, -2.0)
good.append(("PyTorch 0.2, by hand", text(old), {"a": {"type": "F32", "shape": [2], "floats": [1.5, -2.0]}}))

duplicate = bytearray(in_zip(tensor(0, [2], [1]), [("archive/data/0", b"\0" * 16), ("archive/data/1", b"\0" * 16)]))
place = 0
while (place := duplicate.find(b"archive/data/1", place)) >= 0:
    duplicate[place + 13] = ord("0")
hostile.append(("one name twice", bytes(duplicate), "twice"))

# The directory's second entry is pointed at the first: both claim the same bytes.
overlap = bytearray(in_zip(b"x" * 16, [("archive/data/00", b"\0" * 16)]))
second = overlap.rfind(b"PK\x01\x02")
overlap[second + 42 : second + 46] = struct.pack("<I", 0)
hostile.append(("overlapping files", bytes(overlap), "overlap"))
encrypted = bytearray(in_zip(tensor(0, [2], [1])))
encrypted[encrypted.rfind(b"PK\x01\x02") + 8] |= 1
hostile.append(("encrypted", bytes(encrypted), "encrypted"))

tape = io.BytesIO()
with tarfile.open(fileobj=tape, mode="w") as archive:
    archive.addfile(tarfile.TarInfo("pickle"), io.BytesIO())
hostile.append(("tar of PyTorch 0.1", tape.getvalue()[:1024], "tar"))
hostile.append(("a plain pickle", call("posix", "system"), "pickle"))

halves = [0.0, -0.0, 1.0, 0.1, -3.14159, 65504.0, 65519.0, 6e-8, 2.9e-8, 3e-8, 1e-5, 2049.0, 2051.0, 1e-10]
GOLDEN.write_text(
    json.dumps(
        {
            "made by": "Tools/golden/weights.py",
            "versions": {name: importlib.metadata.version(name) for name in ("torch", "safetensors", "numpy")},
            "seed": 1,
            "good": [{"name": n, "file": f, "tensors": t} for n, f, t in good],
            "hostile": [{"name": n, "file": text(f), "error": e} for n, f, e in hostile],
            "halves": [{"float": v, "half": int(np.float16(v).view(np.uint16))} for v in halves],
        },
        indent=1,
    )
    + "\n"
)
