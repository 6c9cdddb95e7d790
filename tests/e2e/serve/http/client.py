import base64, http.client, json, os, socket, time, urllib.parse

PORT, PASSWORD = int(os.environ["HTTPPORT"]), os.environ["PGPASSWORD"]
BASIC = "Basic " + base64.b64encode(f"anna:{PASSWORD}".encode()).decode()
# A password costs work each time, so questions carry a session's token; `begin` gets it.
ANNA = None

def connection():
    return http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)

def ask(method, path, body=None, login=..., **headers):
    """Status, headers and body of an answer; of anna, unless another login is said."""
    c = connection()
    login = ANNA if login is ... else login
    if login:
        headers["authorization"] = login
    c.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    answer = c.getresponse()
    return answer.status, answer.headers, answer.read()

def begin(user="anna"):
    status, _, body = ask("POST", "/api/login", json.dumps({"user": user, "password": PASSWORD}), None)
    assert status == 200, body
    return "Bearer " + json.loads(body)["token"]

def sql(text, accept="application/json", login=..., **more):
    return ask("POST", "/api/sql", json.dumps({"sql": text, **more}), login, content_type="application/json", accept=accept)

def rows(text, **more):
    status, _, body = sql(text, **more)
    assert status == 200, (text, status, body)
    return json.loads(body)["rows"]

def refused(answer, status, *words):
    """What an error says."""
    assert answer[0] == status, answer
    said = json.loads(answer[2])
    assert set(said) == {"code", "message", "detail", "hint", "position"}, said
    assert all(word in json.dumps(said) for word in words), (said, words)
    return said

def meter(line):
    status, _, text = ask("GET", "/metrics", login=None)
    assert status == 200
    found = [float(known.split()[-1]) for known in text.decode().splitlines() if known.startswith(line)]
    return sum(found)

def until(what, holds):
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)
