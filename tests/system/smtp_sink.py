#!/usr/bin/env python3
"""An SMTP server that keeps what it gets: smtp_sink.py DIRECTORY [CERTIFICATE KEY]

Prints its port. Each mail becomes DIRECTORY/N.eml, behind lines that say who it was for. With a
certificate it offers STARTTLS (and AUTH PLAIN inside of it). DIRECTORY/script, when it is there, holds
"COMMAND REPLY" lines: the next such command (RCPT, MAIL, DATA, AUTH, . or GREETING) gets this reply, once.
"""
import base64, os, socketserver, ssl, sys, threading

directory = sys.argv[1]
context = None
if len(sys.argv) > 2:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[2], sys.argv[3])
lock = threading.Lock()
count = 0


def scripted(command):
    with lock:
        path = os.path.join(directory, "script")
        if not os.path.exists(path):
            return None
        lines = open(path).read().splitlines()
        for i, line in enumerate(lines):
            name, reply = line.split(" ", 1)
            if name == command:
                del lines[i]
                open(path, "w").write("\n".join(lines))
                return reply
    return None


class Session(socketserver.StreamRequestHandler):
    def say(self, text):
        self.wfile.write((text + "\r\n").encode())
        self.wfile.flush()

    def take_data(self):
        global count
        lines = []
        for line in self.rfile:
            if line == b".\r\n":
                break
            lines.append(line[1:] if line.startswith(b".") else line)
        reply = scripted(".")
        if reply is None:
            with lock:
                count += 1
                name = os.path.join(directory, "%d.eml" % count)
            head = ["X-Envelope-From: " + self.sender, "X-Tls: %s" % self.secure,
                    "X-User: %s" % self.user]
            head += ["X-Envelope-To: " + r for r in self.recipients]
            with open(name + "-t", "wb") as out:
                out.write("\r\n".join(head).encode() + b"\r\n" + b"".join(lines))
            os.rename(name + "-t", name)
        self.say(reply or "250 kept")

    def handle(self):
        self.secure, self.user, self.sender, self.recipients = False, "", "", []
        self.say(scripted("GREETING") or "220 sink")
        while True:
            line = self.rfile.readline().decode("latin-1").rstrip("\r\n")
            if not line:
                return
            command = line.split(" ")[0].split(":")[0].upper()
            reply = scripted(command)
            if reply is not None:
                self.say(reply)
                continue
            if command == "EHLO":
                offers = ["250-sink", "250-8BITMIME"]
                if context and not self.secure:
                    offers.append("250-STARTTLS")
                if self.secure:
                    offers.append("250-AUTH PLAIN")
                self.say("\r\n".join(offers + ["250 SIZE 1000000"]))
            elif command == "STARTTLS" and context and not self.secure:
                self.say("220 go on")
                self.connection = context.wrap_socket(self.request, server_side=True)
                self.rfile = self.connection.makefile("rb")
                self.wfile = self.connection.makefile("wb")
                self.secure = True
            elif command == "AUTH" and self.secure:
                word = line.split(" ")
                if len(word) < 3:
                    self.say("334 ")
                    word = ["", "", self.rfile.readline().decode().strip()]
                name, password = base64.b64decode(word[2]).split(b"\0")[1:]
                if password == b"right":
                    self.user = name.decode()
                self.say("235 welcome" if self.user else "535 no")
            elif command == "MAIL":
                self.sender, self.recipients = line[len("MAIL FROM:"):], []
                self.say("250 ok")
            elif command == "RCPT":
                self.recipients.append(line[len("RCPT TO:"):])
                self.say("250 ok")
            elif command == "DATA":
                self.say("354 go on")
                self.take_data()
            elif command == "QUIT":
                self.say("221 bye")
                return
            elif command in ("RSET", "NOOP"):
                self.say("250 ok")
            else:
                self.say("500 what")


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


with Server(("127.0.0.1", 0), Session) as server:
    print(server.server_address[1], flush=True)
    server.serve_forever()
