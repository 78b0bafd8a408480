"""What becomes of pictures and of what is written in them."""
import base64
import io
import json
import re
import subprocess
import tempfile
from pathlib import Path

from files import files_of, with_exif
from harness import Service, check, command, module, options, peak_of, photo, tool
from packages import mirror

SIDE = 64


def _cases(image, cms, numpy):
    """Names and files: each way of storing a picture once."""
    def stored(picture, kind, **more):
        out = io.BytesIO()
        picture.save(out, kind, **more)
        return out.getvalue()
    picture = image.open(io.BytesIO(photo)).convert("RGB").resize((120, 80))
    for orientation in range(1, 9):
        exif = image.Exif()
        exif[0x0112] = orientation
        yield f"orientation {orientation}", stored(picture, "JPEG", quality=95, exif=exif)
    yield "CMYK", stored(picture.convert("CMYK"), "JPEG", quality=95)
    wide = (numpy.asarray(picture.convert("L")).astype("uint16") * 257)
    yield "16 bits", stored(image.fromarray(wide), "PNG")
    alpha = picture.convert("LA")
    alpha.putalpha(image.fromarray((numpy.add.outer(numpy.arange(80), numpy.arange(120)) % 256).astype("uint8")))
    yield "grey and alpha", stored(alpha, "PNG")
    yield "palette", stored(picture.quantize(32), "PNG")
    yield "ICC", stored(picture, "JPEG", quality=95, icc_profile=cms.ImageCmsProfile(cms.createProfile("sRGB")).tobytes())
    yield "animated", stored(picture.quantize(64), "GIF", save_all=True, append_images=[picture.transpose(0).quantize(64)])
    yield "animated WebP", stored(picture, "WEBP", save_all=True, append_images=[picture.transpose(0)], lossless=True)
    yield "1 x 1", stored(picture.crop((5, 5, 6, 6)), "PNG")
    yield "1 x 65535", stored(picture.resize((1, 65535)), "PNG")
    yield "TIFF", stored(picture, "TIFF", compression="tiff_lzw")
    yield "progressive", stored(picture, "JPEG", quality=95, progressive=True)


@check("T07", "pictures as the service reads them, beside Pillow", "each within 1.5 of 255 on average")
def t07():
    image, cms, numpy = module("PIL.Image"), module("PIL.ImageCms"), module("numpy")
    ops = module("PIL.ImageOps")
    differences, unlike = {}, []
    with tempfile.TemporaryDirectory() as folder:
        with Service(model=mirror(folder + "/mirror/1", options.model, SIDE)) as service:
            for name, data in [*_cases(image, cms, numpy), *files_of(options.seeds, 2_000_000)]:
                try:
                    shown = ops.exif_transpose(image.open(io.BytesIO(data)))
                    if shown.mode.startswith("I;16"):
                        shown = image.fromarray((numpy.asarray(shown) >> 8).astype("uint8"))
                    if shown.mode in ("RGBA", "LA", "PA") or "transparency" in shown.info:
                        shown = image.alpha_composite(image.new("RGBA", shown.size, "white"), shown.convert("RGBA"))
                    wanted = numpy.asarray(shown.convert("RGB").resize((SIDE, SIDE), image.BILINEAR)).astype(float)
                except Exception:
                    wanted = None
                request = json.dumps({"inputs": [{"name": "image", "shape": [1], "datatype": "BYTES", "data": [base64.b64encode(data).decode()]}], "outputs": [{"name": "features"}]})
                status, answer, _, _ = service.ask(path="/v2/models/m/infer", body=request.encode(), headers={"Content-Type": "application/json"})
                if wanted is None or status != 200:
                    if (wanted is None) != (status != 200):
                        unlike.append(f"{name} (Pillow {'reads' if wanted is not None else 'refuses'} it, we answer {status})")
                    continue
                found = numpy.array(json.loads(answer)["outputs"][0]["data"]).reshape(SIDE, SIDE, 3)
                differences[name] = float(numpy.abs(found - wanted).mean())
    worst = sorted(differences.items(), key=lambda one: -one[1])[:3]
    return max(differences.values()) < 1.5 and len(differences) >= 19, f"{len(differences)} pictures, the largest mean differences {', '.join(f'{name} {value:.2f}' for name, value in worst)}; read by one of the two only: {'; '.join(unlike) or 'none'}"


@check("T08", "text and places written in a picture", "0 times in answers, log and page; 0 places in pictures on a page; 8 MB of EXIF < 50 MB and < 1 s")
def t08():
    tool("exiftool")
    evil = "<script>window.__xss=1</script>"
    picture, large = with_exif(photo, evil), with_exif(photo, evil, repeats=125)

    def places(path):
        out = subprocess.run(["exiftool", path], capture_output=True, text=True).stdout
        return sum("GPS" in line for line in out.splitlines()), evil in out
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "photo.jpg").write_bytes(picture)
        before = places(folder / "photo.jpg")
        with Service() as service:
            service.tuned().ask()
            memory = service.held() + sum(peak_of(worker) for worker in service.workers())
            answers = [service.ask(body=body) for body in (picture, large)]
            growth = service.status("VmHWM") + sum(peak_of(worker) for worker in service.workers()) - memory
            told = sum(evil.encode() in answer[1] for answer in answers) + (evil in service.written())
        for label in ("a", "b"):
            (folder / "photos" / label).mkdir(parents=True)
            for number in range(4):
                (folder / "photos" / label / f"{number}.jpg").write_bytes(picture)
        command("data", "check", folder / "photos", "--report", folder / "report.html", "--quiet")
        page = (folder / "report.html").read_text()
        told += evil in page
        pictures = re.findall(r"data:image/[a-z+]+;base64,([A-Za-z0-9+/=]+)", page)
        left = 0
        for number, text in enumerate(pictures):
            (folder / f"shown-{number}").write_bytes(base64.b64decode(text))
            found = places(folder / f"shown-{number}")
            left += found[0] + found[1]
    right = before[0] > 0 and before[1] and told == 0 and left == 0 and len(pictures) > 0 and growth < 50
    return right and all(answer[0] == 200 and answer[3] < 1000 for answer in answers), (
        f"answers {[answer[0] for answer in answers]}, {len(large) / 2**20:.1f} MB of EXIF in {answers[1][3]:.0f} ms and {growth:+.1f} MB; the text {told} times; "
        f"of {before[0]} lines of place {left} in {len(pictures)} pictures on the page of 'data check'")
