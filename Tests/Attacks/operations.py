"""Overload, limits, the end, too few descriptors, a long time."""
import hashlib
import http.client
import json
import os
import random
import re
import socket
import statistics
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from harness import Service, check, command, load, options, photo, tool


@check("T25", "the end, under load",
       "0 broken, status 0, <= 20 s")
def t25():
    with Service("--log", "events") as service:
        service.tuned()
        threads, statuses = load(service, 30, 8)
        time.sleep(2)
        # Pages that stay open must not hold up the end.
        idle = [socket.create_connection(("127.0.0.1", service.port)) for _ in range(5)]
        began = time.monotonic()
        service.process.terminate()
        code = service.process.wait(30)
        seconds = time.monotonic() - began
        for thread in threads:
            thread.join()
        for one in idle:
            one.close()
    broken = statuses.get(-1, 0)
    return code == 0 and seconds <= 20 and broken == 0, f"status {code} after {seconds:.1f} s, {sum(statuses.values())} requests, broken {broken}, {statuses}"


@check("T26", "too few file descriptors",
       "200 afterwards, < 20 % of a core")
def t26():
    with Service("--log", "events", limits=["-n128"]) as service:
        service.tuned().ask()
        held = []
        for _ in range(300):
            try:
                held.append(socket.create_connection(("127.0.0.1", service.port), timeout=1))
            except OSError:
                break
        # Of the threads that accept and read; the others may still be measuring which batch is best.
        threads = [task for task in Path(f"/proc/{service.process.pid}/task").iterdir() if (task / "comm").read_text().startswith("NIO")]
        ticks = lambda: sum(int(value) for task in threads for value in (task / "stat").read_text().rsplit(")", 1)[1].split()[11:13])
        time.sleep(1)
        before = ticks()
        time.sleep(3)
        busy = (ticks() - before) / os.sysconf("SC_CLK_TCK") / 3
        for one in held:
            one.close()
        time.sleep(2)
        status = service.ask(timeout=20)[0]
    return status == 200 and busy < 0.2, f"{len(held)} connections held, {100 * busy:.0f} % of a core, afterwards {status}"


@check("T27", "a minute of everything, with hostile requests and clients that leave",
       "0 unexpected, memory < 2 MB a minute")
def t27():
    generator, counts, samples, lock = random.Random(27), {}, [], threading.Lock()
    hostile = [b"{", b"\x89PNG\r\n\x1a\n" + bytes(50), b"GIF89a\xff\xff\xff\xff\0\0\0", photo[:1000], b"GET / HTTP/9.9\r\n\r\n"]
    with Service("--log", "events") as service:
        service.tuned()
        end = time.monotonic() + options.soak

        def caller():
            while time.monotonic() < end:
                choice = generator.random()
                try:
                    if choice < 0.02:
                        with socket.create_connection(("127.0.0.1", service.port), timeout=5) as one:
                            one.sendall(f"POST /v1/models/m:predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(photo)}\r\n\r\n".encode() + photo[:generator.randrange(len(photo))])
                        status = "left"
                    else:
                        status = service.ask(body=generator.choice(hostile) if choice < 0.07 else photo)[0]
                except OSError:
                    status = "no answer"
                with lock:
                    counts[status] = counts.get(status, 0) + 1
        threads = [threading.Thread(target=caller) for _ in range(4)]
        for thread in threads:
            thread.start()
        while time.monotonic() < end:
            time.sleep(1)
            samples.append((time.monotonic(), service.status("VmRSS"), service.descriptors()))
        for thread in threads:
            thread.join()
        time.sleep(1)
        left = service.descriptors()
    warm = samples[len(samples) // 3:]
    middle = sum(at for at, *_ in warm) / len(warm), sum(rss for _, rss, _ in warm) / len(warm)
    # MiB a minute, by least squares.
    slope = sum((at - middle[0]) * (rss - middle[1]) for at, rss, _ in warm) / sum((at - middle[0]) ** 2 for at, *_ in warm) * 60
    unexpected = {status: count for status, count in counts.items() if status not in (200, 415, 422, "left")}
    hour = f", that is {slope * 60:+.1f} MB an hour" if options.soak >= 300 else ""
    return not unexpected and slope < 2, f"{sum(counts.values())} requests, unexpected {unexpected or 'none'}, memory {warm[0][1]:.0f} to {warm[-1][1]:.0f} MB ({slope:+.2f} MB a minute{hour}), descriptors {warm[0][2]} to {left}"


def _wrk(service, callers, seconds, folder, path="/v1/models/m:predict", pause=None):
    """Answers with 200 a second, others a second, broken ones; with `pause`, each caller rests for so many seconds in the mean."""
    script = Path(folder) / "post.lua"
    (Path(folder) / "photo").write_bytes(photo)
    script.write_text(f'wrk.method = "POST"\nlocal file = io.open("{folder}/photo", "rb")\nwrk.body = file:read("*a")\n')
    if pause:
        script.write_text(script.read_text() + f"function delay() return math.floor(-{1000 * pause} * math.log(1 - math.random())) end\n")
    out = subprocess.run(["wrk", "-t1", f"-c{callers}", f"-d{seconds}s", "--timeout", "30s", "-s", script, f"http://127.0.0.1:{service.port}{path}"], capture_output=True, text=True).stdout
    number = lambda pattern: float((re.search(pattern, out) or [0, 0])[1])
    every, others = number(r"(\d+) requests in"), number(r"Non-2xx or 3xx responses: (\d+)")
    return (every - others) / seconds, others / seconds, int(sum(float(count) for count in re.findall(r"(?:connect|read|write|timeout) (\d+)", out)))


class Watch:
    """Asks the health route and the metrics again and again on a connection of its own."""

    def __init__(self, service):
        self.service, self.times, self.failed, self.depths, self.end = service, [], 0, [], threading.Event()
        self.refusals = []
        self.threads = [threading.Thread(target=self.go), threading.Thread(target=self.predict)]

    def predict(self):
        """One more caller, who has nothing else to do: how long refusals take where the caller is not busy itself."""
        while not self.end.is_set():
            try:
                status, _, _, ms = self.service.ask()
                self.refusals += [ms] if status == 503 else []
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(0.02)

    def go(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.service.port, timeout=10)
        while not self.end.is_set():
            for path in ("/readyz", "/metrics"):
                try:
                    began = time.perf_counter()
                    connection.request("GET", path)
                    answer = connection.getresponse()
                    text = answer.read().decode()
                    self.times.append(1000 * (time.perf_counter() - began))
                    self.failed += answer.status != 200
                    if found := re.search(r"ocelot_inference_queue_depth\{.*\} (\d+)", text):
                        self.depths.append(int(found.group(1)))
                except (OSError, http.client.HTTPException):
                    self.failed, connection = self.failed + 1, http.client.HTTPConnection("127.0.0.1", self.service.port, timeout=10)
            time.sleep(0.02)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.end.set()
        for thread in self.threads:
            thread.join()


def _p90(values):
    return sorted(values)[9 * len(values) // 10] if values else 0


def _to_use(service):
    """Seconds of processor time that were the service's to use: its own (with its decoders'), and what nobody used.

    Callers run on the same cores, and four times as many requests cost them four times as much: what they and others take is
    not the service's, and is left out at the peak as well as under overload.
    """
    tick, cores = os.sysconf("SC_CLK_TCK"), os.sched_getaffinity(service.process.pid)
    own = 0
    for process in [service.process.pid, *service.workers()]:
        fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
        own += int(fields[11]) + int(fields[12])
    idle = 0
    for line in Path("/proc/stat").read_text().splitlines():
        found = re.match(r"cpu(\d+) \d+ \d+ \d+ (\d+) (\d+)", line)
        if found and int(found[1]) in cores:
            idle += int(found[2]) + int(found[3])
    return (own + idle) / tick


@check("T22", "four times as much as it can do, and 512 callers at once",
       "goodput >= 90 % of peak; p90 of refusals <= 20 ms, all with Retry-After; nothing but 200 and 503; queue <= limit; < 32 MB more; health p90 < 10 ms, never refused")
def t22():
    tool("wrk")
    with Service("--log", "events") as service, tempfile.TemporaryDirectory() as folder:
        service.tuned()
        (Path(folder) / "photo.jpg").write_bytes(photo)
        address = f"http://127.0.0.1:{service.port}/v1/models/m:predict"

        def asked(callers, seconds, pause=None):
            """Good answers and refusals a second, and how many cores were the service's to use meanwhile."""
            before, began = _to_use(service), time.monotonic()
            good, refused, _ = _wrk(service, callers, seconds, folder, pause=pause)
            return good, refused, (_to_use(service) - before) / (time.monotonic() - began)

        # Peak and overload by the same program, and by one that takes little from the cores that it shares with the service.
        # In turns, and the median of each: other machines' work comes and goes on these cores.
        at_peak, overloaded = [], []
        for _ in range(5):
            at_peak.append(asked(16, 4))
            # A caller's mean round is its pause and, once in four, the wait for 64 others.
            overloaded.append(asked(512, 6, pause=(512 / 4 - 16) / at_peak[-1][0]))
        (peak, _, cores_at_peak), (goodput, refused_then, cores) = ([statistics.median(some) for some in zip(*rounds)] for rounds in (at_peak, overloaded))
        # How long refusals take, and what they say, by our own program, which takes twenty times as much of the cores.
        with Watch(service) as watch:
            result = json.loads(command("load-test", address, Path(folder) / "photo.jpg", "--rate", round(4 * peak), "--seconds", 10, "--json"))
        limit = int(service.metric("ocelot_inference_queue_limit"))
        most, refusals = max(watch.depths), result["refusal_latency_ms"] or {"p50": 0, "p90": 0, "p99": 0}
        statuses = result["statuses"] if isinstance(result["statuses"], dict) else dict(zip(result["statuses"][::2], result["statuses"][1::2]))
        statuses = {int(status): count for status, count in statuses.items()}
        # Buffers of so many connections are taken once.
        _wrk(service, 512, 3, folder)
        memory = service.status("VmRSS")
        good, refused, broken = _wrk(service, 512, 10, folder)
        growth = service.status("VmRSS") - memory
    share = (goodput / cores) / (peak / cores_at_peak)
    right = goodput >= 0.9 * peak and refusals["p90"] <= 20 and result["refusals_without_retry_after"] == 0 and set(statuses) <= {200, 503} and 503 in statuses
    right &= most <= limit and growth < 32 and _p90(watch.times) < 10 and watch.failed == 0 and broken == 0
    return right, (
        f"goodput {goodput:.0f} of {peak:.0f} a second ({100 * goodput / peak:.0f} %; {100 * share:.0f} % for each second of processor time that the callers left, {cores:.2f} and {cores_at_peak:.2f} cores), beside {refused_then:.0f} refusals a second; "
        f"by load-test {result['goodput']:.0f}, {statuses.get(503, 0)} refusals, p50 {refusals['p50']:.1f}, p90 {refusals['p90']:.1f}, p99 {refusals['p99']:.1f} ms (for a caller with nothing else to do p90 {_p90(watch.refusals):.1f} of {len(watch.refusals)}), "
        f"without Retry-After {result['refusals_without_retry_after']}; statuses {statuses}; longest queue {most} of {limit}; health p90 {_p90(watch.times):.1f} ms, failed {watch.failed} of {len(watch.times)}; {growth:+.1f} MB; "
        f"512 callers without a pause {good:.0f} good and {refused:.0f} refused a second, broken {broken}")


@check("T23", "a limit for each caller", "429 with Retry-After for who asks too often, 200 for others; health never refused, p90 < 10 ms")
def t23():
    tokens = {name: "ocelot_" + hashlib.sha256(name.encode()).hexdigest() for name in ("greedy", "modest")}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "tokens.json"
        file.write_text(json.dumps({"tokens": [{"id": name, "sha256": hashlib.sha256(text.encode()).hexdigest(), "scopes": ["predict"]} for name, text in tokens.items()]}))
        with Service("--token-file", str(file), "--rate-limit", "5", "--log", "events") as service:
            service.tuned()
            ask = lambda name: service.ask(headers={"Authorization": f"Bearer {tokens[name]}"})
            greedy, modest, unsaid, began, health = {}, {}, 0, time.monotonic(), []
            while time.monotonic() - began < 6:
                status, _, fields, _ = ask("greedy")
                greedy[status] = greedy.get(status, 0) + 1
                unsaid += status == 429 and int({name.lower(): value for name, value in fields.items()}.get("retry-after", 0)) < 1
                if time.monotonic() - began > 0.5 * sum(modest.values()):
                    status = ask("modest")[0]
                    modest[status] = modest.get(status, 0) + 1
                if sum(greedy.values()) % 5 == 0:
                    health.append(service.ask("GET", "/livez"))
            seconds = time.monotonic() - began
    # Ten at once, and five a second.
    allowed = 10 + 5 * seconds
    slow = sorted(one[3] for one in health)[9 * len(health) // 10]
    right = set(greedy) == {200, 429} and 0.8 * allowed <= greedy[200] <= allowed + 2 and set(modest) == {200} and unsaid == 0
    return right and all(one[0] == 200 for one in health) and slow < 10, f"greedy {greedy} where {allowed:.0f} were allowed, modest {modest}, 429 without Retry-After {unsaid}, health p90 {slow:.1f} ms of {len(health)}"
