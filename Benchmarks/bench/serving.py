"""Predictions over HTTP: ours beside FastAPI (PyTorch; ONNX Runtime), LitServe and BentoML, on the same cores, in one go.

One JPEG of 640 × 480 is posted by 1, 4, 16 and 64 callers (wrk, which takes its share of the same cores). How long a server
starts and what it holds is measured while it is the only one. For the rates all are up, and all but the one that is asked are
stopped (SIGSTOP): rounds of a few seconds go through all of them in turn, since the machine changes by more than they differ
within minutes. The weights are seeded, of no use, and the same for all.
"""
import base64
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time

from .common import OCELOT, ROOT, Row, Skip, compare, data, few, ocelot, tool

CALLERS = [1, 4, 16, 64]
# FastAPI with PyTorch in 32 bits, as everybody writes it; and with whatever makes it the fastest, where ours has it too.
TORCH, FAST_TORCH = ["fastapi-torch"], ["fastapi-torch", "fastapi-torch-bfloat16", "fastapi-torch-int8"]
OTHERS = ["fastapi-onnx", "fastapi-onnx-int8", "litserve", "bentoml"]
HERE = pathlib.Path(__file__).parent


def environment():
    """The peers' Python: an environment of its own on top of the other peers', made once."""
    folder = ROOT / ".deps" / "serving-venv"
    python, stamp = folder / "bin" / "python", folder / ".requirements"
    requirements = HERE.parent / "requirements-serving.txt"
    if not stamp.exists() or stamp.read_bytes() != requirements.read_bytes():
        print("bench: setting up the peers' servers in .deps/serving-venv (once)", file=sys.stderr)
        shutil.rmtree(folder, ignore_errors=True)
        steps = [[sys.executable, "-m", "venv", folder], [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", requirements]]
        for step in steps:
            done = subprocess.run(step, capture_output=True, text=True, check=False)
            if done.returncode:
                raise Skip(f"the peers' servers cannot be installed: {done.stderr.strip().splitlines()[-1:]}")
        site = next(pathlib.Path(folder).glob("lib/python*/site-packages"))
        here = next(pathlib.Path(sys.prefix).glob("lib/python*/site-packages"))
        (site / "peers.pth").write_text(f"{here}\n")
        shutil.copyfile(requirements, stamp)
    return python


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Server:
    """A server that has answered once."""

    def __init__(self, kind, command, port, path, body, fields, scratch):
        self.kind, self.port, self.path, self.fields = kind, port, path, fields
        self.script, self.body = scratch / f"{kind}.lua", scratch / f"{kind}.body"
        self.body.write_bytes(body)
        lines = "".join(f'wrk.headers["{key}"] = "{value}"\n' for key, value in fields.items())
        self.script.write_text(f'wrk.method = "POST"\n{lines}wrk.body = io.open("{self.body}", "rb"):read("*a")\n')
        self.log = open(scratch / f"{kind}.log", "w")
        began = time.perf_counter()
        self.process = subprocess.Popen([str(part) for part in command], stdout=self.log, stderr=self.log)
        while True:
            try:
                status, text = self.ask()
                if status == 200:
                    break
                if status not in (404, 502, 503):
                    raise RuntimeError(f"{kind} answers with {status}: {text[:200]}")
            except OSError:
                pass
            if self.process.poll() is not None or time.perf_counter() - began > 120:
                self.end()
                raise RuntimeError(f"{kind} does not start: {pathlib.Path(self.log.name).read_text()[-400:]}")
            time.sleep(0.005)
        self.start = time.perf_counter() - began

    def ask(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("POST", self.path, self.body.read_bytes(), self.fields)
        answer = connection.getresponse()
        return answer.status, answer.read()

    def processes(self):
        """Itself and all that it started, directly or not."""
        children = {}
        for folder in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(folder.name))
        found = [self.process.pid]
        for one in found:
            found += children.get(one, [])
        return found

    def work_off(self):
        """Waits until it has done what callers who have left asked: some servers compute that all the same, and would do so in the next turn."""
        for _ in range(3):
            self.ask()

    def stop(self):
        """Lets none of its processes do anything until `go_on`."""
        self.work_off()
        self._signal(signal.SIGSTOP)

    def go_on(self):
        self._signal(signal.SIGCONT)

    def _signal(self, number):
        for one in self.processes():
            try:
                os.kill(one, number)
            except ProcessLookupError:
                pass

    def end(self):
        self.go_on()
        every = self.processes()
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            pass
        for one in every:
            try:
                os.kill(one, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()
        self.log.close()

    def wrk(self, callers, seconds):
        """Answers a second, and half of the answers' milliseconds."""
        out = subprocess.run(["wrk", "-t1", f"-c{callers}", f"-d{seconds}s", "--latency", "--timeout", "30s", "-s", self.script, f"http://127.0.0.1:{self.port}{self.path}"],
                             capture_output=True, text=True, check=True).stdout
        bad = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
        rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1))
        if bad:
            rate *= 1 - int(bad.group(1)) / int(re.search(r"(\d+) requests in", out).group(1))
        amount, unit = re.search(r"50%\s+([\d.]+)(us|ms|s)", out).groups()
        return rate, float(amount) * {"us": 1e-3, "ms": 1, "s": 1e3}[unit]

    def memory(self):
        """Of all its processes, in MiB; what several share counts once (PSS)."""
        total = 0
        for one in self.processes():
            try:
                total += int(re.search(r"Pss:\s+(\d+)", pathlib.Path(f"/proc/{one}/smaps_rollup").read_text()).group(1))
            except OSError:
                pass
        return total / 1024


def servers(name, weights, photo, options, precision):
    """A function for each server that starts it."""
    scratch, image = options.scratch, photo.read_bytes()
    commands = {}
    if options.ours():
        workspace = options.scratch / "serving"
        ocelot("train", "classifier", few(data("fashion-texture"), 12, scratch / f"few-{name}"), "--name", name.replace("_", "-"), "--method", "svm", "--backbone", name,
               "--weights", weights, "--workspace", workspace, "--quiet", "--json")
        model = served(name, precision)
        if precision == "int8":
            # The weights are seeded, so accuracy says nothing.
            ocelot("quantize", name.replace("_", "-"), data("fashion-texture"), "--photos", 20, "--tolerance", 1, "--workspace", workspace, "--quiet", "--json")

        def ours():
            port = free_port()
            return Server("ours", [OCELOT.with_name("ocelot-serve"), model, "--workspace", workspace, "--port", port, "--log", "events", "--precision", asked(precision)], port, f"/v1/models/{model}:predict", image,
                          {"Content-Type": "image/jpeg"}, scratch)
        commands["ours"] = ours
    if options.peer():
        python = environment()

        def peer(kind, server, number):
            port = free_port()
            body, fields = image, {"Content-Type": "image/jpeg"}
            if kind == "litserve":
                body, fields = json.dumps({"image": base64.b64encode(image).decode()}).encode(), {"Content-Type": "application/json"}
            return Server(kind, ["env", f"PEER_PRECISION={number}", python, HERE / "peer_server.py", server, name, port, weights], port, "/predict", body, fields, scratch)
        number = "bfloat16" if precision != "float32" and has_bfloat16() else "float32"
        peers = {"fastapi-torch": ("fastapi-torch", "float32"), "fastapi-onnx": ("fastapi-onnx", "float32"), "litserve": ("litserve", number), "bentoml": ("bentoml", number)}
        if number != "float32":
            peers["fastapi-torch-bfloat16"] = ("fastapi-torch", number)
        if precision == "int8":
            peers |= {f"{kind}-int8": (kind, "int8") for kind in ("fastapi-torch", "fastapi-onnx")}
        for kind, (server, number) in peers.items():
            commands[kind] = lambda kind=kind, server=server, number=number: peer(kind, server, number)
    return commands


def served(name, precision):
    """What the model is called that is served."""
    return name.replace("_", "-") + ("-int8" if precision == "int8" else "")


def asked(precision):
    """What is said by --precision: integers are the model's own."""
    return "float32" if precision == "int8" else precision


def has_bfloat16():
    flags = pathlib.Path("/proc/cpuinfo")
    return flags.exists() and any(flag in flags.read_text() for flag in ("avx512_bf16", "amx_bf16"))


def picture(path):
    """640 × 480, as cameras and telephones send them in a message."""
    from PIL import Image

    Image.open(sorted(data("fashion-texture").glob("*/*.jpg"))[0]).convert("RGB").resize((640, 480), Image.Resampling.BICUBIC).save(path, quality=85)
    return path


def measure(options, precision="float32"):
    if sys.platform != "linux" or not shutil.which("wrk"):
        raise Skip("wrk is not installed, or this is not Linux")
    seconds = 2 if options.quick else 3
    photo = picture(options.scratch / "photo.jpg")
    for name in ["mobilenet_v2"] if options.quick else ["mobilenet_v2", "resnet18"]:
        weights = options.scratch / f"{name}-serving.safetensors"
        tool("seeded_weights", name, weights)
        to_start = servers(name, weights, photo, options, precision)
        figures = Figures()
        figures.alone(to_start, options.repeats)
        package = options.scratch / "serving" / "models" / served(name, precision) / "1"
        bare = lambda: ocelot("bench", "answer", package, photo, "--seconds", 1, "--precision", asked(precision), "--json").last()["p50_ms"]
        figures.in_turns(to_start, 3 * options.repeats, seconds, bare)
        yield from figures.rows(name if precision == "float32" else f"{name} in {precision}")


class Figures:
    """What is measured of all servers with one network."""

    def __init__(self):
        self.starts, self.memory, self.rates, self.halves, self.lacking = {}, {}, {}, {}, {}
        # Half of the answers' milliseconds, of one caller and of the engine alone.
        self.pairs = []

    def started(self, kind, start):
        """The server; None if it does not start."""
        try:
            return start()
        except RuntimeError as reason:
            self.lacking[kind] = str(reason)
            return None

    def alone(self, to_start, repeats):
        for kind, start in [pair for _ in range(repeats) for pair in to_start.items()]:
            if kind in self.lacking or not (server := self.started(kind, start)):
                continue
            try:
                for callers in CALLERS:
                    server.wrk(callers, 3)
                self.starts.setdefault(kind, []).append(server.start)
                self.memory.setdefault(kind, []).append(server.memory())
            finally:
                server.end()

    def in_turns(self, to_start, rounds, seconds, bare):
        up = {}
        try:
            for kind, start in to_start.items():
                if kind not in self.lacking and (server := self.started(kind, start)):
                    up[kind] = server
                    # Until what is measured or loaded after the start is done.
                    server.wrk(4, 3)
                    server.stop()
            for callers in [callers for _ in range(rounds) for callers in CALLERS]:
                for kind, server in up.items():
                    server.go_on()
                    server.wrk(callers, 1)
                    server.work_off()
                    # Where many wait, an answer takes seconds.
                    rate, half = server.wrk(callers, seconds * (2 if callers > 16 else 1))
                    server.stop()
                    self.rates.setdefault((kind, callers), []).append(rate)
                    self.halves.setdefault((kind, callers), []).append(half)
            if ours := up.get("ours"):
                ours.go_on()
                # Short turns, each first as often: the machine's speed changes by more than the difference.
                for turn in range(10 * rounds):
                    before = bare() if turn % 2 else None
                    half = ours.wrk(1, 1)[1]
                    self.pairs.append((half, before or bare()))
        finally:
            for server in up.values():
                server.end()

    def rows(self, name):
        middle = lambda values: statistics.median(values) if values else None
        for callers in CALLERS:
            ours, half = self.rates.get(("ours", callers)), middle(self.halves.get(("ours", callers)))
            for title, kinds, target in [("FastAPI + PyTorch", TORCH, 3), ("FastAPI + PyTorch in its fastest numbers", FAST_TORCH, 3), ("the best of the others", OTHERS, 1.2)]:
                rates = {kind: middle(self.rates[kind, callers]) for kind in kinds if (kind, callers) in self.rates}
                if kinds == FAST_TORCH and len(rates) < 2:
                    continue
                best = max(rates, key=rates.get) if rates else None
                note = ", ".join(f"{kind} {rate:.0f} (p50 {middle(self.halves[kind, callers]):.0f} ms)" for kind, rate in rates.items())
                yield compare(f"serving, {name}, {callers} callers, {title}", "requests/s", ours, self.rates.get((best, callers)), target=target,
                              note=" beside ".join(filter(None, [f"p50 {half:.1f} ms" if half else "", note])))
        all_memory = ", ".join(f"{kind} {middle(values):.0f}" for kind, values in self.memory.items())
        yield compare(f"serving, {name}, memory", "MiB", self.memory.get("ours"), self.memory.get(TORCH[0]), target=2, lower_is_better=True, note=all_memory)
        if "ours" in self.starts:
            yield Row(f"serving, {name}, start to the first answer", "s", ours=middle(self.starts["ours"]), peer=middle(self.starts.get(TORCH[0])), target=1, target_of="ours",
                      lower_is_better=True, note=", ".join(f"{kind} {middle(values):.2f}" for kind, values in self.starts.items()))
            differences = [half - alone for half, alone in self.pairs]
            yield Row(f"serving, {name}, p50 beyond the bare engine", "ms", ours=middle(differences), target=1.5, target_of="ours", lower_is_better=True,
                      note=f"one caller {middle([half for half, _ in self.pairs]):.2f}, the engine alone {middle([alone for _, alone in self.pairs]):.2f}; {len(self.pairs)} turns, {min(differences):.1f} to {max(differences):.1f}")
        for kind, reason in self.lacking.items():
            yield Row(f"serving, {name}, {kind}", "", note=f"did not run: {reason}")
