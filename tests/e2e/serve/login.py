import os, socket, struct, psycopg
address = (os.environ["PGHOST"], int(os.environ["PGPORT"]))

def refused(code, **how):
    try:
        psycopg.connect(**how).close()
    except psycopg.OperationalError as error:
        assert code in str(error) or (error.sqlstate == code), error
        return str(error)
    raise AssertionError(f"{how} was let in")

wrong = refused("password authentication failed", password="wrong")
unknown = refused("password authentication failed", user="nobody", password="wrong")
assert wrong.replace("anna", "X").splitlines()[0].split("FATAL")[-1] == unknown.replace("nobody", "X").splitlines()[0].split("FATAL")[-1], (wrong, unknown)
refused('database "other" does not exist', dbname="other")
refused("unrecognized configuration parameter", options="-c datafusion.x=1")
refused("SSL", sslmode="require")

def startup(**parameters):
    body = struct.pack("!HH", 3, 0) + b"".join(k.encode() + b"\0" + v.encode() + b"\0" for k, v in parameters.items()) + b"\0"
    return struct.pack("!I", len(body) + 4) + body

def message(kind, body=b""):
    return kind + struct.pack("!I", len(body) + 4) + body

def said(data, until_close=True):
    with socket.create_connection(address) as s:
        s.sendall(data)
        s.settimeout(20)
        out = b""
        while chunk := s.recv(65536):
            out += chunk
        return out

# A statement sent along with a wrong password is not executed: the connection ends with the refusal, and nothing follows it.
query = message(b"Q", b"select 1\0")
out = said(startup(user="anna", database="trunkline") + message(b"p", b"SCRAM-SHA-256\0" + struct.pack("!I", 8) + b"n,,n=,r=x") + message(b"p", b"c=biws,r=x,p=AAAA") + query)
assert b"28P01" in out and b"T" + b"\0\0" not in out.split(b"28P01")[1] and b"SELECT" not in out, out
assert b"Z\0\0\0\x05" not in out, out
# A statement instead of a password.
out = said(startup(user="anna", database="trunkline") + query)
assert b"08P01" in out and b"SELECT" not in out, out
# Bytes that are no messages.
for data in [b"\0\0\0\0\0\0\0\0", b"\xff" * 100, b"GET / HTTP/1.1\r\n\r\n", startup(user="anna")[:9] + b"\xff" * 7, struct.pack("!IHH", 9, 2, 0) + b"\0"]:
    with socket.create_connection(address) as s:
        s.settimeout(20)
        try:
            s.sendall(data)
            s.shutdown(socket.SHUT_WR)
            answer = b"".join(iter(lambda: s.recv(4096), b""))
        except OSError:
            answer = b""
        assert b"R\0\0\0\x08\0\0\0\0" not in answer, answer
# After all that it still answers.
assert psycopg.connect().execute("select 1").fetchone() == (1,)
# Too many failures: the address has to wait, even with the right password.
for _ in range(12):
    try:
        psycopg.connect(password="wrong")
    except psycopg.OperationalError:
        pass
refused("too many logins failed")
