"""Programs of others that ask the service: Triton's client, a generator of requests from the description of all routes,
Prometheus, a browser."""
import base64
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from harness import Service, check, load, module, options, photo, shutil, tool

# Where a browser's pictures of the page are kept, to be looked at.
pictures = Path(options.pictures) if options.pictures else None


@check("triton", "Triton's client as it is", "every question answered; the same probabilities by every way, to 1e-6")
def triton():
    client, numpy = module("tritonclient.http"), module("numpy")
    with Service() as service:
        triton = client.InferenceServerClient(f"127.0.0.1:{service.port}")
        told = [triton.is_server_live(), triton.is_server_ready(), triton.is_model_ready("m"), triton.is_model_ready("m", "1"), not triton.is_model_ready("nothing"),
                bool(triton.get_server_metadata()["extensions"]), triton.get_model_metadata("m")["name"] == "m", triton.get_model_repository_index()[0]["name"] == "m"]
        sent, received = [], []

        def ask(name, value, kind, binary, **more):
            given = client.InferInput(name, list(value.shape), kind)
            given.set_data_from_numpy(value, binary_data=binary)
            for binary_out in (True, False):
                wanted = [client.InferRequestedOutput("probabilities", binary_data=binary_out)]
                answer = triton.infer("m", [given], outputs=wanted, request_id="7", **more)
                told.append(answer.get_response()["id"] == "7")
                received.append((name, answer.as_numpy("probabilities")))
            sent.append(given)
        ask("image", numpy.array([photo, photo], dtype=object), "BYTES", True)
        ask("image", numpy.array([base64.b64encode(photo)] * 2, dtype=object), "BYTES", False)
        ask("image", numpy.array([photo, photo], dtype=object), "BYTES", True, model_version="1", response_compression_algorithm="gzip")
        side = next(one for one in triton.get_model_metadata("m")["inputs"] if one["name"] == "pixels")["shape"][1]
        pixels = numpy.random.default_rng(0).integers(0, 256, (2, side, side, 3))
        for kind, number in (("UINT8", numpy.uint8), ("FP32", numpy.float32)):
            for binary in (True, False):
                ask("pixels", pixels.astype(number), kind, binary)
        apart = 0
        for name in ("image", "pixels"):
            same = [value for asked, value in received if asked == name]
            apart = max([apart] + [float(abs(value - same[0]).max()) for value in same])
            told.append(bool(abs(same[0].sum(1) - 1).max() < 1e-4))
        likeliest = triton.infer("m", sent[:1], outputs=[client.InferRequestedOutput("probabilities", class_count=1)]).as_numpy("probabilities")
        number = int(received[0][1][0].argmax())
        # "value:index:label" is what Triton's extension for classification says.
        told.append(likeliest[0, 0].decode().split(":")[1] == str(number))
        friendly = json.loads(service.ask()[1])["predictions"][0]["top"][0]
        told.append(friendly["index"] == number and abs(friendly["probability"] - received[0][1][0, number]) < 1e-4)
        told.append(triton.async_infer("m", sent[:1]).get_result().as_numpy("features").shape[0] == 2)
        told.append(triton.get_inference_statistics("m")["model_stats"][0]["inference_count"] >= 2 * len(received))
        try:
            triton.infer("nothing", sent[:1])
            told.append(False)
        except Exception as refusal:
            told.append("no model of this name" in str(refusal))
        triton.close()
    return all(told) and apart <= 1e-6, f"{sum(told)} of {len(told)} as they should be, {len(received)} inferences, probabilities at most {apart:.1e} apart"


@check("schema", "requests made from /openapi.json by schemathesis", "server errors 0, answers that the description has not 0")
def schema():
    module("schemathesis")
    rules = ["not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance", "response_schema_conformance", "allow_header_conformance", "unsupported_method"]
    with Service() as service, tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "schemathesis.toml").write_text('[parameters]\n"path.model" = "m"\n"path.version" = "1"\n')
        ended = subprocess.run([sys.executable, "-m", "schemathesis.cli", "--config-file", "schemathesis.toml", "run", f"http://127.0.0.1:{service.port}/openapi.json", "--checks", ",".join(rules), "--continue-on-failure"],
                             cwd=folder, capture_output=True, text=True)
        alive = service.ask()[0] == 200
    out, more = ended.stdout or ended.stderr or "nothing written", ""
    count = re.search(r"(\d+) generated", out)
    if ended.returncode:
        with tempfile.NamedTemporaryFile("w", prefix="check-serving-schema-", suffix=".log", delete=False) as log:
            log.write(out)
        more = f", see {log.name}"
    return ended.returncode == 0 and alive and count is not None, f"{count.group(1) if count else 0} cases; {out.strip().splitlines()[-1].strip(' =')}{more}"


@check("metrics", "the metrics, by Prometheus's own reader, after three seconds of load", "promtool: status 0, without a complaint")
def metrics():
    promtool = tool("promtool")
    with Service() as service:
        for thread in load(service, 3, 4)[0]:
            thread.join()
        service.ask(body=b"no picture")
        text = service.ask("GET", "/metrics")[1]
        told = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True)
    names = {line.split(" ")[2] for line in text.decode().splitlines() if line.startswith("# TYPE ")}
    return told.returncode == 0 and not told.stdout + told.stderr and len(names) > 20, f"{len(names)} metrics, status {told.returncode}, {(told.stdout + told.stderr).decode().strip()[:200] or 'no complaint'}"


# Drops a file on the page as a person does.
DROP = """(data) => {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const moved = new DataTransfer();
  moved.items.add(new File([bytes], "photo.jpg", { type: "image/jpeg" }));
  for (const name of ["dragenter", "dragover", "drop"])
    document.getElementById("drop").dispatchEvent(new DragEvent(name, { dataTransfer: moved, bubbles: true, cancelable: true }));
}"""


@check("page", "the page in a browser: a photo is dropped, and asked why", "answer and explanation seen in three windows, console errors 0, axe's violations 0")
def page():
    browser, axe = module("playwright.sync_api"), module("axe_playwright_python.sync_playwright")
    chromium = shutil.which("chromium") or tool("google-chrome")
    complaints, violations, answers = [], [], []
    with Service() as service, browser.sync_playwright() as play:
        expected = json.loads(service.ask()[1])["predictions"][0]["top"][0]["label"]
        window = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for scheme, width, height in (("light", 900, 900), ("dark", 900, 900), ("light", 360, 1400)):
            view = window.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
            view.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)
            view.on("pageerror", lambda error: complaints.append(str(error)))
            view.goto(f"http://127.0.0.1:{service.port}/")
            view.wait_for_selector("#model option", state="attached")
            violations += [f"{scheme} {width}, empty: {one['id']}" for one in axe.Axe().run(view).response["violations"]]
            view.evaluate(DROP, base64.b64encode(photo).decode())
            view.wait_for_selector("#rows tr")
            answers.append(view.inner_text("#rows tr:first-child td:first-child") == expected)
            view.click("#rows tr:first-child button")
            view.wait_for_selector("#explanation:not([hidden])")
            answers.append(view.evaluate("document.getElementById('overlay').naturalWidth") > 0 and view.evaluate("document.getElementById('photo').naturalWidth") > 0)
            answers.append(view.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))
            violations += [f"{scheme} {width}, answered: {one['id']}" for one in axe.Axe().run(view).response["violations"]]
            if pictures:
                pictures.mkdir(parents=True, exist_ok=True)
                view.screenshot(path=str(pictures / f"page-{scheme}-{width}.png"))
            view.close()
        window.close()
    return all(answers) and not complaints and not violations, f"{sum(answers)} of {len(answers)} as they should be, console {len(complaints)} {complaints[:2] or ''}, axe {len(violations)} {violations[:3] or ''}"
