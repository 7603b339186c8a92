#!/usr/bin/env python3
"""Receives Tocsin's webhooks: checks the signature, forgets nothing, counts nothing twice.

    TOCSIN_WEBHOOK_SECRET=whsec_... PORT=8787 python3 receiver.py

Python 3.9 or newer, no package. Behind the reverse proxy that gives it https.
"""
import base64
import hashlib
import hmac
import json
import os
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY = base64.b64decode(os.environ["TOCSIN_WEBHOOK_SECRET"].removeprefix("whsec_"))
BODY_BYTES_MAX = 1024 * 1024
TOLERANCE_S = 300

# Ids that were taken in. Keep them where your data is: in the same transaction as what the event changes there.
taken = set()


def is_genuine(headers, body):
    message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not timestamp.isdigit() or abs(time.time() - int(timestamp)) > TOLERANCE_S:
        return False
    content = f"{message_id}.{timestamp}.".encode() + body
    expected = base64.b64encode(hmac.new(KEY, content, hashlib.sha256).digest()).decode()
    # While a secret is being rotated there is more than one signature; one that fits is enough.
    return any(
        hmac.compare_digest(each, f"v1,{expected}") for each in headers.get("webhook-signature", "").split(" ")
    )


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        length = int(self.headers.get("content-length", 0))
        if length > BODY_BYTES_MAX:
            return self.answer(413)
        body = self.rfile.read(length)
        if not is_genuine(self.headers, body):
            return self.answer(401)
        event = json.loads(body)
        if event["id"] not in taken:
            taken.add(event["id"])
            print(event["id"], event["type"], event["subject"], flush=True)
        # Only now: an answer says that the event is safe here.
        return self.answer(204)

    def answer(self, status):
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8787"))), Receiver)
    print(f"listening on http://127.0.0.1:{server.server_port}/", flush=True)
    server.serve_forever()
