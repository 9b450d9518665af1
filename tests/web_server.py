#!/usr/bin/env python3
"""A web server that behaves and misbehaves by the path that it is asked for.

web_server.py DIRECTORY: makes keys and certificates in the directory, listens on free ports of
127.0.0.1, prints a line "NAME PORT" for each and then "ready". Ends when its standard input does.

ports: http; https (a good certificate); expired; other (for another host); client (wants a
certificate of the client). ca.pem has the roots, client.pem and client.key are a client's.

paths: /answer/FILE (the file of the directory), /status/NNN[/RETRY-AFTER], /verify (the signature, by
the file `secret`: 200 or 403), /signed/FILE (the two together), /port (of the client), /hang, /drip, /flood, /flood-headers, /garbage,
/close, /partial, /redirect. Each request is a line of JSON in the file `requests`.
"""
import hashlib
import hmac
import http.server
import json
import os
import socketserver
import ssl
import subprocess
import sys
import threading
import time

directory = sys.argv[1]
over = threading.Event()
lock = threading.Lock()


def path_of(name):
    return os.path.join(directory, name)


def read(name):
    with open(path_of(name), 'rb') as file:
        return file.read()


def openssl(*arguments):
    subprocess.run(['openssl', *arguments], cwd=directory, check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def make_request(name):
    openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
            '-keyout', name + '.key', '-out', name + '.csr', '-subj', '/CN=' + name)


def make_certificate(name, names, days='30'):
    make_request(name)
    with open(path_of(name + '.ext'), 'w') as file:
        file.write('subjectAltName=%s\n' % names)
    openssl('x509', '-req', '-in', name + '.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-days', days,
            '-extfile', name + '.ext', '-out', name + '.pem')


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def log_message(self, *_):
        pass

    def answer(self, status, body, headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def is_signed(self, body):
        stamp = self.headers.get('X-Signet-Timestamp', '')
        expected = hmac.new(read('secret').strip(), stamp.encode() + b'.' + body, hashlib.sha256)
        return (abs(int(stamp or 0) - time.time()) < 300 and hmac.compare_digest(
            'sha256=' + expected.hexdigest(), self.headers.get('X-Signet-Signature', '')))

    def note(self, body):
        entry = {'path': self.path, 'headers': dict(self.headers),
                 'body': body.decode('utf-8', 'replace')}
        with lock, open(path_of('requests'), 'a') as file:
            file.write(json.dumps(entry) + '\n')

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get('Content-Length', 0)))
        self.note(body)
        parts = self.path.strip('/').split('/')
        if parts[0] == 'answer':
            self.answer(200, read(parts[1]))
        elif parts[0] == 'status':
            self.answer(int(parts[1]), b'', [('Retry-After', parts[2])] if parts[2:] else [])
        elif parts[0] == 'signed':
            signed = self.is_signed(body)
            self.answer(200 if signed else 403, read(parts[1]) if signed else b'')
        elif parts[0] == 'verify':
            self.answer(200 if self.is_signed(body) else 403, b'')
        elif parts[0] == 'port':
            self.answer(200, str(self.client_address[1]).encode())
        elif parts[0] == 'redirect':
            self.answer(302, b'', [('Location', '/port')])
        else:
            self.close_connection = True
            self.misbehave(parts[0])

    def misbehave(self, how):
        send = self.wfile.write
        start = b'HTTP/1.1 200 OK\r\n'
        if how == 'hang':
            over.wait()
        elif how == 'drip':
            send(start + b'\r\n')
            while not over.wait(0.02):
                send(b'.')
        elif how == 'flood':
            send(start + b'\r\n')
            while not over.is_set():
                send(b'x' * 65536)
        elif how == 'flood-headers':
            send(start)
            while not over.is_set():
                send(b'X-Flood: ' + b'x' * 1000 + b'\r\n')
        elif how == 'garbage':
            send(b'this is no HTTP\n' * 10)
        elif how == 'partial':
            send(start + b'Content-Length: 100\r\n\r\nten octets')


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True

    def handle_error(self, request, address):
        pass  # a client that went away, or refused our certificate


class SecureServer(Server):
    context = None

    def process_request_thread(self, request, address):
        try:
            request = self.context.wrap_socket(request, server_side=True)
        except (ssl.SSLError, OSError):
            request.close()
            return
        super().process_request_thread(request, address)


def secure(name, want_client=False):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path_of(name + '.pem'), path_of(name + '.key'))
    if want_client:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(path_of('ca.pem'))
    return context


def serve(name, context=None):
    server = (SecureServer if context else Server)(('127.0.0.1', 0), Handler)
    server.context = context
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(name, server.server_address[1], flush=True)


openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout',
        'ca.key', '-out', 'ca.pem', '-days', '30', '-subj', '/CN=Test CA')
make_certificate('good', 'IP:127.0.0.1,DNS:localhost')
make_certificate('expired', 'IP:127.0.0.1', '-1')
make_certificate('other', 'DNS:other.example')
make_certificate('client', 'DNS:client.example')
serve('http')
serve('https', secure('good'))
serve('expired', secure('expired'))
serve('other', secure('other'))
serve('client', secure('good', True))
print('ready', flush=True)
sys.stdin.read()
over.set()
