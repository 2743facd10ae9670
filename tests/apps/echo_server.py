"""An asyncio echo server with 100 clients, and the same with threads and sockets."""
import asyncio
import socket
import socketserver
import threading


async def handle(reader, writer):
    while line := await reader.readline():
        writer.write(line.upper())
        await writer.drain()
    writer.close()
    await writer.wait_closed()


async def client(port, k):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for i in range(5):
        writer.write(b"client %d line %d\n" % (k, i))
        assert await reader.readline() == b"CLIENT %d LINE %d\n" % (k, i)
        await asyncio.sleep(0)
    writer.close()
    await writer.wait_closed()
    return k


async def main():
    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        done = await asyncio.wait_for(asyncio.gather(*(client(port, k) for k in range(100))), 60)
        assert done == list(range(100))
    try:
        await asyncio.wait_for(asyncio.sleep(60), 0.05)
        raise AssertionError("no time limit")
    except asyncio.TimeoutError:
        pass
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(asyncio.to_thread(pow, i, 2)) for i in range(20)]
    assert [t.result() for t in tasks] == [i * i for i in range(20)]


asyncio.run(main())


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            self.wfile.write(line[::-1])


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


with Server(("127.0.0.1", 0), Handler) as server:
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02},
                     daemon=True).start()
    results = []

    def talk(k):
        with socket.create_connection(server.server_address, timeout=30) as s:
            f = s.makefile("rwb")
            for i in range(20):
                f.write(b"%d-%d\n" % (k, i))
            f.flush()
            s.shutdown(socket.SHUT_WR)
            results.append(f.read().count(b"\n"))

    threads = [threading.Thread(target=talk, args=(k,)) for k in range(10)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(60)
    server.shutdown()
assert results == [20] * 10
