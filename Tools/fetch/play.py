"""Plays all hosts of a list of links on one port of this machine, good and bad, for Scripts/check-fetch.

    play.py LIST.tsv PICTURES LOG

The list has a label and a link a line; PICTURES is a folder with at least as many pictures as the list has links. Two
thirds of the links, chosen by a hash, are good: each is answered with its own picture. The others are missing, slow, silent,
redirected in a circle, longer or shorter than they say, endless, web pages, damaged, or bombs of gzip. One in six of the
good ones is reached by a redirect.

The first line on standard output is "PORT CANARY". Whoever connects to the second port has spoken to an address that it
must not. LOG gets a line for each request: the time, the kind, "host/path"; and a line "canary" for each connection to that
port. GET /expected on the first port, with the host "play", tells what each link's answer is worth: a kind and a SHA-256.
"""
import asyncio
import hashlib
import pathlib
import sys
import time

BAD = ["missing", "slow", "silent", "circle", "short", "long", "endless", "page", "damaged", "gzip", "bomb", "huge"]
BOMB = bytes([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]) + bytes(42_000)


def main():
    links = [line.split("\t")[1] for line in open(sys.argv[1]).read().splitlines()]
    pictures = sorted(path for path in pathlib.Path(sys.argv[2]).rglob("*.jpg"))
    plan = {}
    bad = 0
    for number, link in enumerate(dict.fromkeys(links)):
        digest = hashlib.sha256(link.encode()).digest()
        kind = "good" if digest[0] % 3 else BAD[bad % len(BAD)]
        bad += kind != "good"
        if kind == "good" and digest[1] % 6 == 0:
            kind = "moved"
        plan[link.split("://", 1)[1]] = (kind, pictures[number])
    asyncio.run(serve(plan, open(sys.argv[3], "a", buffering=1)))


async def serve(plan, log):
    async def handle(reader, writer):
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                lines = head.decode("latin-1").split("\r\n")
                path = lines[0].split(" ")[1]
                host = next(line[5:].strip() for line in lines if line.lower().startswith("host:"))
                if not await answer(host, path, writer):
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def answer(host, path, writer):
        def send(status, body, headers=()):
            lines = [f"HTTP/1.1 {status} Status", *(headers or [f"Content-Length: {len(body)}"])]
            writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

        if host == "play":
            worth = [f"{kind}\t{key}\t{hashlib.sha256(file.read_bytes()).hexdigest()}" for key, (kind, file) in plan.items()]
            send(200, "\n".join(worth).encode())
            await writer.drain()
            return True
        if host == "redirect.example":
            send(302, b"", [f"Location: {path[1:]}", "Content-Length: 0"])
            await writer.drain()
            return True
        moved = path.endswith("?moved")
        kind, file = plan.get(host + path.removesuffix("?moved"), ("missing", None))
        log.write(f"{time.time():.3f}\t{kind}\t{host}{path}\n")
        body = file.read_bytes() if file else b""
        # A picture takes as long as one from another country.
        await asyncio.sleep(0.05)
        if kind == "good" or moved:
            send(200, body)
        elif kind == "moved":
            send(301, b"", [f"Location: {path}?moved", "Content-Length: 0"])
        elif kind == "circle":
            send(302, b"", [f"Location: {path}", "Content-Length: 0"])
        elif kind == "missing":
            send(404, b"gone")
        elif kind == "page":
            send(200, b"<!DOCTYPE html><html><body>This picture moved.</body></html>")
        elif kind == "damaged":
            send(200, body[: len(body) // 2])
        elif kind == "gzip":
            send(200, BOMB, [f"Content-Length: {len(BOMB)}", "Content-Encoding: gzip"])
        elif kind == "bomb":
            send(200, BOMB)
        elif kind == "huge":
            send(200, body, ["Content-Length: 99999999999"])
            return False
        elif kind == "short":
            send(200, body[:1000], [f"Content-Length: {len(body)}"])
            await writer.drain()
            return False
        elif kind == "long":
            send(200, body, [f"Content-Length: {len(body) - 500}"])
            await writer.drain()
            return False
        elif kind == "silent":
            await asyncio.sleep(3600)
        elif kind == "slow":
            send(200, b"", [f"Content-Length: {len(body)}"])
            for byte in body:
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(0.2)
        elif kind == "endless":
            send(200, body[:600], ["Connection: close"])
            while True:
                writer.write(bytes(65536))
                await writer.drain()
        await writer.drain()
        return True

    async def canary(reader, writer):
        log.write("canary\n")
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    trap = await asyncio.start_server(canary, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], trap.sockets[0].getsockname()[1], flush=True)
    await asyncio.gather(server.serve_forever(), trap.serve_forever())


main()
