"""New versions under load."""
import hashlib
import http.client
import json
import re
import shutil
import signal
import struct
import tempfile
import threading
import time
from pathlib import Path

from harness import Service, check, load, options, photo


def version_altered(package, target):
    """A copy of a package whose scores have the other sign, with digests that fit: another version of the same model."""
    shutil.copytree(package, target)
    weights = (target / "weights.safetensors").read_bytes()
    length = struct.unpack("<Q", weights[:8])[0]
    arrays = json.loads(weights[8:8 + length])
    name = "svm.weight" if "svm.weight" in arrays else sorted(key for key in arrays if re.fullmatch(r"head\.\d+\.weight", key))[-1]
    first, last = (8 + length + offset for offset in arrays[name]["data_offsets"])
    numbers = weights[first:last]
    turned = bytearray(numbers)
    turned[3::4] = bytes(byte ^ 0x80 for byte in turned[3::4])
    for file in ("weights.safetensors", "model.onnx"):
        data = (target / file).read_bytes()
        assert data.count(numbers) == 1, f"{file} holds {name} {data.count(numbers)} times"
        (target / file).write_bytes(data.replace(numbers, bytes(turned)))
    (target / "manifest.sig").unlink(missing_ok=True)
    manifest = (target / "manifest.json").read_text()
    own = json.loads(manifest)["digest"]
    for file, record in json.loads(manifest)["files"].items():
        manifest = manifest.replace(record["sha256"], hashlib.sha256((target / file).read_bytes()).hexdigest())
    manifest = manifest.replace(own, "0" * 64)
    manifest = manifest.replace("0" * 64, hashlib.sha256(manifest.encode()).hexdigest())
    (target / "manifest.json").write_text(manifest)


def version_answer(service, path="/v1/models/m:predict?top_k=10000"):
    status, body, _, _ = service.ask(path=path)
    return version_read(body) if status == 200 else (status, {})


def version_read(body):
    answer = json.loads(body)
    return answer["model"]["version"], {entry["label"]: entry["probability"] for entry in answer["predictions"][0]["top"]}


def version_load(service, callers, stop, answers):
    """Callers that ask one after another; what they are answered, in the order of the answers."""
    def caller():
        connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)
        while not stop.is_set():
            try:
                connection.request("POST", "/v1/models/m:predict?top_k=10000", body=photo)
                answer = connection.getresponse()
                body = answer.read()
                answers.append((answer.status, body))
            except (OSError, http.client.HTTPException) as error:
                answers.append((type(error).__name__, b""))
                connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)
    threads = [threading.Thread(target=caller) for _ in range(callers)]
    for thread in threads:
        thread.start()
    return threads


@check("version", "new versions put in place while hundreds of requests wait", "0 failed, each answer wholly of the version that it names")
def version_change():
    with tempfile.TemporaryDirectory() as folder:
        models = Path(folder) / "models/m"
        models.mkdir(parents=True)
        shutil.copytree(options.model, models / "1")
        version_altered(Path(options.model), Path(folder) / "altered")
        with Service("--workspace", folder, "--queue", "1000", "--log", "events", model="m") as service:
            service.tuned()
            expected = dict([version_answer(service)])
            # As many as are answered in 3 s, a tenth of the time for an answer: on a machine that is busy otherwise fewer.
            trial, statuses = load(service, 3, 8)
            for thread in trial:
                thread.join()
            callers = max(8, min(400, sum(statuses.values())))
            answers, stop = [], threading.Event()
            threads = version_load(service, callers, stop, answers)
            await_count(answers, 2 * callers)
            # File by file into its place, as 'cp -r' does it: half a package is no version.
            (models / "2").mkdir()
            for path in sorted((Path(folder) / "altered").iterdir(), key=lambda path: path.name != "manifest.json"):
                shutil.copy(path, models / "2" / path.name)
                time.sleep(0.5)
            service.process.send_signal(signal.SIGHUP)
            await_version(answers, "2")
            await_count(answers, len(answers) + callers)
            expected |= dict([version_answer(service)])
            # In one step, back to what was before.
            shutil.copytree(options.model, models / ".3")
            (models / ".3").rename(models / "3")
            service.process.send_signal(signal.SIGHUP)
            await_version(answers, "3")
            await_count(answers, len(answers) + callers)
            expected |= dict([version_answer(service)])
            stop.set()
            for thread in threads:
                thread.join()
    failed = {}
    for status in (status for status, _ in answers if status != 200):
        failed[status] = failed.get(status, 0) + 1
    counts, mixed = {}, 0
    for version, scores in (version_read(body) for status, body in answers if status == 200):
        counts[version] = counts.get(version, 0) + 1
        mixed += max((abs(value - scores.get(label, 9)) for label, value in expected.get(version, {"": 9}).items())) > 1e-3
    apart = max(abs(value - expected["2"][label]) for label, value in expected["1"].items()) if {"1", "2"} <= set(expected) else 0
    right = not failed and mixed == 0 and apart > 0.05 and set(counts) == {"1", "2", "3"}
    return right, f"{len(answers)} answers with {callers} waiting at any time, by version {counts}: failed {failed or 0}, not wholly of the version they name {mixed} (the versions are {apart:.2f} apart)"


def await_count(answers, count, seconds=120):
    end = time.monotonic() + seconds
    while len(answers) < count and time.monotonic() < end:
        time.sleep(0.05)


def await_version(answers, version, seconds=120):
    end, seen = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        for status, body in answers[seen:]:
            seen += 1
            if status == 200 and json.loads(body)["model"]["version"] == version:
                return
        time.sleep(0.05)
