"""SSL connections over sockets and over memory, with the certificates of the reference's test
suite."""
import os
import socket
import ssl
import test
import threading
import unittest

FOLDER = os.path.dirname(test.__file__)
CA, SERVER = os.path.join(FOLDER, "pycacert.pem"), os.path.join(FOLDER, "keycert3.pem")


def setUpModule():
    if not os.path.exists(CA):
        raise unittest.SkipTest("no certificates")


def contexts():
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(SERVER)
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.load_verify_locations(CA)
    return server, client


class Echo(threading.Thread):
    """Accepts one connection and sends everything back."""

    def __init__(self, context):
        super().__init__(daemon=True)
        self.context, self.listener, self.error = (context,
                                                   socket.create_server(("127.0.0.1", 0)), None)
        self.port = self.listener.getsockname()[1]
        self.start()

    def run(self):
        try:
            plain, _ = self.listener.accept()
            with self.context.wrap_socket(plain, server_side=True) as connection:
                while data := connection.recv(1 << 16):
                    connection.sendall(data)
        except OSError as error:
            self.error = error
        finally:
            self.listener.close()


class SocketTest(unittest.TestCase):
    def setUp(self):
        self.server, self.client = contexts()

    def connect(self, name="localhost"):
        self.echo = Echo(self.server)
        plain = socket.create_connection(("127.0.0.1", self.echo.port), timeout=30)
        try:
            return self.client.wrap_socket(plain, server_hostname=name)
        except OSError:
            plain.close()
            raise

    def test_echo(self):
        self.server.set_alpn_protocols(["b", "a"])
        self.client.set_alpn_protocols(["a", "b"])
        with self.connect() as connection:
            self.assertEqual(connection.version(), "TLSv1.3")
            self.assertEqual(connection.selected_alpn_protocol(), "b")
            self.assertIn(("commonName", "localhost"), [field
                                                        for rdn in connection.getpeercert()["subject"] for field in rdn])
            self.assertIn(("DNS", "localhost"), connection.getpeercert()["subjectAltName"])
            self.assertEqual(ssl.DER_cert_to_PEM_cert(connection.getpeercert(True))[:11],
                             "-----BEGIN ")
            data = os.urandom(300_000)
            # both directions at once
            sender = threading.Thread(target=connection.sendall, args=(data,))
            sender.start()
            back = bytearray()
            while len(back) < len(data):
                back += connection.recv(1 << 16)
            sender.join()
            self.assertEqual(back, data)
            connection.unwrap().close()
        self.echo.join()

    def test_one_send_sends_all(self):
        sent = []
        data = bytes(2_000_000)
        with self.connect() as connection:
            sender = threading.Thread(target=lambda: sent.append(connection.send(data)))
            sender.start()
            left = len(data)
            while left:
                left -= len(connection.recv(1 << 16))
            sender.join()
            connection.unwrap().close()
        self.echo.join()
        self.assertEqual(sent, [len(data)])

    def test_wrong_name(self):
        with self.assertRaises(ssl.SSLCertVerificationError) as caught:
            self.connect("example.org")
        self.assertIn("Hostname mismatch", caught.exception.verify_message)
        self.assertEqual(caught.exception.reason, "CERTIFICATE_VERIFY_FAILED")
        self.echo.join()
        self.assertIsInstance(self.echo.error, ssl.SSLError)

    def test_unknown_authority(self):
        self.client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.assertRaises(ssl.SSLCertVerificationError, self.connect)
        self.echo.join()

    def test_sni_and_resumption(self):
        asked = []
        self.server.sni_callback = lambda connection, name, context: asked.append(name)
        self.client.maximum_version = ssl.TLSVersion.TLSv1_2
        with self.connect() as connection:
            session = connection.session
        self.echo.join()
        echo = Echo(self.server)
        plain = socket.create_connection(("127.0.0.1", echo.port), timeout=30)
        with self.client.wrap_socket(plain, server_hostname="localhost", session=session) as connection:
            self.assertTrue(connection.session_reused)
        echo.join()
        self.assertEqual(asked, ["localhost", "localhost"])

    def test_messages(self):
        seen = []
        self.client._msg_callback = (lambda connection, direction, version, content, message,
                                     data: seen.append(direction))
        with self.connect() as connection:
            self.assertEqual([cert.get_info()["version"]
                              for cert in connection._sslobj.get_verified_chain()], [3, 3])
        self.echo.join()
        self.assertEqual(set(seen), {"read", "write"})

    def test_timeout(self):
        with self.connect() as connection:
            connection.settimeout(0.01)
            with self.assertRaisesRegex(TimeoutError, "read operation timed out"):
                connection.recv(1)
            connection.setblocking(False)
            self.assertRaises(ssl.SSLWantReadError, connection.recv, 1)
        self.echo.join()


class MemoryTest(unittest.TestCase):
    def test_handshake_by_hand(self):
        server_context, client_context = contexts()
        to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = client_context.wrap_bio(to_client, to_server, server_hostname="localhost")
        server = server_context.wrap_bio(to_server, to_client, server_side=True)
        waiting = [client, server]
        for _ in range(10):
            for side in list(waiting):
                try:
                    side.do_handshake()
                    waiting.remove(side)
                except ssl.SSLWantReadError:
                    pass
        self.assertEqual(waiting, [])
        client.write(b"over memory")
        self.assertEqual(server.read(), b"over memory")
        self.assertEqual(client.cipher(), server.cipher())
        self.assertRaises(ssl.SSLWantReadError, server.read)

    def test_buffer(self):
        bio = ssl.MemoryBIO()
        self.assertEqual((bio.write(b"abc"), bio.pending, bio.read(2), bio.eof),
                         (3, 3, b"ab", False))
        bio.write_eof()
        self.assertEqual((bio.read(), bio.read(), bio.eof), (b"c", b"", True))
        self.assertRaises(ssl.SSLError, bio.write, b"x")


class ContextTest(unittest.TestCase):
    def test_refusals(self):
        server, client = contexts()
        self.assertRaises(ValueError, setattr, client, "verify_mode", ssl.CERT_NONE)
        self.assertRaises(ssl.SSLError, client.set_ciphers, "no such cipher")
        self.assertRaises(FileNotFoundError, client.load_cert_chain, "/no/such/file")
        self.assertRaises(ssl.SSLError, client.wrap_bio, ssl.MemoryBIO(), ssl.MemoryBIO(),
                          server_side=True)
        self.assertRaises(ValueError, client.load_verify_locations, cadata="")
        self.assertRaises(TypeError, client.load_verify_locations)

    def test_authorities(self):
        _, client = contexts()
        self.assertEqual(client.cert_store_stats(), {"x509": 1, "crl": 0, "x509_ca": 1})
        self.assertEqual(client.get_ca_certs()[0]["version"], 3)
        other = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        other.load_verify_locations(cadata=client.get_ca_certs(True)[0])
        self.assertEqual(other.get_ca_certs(), client.get_ca_certs())


if __name__ == "__main__":
    unittest.main()
