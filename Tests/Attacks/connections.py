"""Hostile connections: paths that climb, bodies without end, drips, chunks, requests with two meanings, random bytes."""
import random
import re
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from harness import Service, check, options, photo, side_by_side, tool


@check("T15", "paths that climb",
       "0 foreign bytes, only 404 or 400")
def t15():
    bases = ["/", "/page.css/", "/v1/models/", "/v1/images/"]
    ups = ["../" * 6, "..%2f" * 6, "%2e%2e/" * 6, "%252e%252e/" * 6, "..\\" * 6, "..%5c" * 6, "....//" * 6, "..;/" * 6, "%c0%ae%c0%ae/" * 6, "/", "%00/", ".%2e/" * 6, "..../" * 6, "%2e%2e%2f" * 6, "..%00/" * 6]
    leaked, odd = 0, {}
    with Service() as service:
        for base in bases:
            for up in ups:
                answer = service.raw(f"GET {base}{up}etc/passwd HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
                leaked += b"root:" in answer
                status = answer[9:12].decode()
                if status not in ("404", "400"):
                    odd[base + up] = status
    return leaked == 0 and not odd, f"{leaked} of {len(bases) * len(ups)} gave a foreign byte, others than 404: {odd or 'none'}"


@check("T18", "bodies without end",
       "413; cut at the limit; < 32 MB more")
def t18():
    with Service("--max-body", str(1 << 20)) as service:
        service.tuned().ask()
        before = service.held()
        began = time.perf_counter()
        announced = service.raw(b"POST /v1/models/m:predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10000000000\r\n\r\n" + bytes(1000))
        ms = 1000 * (time.perf_counter() - began)
        sent = 0
        with socket.create_connection(("127.0.0.1", service.port), timeout=10) as connection:
            connection.sendall(b"POST /v1/models/m:predict HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
            try:
                for _ in range(20_000):
                    connection.sendall(b"10000\r\n" + bytes(65536) + b"\r\n")
                    sent += 65536
            except OSError:
                pass
        growth = service.status("VmHWM") - before
    return b" 413 " in announced[:20] and sent < 12 << 20 and growth < 32, f"announced: 413 in {ms:.0f} ms; chunked: cut after {sent / 2**20:.1f} MiB that the client could send (limit 1, and the sockets' buffers), {growth:+.1f} MB"


@check("T19", "Expect: 100-continue",
       "200, first byte < 500 ms")
def t19():
    tool("curl")
    with Service() as service, tempfile.NamedTemporaryFile() as file:
        service.tuned()
        file.write(photo + bytes(2 << 20))
        file.flush()
        out = subprocess.run(["curl", "-s", "-o", "/dev/null", "-w", "%{http_code} %{time_starttransfer}", "-H", "Expect: 100-continue", "--data-binary", f"@{file.name}",
                              f"http://127.0.0.1:{service.port}/v1/models/m:predict"], capture_output=True, text=True).stdout.split()
    return out[0] == "200" and float(out[1]) < 0.5, f"{out[0]}, first byte after {1000 * float(out[1]):.0f} ms"


@check("T20", "clients that drip",
       "good callers failed 0, < 100 descriptors afterwards")
def t20():
    tool("slowhttptest")
    results = []
    with Service("--log", "events") as service:
        service.tuned()
        quiet = sorted(service.ask()[3] for _ in range(40))[37]
        for kind, name in (("-H", "headers"), ("-B", "body"), ("-X", "reading")):
            target = "/openapi.json" if kind == "-X" else "/v1/models/m:predict"
            attack = subprocess.Popen(["slowhttptest", "-c", "1000", kind, "-i", "5", "-r", "200", "-l", "14", "-x", "10", "-p", "3", "-u", f"http://127.0.0.1:{service.port}{target}",
                                       *(["-k", "3", "-w", "512", "-y", "1024", "-n", "5", "-z", "32"] if kind == "-X" else [])], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(6)
            times, failed = [], 0
            for _ in range(40):
                try:
                    answer = service.ask(timeout=10)
                    failed += answer[0] != 200
                    times.append(answer[3])
                except OSError:
                    failed += 1
            attack.wait()
            results.append((name, sorted(times)[37] if len(times) > 37 else 99999, failed))
        time.sleep(12)
        left = service.descriptors()
    right = all(failed == 0 for _, _, failed in results)
    return right and left < 100, f"good callers failed {sum(failed for *_, failed in results)} of 120; p95 {quiet:.0f} ms alone, " + ", ".join(f"{p95:.0f} ms under slow {name}" for name, p95, _ in results) + f"; descriptors afterwards {left}"


@check("T21", "a million chunks of one byte",
       "413, < 16 MB more")
def t21():
    with Service() as service:
        service.tuned().ask()
        before = service.held()
        answer = service.raw(b"POST /v1/models/m:predict HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n", timeout=20, more=[b"1\r\nx\r\n" * 10_000] * 100)
        growth = service.status("VmHWM") - before
    return b" 413 " in answer[:20] and growth < 16, f"{answer[9:12].decode() or 'closed'}, {growth:+.1f} MB"


@check("T24", "clients that leave are not computed for",
       "fewer than half of 50 computed")
def t24():
    with Service("--threads", "1", "--log", "events") as service:
        service.tuned()
        computed = lambda: int(re.search(r"ocelot_inference_images_total\{.*\} (\d+)", service.ask("GET", "/metrics")[1].decode()).group(1))
        service.ask()
        before = computed()
        request = f"POST /v1/models/m:predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(photo)}\r\n\r\n".encode() + photo
        sockets = [socket.create_connection(("127.0.0.1", service.port)) for _ in range(50)]
        for one in sockets:
            one.sendall(request)
        for one in sockets:
            one.close()
        time.sleep(2)
        images = computed() - before
        cancelled = re.search(r"ocelot_requests_cancelled_total\{.*\} (\d+)", service.ask("GET", "/metrics")[1].decode())
    return images < 25, f"of 50 that left at once {images} were computed, cancelled {cancelled.group(1) if cancelled else 0}"


@check("T28", "requests that two parsers would read differently",
       "all refused, 0 second requests")
def t28():
    start = "POST /v1/models/m:predict HTTP/1.1\r\nHost: localhost\r\n"
    cases = [start + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", start + "Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde", start + "Content-Length: 4, 4\r\n\r\nabcd",
             start + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", start + "Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n", start + "Content-Length: +4\r\n\r\nabcd",
             start + "Content-Length : 4\r\n\r\nabcd", start + "X: a\r\n b\r\n\r\n", start + "X: " + "a" * 100_000 + "\r\n\r\n", start + "".join(f"X{n}: 1\r\n" for n in range(1001)) + "\r\n",
             start + "Content-Length: 0x4\r\n\r\nabcd", start + "X\0: 1\r\n\r\n"]
    smuggled, odd = 0, []
    with Service() as service:
        for case in cases:
            answer = service.raw(case.encode("latin-1") + b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n", timeout=3)
            smuggled += answer.count(b"HTTP/1.1 200")
            status = answer[9:12].decode()
            if status not in ("400", "431", ""):
                odd.append((case[58:90], status))
    return smuggled == 0 and not odd, f"{len(cases) - len(odd)} of {len(cases)} refused and closed, second requests answered {smuggled}" + (f", {odd}" if odd else "")


@check("T11", "the parsers, with changed and random bytes", "crashes 0 in as many runs for each parser; through the service no 5xx, no end")
def t11():
    figures, right = [], True
    program = Path(options.program).resolve().with_name("FuzzParsers")
    if program.exists():
        finished = subprocess.run([program, str(options.runs)], capture_output=True, text=True)
        lines = finished.stdout.strip().splitlines()
        right &= finished.returncode == 0
        slowest = max([float(found) for found in re.findall(r"slowest (\d+) ms", finished.stdout)] or [0])
        figures += [f"{len(lines)} parsers, {options.runs} runs each, slowest {slowest:.0f} ms" if right else f"FuzzParsers ended with {finished.returncode} after {lines[-1:]}: {finished.stderr[-200:]}"]
    else:
        figures += ["FuzzParsers is not built (swift build -c release --product FuzzParsers)"]
    form = b'--b\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\n' + photo[:400] + b"\r\n--b--\r\n"
    binary = b'{"inputs":[{"name":"image","shape":[1],"datatype":"BYTES","parameters":{"binary_data_size":404}}]}'
    seeds = [("/v1/models/m:predict", "Content-Type: multipart/form-data; boundary=b\r\n", form),
             ("/v1/models/m:predict?top_k=3", "Content-Type: application/json\r\n", b'{"images":["aGVsbG8="],"top_k":2,"threshold":0.5}'),
             ("/v2/models/m/infer", "Content-Type: application/json\r\n", b'{"id":"1","inputs":[{"name":"pixels","shape":[1,2,2,3],"datatype":"FP32","data":[[1,2.5e3,null,true]]}],"outputs":[{"name":"scores","parameters":{"classification":2}}]}'),
             ("/v2/models/m/infer", f"Inference-Header-Content-Length: {len(binary)}\r\n", binary + b"\x90\1\0\0" + photo[:400]),
             ("/score", "Content-Type: application/json\r\n", b'{"input_df":[{"image base64 string":"aGVsbG8="}]}')]
    statuses, lock = {}, threading.Lock()
    with Service("--log", "events") as service:
        service.tuned()

        def caller(first):
            for number in range(first, options.mutants, 4):
                generator = random.Random(number)
                path, fields, body = seeds[number % len(seeds)]
                body = bytearray(body)
                for _ in range(generator.randrange(1, 6)):
                    place = generator.randrange(len(body))
                    kind = generator.randrange(4)
                    if kind == 0:
                        body[place] ^= 1 << generator.randrange(8)
                    elif kind == 1:
                        body[place:place + generator.randrange(9)] = generator.randbytes(generator.randrange(9))
                    elif kind == 2:
                        body[place:place] = body[generator.randrange(len(body)):][:40]
                    else:
                        del body[place:place + generator.randrange(1, 40)]
                    body = body or bytearray(b"x")
                head = bytearray(f"POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{fields}Content-Length: {len(body)}\r\n\r\n".encode())
                if number % 5 == 0:
                    head[generator.randrange(len(head))] = generator.randrange(256)
                answer = service.raw(bytes(head) + bytes(body), timeout=20)
                status = answer[9:12].decode("latin-1")
                with lock:
                    statuses[status] = statuses.get(status, 0) + 1
        side_by_side(4, caller)
        alive = service.process.poll() is None and service.ask()[0] == 200
        restarts = int(service.metric("ocelot_decode_worker_restarts_total"))
    bad = {status: count for status, count in statuses.items() if status[:1] == "5"}
    return right and alive and not bad and restarts == 0, f"{'; '.join(figures)}; {sum(statuses.values())} requests: {statuses}, crashes {restarts + (not alive)}"
