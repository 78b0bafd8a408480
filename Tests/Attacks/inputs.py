"""Hostile files and hostile JSON."""
import http.client
import json
import os
import random
import re
import shutil
import signal
import struct
import subprocess
import tempfile
import threading
import time
import zlib

from files import files_of, gif, png, tiff
from harness import Service, check, load, options, peak_of, photo, side_by_side, tool
from packages import broken


@check("T01", "PNG bomb of 20,000 x 20,000 pixels is refused by its header",
       "422, < 50 ms, < 20 MB more")
def t01():
    bomb = png(20_000, 20_000, rows=bytes(2501 * 20_000))
    with Service() as service:
        service.tuned().ask()
        before = service.held()
        status, _, _, ms = min((service.ask(body=bomb) for _ in range(3)), key=lambda answer: answer[3])
        growth = service.status("VmHWM") - before
    return status == 422 and ms < 50 and growth < 20, f"{status} in {ms:.1f} ms, {growth:+.1f} MB, file of {len(bomb)} bytes"


@check("T02", "headers that lie",
       "all refused, < 1000 ms, peak < 256 MB")
def t02():
    gif = b"GIF89a\xff\xff\xff\xff\x00\x00\x00"
    webp = b"RIFF\x1a\x00\x00\x00WEBPVP8L\x0e\x00\x00\x00\x2f\xff\xff\xff\x0f" + bytes(10)
    sof = b"\xff\xd8\xff\xc2\x00\x11\x08" + struct.pack(">HH", 65500, 65500) + b"\x03\x01\x11\x00\x02\x11\x00\x03\x11\x00\xff\xd9"
    tiff = b"II*\x00\x08\x00\x00\x00" + struct.pack("<H", 2) + struct.pack("<HHII", 256, 4, 1, 10**6) + struct.pack("<HHII", 257, 4, 1, 10**6) + struct.pack("<I", 8)
    text = png(10, 10, rows=bytes(30))
    many = text[:33] + b"".join(struct.pack(">I", 5) + b"tEXt" + b"a\x00bcd" + struct.pack(">I", zlib.crc32(b"tEXta\x00bcd")) for _ in range(100_000)) + text[33:]
    cases = {"png 1e7": png(10**7, 10**7), "gif": gif, "webp": webp, "jpeg": sof, "tiff": tiff, "zero": png(0, 5), "png tEXt": many}
    refused, slowest = 0, 0
    with Service() as service:
        service.ask()
        for name, body in cases.items():
            status, _, _, ms = service.ask(body=body)
            refused += status in (415, 422) or (name == "png tEXt" and status == 200)
            slowest = max(slowest, ms)
        peak = max([service.status("VmHWM")] + [peak_of(worker) for worker in service.workers()])
    return refused == len(cases) and slowest < 1000, f"{refused} of {len(cases)} in order, slowest {slowest:.0f} ms, peak {peak:.0f} MB"


@check("T03", "formats that are not read, and what the reading process opens",
       "all 415, 0 files opened")
def t03():
    bodies = [b"<svg xmlns='http://www.w3.org/2000/svg'><image href='/etc/passwd'/></svg>", b"%PDF-1.7\n", b"%!PS-Adobe-3.0\n", b"gimp xcf v011\0",
              b"MATLAB 5.0 MAT-file", b"SIMPLE  =                    T", b"push graphic-context\nimage over 0,0 0,0 '/etc/passwd'\n", bytes(348) + b"n+1\0",
              b"\x00\x00\x00\x0cjP  \r\n\x87\n", b"1,2,3\n4,5,6\n", b"P6\n2 2\n255\n" + bytes(12), b"#?RADIANCE\n", b"8BPS\x00\x01" + bytes(20), b"qoif" + bytes(20)]
    with Service() as service:
        service.ask()
        refused = sum(service.ask(body=body)[0] == 415 for body in bodies)
        opened = "strace is not installed"
        if shutil.which("strace"):
            trace = tempfile.NamedTemporaryFile()
            pids = [argument for worker in service.workers() for argument in ("-p", str(worker))]
            tracer = subprocess.Popen(["strace", "-f", "-e", "trace=open,openat,execve,connect,socket", "-o", trace.name, *pids], stderr=subprocess.DEVNULL)
            time.sleep(1)
            for body in bodies + [photo, png(30, 30, 8, 2, (b"\0" + bytes(90)) * 30)]:
                service.ask(body=body)
            tracer.send_signal(signal.SIGINT)
            tracer.wait()
            opened = sum(") = " in line and " = -1 " not in line and re.search(r"(open|exec|connect|socket)", line) is not None for line in open(trace.name))
    return refused == len(bodies) and opened in (0, "strace is not installed"), f"{refused} of {len(bodies)} refused, files opened: {opened}"


@check("T04", "files that are not what they are called",
       "by their bytes: pictures 200, others 415; every answer ours, nosniff; 0 originals given back")
def t04():
    page = b"<!DOCTYPE html><script>window.__xss=1</script>"
    cases = [(tiff(30, 20), "image/jpeg", "photo.jpg", 200), (photo + page, "text/html", "page.html", 200), (png(30, 20, 8, 2, (b"\0" + bytes(90)) * 20), "image/gif", "a.gif", 200),
             (gif(30, 20), "application/json+x", "a.json", 200), (page, "image/jpeg", "photo.jpg", 415), (page + photo, "image/jpeg", "photo.jpg", 415), (b"GIF89a" + page, "image/gif", "a.gif", 422),
             (b"\xff\xd8\xff" + page, "image/jpeg", "photo.jpg", 422)]
    right, sniffed, given_back = 0, 0, 0
    with Service() as service:
        for body, kind, name, wanted in cases:
            form = b'--b\r\nContent-Disposition: form-data; name="image"; filename="' + name.encode() + b'"\r\nContent-Type: ' + kind.encode() + b"\r\n\r\n" + body + b"\r\n--b--\r\n"
            for sent, headers in ((body, {"Content-Type": kind}), (form, {"Content-Type": "multipart/form-data; boundary=b"})):
                status, answer, fields, _ = service.ask(body=sent, headers=headers)
                right += status == wanted or (wanted == 422 and status == 415)
                sniffed += fields["content-type"].split(";")[0] != "application/json" or fields["x-content-type-options"] != "nosniff"
                given_back += body[:200] in answer or b"__xss" in answer
        addresses = [route for route in json.loads(service.ask("GET", "/openapi.json")[1])["paths"]]
        for address in addresses:
            answer = service.ask("GET", address.replace("{model}", "m").replace("{version}", "1"))
            given_back += answer[1][:3] in (b"\xff\xd8\xff", b"GIF", b"\x89PN", b"II*")
            sniffed += answer[2].get("x-content-type-options") != "nosniff"
    return right == 2 * len(cases) and sniffed == 0 and given_back == 0, f"{right} of {2 * len(cases)} in order; answers of another type or without nosniff {sniffed}; originals given back {given_back} by {len(cases)} files and {len(addresses)} addresses"


@check("T05", "mutated images", "200, 415 or 422 only; crashes 0, hangs (> 2 s) 0, < 50 MB more")
def t05():
    generator = random.Random(5)
    noise = b"".join(b"\0" + generator.randbytes(120) for _ in range(40))
    seeds = [photo, png(40, 40, 8, 2, noise), gif(40, 40), tiff(40, 40)] + [data for _, data in files_of(options.seeds, 200_000)]
    kinds = {data[:4] for data in seeds}
    zzuf, statuses, lock, hangs, rss = shutil.which("zzuf"), {}, threading.Lock(), [], []

    def mutant(number):
        data = seeds[number % len(seeds)]
        if zzuf:
            return subprocess.run([zzuf, "-s", str(number), "-r", "0.004"], input=data, capture_output=True).stdout
        place, out = random.Random(number), bytearray(data)
        for _ in range(max(1, int(8 * len(out) * 0.004))):
            out[place.randrange(len(out))] ^= 1 << place.randrange(8)
        return bytes(out)
    with Service("--log", "events") as service:
        service.tuned()

        def caller(first):
            connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)
            for number in range(first, options.mutants, 4):
                body = mutant(number)
                if number % 10 == 9:
                    body = body[:1 + number % len(body)]
                began = time.perf_counter()
                connection.request("POST", "/v1/models/m:predict", body=body)
                answer = connection.getresponse()
                answer.read()
                seconds = time.perf_counter() - began
                with lock:
                    if seconds > 2:
                        hangs.append(seconds)
                    statuses[answer.status] = statuses.get(answer.status, 0) + 1
                    if sum(statuses.values()) == options.mutants // 5:
                        rss.append(service.status("VmRSS"))
        side_by_side(4, caller)
        restarts = int(service.metric("ocelot_decode_worker_restarts_total"))
        growth = service.status("VmRSS") - (rss or [service.status("VmRSS")])[0]
        alive = service.process.poll() is None and service.ask()[0] == 200
    right = set(statuses) <= {200, 415, 422} and sum(statuses.values()) == options.mutants
    return right and alive and not hangs and restarts == 0 and growth < 50, f"{options.mutants} images by {'zzuf' if zzuf else 'our own changes'} of {len(seeds)} seeds of {len(kinds)} kinds: {statuses}, crashes {restarts}, hangs {len(hangs)}, {growth:+.1f} MB after the first fifth"


@check("T06", "decoder processes killed under load",
       "others failed 0")
def t06():
    with Service("--log", "events") as service:
        service.tuned()
        threads, statuses = load(service, 12, 4)
        killed = 0
        for _ in range(50):
            workers = service.workers()
            if workers:
                os.kill(random.choice(workers), signal.SIGSEGV)
                killed += 1
            time.sleep(0.2)
        for thread in threads:
            thread.join()
        restarts = int(service.metric("ocelot_decode_worker_restarts_total"))
    broken = {status: count for status, count in statuses.items() if status not in (200, 500)}
    # A kill can take the one request that the worker was at, never another.
    return not broken and statuses.get(500, 0) <= killed and restarts >= 1, f"{killed} killed, {statuses.get(500, 0)} of their own requests 500, others failed {sum(broken.values())} of {sum(statuses.values())}, restarts {restarts}"


@check("T09", "hostile JSON",
       "all 400, each < 100 ms, < 64 MB more")
def t09():
    path = "/v2/models/m/infer"
    tensor = lambda shape, data, kind="FP32": json.dumps({"inputs": [{"name": "pixels", "shape": shape, "datatype": kind, "data": data}]}).encode()
    cases = [b"[" * 10_000, b'{"a":' * 10_000, b"[" + b"1," * 999_999 + b"1]", b"[" + b"[]," * 500_000 + b"[]]", b'{"inputs":[1e400]}', b'{"a":1,"a":2}', b'{"a":"\xff"}',
             tensor([4294967296, 4294967296], [1]), tensor([-1, 224, 224, 3], [1]), tensor([1, 224, 224, 3], [1]), tensor([1, 2], [1, 2], "INT64"),
             tensor([2147483647], [1], "INT64"), b"", b"null", b'{"inputs":[{"name":"image","shape":[1],"datatype":"BYTES","data":["%%%"]}]}', b'"' + b"a" * 1_000_000]
    right, slowest = 0, 0
    with Service() as service:
        service.tuned().ask()
        before = service.held()
        for body in cases:
            # The best of five: what else the machine does says nothing of the service.
            answers = [service.ask(path=path, body=body, headers={"Content-Type": "application/json"}) for _ in range(5)]
            status, ms = answers[0][0], min(answer[3] for answer in answers)
            right += status == 400
            slowest = max(slowest, ms)
        growth = service.status("VmHWM") - before
    return right == len(cases) and slowest < 100 and growth < 64, f"{right} of {len(cases)} refused with 400, slowest {slowest:.0f} ms, {growth:+.1f} MB"


@check("T10", "a network that gives NaN and infinity", "valid JSON, never a bare NaN: 500, or 200 with null and how many")
def t10():
    tool("jq")
    seen, right = [], True
    with tempfile.TemporaryDirectory() as folder:
        with Service(model=broken(folder + "/broken/1", options.model)) as service:
            tensor = json.dumps({"inputs": [{"name": "pixels", "shape": [1, 8, 8, 3], "datatype": "UINT8", "data": [7] * 192}]}).encode()
            for path, body, kind in (("/v1/models/m:predict", photo, "image/jpeg"), ("/score", photo, "image/jpeg"), ("/v1/models/m:embed", photo, "image/jpeg"),
                                     ("/v2/models/m/infer", tensor, "application/json"), ("/v1/models/m", None, ""), ("/metrics", None, "")):
                status, answer, _, _ = service.ask("POST" if body else "GET", path, body, {"Content-Type": kind})
                seen.append(f"{path} {status}")
                if path == "/metrics":
                    right &= status == 200
                    continue
                right &= subprocess.run(["jq", "."], input=answer, capture_output=True).returncode == 0
                right &= status == (500 if path in ("/v1/models/m:predict", "/score") else 200)
                if path.endswith("infer"):
                    output = [one for one in json.loads(answer)["outputs"] if one["name"] == "probabilities"][0]
                    right &= output["data"] == [None, None, 0, None] and output["parameters"]["nonfinite"] == 3
                    seen[-1] += f" {json.dumps(output['data'])}, nonfinite {output['parameters']['nonfinite']}"
            right &= service.ask("GET", "/livez")[0] == 200
    return right, ", ".join(seen)
