"""What the checks of the prediction service need: a service of one's own, callers, and the list of checks."""
import argparse
import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

arguments = argparse.ArgumentParser(prog="Scripts/check-serving", description="Attacks the prediction service.")
arguments.add_argument("model", help="a package's folder")
arguments.add_argument("photo", help="a JPEG")
arguments.add_argument("--program", default=str(ROOT / ".build/release/ocelot-serve"))
arguments.add_argument("--only", default="", help="some of the checks, such as T05,T22")
arguments.add_argument("--seeds", default="", help="a folder of image files that are mutated beside the photo (T05) and compared (T07)")
arguments.add_argument("--mutants", type=int, default=10_000, help="images of T05, and requests of T11")
arguments.add_argument("--runs", type=int, default=1_000_000, help="inputs of each parser in T11")
arguments.add_argument("--soak", type=int, default=60, help="seconds of T27")
arguments.add_argument("--pictures", default="", help="a folder for pictures of the service's page")
options = arguments.parse_args()
photo = Path(options.photo).read_bytes()
ocelot = str(Path(options.program).resolve().with_name("ocelot"))
checks = []


class Skipped(Exception):
    """A check that cannot be made here; the text says why."""


def check(name, text, limit):
    """A check returns whether all is as wanted, and its figure; `limit` says what is wanted."""
    def add(body):
        checks.append((name, text, limit, body))
        return body
    return add


def tool(name):
    path = shutil.which(name)
    if not path:
        raise Skipped(f"{name} is not installed")
    return path


def module(name):
    try:
        return __import__(name, fromlist=["_"])
    except ImportError:
        raise Skipped(f"Python's {name} is not installed") from None


class Service:
    """A service of our own, on a free port."""

    def __init__(self, *more, model=None, limits=None):
        self.log = tempfile.NamedTemporaryFile(prefix="check-serving-", suffix=".log")
        command = [options.program, f"m={model or options.model}", "--port", "0", *more]
        if limits:
            command = ["prlimit", *limits, *command]
        self.process = subprocess.Popen(command, stderr=self.log, stdout=subprocess.DEVNULL)
        self.port = None
        for _ in range(600):
            found = re.search(r"Listening on https?://[^ ]*:(\d+)/", self.written())
            if found:
                self.port = int(found.group(1))
                break
            if self.process.poll() is not None:
                break
            time.sleep(0.02)

    def __enter__(self):
        assert self.port, self.written()
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()

    def written(self):
        return Path(self.log.name).read_text()

    def tuned(self):
        """Waits until it has compiled and measured batches, which takes time and memory of its own."""
        for _ in range(400):
            if '"event":"tuned"' in self.written():
                return self
            time.sleep(0.05)
        return self

    def held(self):
        """In MiB; the peak, VmHWM, begins again with it, so that a start's own does not hide what follows."""
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")
        return self.status("VmHWM")

    def status(self, field):
        """In MiB."""
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(field + r":\s+(\d+)", text).group(1)) / 1024

    def ask(self, method="POST", path="/v1/models/m:predict", body=photo, headers={}, timeout=30):
        """Status, body, header fields, milliseconds."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        began = time.perf_counter()
        try:
            connection.request(method, path, body=body if method == "POST" else None, headers=headers)
            answer = connection.getresponse()
            data = answer.read()
            return answer.status, data, dict(answer.getheaders()), 1000 * (time.perf_counter() - began)
        finally:
            connection.close()

    def raw(self, data, timeout=5, more=()):
        """Sends bytes as they are; what comes back until the end."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout) as connection:
            answer = b""
            try:
                connection.sendall(data)
                for piece in more:
                    connection.sendall(piece)
            except OSError:
                pass
            try:
                while piece := connection.recv(65536):
                    answer += piece
            except OSError:
                pass
            return answer

    def metric(self, name):
        """The sum over all labels."""
        text = self.ask("GET", "/metrics")[1].decode()
        return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if re.match(name + r"[ {]", line))

    def workers(self):
        out = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, text=True).stdout
        return [int(line) for line in out.split()]

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))


def peak_of(process):
    """In MiB."""
    return int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{process}/status").read_text()).group(1)) / 1024


def load(service, seconds, callers, stop=None):
    """Callers that ask one after another; statuses, with -1 for a request that had no whole answer."""
    statuses, lock, end = {}, threading.Lock(), time.monotonic() + seconds

    def caller():
        connection = None
        while time.monotonic() < end and not (stop and stop.is_set()):
            try:
                connection = connection or http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)
                connection.request("POST", "/v1/models/m:predict", body=photo)
                answer = connection.getresponse()
                answer.read()
                status = answer.status
                if answer.getheader("connection") == "close":
                    connection.close()
                    connection = None
            except ConnectionRefusedError:
                return
            except (OSError, http.client.HTTPException):
                status, connection = -1, None
            with lock:
                statuses[status] = statuses.get(status, 0) + 1
    threads = [threading.Thread(target=caller) for _ in range(callers)]
    for thread in threads:
        thread.start()
    return threads, statuses


def side_by_side(callers, body):
    """Calls `body(number)` on as many threads, and waits."""
    threads = [threading.Thread(target=body, args=(number,)) for number in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def command(*words, **more):
    """Runs one of the real commands; what it wrote."""
    finished = subprocess.run([ocelot, *map(str, words)], capture_output=True, text=True, **more)
    if finished.returncode:
        raise RuntimeError(f"ocelot {words[0]} ended with {finished.returncode}: {finished.stderr.strip()[-300:]}")
    return finished.stdout


def run():
    """Every check, or those that were asked for; ends with 1 if one fails."""
    wanted, failed, count = set(filter(None, options.only.split(","))), [], 0
    for name, text, limit, body in checks:
        if wanted and name not in wanted:
            continue
        try:
            right, figure = body()
        except Skipped as reason:
            right, figure = None, str(reason)
        except Exception as error:
            right, figure = False, f"{type(error).__name__}: {error}"
        count += 1
        verdict = "skipped" if right is None else "pass" if right else "FAIL"
        print(f"{name} {verdict}: {text}: {figure} (wanted: {limit})", flush=True)
        if right is False:
            failed.append(name)
    print(f"{len(failed)} of {count} failed" + (f": {', '.join(failed)}" if failed else ""))
    sys.exit(1 if failed else 0)


def sorted_json(value):
    return json.dumps(value, indent=1, sort_keys=True)
