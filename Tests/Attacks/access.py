"""Who may ask, over what, and what answers and pages give away."""
import base64
import json
import os
import random
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from files import png
from harness import Service, check, command, module, ocelot, options, photo, tool
from packages import mirror


@check("T29", "names and pages of others",
       "12 of 12")
def t29():
    cases = [({"Host": "evil.com"}, 421), ({"Host": "localhost.evil.com"}, 421), ({"Host": "127.0.0.1.evil.com"}, 421), ({"Host": "evil.com:80"}, 421), ({"Host": "localhost"}, 200), ({"Host": "127.0.0.1:9"}, 200),
             ({"Origin": "http://evil.com"}, 403), ({"Origin": "null"}, 403), ({"Sec-Fetch-Site": "cross-site"}, 403), ({"Sec-Fetch-Site": "same-site"}, 403), ({"Host": "localhost", "Origin": "http://localhost"}, 200), ({"Host": "localhost", "Origin": "http://localhost:1"}, 403)]
    with Service() as service:
        right = 0
        for headers, wanted in cases:
            status, _, fields, _ = service.ask(headers=headers)
            right += status == wanted and not any(name.lower().startswith("access-control") for name in fields)
    return right == len(cases), f"{right} of {len(cases)}"


@check("T32", "tokens in the log",
       "200, 401, 401, 0 times")
def t32():
    import hashlib
    token = "ocelot_" + base64.urlsafe_b64encode(os.urandom(32)).decode().rstrip("=")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "tokens.json"
        file.write_text(json.dumps({"tokens": [{"id": "t1", "sha256": hashlib.sha256(token.encode()).hexdigest(), "scopes": ["predict"]}]}))
        with Service("--token-file", str(file)) as service:
            good = service.ask(headers={"Authorization": f"Bearer {token}"})[0]
            bad = service.ask(headers={"Authorization": f"Bearer {token}x"})[0]
            none = service.ask()[0]
            service.ask(path=f"/v1/models/m:predict?token={token}")
            time.sleep(0.5)
            found = service.written().count(token)
    return (good, bad, none, found) == (200, 401, 401, 0), f"with {good}, with another {bad}, without {none}; found in the log {found} times"


@check("T33", "what answers tell of the machine",
       "0")
def t33():
    probes = [("POST", "/v1/models/m:predict", b"x"), ("POST", "/v1/models/m:predict", photo[:500]), ("POST", "/v1/models/n:predict", photo), ("POST", "/v2/models/m/infer", b"{}"), ("GET", "/x", None),
              ("PUT", "/v1/models/m", None), ("POST", "/score", b"{}"), ("GET", "/v1/models/m", None), ("GET", "/v2/models/m", None)]
    words = [b"/home", b"/tmp", b"/root", b"/usr", b".swift", b"Sources", str(Path(options.model).resolve().parent).encode()]
    with Service() as service:
        leaks = sum(word in service.ask(method, path, body)[1] for method, path, body in probes for word in words)
    return leaks == 0, f"{leaks} in {len(probes)} answers"


@check("T36", "packages with a changed bit",
       "all refused")
def t36():
    generator, refused, tries = random.Random(36), 0, 24
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "m"
        shutil.copytree(options.model, copy)
        files = sorted(path for path in copy.iterdir() if path.is_file())
        for number in range(tries):
            path = files[number % len(files)]
            data = path.read_bytes()
            place = generator.randrange(len(data))
            path.write_bytes(data[:place] + bytes([data[place] ^ 1 << generator.randrange(8)]) + data[place + 1:])
            service = Service(model=copy)
            refused += service.port is None and service.process.wait(10) != 0
            service.__exit__()
            path.write_bytes(data)
    return refused == tries, f"{refused} of {tries} refused"


def _certificate(folder, name):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", f"/CN={name}", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                    "-keyout", f"{folder}/{name}.key", "-out", f"{folder}/{name}.pem"], check=True, capture_output=True)


@check("TLS", "encryption: by whom it can be spoken, and what a renewed certificate does",
       "200 for curl and 'ocelot call'; plain text, strangers' certificates, TLS 1.0 and 1.1 refused; a handshake that stalls ends in 12 s; a new certificate in 5 s, 0 failed")
def tls():
    tool("openssl")
    curl = tool("curl")
    with tempfile.TemporaryDirectory() as folder:
        _certificate(folder, "first")
        _certificate(folder, "second")
        (Path(folder) / "photo.jpg").write_bytes(photo)
        for kind in ("pem", "key"):
            shutil.copy(f"{folder}/first.{kind}", f"{folder}/used.{kind}")
        with Service("--tls-certificate", f"{folder}/used.pem", "--tls-key", f"{folder}/used.key", "--log", "events") as service:
            address = f"https://localhost:{service.port}"

            def asked(*more, certificate="first", path="/v1/models/m:predict"):
                out = subprocess.run([curl, "-s", "-o", f"{folder}/answer", "-w", "%{http_code} %{ssl_verify_result} %{http_version}", "--cacert", f"{folder}/{certificate}.pem", *more,
                                      "--data-binary", f"@{folder}/photo.jpg", address + path], capture_output=True, text=True)
                return out.stdout.split()[0]
            good = asked()
            stranger, plain = asked(certificate="second"), service.raw(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
            versions = {}
            for version in ("tls1", "tls1_1", "tls1_2", "tls1_3"):
                out = subprocess.run(["openssl", "s_client", f"-{version}", "-cipher", "DEFAULT@SECLEVEL=0", "-connect", f"127.0.0.1:{service.port}"], input="", capture_output=True, text=True)
                versions[version] = "Verify return code" in out.stdout and "Cipher is (NONE)" not in out.stdout
            call = json.loads(command("call", address, f"{folder}/photo.jpg", "--ca", f"{folder}/first.pem", "--repeat", 1, "--json"))
            distrusting = subprocess.run([ocelot, "call", address, f"{folder}/photo.jpg", "--repeat", "1"], capture_output=True, text=True)
            with socket.create_connection(("127.0.0.1", service.port), timeout=30) as stalled:
                began = time.monotonic()
                stalled.sendall(b"\x16\x03\x01\x02")
                try:
                    ended = stalled.recv(100) == b""
                except OSError:
                    ended = True
                stall = time.monotonic() - began
            for kind in ("pem", "key"):
                shutil.copy(f"{folder}/second.{kind}", f"{folder}/used.{kind}")
            began, failed = time.monotonic(), 0
            while asked(certificate="second", path="/livez") == "000" and time.monotonic() - began < 10:
                failed += asked("-k") != "200"
            renewal = time.monotonic() - began
            old = asked()
    right = good == "200" and stranger == "000" and plain == b"" and versions == {"tls1": False, "tls1_1": False, "tls1_2": True, "tls1_3": True} and call["total_ms"] > 0
    right &= distrusting.returncode != 0 and ended and stall < 12 and renewal < 5 and failed == 0 and old == "000"
    return right, (f"curl {good}, with a stranger's certificate {stranger}, plain text {plain[:12] or 'closed'}; versions {', '.join(name for name, spoken in versions.items() if spoken)}; 'ocelot call --ca' {call['label']} in {call['total_ms']:.0f} ms, "
                   f"without --ca status {distrusting.returncode}; stalled handshake ended after {stall:.1f} s; renewed after {renewal:.1f} s, failed {failed}")


@check("T31", "names that are HTML, on every page", "scripts that ran 0, complaints of the content policy 0")
def t31():
    browser = module("playwright.sync_api")
    chromium = shutil.which("chromium") or tool("google-chrome")
    evil = '"><img src=x onerror=window.__xss=1>'
    pages, ran, complaints = [], [], []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for label in (evil, "'><svg onload=window.__xss=1>"):
            (folder / "photos" / label).mkdir(parents=True)
            for number in range(12):
                # Pictures that differ, so that there is something to learn and something to get wrong.
                shade = 40 * (number % 5) + (60 if label == evil else 0)
                rows = b"".join(b"\0" + bytes((shade + x * (number + 1) + y) % 256 for x in range(192)) for y in range(64))
                (folder / "photos" / label / f"{number}{evil}.png").write_bytes(png(64, 64, 8, 2, rows))
        workspace = ["--workspace", folder / "w", "--quiet"]
        command("train", "classifier", folder / "photos", "--name", "evil", *workspace)
        command("data", "check", folder / "photos", "--report", folder / "check.html", "--quiet")
        command("evaluate", "evil", folder / "photos", "--report", folder / "evaluation", *workspace)
        files = [folder / "check.html", *sorted((folder / "evaluation").glob("*.html")), *sorted((folder / "w").glob("**/*.html"))]
        with Service(model=mirror(folder / "mirror/1", options.model, 32, [evil, "<script>window.__xss=1</script>", "plain"])) as service, browser.sync_playwright() as play:
            window = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])

            def visit(what, address, act=lambda page: None):
                page = window.new_page()
                page.on("console", lambda message: complaints.append(f"{what}: {message.text}") if "Content Security Policy" in message.text else None)
                page.goto(address)
                act(page)
                page.wait_for_timeout(400)
                pages.append(what)
                if page.evaluate("window.__xss"):
                    ran.append(what)
                page.close()
            for file in files:
                visit(file.name, file.as_uri())

            def ask(page):
                page.wait_for_selector("#model option", state="attached")
                good = folder / f"good {evil}.jpg"
                good.write_bytes(photo)
                page.set_input_files("#file", str(good))
                page.wait_for_selector("#rows tr")
                assert evil in page.inner_text("#rows"), page.inner_text("#rows")
                bad = folder / f"bad {evil}.jpg"
                bad.write_bytes(b"no picture")
                page.set_input_files("#file", str(bad))
            visit("the service's page", f"http://127.0.0.1:{service.port}/", ask)
            for path in (f"/{evil}", f"/v1/models/{evil}", f"/v1/models/m?x={evil}", "/openapi.json", "/v1/models/m"):
                visit(path, f"http://127.0.0.1:{service.port}{path}")
            window.close()
    return not ran and not complaints and len(pages) >= 8, f"scripts ran on {len(ran)} of {len(pages)} pages {ran or ''}, complaints {len(complaints)} {complaints[:2] or ''}"
