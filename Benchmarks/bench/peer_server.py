"""A prediction server as its own documentation writes one: python peer_server.py KIND ARCH PORT WEIGHTS.

KIND: fastapi-torch, fastapi-onnx, litserve or bentoml. A JPEG in (as the body; for LitServe as base64 in JSON, for which it
is made), {"label": int} out. torchvision's preprocessing on Pillow, PyTorch with channels last or ONNX Runtime, all cores.
With PEER_PRECISION=bfloat16 PyTorch's network has weights of that kind (autocast would convert them for every image); with
int8 it is quantised after training as PyTorch's or ONNX Runtime's own tools do it. What they are calibrated with is noise: it
decides about answers, not about speed.
"""
import base64
import io
import os
import sys
import tempfile

kind, name, port, weights = sys.argv[1:] if len(sys.argv) == 5 else (os.environ[f"PEER_{word}"] for word in ("KIND", "ARCH", "PORT", "WEIGHTS"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
cores = len(os.sched_getaffinity(0))
precision = os.environ.get("PEER_PRECISION", "float32")


def classifier(threads):
    """A function from a JPEG's bytes to the index of the likeliest class."""
    import torch
    from networks import network
    from PIL import Image
    from torchvision import transforms

    torch.set_num_threads(threads)
    prepare = transforms.Compose([transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor(),
                                  transforms.Normalize([.485, .456, .406], [.229, .224, .225])])
    model = network(name, weights)

    def picture(data):
        return prepare(Image.open(io.BytesIO(data)).convert("RGB"))[None]
    if kind == "fastapi-onnx":
        import onnxruntime
        with tempfile.TemporaryDirectory() as folder:
            graph = f"{folder}/network.onnx"
            torch.onnx.export(model, torch.zeros(1, 3, 224, 224), graph, dynamo=False, input_names=["x"], dynamic_axes={"x": {0: "n"}})
            if precision == "int8":
                from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

                class Noise(CalibrationDataReader):
                    left = 4

                    def get_next(self):
                        self.left -= 1
                        return {"x": torch.randn(1, 3, 224, 224).numpy()} if self.left >= 0 else None
                quantize_static(graph, f"{folder}/int8.onnx", Noise(), quant_format=QuantFormat.QDQ, per_channel=True, activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8)
                graph = f"{folder}/int8.onnx"
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = threads
            session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        return lambda data: int(session.run(None, {"x": picture(data).numpy()})[0].argmax())
    if precision == "int8":
        from torch.ao.quantization import get_default_qconfig_mapping
        from torch.ao.quantization.quantize_fx import convert_fx, prepare_fx
        torch.backends.quantized.engine = "x86"
        model = prepare_fx(model, get_default_qconfig_mapping("x86"), (torch.zeros(1, 3, 224, 224),))
        for _ in range(4):
            model(torch.randn(1, 3, 224, 224))
        model = convert_fx(model)

        def integer_answer(data):
            with torch.inference_mode():
                return int(model(picture(data)).argmax())
        return integer_answer
    dtype = getattr(torch, precision)
    model = model.to(dtype, memory_format=torch.channels_last)

    def answer(data):
        with torch.inference_mode():
            return int(model(picture(data).to(dtype, memory_format=torch.channels_last)).argmax())
    return answer


def fastapi():
    import uvicorn
    from fastapi import FastAPI, Request
    from fastapi.concurrency import run_in_threadpool

    answer, app = classifier(cores), FastAPI()

    @app.post("/predict")
    async def predict(request: Request):
        return {"label": await run_in_threadpool(answer, await request.body())}
    uvicorn.run(app, port=int(port), log_level="warning")


if kind == "litserve":
    import litserve

    # Sent to other processes, so it stands outside a function.
    class API(litserve.LitAPI):
        def setup(self, device):
            self.answer = classifier(1)

        def decode_request(self, request):
            return base64.b64decode(request["image"])

        def predict(self, data):
            return self.answer(data)

        def encode_response(self, label):
            return {"label": label}

if kind == "bentoml":
    import bentoml
    from pathlib import Path

    @bentoml.service(workers=cores, traffic={"timeout": 60})
    class Photos:
        def __init__(self):
            self.answer = classifier(1)

        @bentoml.api(route="/predict")
        def predict(self, image: Path, /) -> dict:
            return {"label": self.answer(image.read_bytes())}

if __name__ == "__main__":
    if kind == "bentoml":
        environment = {f"PEER_{word}": value for word, value in zip(("KIND", "ARCH", "PORT", "WEIGHTS"), (kind, name, port, weights))}
        os.chdir(os.path.dirname(os.path.abspath(__file__)))
        os.execve(sys.executable, [sys.executable, "-m", "bentoml", "serve", "peer_server:Photos", "--port", port, "--host", "127.0.0.1"],
                  {**os.environ, **environment, "BENTOML_DO_NOT_TRACK": "True"})
    if kind == "litserve":
        # A process a core, each with one thread.
        litserve.LitServer(API(), accelerator="cpu", workers_per_device=cores).run(port=int(port), log_level="warning", generate_client_file=False)
    else:
        fastapi()
